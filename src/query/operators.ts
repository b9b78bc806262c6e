// What each operator makes of its value. Knows names, states, sizes and dates; not how they are written together.
import { before, type Day, isDay, startOfDay, type TimeUnit } from './days.ts';
import { searchPhrases } from './search-text.ts';
import {
  CATEGORIES,
  type LinkName,
  type QueryNode,
  type QueryWarning,
  type Span,
  STARS,
  type StateName,
  type TextField,
} from './tree.ts';

/** Where a query stands: the present in epoch milliseconds and the IANA zone whose days are meant. */
export interface QueryContext {
  readonly now: number;
  readonly timeZone: string;
}

/** An operator's value as it was typed, without quotes; `span` reaches from the operator's name to the value's end. */
export interface Operand {
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

/** What a term stands for: null when it says nothing. `warning`: why, in words for the person who typed it. */
export interface Meaning {
  readonly node: QueryNode | null;
  readonly warning: QueryWarning | null;
}

/** Why a value is not one of its operator's. */
type Refusal = string;

type Operator = (operand: Operand, context: QueryContext) => QueryNode | Refusal;

const STATES: ReadonlyMap<string, StateName> = new Map([
  ['unread', 'unread'],
  ['read', 'read'],
  ['starred', 'starred'],
  ['important', 'important'],
  ['muted', 'muted'],
  ['inbox', 'inbox'],
  ['sent', 'sent'],
  ['draft', 'draft'],
  ['drafts', 'draft'],
  ['spam', 'spam'],
  ['trash', 'trash'],
  ['anywhere', 'anywhere'],
  ['archive', 'archive'],
  ['chat', 'chat'],
  ['chats', 'chat'],
  ['snoozed', 'snoozed'],
  ['scheduled', 'scheduled'],
]);
const POSSESSIONS: ReadonlyMap<string, StateName> = new Map([
  ['attachment', 'attachment'],
  ['attachments', 'attachment'],
  ['userlabels', 'userlabels'],
  ['nouserlabels', 'nouserlabels'],
]);
const LINKS: ReadonlyMap<string, LinkName> = new Map([
  ['drive', 'drive'],
  ['document', 'document'],
  ['spreadsheet', 'spreadsheet'],
  ['presentation', 'presentation'],
  ['youtube', 'youtube'],
]);
const UNITS: ReadonlyMap<string, TimeUnit> = new Map([
  ['h', 'hour'],
  ['d', 'day'],
  ['m', 'month'],
  ['y', 'year'],
]);

const TEXT_FIELDS: ReadonlyMap<string, TextField> = new Map([
  ['from', 'from'],
  ['to', 'to'],
  ['cc', 'cc'],
  ['bcc', 'bcc'],
  ['deliveredto', 'deliveredto'],
  ['subject', 'subject'],
  ['list', 'list'],
  ['filename', 'filename'],
]);

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...Array.from(TEXT_FIELDS, ([name, field]) => [name, text(field)] as const),
  ['label', place],
  ['in', place],
  ['is', state],
  ['has', possession],
  ['category', category],
  ['rfc822msgid', messageId],
  ['size', size('min')],
  ['larger', size('min')],
  ['smaller', size('below')],
  ['after', date('fromMs')],
  ['newer', date('fromMs')],
  ['before', date('beforeMs')],
  ['older', date('beforeMs')],
  ['newer_than', age('fromMs')],
  ['older_than', age('beforeMs')],
]);

/** Whether a name, in lower case, is an operator of the language. */
export function isOperator(name: string): boolean {
  return OPERATORS.has(name);
}

/**
 * What free text (`operator` null) or an operator with its value stands for. What has no value, or no letter to look for,
 * stands for nothing; a value that the operator does not know is a term that no mail meets.
 */
export function term(operator: string | null, operand: Operand, context: QueryContext): Meaning {
  const { text: typed, quoted, span } = operand;
  const none = (reason: string): Meaning => ({ node: null, warning: { message: `${reason}; it was left out`, span } });
  if (operator !== null && typed.trim() === '') return none(`${operator}: has no value`);
  const isText = operator === null || TEXT_FIELDS.has(operator);
  if (isText && searchPhrases(typed, quoted).length === 0)
    return none(`${quote(typed)} has no letter or digit to look for`);
  if (operator === null) return { node: textNode('any', operand), warning: null };
  const node = OPERATORS.get(operator)!(operand, context);
  if (typeof node !== 'string') return { node, warning: null };
  return {
    node: { kind: 'impossible', operator, text: typed, quoted, span },
    warning: { message: `${node}; no mail is that`, span },
  };
}

/** The field that an operator looks for text in; null when it does something else. */
export function textFieldOf(operator: string | null): TextField | null {
  return operator === null ? 'any' : (TEXT_FIELDS.get(operator) ?? null);
}

function text(field: TextField): Operator {
  return (operand) => textNode(field, operand);
}

function textNode(field: TextField, { text: typed, quoted, span }: Operand): QueryNode {
  return { kind: 'text', field, text: typed, quoted, exact: false, span };
}

function place({ text: typed, span }: Operand): QueryNode {
  const name = typed.trim();
  const known = STATES.get(name.toLowerCase());
  return known ? { kind: 'state', state: known, span } : { kind: 'label', name, span };
}

function state({ text: name, span }: Operand): QueryNode | Refusal {
  const known = STATES.get(name.toLowerCase());
  return known ? { kind: 'state', state: known, span } : `is: does not know ${quote(name)}`;
}

function possession({ text: typed, span }: Operand): QueryNode | Refusal {
  const name = typed.toLowerCase();
  const known = POSSESSIONS.get(name);
  if (known) return { kind: 'state', state: known, span };
  const link = LINKS.get(name);
  if (link) return { kind: 'link', link, span };
  const star = STARS.find((one) => one === name);
  return star ? { kind: 'star', star, span } : `has: does not know ${quote(typed)}`;
}

function category({ text: typed, span }: Operand): QueryNode | Refusal {
  const known = CATEGORIES.find((one) => one === typed.toLowerCase());
  return known ? { kind: 'category', category: known, span } : `category: does not know ${quote(typed)}`;
}

function messageId({ text: id, span }: Operand): QueryNode | Refusal {
  const bare = id.replace(/^[<\s]+/, '').replace(/[>\s]+$/, '');
  return bare === '' ? 'rfc822msgid: has no id' : { kind: 'message-id', messageId: bare, span };
}

function size(bound: 'min' | 'below'): Operator {
  return ({ text: typed, span }) => {
    const [, digits, unit] = /^(\d{1,16})([kmg]?)b?$/i.exec(typed) ?? [];
    if (digits === undefined) return `${quote(typed)} is not a size such as 500K or 10M`;
    const bytes = Number(digits) * ({ k: 1e3, m: 1e6, g: 1e9 }[unit!.toLowerCase()] ?? 1);
    return { kind: 'size', min: null, below: null, [bound]: Math.min(bytes, Number.MAX_SAFE_INTEGER), span };
  };
}

function date(bound: 'fromMs' | 'beforeMs'): Operator {
  return ({ text: typed, span }, { timeZone }) => {
    const instant = readDate(typed, timeZone);
    if (instant === null) return `${quote(typed)} is not a date such as 2026/01/31 or epoch seconds`;
    return { kind: 'date', fromMs: null, beforeMs: null, [bound]: instant, span };
  };
}

function readDate(typed: string, timeZone: string): number | null {
  // Fewer digits would be a day without its dashes, which Gmail does not know; thirteen are milliseconds.
  if (/^-?\d{9,12}$/.test(typed)) return Number(typed) * 1000;
  if (/^\d{13}$/.test(typed)) return Math.floor(Number(typed) / 1000) * 1000;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i.test(typed)) {
    const instant = Math.floor(Date.parse(typed) / 1000) * 1000;
    return Number.isNaN(instant) ? null : instant;
  }
  const numbers = typed.split(/[/.-]/);
  const [a = '', b = '1', c = '1'] = numbers;
  if (numbers.length > 3 || ![a, b, c].every((number) => /^\d{1,4}$/.test(number))) return null;
  const day: Day | null =
    a.length === 4
      ? { year: Number(a), month: Number(b), day: Number(c) }
      : c.length === 4
        ? { year: Number(c), month: Number(a), day: Number(b) }
        : null;
  return day !== null && isDay(day) ? startOfDay(day, timeZone) : null;
}

function age(bound: 'fromMs' | 'beforeMs'): Operator {
  return ({ text: typed, span }, { now, timeZone }) => {
    const [, count, letter] = /^(\d{1,6})([hdmy])$/i.exec(typed) ?? [];
    const unit = UNITS.get(letter?.toLowerCase() ?? '');
    if (count === undefined || unit === undefined) return `${quote(typed)} is not a time such as 12h, 7d, 2m or 1y`;
    // Mail is ordered by whole seconds.
    const instant = Math.floor(before(now, Number(count), unit, timeZone) / 1000) * 1000;
    return { kind: 'date', fromMs: null, beforeMs: null, [bound]: instant, span };
  };
}

function quote(typed: string): string {
  const letters = Array.from(typed);
  return `"${letters.length > 40 ? `${letters.slice(0, 39).join('')}…` : typed}"`;
}
