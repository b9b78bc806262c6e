// What a query means in one mailbox: labels found by name, `me` by address, all text gathered into index expressions.
// Knows the labels table and the index's language; knows nothing of how rows are read.
import type { Database } from 'better-sqlite3';
import { searchPhrases } from '../query/search-text.ts';
import type { QueryNode, StateName, TextField } from '../query/tree.ts';
import { KEYS_PER_SECOND } from './message-rows.ts';

/** A test that one mail passes or not. `all` of none is true, `any` of none is false. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  /** An FTS5 full-text expression. */
  | { readonly kind: 'match'; readonly expression: string }
  /** Bears the label of this row. */
  | { readonly kind: 'label'; readonly label: bigint }
  | { readonly kind: 'any-user-label' }
  /** Half-open range of keys. */
  | { readonly kind: 'keys'; readonly from: bigint | null; readonly below: bigint | null }
  /** Half-open range of bytes. */
  | { readonly kind: 'size'; readonly min: bigint | null; readonly below: bigint | null }
  | { readonly kind: 'message-id'; readonly header: string }
  | { readonly kind: 'has-attachment' }
  | { readonly kind: 'visible' };

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
const ADDRESS_FIELDS: readonly TextField[] = ['from', 'to', 'cc', 'bcc', 'deliveredto'];
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
};
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
        return { kind: 'any-user-label' };
      case 'nouserlabels':
        return not({ kind: 'any-user-label' });
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
      case 'label':
        return named(node.name);
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
  const isMe = !quoted && text.toLowerCase() === 'me' && ADDRESS_FIELDS.includes(field) && ownAddresses.length > 0;
  return isMe
    ? any(ownAddresses.map((address) => phrases(field, searchPhrases(address, true))))
    : phrases(field, searchPhrases(text, quoted));
}

// Words hold letters, digits and `_` only, so that nothing in the quotes can end them.
function phrases(field: TextField, wanted: readonly (readonly string[])[]): Condition {
  const expressions = wanted.map((words) => `${COLUMNS[field]} : "${words.join(' ')}"`);
  return expressions.length === 0 ? any([]) : matches(joined(expressions, 'AND'));
}

function matches(expression: string): Condition {
  return { kind: 'match', expression };
}

function joined(expressions: readonly string[], by: 'AND' | 'OR'): string {
  return expressions.length === 1 ? expressions[0]! : `(${expressions.join(` ${by} `)})`;
}

function label({ id }: LabelRow): Condition {
  return { kind: 'label', label: id };
}

// Gmail writes spaces and slashes of a label's name as dashes.
function slug(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s/]+/g, '-');
}

function firstKey(ms: number | null): bigint | null {
  return ms === null ? null : BigInt(Math.floor(ms / 1000)) * KEYS_PER_SECOND;
}

function bigint(bytes: number | null): bigint | null {
  return bytes === null ? null : BigInt(bytes);
}
