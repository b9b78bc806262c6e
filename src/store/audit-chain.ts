// How rows of the audit hang together: each row's hash covers the one before, under a key that the file does not hold in the
// clear. Knows no table's access.
import { createHmac } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { AuditTables } from './migrations/audit.ts';

export type AuditRow = Selectable<AuditTables['audit']>;
export type AuditMark = Selectable<AuditTables['audit_marks']>;

/** A key of 32 bytes, and its number in the file. */
export interface ChainKey {
  readonly chain: number;
  readonly key: Buffer;
}

/** Where a chain goes on. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

export const BEGINNING: Link = { seq: 0, hash: '' };

/**
 * HMAC-SHA-256 (RFC 2104) and no plain hash: whoever can write the file but lacks the key ring cannot make a new chain over what
 * he changed.
 */
export function rowHash(key: Buffer, before: string, row: Omit<AuditRow, 'hash'>): string {
  const { profile_id, user_id } = forgotten(key, row);
  return mac(key, ['row 2', before, ...fieldsOf({ ...row, profile_id, user_id })]);
}

/** As rows were hashed before they could forget whose they are. */
export function unforgettingHash(key: Buffer, before: string, row: Omit<AuditRow, 'hash'>): string {
  return mac(key, ['row', before, ...fieldsOf(row)]);
}

/**
 * The row without a word of its person: in the place of the ids stands what the row's hash covers, which is another one in each
 * row and tells nothing without the key. So the chain stays whole.
 */
export function forgotten<R extends Pick<AuditRow, 'seq' | 'profile_id' | 'user_id'>>(key: Buffer, row: R): R {
  const stand = (field: string, id: string | null): string | null =>
    id === null || id.startsWith(FORGOTTEN) ? id : FORGOTTEN + mac(key, ['person', field, row.seq, id]);
  return { ...row, profile_id: stand('profile_id', row.profile_id), user_id: stand('user_id', row.user_id) };
}

/** How the place of an id that was forgotten begins. */
export const FORGOTTEN = 'erased:';

function fieldsOf(row: Omit<AuditRow, 'hash'>): (string | number | null)[] {
  const { seq, at, caller, profile_id, user_id, account_ids, called, outcome } = row;
  const { count, message_ids, duration_ms, chain } = row;
  return [seq, at, caller, profile_id, user_id, account_ids, called, outcome, count, message_ids, duration_ms, chain];
}

export function markMac(key: Buffer, { name, seq, hash, at, open, chain }: Omit<AuditMark, 'mac'>): string {
  return mac(key, ['mark', name, seq, hash, at, open, chain]);
}

const mac = (key: Buffer, fields: readonly (string | number | null)[]): string =>
  createHmac('sha256', key).update(JSON.stringify(fields)).digest('base64url');

/** What a walk along the chain found. */
export interface AuditVerdict {
  readonly rows: number;
  /** The last row, which somebody may have written down elsewhere. */
  readonly last: Link;
  /** Null: nothing was changed, taken away or put in. */
  readonly bad: Bad | null;
  /** Nobody said goodbye after the last row: a process writes still, or it was killed and its last moment is lost. */
  readonly open: boolean;
  /** Starts after a process that had not said goodbye. */
  readonly unclean: readonly { readonly seq: number; readonly at: number }[];
}

/** What such a start is called in its row. */
export const UNCLEAN_START = 'start after a crash';

interface Bad {
  readonly seq: number;
  readonly what: string;
  /** Nothing is known of it: its key is sealed under one that is not given. */
  readonly keyless?: true;
}

export type KeyOf = (chain: number) => Buffer | null;

/** What is wrong with a mark itself; null when nothing is. */
export function checkMark(mark: AuditMark, keyOf: KeyOf): Bad | null {
  const { seq, name, chain } = mark;
  const key = keyOf(chain);
  if (!key) return { seq, what: `the ${name} cannot be checked: ${noKey(chain)}`, keyless: true };
  return markMac(key, mark) === mark.mac ? null : { seq, what: `the ${name} was changed` };
}

/** Follows the rows after `from` and stops at the first that is wrong. */
export async function follow(
  rows: AsyncIterable<AuditRow>,
  from: Link,
  keyOf: KeyOf,
  seen: (row: AuditRow) => void = () => undefined,
): Promise<{ last: Link; bad: Bad | null }> {
  let last = from;
  const ended = (seq: number, what: string) => ({ last, bad: { seq, what } });
  for await (const row of rows) {
    if (row.seq <= last.seq) return ended(row.seq, 'this row stands before the anchor');
    if (row.seq > last.seq + 1) return ended(last.seq + 1, 'this row is missing');
    const key = keyOf(row.chain);
    if (!key)
      return { last, bad: { seq: row.seq, what: `this row cannot be checked: ${noKey(row.chain)}`, keyless: true } };
    if (![rowHash, unforgettingHash].some((hash) => hash(key, last.hash, row) === row.hash))
      return ended(row.seq, 'this row, or the one before it, was changed');
    seen(row);
    last = { seq: row.seq, hash: row.hash };
  }
  return { last, bad: null };
}

/** Walks from the anchor to the head. */
export async function walkChain(
  rows: AsyncIterable<AuditRow>,
  marks: readonly AuditMark[],
  keyOf: KeyOf,
): Promise<AuditVerdict> {
  const anchor = marks.find(({ name }) => name === 'anchor');
  const head = marks.find(({ name }) => name === 'head');
  const from: Link = anchor ? { seq: anchor.seq, hash: anchor.hash } : BEGINNING;
  let count = 0;
  const unclean: { seq: number; at: number }[] = [];
  const marked = marks.map((mark) => checkMark(mark, keyOf)).find((bad) => bad !== null);
  const { last, bad } = marked
    ? { last: from, bad: marked }
    : await follow(rows, from, keyOf, ({ seq, at, called }) => {
        count++;
        if (called === UNCLEAN_START) unclean.push({ seq, at });
      });
  return { rows: count, last, bad: bad ?? misplaced(head, last), open: head?.open === 1, unclean };
}

/** What is wrong with the end of a chain that is whole up to there. */
function misplaced(head: AuditMark | undefined, { seq, hash }: Link): Bad | null {
  if (!head) return seq > 0 ? { seq, what: 'the head after this row is missing' } : null;
  if (head.seq > seq) return { seq: seq + 1, what: 'this row is missing' };
  if (head.seq < seq) return { seq: head.seq + 1, what: 'this row stands behind the head' };
  return head.hash === hash ? null : { seq, what: 'the head is of another row' };
}

const noKey = (chain: number): string => `no given key opens that of chain ${chain}`;
