// Texts of headers: encoded words (RFC 2047) and lists of addresses (RFC 5322 section 3.4). Pure and bounded.
import { addressParser, decodeWords as decodeSeparateWords } from 'postal-mime';
import { removeInvisible } from './invisible.ts';
import { LIMITS } from './limits.ts';
import type { Address } from './message.ts';
import { clean } from './unicode.ts';

const RUN = /=\?([^?\s]{1,60})\?([bq])\?[^?\s]*\?=(?:[ \t]{1,20}=\?\1\?\2\?[^?\s]*\?=)+/gi;
const WORD = /=\?[^?]+\?[^?]+\?([^?]*)\?=/g;
const NAME_CHARS = 500;
const ADDRESS_CHARS = 320;

/** The value with its encoded words decoded; words that cut a character in two are joined first. */
export function decodeWords(value: string): string {
  return value.includes('=?') ? decodeSeparateWords(joinWords(value)) : value;
}

/** The addresses of a field's values, groups opened, in order; what holds neither name nor address is passed over. */
export function readAddresses(values: readonly string[]): Address[] {
  const people: Address[] = [];
  for (const value of values) {
    for (const entry of addressParser(joinWords(value), { flatten: true })) {
      const { name, address = '' } = entry;
      const bare = clean(address).replace(/\s+/g, '').toLowerCase().slice(0, ADDRESS_CHARS);
      const shown = oneLine(removeInvisible(name).text).slice(0, NAME_CHARS).toWellFormed();
      if (shown === '' && bare === '') continue;
      if (people.length >= LIMITS.people) return people;
      people.push({ name: shown.toLowerCase() === bare ? '' : shown, address: bare });
    }
  }
  return people;
}

/** White space collapsed, controls and lone surrogates taken out. */
export const oneLine = (text: string): string =>
  clean(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();

/** Writers cut words at 75 bytes, also inside a character: neighbours of one charset and encoding are one stretch of bytes. */
function joinWords(value: string): string {
  if (!value.includes('?=')) return value;
  return value.replace(RUN, (run, charset: string, encoding: string) => {
    const payloads = [...run.matchAll(WORD)].map(([, payload]) => payload!);
    const joined =
      encoding.toLowerCase() === 'q'
        ? payloads.join('')
        : Buffer.concat(payloads.map((payload) => Buffer.from(payload, 'base64'))).toString('base64');
    return `=?${charset}?${encoding}?${joined}?=`;
  });
}
