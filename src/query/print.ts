// Writes a tree as a query again: reading the text gives the same tree. Pure; says what Mailroom means, not what Gmail does.
import type { QueryNode, StateName } from './tree.ts';

/** By which operator each state is asked for. */
export const STATE_OPERATORS: Readonly<Record<StateName, 'is' | 'in' | 'has'>> = {
  unread: 'is',
  read: 'is',
  starred: 'is',
  important: 'is',
  muted: 'is',
  snoozed: 'is',
  chat: 'is',
  inbox: 'in',
  sent: 'in',
  draft: 'in',
  spam: 'in',
  trash: 'in',
  anywhere: 'in',
  archive: 'in',
  scheduled: 'in',
  attachment: 'has',
  userlabels: 'has',
  nouserlabels: 'has',
};

/** The query whose tree this is; empty for none. Days are written as seconds, so that no zone is needed to read them. */
export function printQuery(root: QueryNode | null): string {
  return root === null ? '' : print(root);
}

function print(node: QueryNode): string {
  switch (node.kind) {
    case 'and':
      return node.children.map((child) => (child.kind === 'and' ? grouped(child) : print(child))).join(' ');
    case 'or':
      return node.children.map((child) => (isGroup(child) ? grouped(child) : print(child))).join(' OR ');
    case 'not':
      return `-${isGroup(node.child) || isSigned(node.child) ? grouped(node.child) : print(node.child)}`;
    case 'text':
      return `${node.exact ? '+' : ''}${operator(node.field)}${value(node.text, node.quoted)}`;
    case 'near':
      return near(node);
    case 'label':
      return `label:${value(node.name, !isWord(node.name))}`;
    case 'category':
      return `category:${node.category}`;
    case 'state':
      return `${STATE_OPERATORS[node.state]}:${node.state}`;
    case 'link':
      return `has:${node.link}`;
    case 'star':
      return `has:${node.star}`;
    case 'message-id':
      return `rfc822msgid:${/[\s<>]/.test(node.messageId) ? `"${node.messageId}"` : `<${node.messageId}>`}`;
    case 'size':
      return node.min !== null ? `larger:${node.min}` : `smaller:${node.below}`;
    case 'date':
      return node.fromMs !== null ? `after:${seconds(node.fromMs)}` : `before:${seconds(node.beforeMs!)}`;
    case 'impossible':
      return `${node.operator}:${value(node.text, node.quoted)}`;
  }
}

function near({ field, first, second, distance, ordered }: QueryNode & { readonly kind: 'near' }): string {
  if (ordered) return `${operator(field)}"${first} AROUND ${distance} ${second}"`;
  const pair = `"${first}" AROUND ${distance} "${second}"`;
  return field === 'any' ? pair : `${operator(field)}"${first}" AROUND ${distance} ${operator(field)}"${second}"`;
}

function isGroup({ kind }: QueryNode): boolean {
  return kind === 'and' || kind === 'or';
}

// A second sign would undo the first, and AROUND binds looser than a sign.
function isSigned(node: QueryNode): boolean {
  return node.kind === 'not' || (node.kind === 'near' && !node.ordered);
}

function grouped(node: QueryNode): string {
  return `(${print(node)})`;
}

function operator(field: string): string {
  return field === 'any' ? '' : `${field}:`;
}

function value(text: string, quoted: boolean): string {
  return quoted ? `"${text}"` : text;
}

/** Whether the language reads this as one word behind an operator. */
function isWord(text: string): boolean {
  return /^[^\s"“”„(){}|]+$/.test(text);
}

function seconds(ms: number): string {
  const count = Math.floor(ms / 1000);
  return `${count < 0 ? '-' : ''}${String(Math.abs(count)).padStart(9, '0')}`;
}
