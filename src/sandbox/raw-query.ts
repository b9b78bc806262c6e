// The sandbox's own small judge of Gmail's search language, for X-GM-RAW and the API's `q`. Shares nothing with the product's.

import { labelsOf, type Mail } from './mail.ts';
import type { MailFacts } from './mail-facts.ts';

type Judge = (mail: Mail, facts: MailFacts) => boolean;

/**
 * A query as a judge: words, "phrases", `-`, OR, parentheses and braces, and the operators from, to, cc, bcc, subject,
 * deliveredto, list, label, category, in, is, has (attachment, userlabels, nouserlabels), filename, rfc822msgid, size,
 * larger, smaller, after, newer, before, older, newer_than, older_than. Other operators match nothing, so that a test
 * that leans on one fails loudly. `me` are the addresses that the word stands for.
 */
export function judgeOf(query: string, me: readonly string[] = []): Judge {
  const tokens =
    query.match(/-?[a-z0-9_]+:"[^"]*"|-?"[^"]*"|-?[a-z0-9_]+:(?=[({])|[(){}]|-(?=[({])|[^\s(){}]+/gi) ?? [];
  const reader = { tokens, at: 0, me };
  return readAnd(reader, null, '');
}

interface Reader {
  readonly tokens: readonly string[];
  readonly me: readonly string[];
  at: number;
}

function readAnd(reader: Reader, close: string | null, operator: string): Judge {
  const all: Judge[] = [];
  while (reader.at < reader.tokens.length && reader.tokens[reader.at] !== close) {
    if (reader.tokens[reader.at] === 'AND') {
      reader.at += 1;
      continue;
    }
    let judge = readOne(reader, operator);
    while (reader.tokens[reader.at] === 'OR') {
      reader.at += 1;
      const [left, right] = [judge, readOne(reader, operator)];
      judge = (mail, facts) => left(mail, facts) || right(mail, facts);
    }
    all.push(judge);
  }
  reader.at += 1;
  return close === '}'
    ? (mail, facts) => all.some((judge) => judge(mail, facts))
    : (mail, facts) => all.every((judge) => judge(mail, facts));
}

function readOne(reader: Reader, operator: string): Judge {
  const token = reader.tokens[reader.at] ?? '';
  reader.at += 1;
  if (token.startsWith('-') && token.length > 1) return not(readToken(reader, token.slice(1), operator));
  if (token === '-') return not(readOne(reader, operator));
  return readToken(reader, token, operator);
}

function readToken(reader: Reader, token: string, operator: string): Judge {
  if (token === '(') return readAnd(reader, ')', operator);
  if (token === '{') return readAnd(reader, '}', operator);
  const colon = token.startsWith('"') ? -1 : token.indexOf(':');
  if (colon <= 0) return leafOf(reader, operator, unquote(token));
  const name = token.slice(0, colon).toLowerCase();
  const value = token.slice(colon + 1);
  return value === '' ? readOne(reader, name) : leafOf(reader, name, unquote(value));
}

const PEOPLE = new Set(['from', 'to', 'cc', 'bcc', 'deliveredto']);

function leafOf({ me }: Reader, operator: string, value: string): Judge {
  if (value.toLowerCase() !== 'me' || !PEOPLE.has(operator)) return leaf(operator, value);
  const any = me.map((address) => leaf(operator, address));
  return (mail, facts) => any.some((judge) => judge(mail, facts));
}

/** Operators that are judged without looking into the mail. */
const OUTSIDE = /^[-+]?(?:size|larger|smaller|after|newer|before|older|newer_than|older_than|in|is|label|category):/i;

/** Whether a query can be judged only by what stands in the mails. */
export function needsFacts(query: string): boolean {
  const tokens = query.match(/[^\s(){}"]*"[^"]*"|[^\s(){}]+/g) ?? [];
  return tokens.some((token) => !OUTSIDE.test(token) && !/^(?:OR|AND|-)$/.test(token));
}

/** Whether a query names Spam or Trash, which are left out otherwise. */
export function reachesEverywhere(query: string): boolean {
  return /(?:^|[\s({])(?:in|is|label):"?(?:spam|trash|anywhere)\b/i.test(query);
}

const not =
  (judge: Judge): Judge =>
  (mail, facts) =>
    !judge(mail, facts);

const unquote = (text: string) => text.replaceAll('"', '');

function leaf(operator: string, value: string): Judge {
  switch (operator) {
    case '':
      return (_, facts) =>
        has([facts.subject, facts.body, facts.from, facts.to, facts.cc, ...facts.attachments].join('\n'), value);
    case 'from':
    case 'cc':
    case 'bcc':
    case 'subject':
      return (_, facts) => has(facts[operator], value);
    case 'to':
      return (_, facts) => has(`${facts.to}, ${facts.cc}, ${facts.bcc}`, value);
    case 'rfc822msgid':
      return (mail) => mail.messageId === value.replace(/^<|>$/g, '');
    case 'deliveredto':
      return (_, facts) => has(facts.headers.get('delivered-to') ?? '', value);
    case 'list':
      return (_, facts) => has(facts.headers.get('list-id') ?? '', value);
    case 'filename':
      return (_, facts) => facts.attachments.some((name) => has(name, value));
    case 'has':
      return (mail, facts) => hasWhat(mail, facts, value.toLowerCase());
    case 'category':
      return (mail) =>
        mail.categories.has(`CATEGORY_${value.toLowerCase() === 'primary' ? 'PERSONAL' : value.toUpperCase()}`);
    case 'size':
    case 'larger':
      return (mail) => mail.raw.length > octets(value);
    case 'smaller':
      return (mail) => mail.raw.length < octets(value);
    case 'newer_than':
      return (mail) => mail.dateMs >= ago(value);
    case 'older_than':
      return (mail) => mail.dateMs < ago(value);
    case 'after':
    case 'newer':
      return (mail) => mail.dateMs >= instant(value);
    case 'before':
    case 'older':
      return (mail) => mail.dateMs < instant(value);
    case 'label':
      return (mail) => labelsOf(mail).some((label) => labelKey(label) === labelKey(value));
    case 'in':
    case 'is':
      return (mail) => isIn(mail, value.toLowerCase());
    default:
      return () => false;
  }
}

function hasWhat(mail: Mail, facts: MailFacts, what: string): boolean {
  const labelled = [...mail.labels].some((label) => !label.startsWith('\\'));
  if (what === 'attachment') return facts.attachments.length > 0;
  return what === 'userlabels' ? labelled : what === 'nouserlabels' && !labelled;
}

function isIn(mail: Mail, value: string): boolean {
  switch (value) {
    case 'anywhere':
      return true;
    case 'unread':
      return !mail.flags.has('\\Seen');
    case 'read':
      return mail.flags.has('\\Seen');
    case 'spam':
    case 'trash':
      return mail.place === value;
    case 'archive':
      return mail.place === 'all' && !['\\Inbox', '\\Sent', '\\Draft'].some((label) => labelsOf(mail).includes(label));
    default: {
      const wanted = labelKey(value === 'drafts' ? 'draft' : value);
      return labelsOf(mail).some((label) => labelKey(label.replace(/^\\/, '')) === wanted);
    }
  }
}

/** Whole words in order, case and accents folded. */
function has(text: string, phrase: string): boolean {
  const words = fold(phrase);
  return words !== '  ' && fold(text).includes(words);
}

function fold(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return ` ${plain.match(/[\p{L}\p{N}_&]+/gu)?.join(' ') ?? ''} `;
}

const labelKey = (label: string) => label.replace(/^\\/, '').toLowerCase().replace(/[\s/]/g, '-');

/** `7d`, `2m`, `1y`, `12h`. */
function ago(value: string): number {
  const [, count = '', unit = ''] = /^(\d+)([dmyh])$/i.exec(value) ?? [];
  const days = { d: 1, m: 30, y: 365, h: 1 / 24 }[unit.toLowerCase()];
  return days === undefined ? Number.NaN : Date.now() - Number(count) * days * 24 * 60 * 60 * 1000;
}

function octets(value: string): number {
  const scale = { k: 1e3, m: 1e6 }[value.at(-1)?.toLowerCase() ?? ''] ?? 1;
  return Number.parseFloat(value) * scale;
}

/** Epoch seconds, or a day that begins at midnight Pacific time (winter time, as the documentation says PST). */
function instant(value: string): number {
  if (/^\d{6,}$/.test(value)) return Number(value) * 1000;
  const [year = 0, month = 1, day = 1] = value.split(/[/-]/).map(Number);
  return Date.UTC(year, month - 1, day, 8);
}
