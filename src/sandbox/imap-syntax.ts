// IMAP's own grammar on both sides: commands parsed to words, answers compiled to lines. Knows no command.
import imap from 'emailjs-imap-handler';

/** One argument of a command: a word (octets as Latin-1), NIL, or a list. */
export type Argument = Word | null | Argument[];

export interface Word {
  readonly type: 'ATOM' | 'STRING' | 'LITERAL' | 'SEQUENCE' | 'TEXT';
  readonly value: string;
  /** What stood in brackets after BODY. */
  readonly section?: Argument[];
  /** `<offset.length>` after the brackets. */
  readonly partial?: number[];
}

export interface Command {
  readonly tag: string;
  /** Upper case, with the second word of UID and AUTHENTICATE. */
  readonly name: string;
  readonly arguments: Argument[];
}

/** One thing in an answer: NIL, a number, text that is ready for the wire, a list, or a run without spaces. */
export type Item = null | number | Ready | Item[] | { readonly run: readonly Item[] };

interface Ready {
  /** Octets as Latin-1. */
  readonly wire: string;
}

/** A command's octets (literals included, no final CRLF) to words. Throws on what is no IMAP. */
export function parseCommand(line: Buffer): Command {
  const parsed = imap.parser(withPlainStars(line));
  return {
    tag: parsed.tag,
    name: parsed.command.toUpperCase(),
    arguments: (parsed.attributes ?? []) as Argument[],
  };
}

// The parser takes a lone `*` for the beginning of a set and fails at the space after it.
function withPlainStars(line: Buffer): Buffer {
  const end = line.indexOf('\r\n');
  const head = line.toString('latin1', 0, end < 0 ? line.length : end);
  if (!/ \*( |$)/.test(head)) return line;
  const star = /^\S+ (LIST|XLIST|LSUB) /i.test(head) ? ' "*"' : ' *:*';
  const plain = head.replace(/"(?:[^"\\]|\\.)*"| \*(?= |$)/g, (found) => (found === ' *' ? star : found));
  return Buffer.concat([Buffer.from(plain, 'latin1'), line.subarray(head.length)]);
}

/** Items as they go over the wire, separated by spaces; octets as Latin-1. */
export function compile(items: readonly Item[]): string {
  return items.map(compileItem).join(' ');
}

function compileItem(item: Item): string {
  if (item === null) return 'NIL';
  if (typeof item === 'number') return String(item);
  if (Array.isArray(item)) return `(${compile(item)})`;
  return 'wire' in item ? item.wire : item.run.map(compileItem).join('');
}

/** A bare word: a flag, a number beyond 2^53, a name of the protocol. */
export const atom = (value: string): Item => ({ wire: value });

/** A string in whatever form carries it: quoted when plain, else a literal. `value` holds octets as Latin-1. */
export function text(value: string): Item {
  return /^[\x20-\x7e]*$/.test(value) ? quoted(value) : { wire: `{${value.length}}\r\n${value}` };
}

/** A string of any characters as quoted UTF-8, which RFC 6855 allows once UTF8=ACCEPT is on. */
export function utf8Text(value: string): Item {
  return quoted(Buffer.from(value).toString('latin1'));
}

function quoted(value: string): Item {
  return { wire: `"${value.replace(/["\\]/g, '\\$&')}"` };
}

/** The characters of a word that was sent as UTF-8. */
export function utf8Of(argument: Argument | undefined): string {
  return Buffer.from(wordOf(argument), 'latin1').toString('utf8');
}

/** The octets of a word; an empty string for NIL, a list or nothing. */
export function wordOf(argument: Argument | undefined): string {
  return argument && !Array.isArray(argument) ? argument.value : '';
}

/** A list's members; a lone word counts as a list of one. */
export function listOf(argument: Argument | undefined): Argument[] {
  if (argument === undefined || argument === null) return [];
  return Array.isArray(argument) ? argument : [argument];
}

/** A sequence set (RFC 3501 section 9) as ascending ranges, `*` standing for `last`; null when it is none. */
export function parseSequence(set: string, last: number): [number, number][] | null {
  if (!/^(\d+|\*)(:(\d+|\*))?(,(\d+|\*)(:(\d+|\*))?)*$/.test(set)) return null;
  return set.split(',').map((range) => {
    const [from = 0, to = from] = range.split(':').map((end) => (end === '*' ? last : Number(end)));
    return from <= to ? [from, to] : [to, from];
  });
}

/** Ascending numbers as the shortest sequence set; empty for none. */
export function formatSequence(numbers: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (numbers[j + 1] === numbers[j]! + 1) j += 1;
    ranges.push(i === j ? `${numbers[i]}` : `${numbers[i]}:${numbers[j]}`);
    i = j + 1;
  }
  return ranges.join(',');
}
