// The audit in control.sqlite: one row a call, written in groups beside the answers. Knows ids and codes, never text.
import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { AppError } from '../base/errors.ts';
import {
  type AuditMark,
  type AuditRow,
  type AuditVerdict,
  BEGINNING,
  type ChainKey,
  checkMark,
  follow,
  forgotten,
  type KeyOf,
  type Link,
  markMac,
  rowHash,
  UNCLEAN_START,
  walkChain,
} from './audit-chain.ts';
import type { ControlTables } from './migrations/control.ts';

export type AuditEntry = Omit<AuditRow, 'seq' | 'chain' | 'hash'>;
export type SealedChain = ControlTables['audit_chains'];

/** A commit waits for the disk, so the calls of a moment share one; a crash may lose that moment. */
const GROUP_MS = 200;
const MOST_AT_ONCE = 500;
/** While the disk takes nothing. */
const MOST_WAITING = 20_000;
const TRIED_AGAIN_AFTER_MS = 2000;
const WALKED_AT_ONCE = 2000;
const LOOKED_AT_AT_ONCE = 10_000;

/** Which rows are listed; what is left out does not narrow. */
interface AuditWish {
  /** Epoch milliseconds. */
  readonly since?: number;
  readonly userId?: string;
  readonly profileId?: string;
  /** What profiles called, or what everybody else did. */
  readonly byAgents?: boolean;
  /** Stands in the name of the tool or route, in either case. */
  readonly called?: string;
  readonly errorsOnly?: boolean;
  /** A `seq`. */
  readonly before?: number;
}

interface Open extends ChainKey {
  /** Those of earlier chains too. */
  readonly keyOf: KeyOf;
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

export class AuditRows {
  readonly #db: Kysely<ControlTables>;
  #open: Open | null = null;
  #last: Link = BEGINNING;
  #waiting: AuditEntry[] = [];
  #lost = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #ended = false;
  /** Users whose ids are kept no more in rows of calls that began before then. */
  readonly #forgotten = new Map<string, number>();

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  /** Goes on with the chain under this key. A process before that did not end in order gets a row that says so. */
  async begin(open: Open): Promise<void> {
    this.#open = open;
    const head = await this.#mark('head');
    const row = await this.#db.selectFrom('audit').select(['seq', 'hash']).orderBy('seq', 'desc').executeTakeFirst();
    const sound = head && (checkMark(head, open.keyOf)?.keyless ?? !checkMark(head, open.keyOf));
    if (head && sound) this.#last = { seq: Math.max(head.seq, row?.seq ?? 0), hash: head.hash };
    // Somebody took the head away or changed it: a number is left out, so that this stays to be seen.
    else if (head || row) this.#last = { seq: (row?.seq ?? head?.seq ?? 0) + 1, hash: row?.hash ?? '' };
    await this.#db.transaction().execute((tx) => this.#setMark(tx, 'head', this.#last, 1));
    if (head?.open) this.note(startedAnew(open.now()));
  }

  /** Keeps it; it is written within a moment. */
  note(entry: AuditEntry): void {
    if (this.#ended) return;
    if (this.#waiting.length >= MOST_WAITING) this.#lost++;
    else this.#waiting.push(this.#isForgotten(entry) ? { ...entry, user_id: null, profile_id: null } : entry);
    this.#timer ??= setTimeout(() => void this.flush(), GROUP_MS).unref();
  }

  /** A name for an operator's key: always the same, and nothing to try keys against. */
  nameOf(keyHash: string): string {
    const { key } = this.#mustBeOpen();
    return `service:${createHmac('sha256', key).update(`caller ${keyHash}`).digest('base64url').slice(0, 10)}`;
  }

  /** A name for a user's id: the same as long as the key is, and nothing without it. */
  hashOf(userId: string): string {
    const { key } = this.#mustBeOpen();
    return createHmac('sha256', key).update(`user ${userId}`).digest('base64url');
  }

  /**
   * Takes the user's id, and those of his profiles, out of all rows; the chain stays whole. Until `forgot`, no new row gets it.
   * Answers in how many rows it was, and of those that had been written before rows could forget, how many and when the last was.
   */
  async forget(userId: string): Promise<{ rows: number; left: number; leftFrom: number | null }> {
    const { keyOf } = this.#mustBeOpen();
    this.#forgotten.set(userId, Number.POSITIVE_INFINITY);
    await this.flush();
    const result = { rows: 0, left: 0, leftFrom: null as number | null };
    let after = -1;
    for (;;) {
      const rows = await this.#db
        .selectFrom('audit')
        .selectAll()
        .where('user_id', '=', userId)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(MOST_AT_ONCE)
        .execute();
      const last = rows.at(-1);
      if (!last) return result;
      after = last.seq;
      await this.#db.transaction().execute(async (tx) => {
        for (const row of rows) {
          const key = keyOf(row.chain);
          const before = await hashBefore(tx, row.seq);
          if (!key || before === null || rowHash(key, before, row) !== row.hash) {
            result.left++;
            result.leftFrom = Math.max(row.at, result.leftFrom ?? 0);
            continue;
          }
          const { user_id, profile_id } = forgotten(key, row);
          await tx.updateTable('audit').set({ user_id, profile_id }).where('seq', '=', row.seq).execute();
          result.rows++;
        }
      });
    }
  }

  /** The id may come up anew, in rows of calls that begin from now on. */
  forgot(userId: string): void {
    const { now } = this.#mustBeOpen();
    this.#forgotten.set(userId, now());
  }

  #isForgotten({ user_id, at, duration_ms }: AuditEntry): boolean {
    const since = user_id === null ? undefined : this.#forgotten.get(user_id);
    return since !== undefined && at - duration_ms <= since;
  }

  /** Resolves when all that was kept so far is on the disk, or when the disk did not take it. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes what is left and says goodbye: after it a missing row was taken away. */
  async end(): Promise<void> {
    if (!this.#open) return;
    await this.flush();
    this.#ended = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.length > 0) return;
    await this.#db.transaction().execute((tx) => this.#setMark(tx, 'head', this.#last, 0));
  }

  /** The newest first, those before `before`. Looks at some at a time, and others come in between: what is wanted may be rare. */
  async list(wanted: AuditWish, limit: number): Promise<AuditRow[]> {
    await this.flush();
    const found: AuditRow[] = [];
    let end = wanted.before ?? Number.MAX_SAFE_INTEGER;
    while (found.length < limit) {
      const newest = this.#db.selectFrom('audit').select('seq').where('seq', '<', end).orderBy('seq', 'desc').limit(1);
      const last = await newest.executeTakeFirst();
      if (!last) break;
      const from = last.seq - LOOKED_AT_AT_ONCE;
      found.push(...(await this.#listBetween(from, end, wanted, limit - found.length)));
      end = from;
      await setImmediate();
    }
    return found;
  }

  #listBetween(from: number, end: number, wanted: AuditWish, limit: number): Promise<AuditRow[]> {
    let query = this.#db.selectFrom('audit').selectAll().where('seq', '>=', from).where('seq', '<', end);
    if (wanted.userId !== undefined) query = query.where('user_id', '=', wanted.userId);
    if (wanted.since !== undefined) query = query.where('at', '>=', wanted.since);
    if (wanted.profileId !== undefined) query = query.where('profile_id', '=', wanted.profileId);
    if (wanted.byAgents !== undefined) query = query.where('profile_id', wanted.byAgents ? 'is not' : 'is', null);
    if (wanted.called !== undefined) query = query.where(sql`instr(lower(called), lower(${wanted.called}))`, '>', 0);
    if (wanted.errorsOnly) query = query.where('outcome', '<>', 'ok');
    return query.orderBy('seq', 'desc').limit(limit).execute();
  }

  /**
   * Takes the oldest rows away, up to the first one since `then`; the anchor says where the chain begins now. What is wrong is
   * not taken away, so that it stays to be seen; false then.
   */
  async prune(then: number): Promise<boolean> {
    const { now, keyOf } = this.#mustBeOpen();
    await this.flush();
    return this.#db.transaction().execute(async (tx) => {
      const kept = await tx.selectFrom('audit').select('seq').where('at', '>=', then).orderBy('seq').executeTakeFirst();
      const end = kept?.seq ?? Number.MAX_SAFE_INTEGER;
      const anchor = await tx.selectFrom('audit_marks').selectAll().where('name', '=', 'anchor').executeTakeFirst();
      const wrong = anchor && checkMark(anchor, keyOf);
      const { last, bad } = await follow(everyRow(tx, end), anchor ?? BEGINNING, keyOf);
      if ((wrong && !wrong.keyless) || (bad && !bad.keyless)) return false;
      const row = await tx
        .selectFrom('audit')
        .select(['seq', 'hash'])
        .where('seq', '<', end)
        .orderBy('seq', 'desc')
        .executeTakeFirst();
      if (!row || row.seq < last.seq) return true;
      await this.#setMark(tx, 'anchor', row, 0, now());
      await tx.deleteFrom('audit').where('seq', '<=', row.seq).execute();
      return true;
    });
  }

  async chains(): Promise<SealedChain[]> {
    return this.#db.selectFrom('audit_chains').selectAll().orderBy('chain').execute();
  }

  async addChain(row: SealedChain): Promise<void> {
    await this.#db.insertInto('audit_chains').values(row).execute();
  }

  /** All of it as it is at this moment, also while another process writes. */
  async verify(keyOf: KeyOf): Promise<AuditVerdict> {
    return this.#db.transaction().execute(async (tx) => {
      const marks = await tx.selectFrom('audit_marks').selectAll().execute();
      return walkChain(everyRow(tx), marks, keyOf);
    });
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0 || this.#lost > 0) {
      const entries = this.#waiting.slice(0, MOST_AT_ONCE);
      const lost = this.#waiting.length <= MOST_AT_ONCE ? this.#lost : 0;
      try {
        const { now } = this.#mustBeOpen();
        const all = lost > 0 ? [...entries, lostRows(now(), lost)] : entries;
        this.#last = await this.#append(all);
      } catch (error) {
        this.#open?.onFailure(error);
        this.#timer ??= setTimeout(() => void this.flush(), TRIED_AGAIN_AFTER_MS).unref();
        return;
      }
      this.#waiting.splice(0, entries.length);
      this.#lost -= lost;
    }
  }

  async #append(entries: readonly AuditEntry[]): Promise<Link> {
    const { key, chain } = this.#mustBeOpen();
    let last = this.#last;
    const rows = entries.map((entry): AuditRow => {
      const row = { ...entry, seq: last.seq + 1, chain };
      last = { seq: row.seq, hash: rowHash(key, last.hash, row) };
      return { ...row, hash: last.hash };
    });
    await this.#db.transaction().execute(async (tx) => {
      await tx.insertInto('audit').values(rows).execute();
      await this.#setMark(tx, 'head', last, 1);
    });
    return last;
  }

  async #mark(name: AuditMark['name']): Promise<AuditMark | undefined> {
    return this.#db.selectFrom('audit_marks').selectAll().where('name', '=', name).executeTakeFirst();
  }

  async #setMark(
    tx: Kysely<ControlTables>,
    name: AuditMark['name'],
    { seq, hash }: Link,
    open: 0 | 1,
    at = this.#mustBeOpen().now(),
  ): Promise<void> {
    const { key, chain } = this.#mustBeOpen();
    const mark = { name, seq, hash, at, open, chain };
    const row = { ...mark, mac: markMac(key, mark) };
    await tx
      .insertInto('audit_marks')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
  }

  #mustBeOpen(): Open {
    if (!this.#open) throw new AppError('internal', 'The audit has not begun, or has ended.');
    return this.#open;
  }
}

async function* everyRow(tx: Kysely<ControlTables>, end = Number.MAX_SAFE_INTEGER): AsyncGenerator<AuditRow> {
  let after = -1;
  for (;;) {
    const rows = await tx
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', after)
      .where('seq', '<', end)
      .orderBy('seq')
      .limit(WALKED_AT_ONCE)
      .execute();
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.seq;
  }
}

/** What the row's hash builds on; null when that is not known. */
async function hashBefore(tx: Kysely<ControlTables>, seq: number): Promise<string | null> {
  const row = await tx
    .selectFrom('audit')
    .select('hash')
    .where('seq', '=', seq - 1)
    .executeTakeFirst();
  if (row || seq === 1) return row?.hash ?? '';
  const anchor = await tx
    .selectFrom('audit_marks')
    .select(['seq', 'hash'])
    .where('name', '=', 'anchor')
    .executeTakeFirst();
  return anchor?.seq === seq - 1 ? anchor.hash : null;
}

const ofOurs = (at: number, called: string, outcome: string, count: number): AuditEntry => ({
  at,
  caller: 'mailroom',
  profile_id: null,
  user_id: null,
  account_ids: '',
  called,
  outcome,
  count,
  message_ids: '',
  duration_ms: 0,
});

const startedAnew = (at: number): AuditEntry => ofOurs(at, UNCLEAN_START, 'ok', 0);
const lostRows = (at: number, count: number): AuditEntry =>
  ofOurs(at, 'rows the disk did not take', 'unavailable', count);
