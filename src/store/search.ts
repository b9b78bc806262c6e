// Finds the mails of one account that a query means: its tree as SQL that reads backwards in time and stops early.
// Knows the mailbox's tables; knows nothing of what is shown of a hit.
import type { Database, Statement } from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import type { Query } from '../query/tree.ts';
import { follows } from './follows.ts';
import { indexIsBehind } from './index-upkeep.ts';
import { EVERY_MAIL } from './search-columns.ts';
import { all, type Condition, condition, unwantedText } from './search-condition.ts';
import { type Position, predicate, type Sql, sql, where } from './search-predicate.ts';
import { seenOnly } from './sight.ts';

export interface SearchOptions {
  /** The most keys to answer. */
  readonly limit: number;
  /** Only mails before this key, for the next page; null for the newest. */
  readonly beforeKey: bigint | null;
  /** The addresses that `me` stands for. */
  readonly ownAddresses: readonly string[];
  readonly signal?: AbortSignal;
}

// From so many mails on a label or a word is common: another one may be rarer, and counting goes no further.
const COMMON = 1_000;
// More alternatives are tested mail by mail instead of each being read by itself.
const MAX_STREAMS = 32;
const PREPARED = 100;

const MESSAGES: Position = { key: 'm.key', row: 'm' };
const INDEX: Position = { key: 'fts.rowid', row: null };
const LABELS: Position = { key: 'l.message', row: null };
const PEOPLE: Position = { key: 'a.message', row: null };

/**
 * The keys of the newest mails that the query means, newest first. Mails in Spam and Trash are left out unless the query
 * names them. Throws the signal's reason when it was aborted before; a search that has begun is not interrupted.
 */
export function searchKeys(db: Database, query: Query, options: SearchOptions): bigint[] {
  options.signal?.throwIfAborted();
  const wanted = parts(
    all([
      condition(query.root, { db, ownAddresses: options.ownAddresses }),
      { kind: 'keys', from: null, below: options.beforeKey },
      ...(query.includesHidden ? [] : [{ kind: 'visible' } as const]),
      ...seenOnly(db),
    ]),
  );
  const unwanted = wanted.flatMap((one) => unwantedText(one) ?? []);
  const rest = wanted.filter((one) => unwantedText(one) === null);
  const bounds = wanted.filter(({ kind }) => kind === 'keys');
  if (unwanted.length > 0 && !rest.some(isReadable) && !indexIsBehind(db)) {
    const lacking = hits(`(list : "${EVERY_MAIL}" NOT (${unwanted.join(' OR ')}))`, rest);
    const statement = sql`${lacking} order by 1 desc limit ${BigInt(options.limit)}`;
    return prepared(db, statement.text).all(...statement.values) as bigint[];
  }
  const [first, ...streams] = read(db, rest, []);
  if (first === undefined) return [];
  // All of these come in descending order, so that they are merged as they are read and nothing is gathered.
  const statement = [
    first,
    ...streams.map((stream) => sql`union ${stream}`),
    ...unwanted.map((text) => sql`except ${hits(text, bounds)}`),
    sql`order by 1 desc limit ${BigInt(options.limit)}`,
  ].reduce((so, clause) => sql`${so} ${clause}`);
  return prepared(db, statement.text).all(...statement.values) as bigint[];
}

// The selects whose union is what passes all of `drivers` and `others`: the rarest of `drivers` is read backwards in
// time, everything else is tested mail by mail. Without a driver all mails are read.
function read(db: Database, drivers: readonly Condition[], others: readonly Condition[]): Sql[] {
  const driver = rarest(db, drivers);
  const rest = [...drivers.filter((one) => one !== driver), ...others];
  switch (driver?.kind) {
    case 'match':
      return [hits(driver.expression, rest)];
    case 'label':
      return [
        sql`select l.message from main.message_labels l where l.label = ${driver.label} and ${where(rest, LABELS)}`,
      ];
    case 'person':
      return [sql`select a.message from main.participants a where ${inRole(driver)} and ${where(rest, PEOPLE)}`];
    case 'has-attachment':
      return [
        sql`select m.key from main.messages m indexed by messages_attachments where m.attachments > 0 and ${where(rest, MESSAGES)}`,
      ];
    case 'links':
      return [
        sql`select m.key from main.messages m indexed by messages_links where m.links <> 0 and ${where([driver, ...rest], MESSAGES)}`,
      ];
    case 'size':
      // Few, so they may be sorted; left alone the planner would read all mails rather than sort.
      return [
        sql`select m.key from main.messages m indexed by messages_size where ${where([driver, ...rest], MESSAGES)}`,
      ];
    case 'any':
      return driver.of.flatMap((one) => read(db, parts(one), rest));
    // All mails, or those of one Message-ID by its index.
    default:
      return [sql`select m.key from main.messages m where ${where([...drivers, ...others], MESSAGES)}`];
  }
}

// What is not `to` has an index of its own, which is taken when the query says so.
function inRole({ address, role }: Condition & { readonly kind: 'person' }): Sql {
  return role === 'to'
    ? sql`a.address = ${address} and a.role = 'to'`
    : sql`a.address = ${address} and a.role = ${role} and a.role <> 'to'`;
}

function hits(expression: string, rest: readonly Condition[]): Sql {
  return sql`select fts.rowid from fts where fts match ${expression} and ${where(rest, INDEX)}`;
}

function rarest(db: Database, conditions: readonly Condition[]): Condition | null {
  const readable = conditions.filter(isReadable);
  const [only] = readable;
  // A size is worth reading only when it is rare, and alternatives only when each can be read.
  if (readable.length === 1 && only!.kind !== 'size' && only!.kind !== 'any') return only!;
  let best: { one: Condition; mails: number } | null = null;
  for (const one of readable) {
    const mails = count(db, one);
    if (mails !== null && (best === null || mails < best.mails)) best = { one, mails };
  }
  return best?.one ?? null;
}

// Text comes first among equals: the index is read in order faster than it is asked for single mails.
const READABLE: ReadonlySet<Condition['kind']> = new Set([
  'match',
  'person',
  'label',
  'message-id',
  'links',
  'has-attachment',
  'size',
  'any',
]);

function isReadable({ kind }: Condition): boolean {
  return READABLE.has(kind);
}

// How many mails reading this would meet, COMMON for as many or more; null when it cannot be read by itself.
function count(db: Database, wanted: Condition): number | null {
  switch (wanted.kind) {
    case 'match':
      return counted(db, sql`select 1 from fts where fts match ${wanted.expression}`);
    case 'label':
      return counted(db, sql`select 1 from main.message_labels where label = ${wanted.label}`);
    case 'person':
      return counted(db, sql`select 1 from main.participants a where ${inRole(wanted)}`);
    case 'has-attachment':
      return counted(db, sql`select 1 from main.messages indexed by messages_attachments where attachments > 0`);
    case 'links':
      return counted(db, sql`select 1 from main.messages indexed by messages_links where links <> 0`);
    case 'message-id':
      return 1;
    case 'size': {
      const mails = counted(
        db,
        sql`select 1 from main.messages m indexed by messages_size where ${predicate(wanted, MESSAGES)}`,
      );
      return mails < COMMON ? mails : null;
    }
    case 'all':
      return wanted.of.map((one) => count(db, one)).reduce(least, null);
    case 'any':
      if (wanted.of.length > MAX_STREAMS) return null;
      return wanted.of
        .map((one) => count(db, one))
        .reduce((so, one) => (so === null || one === null ? null : so + one), 0);
    default:
      return null;
  }
}

function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function counted(db: Database, rows: Sql): number {
  const statement = prepared(db, `select count(*) from (${rows.text} limit ${COMMON})`);
  return Number(statement.get(...rows.values));
}

function parts(wanted: Condition): readonly Condition[] {
  return wanted.kind === 'all' ? wanted.of : [wanted];
}

const statements = new WeakMap<Database, LRUCache<string, Statement<unknown[]>>>();

/** A statement of the file, prepared once; it answers its first column as bigint. */
export function prepared(db: Database, text: string): Statement<unknown[]> {
  let ofFile = statements.get(db);
  if (ofFile === undefined) {
    ofFile = new LRUCache({ max: PREPARED });
    db.function('follows', { deterministic: true }, follows);
    statements.set(db, ofFile);
  }
  let statement = ofFile.get(text);
  if (statement === undefined) {
    statement = db.prepare<unknown[]>(text).pluck().safeIntegers();
    ofFile.set(text, statement);
  }
  return statement;
}
