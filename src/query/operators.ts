// What each operator makes of its value. Knows names, states, sizes and dates; not how they are written together.
import { before, type Day, isDay, startOfDay, type TimeUnit } from './days.ts';
import { searchPhrases } from './search-text.ts';
import type { QueryNode, Span, StateName, TextField } from './tree.ts';

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

/** A reason why a value says nothing, in words for the person who typed it. */
export type Refusal = string;

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
]);
// Gmail's own labels that are asked for by another word than their id.
const SYSTEM_LABELS: ReadonlyMap<string, string> = new Map([
  ['chat', 'CHAT'],
  ['chats', 'CHAT'],
  ['snoozed', 'SNOOZED'],
  ['scheduled', 'SCHEDULED'],
]);
const POSSESSIONS: ReadonlyMap<string, StateName> = new Map([
  ['attachment', 'attachment'],
  ['attachments', 'attachment'],
  ['userlabels', 'userlabels'],
  ['nouserlabels', 'nouserlabels'],
]);
const UNITS: ReadonlyMap<string, TimeUnit> = new Map([
  ['h', 'hour'],
  ['d', 'day'],
  ['m', 'month'],
  ['y', 'year'],
]);

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['from', text('from')],
  ['to', text('to')],
  ['cc', text('cc')],
  ['bcc', text('bcc')],
  ['deliveredto', text('deliveredto')],
  ['subject', text('subject')],
  ['list', text('list')],
  ['filename', text('filename')],
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

/** The term that free text (`operator` null) or an operator with its value stands for, or why it stands for nothing. */
export function term(operator: string | null, operand: Operand, context: QueryContext): QueryNode | Refusal {
  if (operator === null) return text('any')(operand, context);
  if (operand.text.trim() === '') return `${operator}: has no value`;
  return OPERATORS.get(operator)!(operand, context);
}

function text(field: TextField): Operator {
  return ({ text: typed, quoted, span }) =>
    searchPhrases(typed, quoted).length === 0
      ? `${quote(typed)} has no letter or digit to look for`
      : { kind: 'text', field, text: typed, quoted, span };
}

function place({ text: name, span }: Operand): QueryNode {
  const known = STATES.get(name.toLowerCase());
  if (known) return { kind: 'state', state: known, span };
  return { kind: 'label', name: SYSTEM_LABELS.get(name.toLowerCase()) ?? name, span };
}

function state(operand: Operand): QueryNode | Refusal {
  const name = operand.text.toLowerCase();
  return STATES.has(name) || SYSTEM_LABELS.has(name) ? place(operand) : `is: does not know ${quote(operand.text)}`;
}

function possession({ text: name, span }: Operand): QueryNode | Refusal {
  const known = POSSESSIONS.get(name.toLowerCase());
  return known ? { kind: 'state', state: known, span } : `has: does not know ${quote(name)} here`;
}

function category({ text: name, span }: Operand): QueryNode {
  const id = name.toUpperCase();
  return { kind: 'label', name: `CATEGORY_${id === 'PRIMARY' ? 'PERSONAL' : id}`, span };
}

function messageId({ text: id, span }: Operand): QueryNode | Refusal {
  const bare = id.trim().replace(/^</, '').replace(/>$/, '');
  return bare === '' ? 'rfc822msgid: has no value' : { kind: 'message-id', messageId: bare, span };
}

function size(bound: 'min' | 'below'): Operator {
  return ({ text: typed, span }) => {
    const [, digits, unit] = /^(\d{1,15})([kmg]?)b?$/i.exec(typed) ?? [];
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
  // Fewer digits would be seconds of 1970 to 1973, or a day without its dashes, which Gmail does not know.
  if (/^\d{9,11}$/.test(typed)) return Number(typed) * 1000;
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
