// Folds what a mail of a thread repeats of earlier ones. Pure, and bounded in time whatever the mails say.
import { depthOf, quotedRuns, unmarked } from './quotes.ts';

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

interface Earlier {
  readonly id: string;
  readonly dense: string;
  readonly words: string;
}

/** The mails of one thread, each to be folded before it is added, oldest first. */
export class ThreadHistory {
  readonly #mails: Earlier[] = [];
  #steps = 0;

  add(id: string, text: string): void {
    this.#mails.push({ id, ...compared(text.slice(0, COMPARED_CHARS).split('\n')) });
    if (this.#mails.length > MOST_MAILS) this.#mails.shift();
  }

  /** The text in order; a quote, with the line that introduces it, is folded when an earlier mail says the same. */
  fold(text: string): Piece[] {
    const lines = text.split('\n');
    const starts = offsetsOf(lines);
    const pieces: Piece[] = [];
    let next = 0;
    const keep = (end: number): void => {
      if (end > next) pieces.push({ text: lines.slice(next, end).join('\n'), at: starts[next]!, folded: false });
      next = Math.max(next, end);
    };
    const foldedAs = (marks: string, start: number, from: number, end: number): boolean => {
      const id = this.#find(lines.slice(from, end));
      if (id === null) return false;
      keep(start);
      pieces.push({ text: `${marks}[quoted: message ${id}]`, at: starts[start]!, folded: true });
      next = end;
      return true;
    };
    for (const { start, from, end } of quotedRuns(lines).slice(0, MOST_RUNS)) {
      if (start < next || foldedAs('', start, from, end)) continue;
      for (const [first, last] of deeperRuns(lines, from, end)) foldedAs('> ', first, first, last);
    }
    keep(lines.length);
    return pieces;
  }

  /** The first mail that says this: whoever repeats it comes later. */
  #find(lines: readonly string[]): string | null {
    const { dense, words } = compared(lines);
    if (dense === '' || dense.length > COMPARED_CHARS) return null;
    const isShort = dense.length < SHORT_CHARS;
    const found = this.#mails.find((mail) => {
      const [sought, text] = isShort ? [words, mail.words] : [dense, mail.dense];
      if (sought.length > text.length || this.#steps > MOST_STEPS) return false;
      this.#steps += text.length + sought.length;
      return holds(text, sought);
    });
    return found?.id ?? null;
  }
}

function compared(lines: readonly string[]): Omit<Earlier, 'id'> {
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
