// Cuts one line out of a mail's text around what was looked for. Pure; the text is the mail's, not the index's.
import { endsOpen, searchPhrases, searchText, searchWords } from './search-text.ts';

const TOKENS = /[\p{L}\p{N}\p{M}_.\u00ad\u200c\u200d]+/gu;
// A match further down is not worth the time; the text then begins the snippet.
const SEARCHED_LENGTH = 256 * 1024;

/**
 * One line of at most `maxChars` code points, white space as single spaces: the text around the first place where one of
 * the terms (as typed in a query) stands, whole words, accents and case ignored, else its beginning. `…` marks where it was cut.
 */
export function matchSnippet(text: string, terms: readonly string[], maxChars = 100): string {
  const phrases = terms.flatMap((term) => searchPhrases(term, false));
  const match = firstMatch(text.slice(0, SEARCHED_LENGTH), phrases);
  // White space is squeezed, so more than the window is read on both sides.
  const reach = maxChars * 8;
  const before = Array.from(oneLine(text.slice(Math.max(0, match - reach), match)).trimStart());
  const after = Array.from(oneLine(text.slice(match, match + reach)).trimEnd());
  const lead = Math.max(Math.floor(maxChars / 3), maxChars - after.length - 1);
  const cutBefore = match > reach || before.length > lead;
  const cutAfter = match + reach < text.length;
  const line = [...(cutBefore ? wholeWords(before.slice(-lead)) : before), ...after];
  const room = maxChars - (cutBefore ? 1 : 0);
  const fits = line.length <= room && !cutAfter;
  const shown = fits ? line : line.slice(0, room - 1);
  return `${cutBefore ? '…' : ''}${shown.join('').trim()}${fits ? '' : '…'}`.toWellFormed();
}

// The offset of the first phrase in the text, 0 when none is there.
function firstMatch(text: string, phrases: readonly (readonly string[])[]): number {
  const folded = searchText(text);
  const candidates = phrases.filter(([first]) => folded.includes(first!));
  if (candidates.length === 0) return 0;
  const words: string[] = [];
  const offsets: number[] = [];
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    for (const [i, word] of searchWords(token).entries()) {
      words.push(word);
      // Exact for a word and for a run of pairs; inside `john.smith` near enough to cut a line there.
      offsets.push(index + Math.min(i, token.length - 1));
      const found = candidates.find((phrase) => endsWith(words, phrase));
      if (found) return offsets.at(-found.length)!;
    }
  }
  return 0;
}

function endsWith(words: readonly string[], phrase: readonly string[]): boolean {
  const start = words.length - phrase.length;
  if (start < 0) return false;
  const isOpen = endsOpen(phrase);
  return phrase.every((word, i) =>
    isOpen && i === phrase.length - 1 ? words[start + i]!.startsWith(word) : words[start + i] === word,
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

// A line that begins inside a word begins with the next one instead.
function wholeWords(letters: readonly string[]): readonly string[] {
  return letters.slice(letters.indexOf(' ') + 1);
}
