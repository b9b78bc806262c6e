// The first words of a mail on one line. Pure.

/** At most `maxChars` code points of the text, white space collapsed; never half a character. */
export function snippet(text: string, maxChars: number): string {
  const line = text
    .slice(0, maxChars * 8)
    .replace(/\s+/gu, ' ')
    .trim();
  const chars = [...line];
  return chars.length <= maxChars
    ? line
    : `${chars
        .slice(0, maxChars - 1)
        .join('')
        .trimEnd()}…`;
}
