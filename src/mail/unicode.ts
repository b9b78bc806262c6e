// Text that may be stored and told: valid Unicode without NUL. And how much of it is how long. Pure.

/** The text without NUL, lone surrogates replaced by U+FFFD. */
export const clean = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();

/** Length in code points, the unit in which doors count text. */
export function textLength(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) {
      pairs++;
      i++;
    }
  }
  return text.length - pairs;
}

/** The code points in [from, to), a character never cut in two. Does not look beyond `to`. */
export function sliceCodePoints(text: string, from: number, to: number): string {
  const start = indexOfCodePoint(text, 0, Math.max(0, from));
  return text.slice(start, indexOfCodePoint(text, start, Math.max(0, to - Math.max(0, from))));
}

function indexOfCodePoint(text: string, start: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < text.length; left--)
    at += isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1)) ? 2 : 1;
  return at;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
