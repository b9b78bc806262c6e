// What a query means in one mailbox: labels found by name, `me` by address, all text gathered into index expressions.
// Knows the labels table and the index's language; knows nothing of how rows are read.
import type { Database } from 'better-sqlite3';
import { endsOpen, searchPhrases } from '../query/search-text.ts';
import { type QueryNode, STARS, type StateName, type TextField } from '../query/tree.ts';
import { LINK_BITS } from './link-bits.ts';
import { KEYS_PER_SECOND } from './message-rows.ts';

/** A test that one mail passes or not. `all` of none is true, `any` of none is false. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  /** An FTS5 full-text expression. */
  | { readonly kind: 'match'; readonly expression: string }
  /** In one field the first phrase comes before the second, with at most so many words between them. */
  | {
      readonly kind: 'follows';
      readonly field: TextField;
      readonly first: readonly string[];
      readonly second: readonly string[];
      readonly distance: number;
    }
  /** An address, whole, in one role. */
  | { readonly kind: 'person'; readonly address: string; readonly role: Role }
  /** Bears the label of this row. */
  | { readonly kind: 'label'; readonly label: bigint }
  | { readonly kind: 'any-user-label' }
  /** Half-open range of keys. */
  | { readonly kind: 'keys'; readonly from: bigint | null; readonly below: bigint | null }
  /** Half-open range of bytes. */
  | { readonly kind: 'size'; readonly min: bigint | null; readonly below: bigint | null }
  | { readonly kind: 'message-id'; readonly header: string }
  | { readonly kind: 'has-attachment' }
  /** Points to something of Google: one of these bits is set. */
  | { readonly kind: 'links'; readonly bits: bigint }
  | { readonly kind: 'visible' }
  /** In what the connection may see. */
  | { readonly kind: 'seen' };

export type Role = 'from' | 'to' | 'cc' | 'bcc';

/** What the mailbox adds to a query. */
export interface MailboxContext {
  readonly db: Database;
  /** The addresses that `me` stands for. */
  readonly ownAddresses: readonly string[];
}

const COLUMNS: Readonly<Record<TextField, string>> = {
  any: '{subject sender recipients cc bcc body files}',
  subject: 'subject',
  from: 'sender',
  to: '{recipients cc bcc}',
  cc: 'cc',
  bcc: 'bcc',
  deliveredto: 'delivered',
  list: 'list',
  filename: 'files',
};
const ROLES: ReadonlyMap<TextField, readonly Role[]> = new Map([
  ['from', ['from']],
  ['to', ['to', 'cc', 'bcc']],
  ['cc', ['cc']],
  ['bcc', ['bcc']],
]);
const STATE_LABELS: Readonly<Partial<Record<StateName, string>>> = {
  unread: 'UNREAD',
  starred: 'STARRED',
  important: 'IMPORTANT',
  muted: 'MUTED',
  inbox: 'INBOX',
  sent: 'SENT',
  draft: 'DRAFT',
  spam: 'SPAM',
  trash: 'TRASH',
  chat: 'CHAT',
  snoozed: 'SNOOZED',
  scheduled: 'SCHEDULED',
};
// More user labels are not read one by one.
const MAX_USER_LABELS = 32;
const NOT_ARCHIVED = ['INBOX', 'SENT', 'DRAFT', 'SPAM', 'TRASH', 'CHAT'];

interface LabelRow {
  readonly id: bigint;
  readonly label_id: string;
  readonly name: string;
  readonly type: string;
}

/** The condition that a query's tree (null: everything) stands for in this mailbox. */
export function condition(root: QueryNode | null, context: MailboxContext): Condition {
  let rows: LabelRow[] | null = null;
  const labels = (): LabelRow[] => {
    rows ??= context.db.prepare('select id, label_id, name, type from labels').safeIntegers().all() as LabelRow[];
    return rows;
  };
  const system = (id: string): Condition =>
    any(labels().flatMap((row) => (row.type === 'system' && row.label_id === id ? label(row) : [])));
  const userLabels = (): Condition => {
    const user = labels().filter(({ type }) => type === 'user');
    return user.length > MAX_USER_LABELS ? { kind: 'any-user-label' } : any(user.map(label));
  };
  // A star without a colour is the yellow one.
  const star = (name: string): Condition => {
    if (name !== 'yellow-star') return system(labelOf(name));
    const coloured = STARS.slice(1).map((other) => not(system(labelOf(other))));
    return any([system('YELLOW_STAR'), all([system('STARRED'), ...coloured])]);
  };
  const named = (name: string): Condition =>
    any(
      labels().flatMap((row) => (slug(row.name) === slug(name) || slug(row.label_id) === slug(name) ? label(row) : [])),
    );

  const state = (name: StateName): Condition => {
    switch (name) {
      case 'anywhere':
        return all([]);
      case 'read':
        return not(system('UNREAD'));
      case 'archive':
        return all(NOT_ARCHIVED.map((id) => not(system(id))));
      case 'attachment':
        return { kind: 'has-attachment' };
      case 'userlabels':
        return userLabels();
      case 'nouserlabels':
        return not(userLabels());
      default:
        return system(STATE_LABELS[name]!);
    }
  };

  const translate = (node: QueryNode): Condition => {
    switch (node.kind) {
      case 'and':
        return all(node.children.map(translate));
      case 'or':
        return any(node.children.map(translate));
      case 'not':
        return not(translate(node.child));
      case 'text':
        return match(node, context.ownAddresses);
      case 'near':
        return near(node);
      case 'label':
        return named(node.name);
      case 'category':
        return system(`CATEGORY_${node.category === 'primary' ? 'PERSONAL' : node.category.toUpperCase()}`);
      case 'link':
        return { kind: 'links', bits: LINK_BITS[node.link] };
      case 'star':
        return star(node.star);
      case 'impossible':
        return any([]);
      case 'state':
        return state(node.state);
      case 'message-id':
        return { kind: 'message-id', header: node.messageId };
      case 'size':
        return { kind: 'size', min: bigint(node.min), below: bigint(node.below) };
      case 'date':
        return { kind: 'keys', from: firstKey(node.fromMs), below: firstKey(node.beforeMs) };
    }
  };
  return root === null ? all([]) : translate(root);
}

/** All of these; text among them becomes one index expression: what is wanted without what is not, or what is not. */
export function all(conditions: readonly Condition[]): Condition {
  const parts = conditions.flatMap((part) => (part.kind === 'all' ? part.of : [part]));
  if (parts.some((part) => part.kind === 'any' && part.of.length === 0)) return any([]);
  const wanted = parts.flatMap((part) => (part.kind === 'match' ? part.expression : []));
  const unwanted = parts.flatMap((part) => unwantedText(part) ?? []);
  const rest = parts.filter((part) => part.kind !== 'match' && unwantedText(part) === null);
  const text = [...within(wanted, unwanted), ...rest];
  return text.length === 1 ? text[0]! : { kind: 'all', of: text };
}

function within(wanted: readonly string[], unwanted: readonly string[]): readonly Condition[] {
  if (wanted.length === 0) return unwanted.length === 0 ? [] : [not(matches(joined(unwanted, 'OR')))];
  if (unwanted.length === 0) return [matches(joined(wanted, 'AND'))];
  return [matches(`(${joined(wanted, 'AND')} NOT ${joined(unwanted, 'OR')})`)];
}

/** The index expression that a mail must not match for this condition, null when the condition is another one. */
export function unwantedText(one: Condition): string | null {
  return one.kind === 'not' && one.of.kind === 'match' ? one.of.expression : null;
}

function any(conditions: readonly Condition[]): Condition {
  const parts = conditions.flatMap((part) => (part.kind === 'any' ? part.of : [part]));
  if (parts.some((part) => part.kind === 'all' && part.of.length === 0)) return all([]);
  const texts = parts.flatMap((part) => (part.kind === 'match' ? part.expression : []));
  const rest = parts.filter((part) => part.kind !== 'match');
  const gathered = texts.length === 0 ? rest : [matches(joined(texts, 'OR')), ...rest];
  return gathered.length === 1 ? gathered[0]! : { kind: 'any', of: gathered };
}

function not(of: Condition): Condition {
  if (of.kind === 'not') return of.of;
  if (of.kind === 'all' && of.of.length === 0) return any([]);
  if (of.kind === 'any' && of.of.length === 0) return all([]);
  return { kind: 'not', of };
}

function match(node: QueryNode & { readonly kind: 'text' }, ownAddresses: readonly string[]): Condition {
  const { field, text, quoted } = node;
  const isMe = !quoted && text.toLowerCase() === 'me' && ownAddresses.length > 0;
  const roles = isMe ? ROLES.get(field) : undefined;
  if (roles)
    return any(
      ownAddresses.flatMap((address) =>
        roles.map((role): Condition => ({ kind: 'person', address: address.toLowerCase(), role })),
      ),
    );
  if (isMe && field === 'deliveredto')
    return any(ownAddresses.map((address) => phrases(field, searchPhrases(address, true))));
  return phrases(field, searchPhrases(text, quoted));
}

function near({ field, first, second, distance, ordered }: QueryNode & { readonly kind: 'near' }): Condition {
  const [before] = searchPhrases(first, true);
  const [after] = searchPhrases(second, true);
  if (!before || !after) return any([]);
  const together = matches(`${COLUMNS[field]} : NEAR(${quoted(before)} ${quoted(after)}, ${distance})`);
  return ordered ? all([together, { kind: 'follows', field, first: before, second: after, distance }]) : together;
}

function phrases(field: TextField, wanted: readonly (readonly string[])[]): Condition {
  const expressions = wanted.map((words) => `${COLUMNS[field]} : ${quoted(words)}`);
  return expressions.length === 0 ? any([]) : matches(joined(expressions, 'AND'));
}

// Words hold letters, digits and `_` only, so that nothing in the quotes can end them.
function quoted(words: readonly string[]): string {
  return `"${words.join(' ')}"${endsOpen(words) ? ' *' : ''}`;
}

function matches(expression: string): Condition {
  return { kind: 'match', expression };
}

function joined(expressions: readonly string[], by: 'AND' | 'OR'): string {
  const each = [...new Set(expressions)];
  return each.length === 1 ? each[0]! : `(${each.join(` ${by} `)})`;
}

function label({ id }: LabelRow): Condition {
  return { kind: 'label', label: id };
}

function labelOf(star: string): string {
  return star.toUpperCase().replace('-', '_');
}

// Gmail writes spaces and slashes of a label's name as dashes; signs of the language cannot be written at all.
function slug(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s/(){}|"]/g, '-')
    .replace(/-+/g, '-');
}

function firstKey(ms: number | null): bigint | null {
  return ms === null ? null : BigInt(Math.floor(ms / 1000)) * KEYS_PER_SECOND;
}

function bigint(bytes: number | null): bigint | null {
  return bytes === null ? null : BigInt(bytes);
}
