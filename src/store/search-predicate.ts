// A condition as an SQL test of one mail. Knows the mailbox's tables; knows not which of them is being read.
import type { TextField } from '../query/tree.ts';
import type { Condition, Role } from './search-condition.ts';

/** SQL text with its values in order. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (bigint | string)[];
}

/** Where a test stands: the expression of the mail's key, and the alias of its `messages` row when that is being read. */
export interface Position {
  readonly key: string;
  readonly row: string | null;
}

/** SQL whose holes are values to bind, or SQL with values of its own. */
export function sql(strings: TemplateStringsArray, ...holes: readonly (bigint | string | Sql)[]): Sql {
  let text = strings[0]!;
  const values: (bigint | string)[] = [];
  holes.forEach((hole, i) => {
    if (typeof hole === 'object') values.push(...hole.values);
    else values.push(hole);
    text += (typeof hole === 'object' ? hole.text : '?') + strings[i + 1]!;
  });
  return { text, values };
}

/** Passes when all of these do; cheap ones are asked first, and bounds of the key are one range. */
export function where(conditions: readonly Condition[], at: Position): Sql {
  const ranges = conditions.filter((one) => one.kind === 'keys');
  const from =
    ranges
      .flatMap((one) => one.from ?? [])
      .toSorted(ascending)
      .at(-1) ?? null;
  const below = ranges.flatMap((one) => one.below ?? []).toSorted(ascending)[0] ?? null;
  const rest = conditions.filter((one) => one.kind !== 'keys').toSorted((a, b) => cost(a) - cost(b));
  return list([...bounds(at.key, from, below), ...each(rest, at)], ' and ', 'true');
}

/**
 * Passes when the mail at this position meets the condition. A bare `exists` would be made a join, whose tables the
 * planner may ask in another order; compared with `true` it stays a test.
 */
export function predicate(wanted: Condition, at: Position): Sql {
  const key = plain(at.key);
  switch (wanted.kind) {
    case 'all':
      return bracketed(list(each(wanted.of, at), ' and ', 'true'));
    case 'any':
      return bracketed(list(each(wanted.of, at), ' or ', 'false'));
    case 'not':
      return sql`not ${bracketed(predicate(wanted.of, at))}`;
    case 'match':
      return sql`true = exists (select 1 from fts p where p.fts match ${wanted.expression} and p.rowid = ${key})`;
    case 'follows':
      return follows(wanted, key);
    case 'person':
      return sql`true = exists (select 1 from main.participants q where q.address = ${wanted.address} and q.message = ${key} and q.role = ${wanted.role})`;
    case 'label':
      return sql`true = exists (select 1 from main.message_labels b where b.label = ${wanted.label} and b.message = ${key})`;
    case 'any-user-label':
      return sql`true = exists (select 1 from main.message_labels b join main.labels n on n.id = b.label where b.message = ${key} and n.type = 'user')`;
    case 'keys':
      return list(bounds(at.key, wanted.from, wanted.below), ' and ', 'true');
    case 'size':
      return ofRow(at, (row) => list(bounds(`${row}.size_bytes`, wanted.min, wanted.below), ' and ', 'true'));
    case 'message-id':
      // The second half lets the partial index be used.
      return ofRow(at, (row) => {
        const header = plain(`${row}.message_id_header`);
        return sql`${header} = ${wanted.header} and ${header} <> ''`;
      });
    case 'has-attachment':
      return ofRow(at, (row) => plain(`${row}.attachments > 0`));
    case 'links':
      return ofRow(at, (row) => sql`${plain(`${row}.links`)} & ${wanted.bits} <> 0`);
    case 'seen':
      return sql`true = exists (select 1 from temp.messages i where i.key = ${key})`;
    case 'visible':
      return ofRow(at, (row) => plain(`${row}.hidden = 0`));
  }
}

const SUBJECT = `(select s.subject from main.messages s where s.key = $)`;
const BODY = '(select s.text from main.bodies s where s.message = $)';
const FILES = "(select group_concat(s.filename, ' _ ') from main.parts s where s.message = $)";
const people = (...roles: readonly Role[]): string[] =>
  roles.map(
    (role) =>
      `(select group_concat(s.name || ' _ ' || s.address, ' _ ') from main.participants s where s.message = $ and s.role = '${role}')`,
  );
/** The stored texts of a field; what is kept in the header block alone is not among them. */
const TEXTS: Readonly<Record<TextField, readonly string[]>> = {
  any: [SUBJECT, BODY, FILES, ...people('from', 'to', 'cc', 'bcc')],
  subject: [SUBJECT],
  from: people('from'),
  to: people('to', 'cc', 'bcc'),
  cc: people('cc'),
  bcc: people('bcc'),
  filename: [FILES],
  deliveredto: [],
  list: [],
};

// `follows` is a function of the reading connection.
function follows({ field, first, second, distance }: Condition & { kind: 'follows' }, key: Sql): Sql {
  const tests = TEXTS[field].map(
    (text) =>
      sql`follows(${plain(text.replaceAll('$', key.text))}, ${first.join(' ')}, ${second.join(' ')}, ${BigInt(distance)})`,
  );
  return bracketed(list(tests, ' or ', 'true'));
}

function ofRow({ key, row }: Position, about: (row: string) => Sql): Sql {
  return row !== null
    ? about(row)
    : sql`true = exists (select 1 from main.messages r where r.key = ${plain(key)} and ${about('r')})`;
}

function each(conditions: readonly Condition[], at: Position): Sql[] {
  return conditions.map((one) => predicate(one, at));
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

function cost(wanted: Condition): number {
  if (wanted.kind === 'all' || wanted.kind === 'any') return wanted.of.reduce((sum, one) => sum + cost(one), 0);
  if (wanted.kind === 'not') return cost(wanted.of);
  return wanted.kind === 'follows' ? 100 : wanted.kind === 'match' ? 10 : 1;
}

function bounds(expression: string, from: bigint | null, below: bigint | null): Sql[] {
  const lower = from === null ? [] : [sql`${plain(expression)} >= ${from}`];
  const upper = below === null ? [] : [sql`${plain(expression)} < ${below}`];
  return [...lower, ...upper];
}

function list(tests: readonly Sql[], separator: ' and ' | ' or ', ofNone: 'true' | 'false'): Sql {
  if (tests.length === 0) return plain(ofNone);
  return { text: tests.map(({ text }) => text).join(separator), values: tests.flatMap(({ values }) => values) };
}

function bracketed({ text, values }: Sql): Sql {
  return { text: `(${text})`, values };
}

function plain(text: string): Sql {
  return { text, values: [] };
}
