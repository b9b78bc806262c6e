// What a narrowed caller may see of ONE account's mail: views of a reading connection that stand before the tables, so that no
// statement over it can reach more. Knows the mailbox's tables and no caller.
import type { Database } from 'better-sqlite3';
import { KEYS_PER_SECOND } from './message-rows.ts';
import { fold } from './person-rows.ts';
import type { Condition } from './search-condition.ts';

/** All that is not null has to hold for a mail. */
export interface Sight {
  /** Bears one of them; by name or id. One that is no longer there shows nothing. */
  readonly labels: readonly string[] | null;
  /** Comes from one of them: an address, or `@` and a domain; lower case. */
  readonly senders: readonly string[] | null;
  /** Came in the last days, months or years: `30d`, `6m`, `1y`. */
  readonly newerThan: string | null;
}

/** Rows that belong to one mail, by its key in `message`. */
const OF_A_MAIL = ['bodies', 'parts', 'participants', 'message_labels', 'message_references', 'copies', 'ahead'];

/**
 * Tables that say nothing of a mail. Search reads the index, and `main.` tables beside it for the sake of their indexes, under
 * the condition `seen`; ids of threads and names of labels lead nowhere without a mail that is seen.
 */
export const OPEN_TABLES = ['meta', 'cursors', 'places', 'labels', 'thread_aliases', 'import_attempts'];
const INDEX = /^fts(_|$)/;

const BY_LABEL = `true = exists (select 1 from main.message_labels b join main.labels l on l.id = b.label
  where b.message = m.key and (l.label_id in (select word from temp.sight_labels) or l.name in (select word from temp.sight_labels)))`;
const BY_SENDER = `true = exists (select 1 from temp.sight_senders w where lower(m.from_address) = w.word
  or (substr(w.word, 1, 1) = '@' and substr(lower(m.from_address), -length(w.word)) = w.word))`;
const IS_SEEN = 'true = exists (select 1 from temp.messages s where s.key = t.message)';
const NAME = `coalesce((select v.name from temp.participants v where v.address = t.address and v.name <> ''
  order by v.message desc limit 1), '')`;

const sights = new WeakMap<Database, Sight>();

/** The connection sees a part of the mail only. */
export const isNarrowed = (db: Database): boolean => sights.has(db);

/** Puts the views before the tables. Before the first statement of the connection is prepared, and once. */
export function narrowTo(db: Database, sight: Sight): void {
  const { labels, senders } = sight;
  sights.set(db, sight);
  // Words and sorted rows stay off the disk.
  db.pragma('temp_store = MEMORY');
  db.function('folded', { deterministic: true }, (name: unknown) => fold(String(name)));
  // Nothing is seen before the window is set.
  db.exec(`create temp table sight (from_key integer not null);
    create temp table sight_labels (word text primary key);
    create temp table sight_senders (word text primary key);`);
  const tests = ['m.key >= (select from_key from temp.sight)'];
  for (const [words, table, test] of [
    [labels, 'sight_labels', BY_LABEL],
    [senders, 'sight_senders', BY_SENDER],
  ] as const) {
    if (!words) continue;
    const add = db.prepare(`insert or ignore into temp.${table} (word) values (?)`);
    for (const word of words) add.run(word);
    tests.push(test);
  }
  const view = (name: string, columns: string, where: string, alias = 't') =>
    db.exec(`create temp view ${name} as select ${columns} from main.${name} ${alias} where ${where}`);
  view('messages', 'm.*', tests.join(' and '), 'm');
  for (const name of OF_A_MAIL) view(name, 't.*', IS_SEEN);
  view('drafts', 't.*', 'true = exists (select 1 from temp.messages s where s.id = t.message_id)');
  // The name that a mail tells which is not seen is not told.
  view(
    'people',
    `t.address, ${NAME} as name, folded(${NAME}) as folded,
     (select max(v.message) from temp.participants v where v.address = t.address) as last_key`,
    'true = exists (select 1 from temp.participants v where v.address = t.address)',
  );
  mustBeWhole(db);
}

/**
 * What a search over this connection has to meet besides its query. `seen` is the law; the others say the same once more, so
 * that a rare label or person is read rather than every mail.
 */
export function seenOnly(db: Database): Condition[] {
  const sight = sights.get(db);
  if (!sight) return [];
  const from = db.prepare('select from_key from temp.sight').pluck().safeIntegers().get() as bigint | undefined;
  const window: Condition[] = from === undefined ? [] : [{ kind: 'keys', from, below: null }];
  return [{ kind: 'seen' }, ...window, ...labelsIn(db, sight), ...sendersIn(sight)];
}

function labelsIn(db: Database, { labels }: Sight): Condition[] {
  if (!labels) return [];
  const rows = db
    .prepare(
      `select id from main.labels where label_id in (select word from temp.sight_labels)
       or name in (select word from temp.sight_labels)`,
    )
    .pluck()
    .safeIntegers()
    .all() as bigint[];
  return [alternatives(rows.map((label) => ({ kind: 'label', label })))];
}

function sendersIn({ senders }: Sight): Condition[] {
  if (!senders || senders.some((each) => each.startsWith('@'))) return [];
  return [alternatives(senders.map((address) => ({ kind: 'person', address, role: 'from' })))];
}

const alternatives = (of: readonly Condition[]): Condition => (of.length === 1 ? of[0]! : { kind: 'any', of });

/** From when on mail is seen, until it is said again. */
export function setWindow(db: Database, { newerThan }: Sight, now: number): void {
  const from = newerThan === null ? -1n : BigInt(Math.ceil(beginOf(newerThan, now) / 1000)) * KEYS_PER_SECOND;
  db.exec('delete from temp.sight');
  db.prepare('insert into temp.sight (from_key) values (?)').run(from);
}

/** Epoch milliseconds; months and years by the calendar in UTC. Of what cannot be read: never. */
export function beginOf(newerThan: string, now: number): number {
  const [, count = '', unit] = /^(\d{1,4})([dmy])$/.exec(newerThan) ?? [];
  const date = new Date(now);
  if (unit === 'd') return now - Number(count) * 86_400_000;
  if (unit === 'm') return date.setUTCMonth(date.getUTCMonth() - Number(count));
  return unit === 'y' ? date.setUTCFullYear(date.getUTCFullYear() - Number(count)) : now + 100 * 365 * 86_400_000;
}

/** A table that a later version adds must not be seen whole because nobody thought of it. */
function mustBeWhole(db: Database): void {
  const tables = db.prepare("select name from main.sqlite_schema where type = 'table'").pluck().all() as string[];
  const known = new Set([...OPEN_TABLES, ...OF_A_MAIL, 'messages', 'drafts', 'people']);
  const open = tables.find((name) => !known.has(name) && !INDEX.test(name) && !name.startsWith('sqlite_'));
  if (open) throw new Error(`the table ${open} has no rule for narrowed readers`);
}
