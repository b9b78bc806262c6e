// Values → lines of a header (RFC 5322 section 2.2.3, RFC 2047, RFC 2231). Pure; what cannot stand in a header was refused before.
import type { Address } from './message.ts';

/** Where a line is folded when it can be (RFC 5322 section 2.1.1); no line comes near 998. */
const FOLD_CHARS = 76;
/** UTF-8 bytes in one encoded word, which with its frame and the longest field name stays on one line (RFC 2047 section 2). */
const WORD_BYTES = 36;
/** A stretch without spaces that is longer than this is encoded, since it cannot be folded. */
const LONGEST_WORD = 60;
/** Characters of one section of a parameter (RFC 2231 section 3). */
const SECTION_CHARS = 60;

/** The field's value with its line ends, for what holds text (RFC 5322 section 3.6.5). White space is single spaces. */
export const textValue = (field: string, text: string): string =>
  fold(field, isPlain(text) ? text.split(' ') : encodedWords(text));

/** Display names and addresses; names go encoded or in quotes, addresses as they are. */
export const mailboxesValue = (field: string, people: readonly Address[]): string =>
  fold(
    field,
    people.flatMap(({ name, address }, i) => {
      const end = i < people.length - 1 ? ',' : '';
      return name === '' ? [address + end] : [...phrase(name), `<${address}>${end}`];
    }),
  );

/** With its angle brackets and a space it stays below 998 octets (RFC 5322 section 2.1.1). */
const MESSAGE_ID_CHARS = 990;

/** Whether an id of anybody's mail can be named in a header, without its angle brackets. */
export const isMessageId = (id: string): boolean => /^[!-;=?-~]+$/.test(id) && id.length <= MESSAGE_ID_CHARS;

/** Message-IDs, given without angle brackets. */
export const messageIdsValue = (field: string, ids: readonly string[]): string =>
  fold(
    field,
    ids.map((id) => `<${id}>`),
  );

/** RFC 5322 section 3.3, in UTC. */
export const dateValue = (dateMs: number): string => new Date(dateMs).toUTCString().replace('GMT', '+0000');

/** Content-Disposition of an attachment, its name whole (RFC 2231). */
export function attachmentValue(filename: string): string {
  const name =
    asciiOf(filename) === filename ? [quotedParameter('filename', filename)] : extended('filename', filename);
  return fold('Content-Disposition', separated(['attachment', ...name]));
}

/** Content-Type of an attachment; `name` is for readers who know no RFC 2231, and stands here so that others do not prefer it. */
export function attachmentTypeValue(contentType: string, charset: string, filename: string): string {
  const parameters = [
    ...(charset === '' ? [] : [`charset=${charset}`]),
    ...(asciiOf(filename) === filename ? [] : [quotedParameter('name', asciiOf(filename))]),
  ];
  return fold('Content-Type', separated([contentType, ...parameters]));
}

/** Accents dropped, other letters as `_`. */
const asciiOf = (filename: string): string =>
  /^[ -~]*$/.test(filename)
    ? filename.replaceAll('=?', '=_')
    : asciiOf(
        filename
          .normalize('NFKD')
          .replace(/\p{M}+/gu, '')
          .replace(/[^ -~]/gu, '_'),
      );

const quotedParameter = (name: string, value: string): string => `${name}="${value.replace(/["\\]/g, '\\$&')}"`;
const separated = (parts: readonly string[]): string[] =>
  parts.map((part, i) => (i < parts.length - 1 ? `${part};` : part));

/** Text that nobody takes for an encoded word and that can be folded. */
const isPlain = (text: string): boolean =>
  /^[ -~]*$/.test(text) && !text.includes('=?') && text.split(' ').every((word) => word.length <= LONGEST_WORD);

function phrase(name: string): string[] {
  if (!isPlain(name)) return encodedWords(name);
  return (/^[\w ]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`).split(' ');
}

/** RFC 2047: each word whole characters, so that readers who decode one by one are right too. */
function encodedWords(text: string): string[] {
  return pieces(text, (char) => Buffer.byteLength(char), WORD_BYTES).map(
    (piece) => `=?UTF-8?B?${Buffer.from(piece).toString('base64')}?=`,
  );
}

/** `name*=UTF-8''…`, in numbered sections when it is long (RFC 2231 section 4.1). */
function extended(name: string, value: string): string[] {
  const escaped = (char: string): string =>
    encodeURIComponent(char).replace(/['()*!~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const sections = pieces(value, (char) => escaped(char).length, SECTION_CHARS).map((piece) =>
    [...piece].map(escaped).join(''),
  );
  if (sections.length === 1) return [`${name}*=UTF-8''${sections[0]}`];
  return sections.map((section, i) => `${name}*${i}*=${i === 0 ? "UTF-8''" : ''}${section}`);
}

/** Cuts between characters, each piece at most `most` in the given measure. */
function pieces(text: string, measure: (char: string) => number, most: number): string[] {
  const cut: string[] = [];
  let piece = '';
  let size = 0;
  for (const char of text) {
    const more = measure(char);
    if (size + more > most && piece !== '') {
      cut.push(piece);
      piece = '';
      size = 0;
    }
    piece += char;
    size += more;
  }
  return [...cut, piece];
}

function fold(field: string, words: readonly string[]): string {
  let value = '';
  let used = field.length + 1;
  for (const word of words) {
    const breaks = value !== '' && used + 1 + word.length > FOLD_CHARS;
    value += value === '' ? word : `${breaks ? '\r\n' : ''} ${word}`;
    used = (breaks ? 0 : used) + 1 + word.length;
  }
  return value;
}
