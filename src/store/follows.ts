// Whether one phrase comes before another in a stored text: the index knows that they are near, not which is first.
import { zstdDecompressSync } from 'node:zlib';
import { endsOpen, searchWords } from '../query/search-text.ts';

/**
 * As an SQL function: 1 when in `text` (packed when it is a blob) the words of `first` are followed by those of `second`
 * with at most `distance` words between them.
 */
export function follows(text: unknown, first: unknown, second: unknown, distance: unknown): number {
  if (text === null) return 0;
  const words = searchWords(Buffer.isBuffer(text) ? zstdDecompressSync(text).toString('utf8') : String(text));
  const before = String(first).split(' ');
  const after = String(second).split(' ');
  const ends: number[] = [];
  let passed = 0;
  for (let i = 0; i < words.length; i += 1) {
    while (passed < ends.length && ends[passed]! <= i) passed += 1;
    if (passed > 0 && i - ends[passed - 1]! <= Number(distance) && standsAt(words, i, after)) return 1;
    if (standsAt(words, i, before)) ends.push(i + before.length);
  }
  return 0;
}

function standsAt(words: readonly string[], at: number, phrase: readonly string[]): boolean {
  return phrase.every((word, i) => {
    const there = words[at + i] ?? '';
    return there === word || (i === phrase.length - 1 && there.startsWith(word) && endsOpen(phrase));
  });
}
