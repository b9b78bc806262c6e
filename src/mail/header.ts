// A header block → its fields, and one field's parameters (RFC 5322 section 2.2, RFC 2045 section 5.1, RFC 2231). Pure.
import { decodeText } from './charset.ts';
import { LIMITS } from './limits.ts';

/** Unfolded values by lower-case name, each name's in the order of the header. */
export type Fields = ReadonlyMap<string, readonly string[]>;

const FIELD = /^([!-9;-~]+)[ \t]*:([\s\S]*)$/;

/** The fields of a block, and what is over a limit in words, else nothing. Lines that are no field are passed over. */
export function readFields(block: string): { fields: Fields; cut: string } {
  const fields = new Map<string, string[]>();
  let count = 0;
  let cut = '';
  for (const line of block.replace(/\r?\n(?=[ \t])/g, '').split('\n')) {
    const found = FIELD.exec(line);
    if (!found) continue;
    if (++count > LIMITS.headerFields) return { fields, cut: `header cut at ${LIMITS.headerFields} fields` };
    if (found[2]!.length > LIMITS.fieldChars) cut = `a header field was cut at ${LIMITS.fieldChars} characters`;
    const name = found[1]!.toLowerCase();
    const value = found[2]!.slice(0, LIMITS.fieldChars).replaceAll('\r', ' ').trim();
    const same = fields.get(name);
    if (same) same.push(value);
    else fields.set(name, [value]);
  }
  return { fields, cut };
}

/** The first value of a field: a second one is a forgery or a mistake. Empty when there is none. */
export const firstOf = (fields: Fields, name: string): string => fields.get(name)?.[0] ?? '';

/** A value with parameters, as of Content-Type. */
export interface Structured {
  /** Lower case, without comments. */
  readonly value: string;
  /** By lower-case name, continuations joined and decoded; encoded words (which RFC 2047 forbids here) left as they are. */
  readonly params: ReadonlyMap<string, string>;
}

const MOST_CHARS = 16_384;
const COMMENTS = String.raw`(?:\([^()]*\)\s*)*`;
const VALUE = new RegExp(String.raw`^\s*${COMMENTS}"?([^\s;()"]*)`);
const PARAMETER = new RegExp(
  String.raw`;\s*${COMMENTS}([^\s=;"()]+)\s*=\s*${COMMENTS}(?:"((?:[^"\\]|\\[\s\S])*)(?:"|$)|([^;]*))`,
  'g',
);

export function readStructured(field: string): Structured {
  const text = field.slice(0, MOST_CHARS);
  const value = VALUE.exec(text)?.[1]?.toLowerCase() ?? '';
  if (!text.includes(';')) return { value, params: new Map() };
  const params = new Map<string, string>();
  for (const [, name, quoted, token] of text.matchAll(PARAMETER)) {
    const read =
      quoted === undefined ? token!.replace(/\s\([^()]*\)\s*$/, '').trim() : quoted.replace(/\\(["\\])/g, '$1');
    // The first of equal names counts, so that a second boundary cannot hide the parts of the first.
    if (!params.has(name!.toLowerCase())) params.set(name!.toLowerCase(), read);
  }
  return { value, params: text.includes('*') ? joinContinuations(params) : params };
}

/** RFC 2231: `name*0*=utf-8'en'a%20b; name*1=c` → `name`; a plain parameter of the same name gives way. */
function joinContinuations(params: ReadonlyMap<string, string>): Map<string, string> {
  const joined = new Map<string, string>();
  const sections = new Map<string, { order: number; text: string; encoded: boolean }[]>();
  for (const [key, text] of params) {
    const [, name, order, star] = /^([^*]+)\*(?:(\d{1,4})(\*)?)?$/.exec(key) ?? [];
    if (name === undefined) {
      if (!joined.has(key)) joined.set(key, text);
      continue;
    }
    const list = sections.get(name) ?? [];
    list.push({ order: Number(order ?? 0), text, encoded: order === undefined || star === '*' });
    sections.set(name, list);
  }
  for (const [name, list] of sections) {
    list.sort((a, b) => a.order - b.order);
    const [, charset, first] = (list[0]!.encoded && /^([^']*)'[^']*'(.*)$/s.exec(list[0]!.text)) || [];
    const bytes = list.map(({ text, encoded }, i) => {
      const own = i === 0 ? (first ?? text) : text;
      return encoded ? unescapePercent(own) : Buffer.from(own);
    });
    joined.set(name, decodeText(Buffer.concat(bytes), charset ?? ''));
  }
  return joined;
}

function unescapePercent(text: string): Buffer {
  const bytes = Buffer.from(text).toString('latin1');
  const whole = bytes.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(whole, 'latin1');
}
