// The first words of a mail on one line. Pure.
import { sliceCodePoints, textLength } from './unicode.ts';

/** At most `maxChars` code points of the text, white space collapsed, an ellipsis where it goes on; never half a character. */
export function snippet(text: string, maxChars: number): string {
  // White space and pairs can make a piece of the text shorter, eight units are enough for one code point of most mails.
  const line = text
    .slice(0, 100_000)
    .trimStart()
    .slice(0, maxChars * 8)
    .replace(/\s+/gu, ' ')
    .trim();
  if (textLength(line) <= maxChars) return line.toWellFormed();
  return `${sliceCodePoints(line, 0, maxChars - 1)
    .trimEnd()
    .toWellFormed()}…`;
}
