// Cuts a query into tokens, each with its place. Knows the signs of the language, not their meaning.
import type { Span } from './tree.ts';

export type Token =
  | { readonly kind: '(' | ')' | '{' | '}' | 'or' | 'and' | 'not' | 'around' | 'plus' | 'minus'; readonly span: Span }
  /** A word, or a phrase when quoted; `text` is what stood between the quotes. */
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean; readonly span: Span }
  /** A known name with its colon; `name` is in lower case. */
  | { readonly kind: 'operator'; readonly name: string; readonly span: Span };

const SPACE = /\s+/y;
const SIGNS = /[-+]+/y;
const OPERATOR = /[a-z0-9_]+:/iy;
const WORD = /[^\s"“”„(){}|]+/y;
// A Message-ID may hold signs of the language (RFC 5322 section 3.6.4).
const BRACKETED_ID = /<[^\s<>]*>/y;
const QUOTES = '"“”„';
const CLOSING_QUOTE = /["“”„]/g;
const KEYWORDS: ReadonlyMap<string, 'or' | 'and' | 'not' | 'around'> = new Map([
  ['OR', 'or'],
  ['AND', 'and'],
  ['NOT', 'not'],
  ['AROUND', 'around'],
]);

/**
 * The tokens of a query in order, in linear time; nothing is an error. `-` and `+` are signs only before their operand
 * and after white space, a bracket, `|` or the start; a quote left open ends with the text.
 */
export function tokens(text: string, isOperator: (name: string) => boolean): Token[] {
  const out: Token[] = [];
  let at = 0;
  // Where the last token ended, so that what touches it can be told from what stands apart.
  let touching = -1;
  let valueAt = -1;

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  const take = (length: number): Span => {
    const span = { start: at, end: at + length };
    at = span.end;
    return span;
  };

  while (at < text.length) {
    const char = text[at]!;
    const space = match(SPACE);
    if (space !== null) {
      take(space.length);
    } else if (char === '(' || char === '{') {
      out.push({ kind: char, span: take(1) });
    } else if (char === ')' || char === '}') {
      out.push({ kind: char, span: take(1) });
      touching = at;
    } else if (char === '|') {
      out.push({ kind: 'or', span: take(1) });
    } else if (QUOTES.includes(char)) {
      const inside = closingQuote(text, at) - at - 1;
      const phrase = text.slice(at + 1, at + 1 + inside);
      out.push({ kind: 'text', text: phrase, quoted: true, span: take(Math.min(inside + 2, text.length - at)) });
      touching = at;
    } else if ((char === '-' || char === '+') && valueAt !== at && touching === at) {
      // Inside a word the signs part words, and so they do behind a quote or a bracket.
      take(match(SIGNS)!.length);
      touching = at;
    } else if ((char === '-' || char === '+') && valueAt !== at && isOperandStart(text[at + 1])) {
      out.push({ kind: char === '-' ? 'minus' : 'plus', span: take(1) });
    } else {
      const name = valueAt === at ? undefined : match(OPERATOR)?.slice(0, -1).toLowerCase();
      if (name !== undefined && isOperator(name)) {
        out.push({ kind: 'operator', name, span: take(name.length + 1) });
        valueAt = at;
        const id = name === 'rfc822msgid' ? match(BRACKETED_ID) : null;
        if (id !== null) out.push({ kind: 'text', text: id, quoted: true, span: take(id.length) });
      } else {
        const word = match(WORD)!;
        const keyword = valueAt === at ? undefined : KEYWORDS.get(word);
        const span = take(word.length);
        out.push(keyword ? { kind: keyword, span } : { kind: 'text', text: word, quoted: false, span });
        if (keyword) continue;
      }
      touching = at;
    }
  }
  return out;
}

function closingQuote(text: string, opening: number): number {
  CLOSING_QUOTE.lastIndex = opening + 1;
  return CLOSING_QUOTE.exec(text)?.index ?? text.length;
}

function isOperandStart(char: string | undefined): boolean {
  return char !== undefined && !/[\s)}|]/.test(char);
}
