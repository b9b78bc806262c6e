// Characters that carry text nobody sees. Pure.

/** Tags block, zero width, bidi controls, invisible operators, soft hyphen, fillers, and selectors used as carriers. */
const INVISIBLE =
  /[\u{e0000}-\u{e0fff}\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad\u061c\u115f\u1160\u17b4\u17b5\u3164\uffa0\u{1d173}-\u{1d17a}]+|[\u180b-\u180f]+|\u034f+|[\u200c\u200d]{2,}|[\ufe00-\ufe0f]{2,}|(?<=^|[A-Za-z ])(?:[\u200c\u200d]|[\ufe00-\ufe0f])/gu;
const MAYBE = /[^\x00-\u00ac\u00ae-\u02ff]/;

/** The text without them, without NUL and lone surrogates, and how many runs there were. */
export function removeInvisible(text: string): { text: string; removed: number } {
  const whole = text.includes('\0') ? text.replaceAll('\0', '') : text;
  if (!MAYBE.test(whole)) return { text: whole, removed: 0 };
  let removed = 0;
  const seen = whole.toWellFormed().replace(INVISIBLE, () => {
    removed++;
    return '';
  });
  return { text: seen, removed };
}
