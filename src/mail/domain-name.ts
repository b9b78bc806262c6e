// A mail domain as a caller writes it → the form that goes on the wire, or why not (RFC 5321 section 4.1.2, RFC 5891). Pure.
import { domainToASCII, domainToUnicode } from 'node:url';

export type Judged<Key extends string> = { readonly [key in Key]: string } | { readonly wrong: string };

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ASCII = /^[\0-\x7f]*$/;
const MOST_CHARS = 253;
const MOST_LABEL_CHARS = 63;

/** Cyrillic letters that look like Latin ones: a label of nothing else is a disguise unless its whole domain is Cyrillic. */
const CYRILLIC_LOOKALIKES = /^[асԁеһіјӏорԛѕԝхуъьҽпгѵѡ0-9-]+$/;
/** Scripts that are written together (Unicode Technical Standard 39 section 5.2); any other mixture is a disguise. */
const WRITTEN_TOGETHER = [
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Common}\p{Script=Inherited}]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Bopomofo}\p{Script=Common}\p{Script=Inherited}]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hangul}\p{Script=Common}\p{Script=Inherited}]+$/u,
];
const SCRIPT = /\p{Script=Common}|\p{Script=Inherited}/u;

/**
 * Lower case, in punycode where it has to be. An internationalised name must come back as it was written: one that turns into
 * another (full-width letters, other dots, invisible characters) or mixes scripts is refused, as are IP addresses and names
 * without a dot.
 */
export function judgeDomain(text: string): Judged<'domain'> {
  if (text === '') return { wrong: 'has nothing after the @' };
  if (/[[\]]/.test(text)) return { wrong: 'has an IP address for a domain' };
  const isAscii = ASCII.test(text);
  const given = text.toLowerCase().normalize('NFC');
  const domain = isAscii ? given : domainToASCII(given);
  const labels = domain.split('.');
  if (Math.max(domain.length, text.length) > MOST_CHARS) return { wrong: `has a domain over ${MOST_CHARS} characters` };
  if (isAscii && labels.includes('')) return { wrong: 'has a domain with an empty label' };
  if (labels.some((label) => label.length > MOST_LABEL_CHARS))
    return { wrong: `has a domain with a label over ${MOST_LABEL_CHARS} characters` };
  const shown = domainToUnicode(domain);
  if (!labels.every((label) => LABEL.test(label)) || !shown.split('.').every(isHostLabel))
    return { wrong: 'has a domain that is no host name' };
  if (labels.length < 2) return { wrong: 'has a domain without a dot' };
  // A last label of digits, also in hexadecimal, makes an IP address of the whole (WHATWG URL section 3.5).
  if (/^(?:\d+|0x[\da-f]*)$/.test(labels.at(-1)!)) return { wrong: 'has an IP address for a domain' };
  if (domainToASCII(shown) !== domain || (!isAscii && (shown !== given || ASCII.test(given))))
    return { wrong: 'has a domain that is read as another one than it shows' };
  return isDisguised(shown) ? { wrong: 'has a domain that mixes or imitates scripts' } : { domain };
}

/** A decoded label of letters, digits and hyphens (RFC 5892); one that is still encoded could not be decoded. */
const isHostLabel = (label: string): boolean =>
  /^[\p{L}\p{M}\p{N}\-\u00b7\u30fb]+$/u.test(label) && !label.startsWith('xn--');

function isDisguised(shown: string): boolean {
  const labels = shown.split('.');
  const inCyrillic = /\p{Script=Cyrillic}/u.test(labels.at(-1)!);
  return labels.some((label) => {
    if (ASCII.test(label)) return false;
    if (!inCyrillic && /\p{Script=Cyrillic}/u.test(label) && CYRILLIC_LOOKALIKES.test(label)) return true;
    return !WRITTEN_TOGETHER.some((together) => together.test(label)) && !isOfOneScript(label);
  });
}

function isOfOneScript(label: string): boolean {
  const first = [...label].find((char) => !SCRIPT.test(char));
  if (first === undefined) return true;
  const script = ONE_SCRIPT.find((one) => one.test(first));
  return script !== undefined && [...label].every((char) => SCRIPT.test(char) || script.test(char));
}

/** Scripts in which names are registered, besides those of WRITTEN_TOGETHER. */
const ONE_SCRIPT = [
  /\p{Script=Arabic}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Bengali}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Devanagari}/u,
  /\p{Script=Ethiopic}/u,
  /\p{Script=Georgian}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Gujarati}/u,
  /\p{Script=Gurmukhi}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Kannada}/u,
  /\p{Script=Khmer}/u,
  /\p{Script=Lao}/u,
  /\p{Script=Malayalam}/u,
  /\p{Script=Mongolian}/u,
  /\p{Script=Myanmar}/u,
  /\p{Script=Oriya}/u,
  /\p{Script=Sinhala}/u,
  /\p{Script=Tamil}/u,
  /\p{Script=Telugu}/u,
  /\p{Script=Thaana}/u,
  /\p{Script=Thai}/u,
  /\p{Script=Tibetan}/u,
];
