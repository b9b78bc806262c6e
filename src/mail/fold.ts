// Folds what a mail of a thread repeats of earlier ones. Pure, and bounded in time whatever the mails say.
import { quotedMark, withoutOurMarks } from './marks.ts';
import type { Address } from './message.ts';
import { saysNothing, wordsIn } from './quote-words.ts';
import { depthOf, quotedRuns, splitQuoted, unmarked } from './quotes.ts';

/** A part of a text as it is shown. */
export interface Piece {
  readonly text: string;
  /** Where in the text it begins, in UTF-16 units. */
  readonly at: number;
  /** It stands for history, and is not cut. */
  readonly folded: boolean;
}

/** Characters of a mail that are compared. */
const COMPARED_CHARS = 60_000;
/** Mails before it that a quote is looked for in. */
const MOST_MAILS = 50;
const MOST_RUNS = 40;
/** Characters looked at for one thread; what is over stays as it is. */
const MOST_STEPS = 20_000_000;
/** A shorter quote has to be the same words; in a longer one blanks may have come or gone. */
const SHORT_CHARS = 24;
/** Of what introduces a quote. */
const INTRODUCED_CHARS = 2000;

/** A part of a mail that is answered below is shown when it is no longer than this: it says what the answer is about. */
const ANSWERED_CHARS = 400;

interface Earlier {
  readonly id: string;
  readonly dense: string;
  readonly words: string;
  /** Its own words alone. */
  readonly own: string;
}

/** A mail as those after it may repeat it. */
export interface ThreadMail {
  readonly id: string;
  readonly text: string;
  readonly subject?: string;
  /** Who wrote it, and to whom. */
  readonly people?: readonly Address[];
}

/** The mails of one thread, each to be folded before it is added, oldest first. */
export class ThreadHistory {
  readonly #mails: Earlier[] = [];
  /** What an introduction may say and tell nothing new: names, addresses and subjects of the thread. */
  readonly #known = new Set<string>();
  #steps = 0;

  add({ id, text, subject = '', people = [] }: ThreadMail): void {
    const lines = text.slice(0, COMPARED_CHARS).split('\n');
    const own = splitQuoted(lines.join('\n'))
      .own.split('\n')
      .filter((line) => depthOf(line) === 0);
    this.#mails.push({ id, ...compared(lines), own: compared(own).dense });
    if (this.#mails.length > MOST_MAILS) this.#mails.shift();
    const said = [subject, ...people.flatMap(({ name, address }) => [name, address])];
    for (const word of said.flatMap((each) => wordsIn(each.slice(0, INTRODUCED_CHARS)))) this.#known.add(word);
  }

  /**
   * The text in order. A quote is folded when an earlier mail says the same, and with it what introduces it, unless that
   * has a word of its own.
   */
  fold(text: string): Piece[] {
    const lines = text.split('\n');
    const starts = offsetsOf(lines);
    const pieces: Piece[] = [];
    let next = 0;
    const keep = (end: number): void => {
      const text = (): string => withoutOurMarks(lines.slice(next, end).join('\n'));
      if (end > next) pieces.push({ text: text(), at: starts[next]!, folded: false });
      next = Math.max(next, end);
    };
    const foldAs = (marks: string, id: string, start: number, end: number): void => {
      keep(start);
      pieces.push({ text: marks + quotedMark(id), at: starts[start]!, folded: true });
      next = end;
    };
    for (const { start, from, end, isAnswered } of quotedRuns(lines).slice(0, MOST_RUNS)) {
      if (start < next) continue;
      const found = this.#find(lines.slice(from, end));
      if (found && isAnswered && isPart(found.dense, found.mail)) continue;
      if (found) {
        foldAs('', found.mail.id, this.#saysNothing(lines.slice(start, from)) ? start : from, end);
        continue;
      }
      for (const [first, last] of deeperRuns(lines, from, end)) {
        const deeper = this.#find(lines.slice(first, last));
        if (deeper) foldAs('> ', deeper.mail.id, first, last);
      }
    }
    keep(lines.length);
    return pieces;
  }

  /** Whether an introduction consists of what mail programs write there and of names that the thread has. */
  #saysNothing(introduction: readonly string[]): boolean {
    const text = introduction.map(unmarked).join(' ');
    return text.length <= INTRODUCED_CHARS && saysNothing(text, this.#known);
  }

  /** The first mail that says this: whoever repeats it comes later. */
  #find(lines: readonly string[]): { readonly mail: Earlier; readonly dense: string } | null {
    const { dense, words } = compared(lines);
    if (dense === '' || dense.length > COMPARED_CHARS) return null;
    const isShort = dense.length < SHORT_CHARS;
    const found = this.#mails.find((mail) => {
      const [sought, text] = isShort ? [words, mail.words] : [dense, mail.dense];
      if (sought.length > text.length || this.#steps > MOST_STEPS) return false;
      this.#steps += text.length + sought.length;
      return holds(text, sought);
    });
    return found ? { mail: found, dense } : null;
  }
}

/** Whether a quote picks a little of what the mail says. */
const isPart = (dense: string, { own, dense: all }: Earlier): boolean =>
  dense.length <= ANSWERED_CHARS && dense.length < (holds(own, dense) ? own : all).length / 2;

function compared(lines: readonly string[]): Pick<Earlier, 'dense' | 'words'> {
  const words = lines.map(unmarked).join(' ').split(/\s+/).filter(Boolean);
  return { dense: words.join(''), words: ` ${words.join(' ')} ` };
}

/** Runs of what is quoted twice or more, within one that as a whole is nowhere. */
function* deeperRuns(lines: readonly string[], from: number, end: number): Generator<readonly [number, number]> {
  for (let i = from; i < end; i++) {
    if (depthOf(lines[i]!) < 2) continue;
    const first = i;
    while (i < end && depthOf(lines[i]!) >= 2) i++;
    yield [first, i];
  }
}

function offsetsOf(lines: readonly string[]): number[] {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += line.length + 1;
    return start;
  });
}

/** Knuth, Morris, Pratt: in time that grows with the two lengths alone, which a search of the language's own does not promise. */
function holds(text: string, sought: string): boolean {
  const back = new Int32Array(sought.length);
  for (let i = 1, k = 0; i < sought.length; i++) {
    while (k > 0 && sought.charCodeAt(i) !== sought.charCodeAt(k)) k = back[k - 1]!;
    if (sought.charCodeAt(i) === sought.charCodeAt(k)) k++;
    back[i] = k;
  }
  for (let i = 0, k = 0; i < text.length; i++) {
    while (k > 0 && text.charCodeAt(i) !== sought.charCodeAt(k)) k = back[k - 1]!;
    if (text.charCodeAt(i) === sought.charCodeAt(k)) k++;
    if (k === sought.length) return true;
  }
  return false;
}

/** As much as `most` code points hold; `next`: where in the text, in code points, the rest begins (null: nothing is left). */
export function cutPieces(
  pieces: readonly Piece[],
  text: string,
  most: number,
): { readonly body: string; readonly shown: number; readonly next: number | null } {
  const kept: string[] = [];
  let shown = 0;
  for (const piece of pieces) {
    const chars = Array.from(piece.text);
    const room = most - shown;
    if (chars.length <= room) {
      kept.push(piece.text);
      shown += chars.length;
      continue;
    }
    const part = piece.folded ? '' : chars.slice(0, Math.max(0, room)).join('');
    if (part) kept.push(part);
    shown += piece.folded ? 0 : Math.max(0, room);
    return { body: kept.join('\n'), shown, next: Array.from(text.slice(0, piece.at + part.length)).length };
  }
  return { body: kept.join('\n'), shown, next: null };
}
