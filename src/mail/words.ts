// Texts of headers: encoded words (RFC 2047) and lists of addresses (RFC 5322 section 3.4). Pure and bounded.
import { addressParser } from 'postal-mime';
import { decodeText } from './charset.ts';
import { removeInvisible } from './invisible.ts';
import { LIMITS } from './limits.ts';
import type { Address } from './message.ts';
import { decodeTransfer } from './transfer.ts';
import { clean } from './unicode.ts';

/** Some writers leave blanks and question marks in a word as they are. */
const WORD_SOURCE = String.raw`=\?([^?\s]{1,60})\?([bq])\?([^?]*(?:\?(?!=)[^?]*){0,5})\?=`;
const WORD = new RegExp(WORD_SOURCE, 'gi');
const RUN = new RegExp(String.raw`${WORD_SOURCE}(?:[ \t]*${WORD_SOURCE})*`, 'gi');
const NAME_CHARS = 500;
const ADDRESS_CHARS = 320;

/** The value with its encoded words decoded; a word that holds nothing that can be read stays as it is. */
export const decodeWords = (value: string): string => (value.includes('=?') ? value.replace(RUN, decodeRun) : value);

/**
 * The addresses of a field's values, groups opened, in order; what holds neither name nor address is passed over. One more
 * than the limit at most.
 */
export function readAddresses(values: readonly string[]): Address[] {
  const people: Address[] = [];
  for (const value of values) {
    for (const { name, address = '' } of addressParser(inOneCharset(value), { flatten: true })) {
      const bare = readAddress(address);
      const shown = oneLine(removeInvisible(name || (bare === '' ? address : '')).text);
      if (shown === '' && bare === '') continue;
      if (people.length > LIMITS.people) return people;
      people.push({
        name: shown.toLowerCase() === bare ? '' : shown.slice(0, NAME_CHARS).toWellFormed(),
        address: bare,
      });
    }
  }
  return people;
}

/** White space collapsed, controls and lone surrogates taken out. */
export const oneLine = (text: string): string =>
  clean(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();

/**
 * An addr-spec, the obsolete route before it dropped (RFC 5322 section 4.4). Empty where blanks or invisible characters
 * stand within: without them it would be the address of somebody else.
 */
function readAddress(text: string): string {
  const address = clean(text)
    .trim()
    .replace(/\s*([@.])\s*/g, '$1')
    .replace(/^(?:@[^@:\s]+,?)+:(?=[^@]+@)/, '')
    .toLowerCase()
    .slice(0, ADDRESS_CHARS);
  return /[\s\p{Cc}]/u.test(address) || removeInvisible(address).text !== address ? '' : address;
}

/** Encoded words put into UTF-8, so that whoever takes the list apart need not know their charsets. */
const inOneCharset = (value: string): string =>
  value.includes('=?')
    ? value.replace(RUN, (run) => {
        const text = decodeRun(run);
        return text === run ? run : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
      })
    : value;

/** Writers cut words at 75 bytes, also inside a character: neighbours of one charset are one stretch of bytes. */
function decodeRun(run: string): string {
  const stretches: { charset: string; bytes: Buffer[] }[] = [];
  for (const [, label, encoding, payload] of run.matchAll(WORD)) {
    // RFC 2231 section 5 lets a language follow.
    const charset = label!.toLowerCase().replace(/\*.*$/, '');
    const bytes = /q/i.test(encoding!)
      ? decodeTransfer(Buffer.from(payload!.replaceAll('_', ' ')), 'quoted-printable')
      : Buffer.from(payload!, 'base64');
    const last = stretches.at(-1);
    if (last?.charset === charset) last.bytes.push(bytes);
    else stretches.push({ charset, bytes: [bytes] });
  }
  const text = stretches.map(({ charset, bytes }) => decodeText(Buffer.concat(bytes), charset)).join('');
  return text === '' && !/\?\?=$/.test(run) ? run : text;
}
