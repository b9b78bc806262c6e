// What no single line that a caller gives may hold: line ends, controls, characters that nobody sees. Pure.
import { removeInvisible } from './invisible.ts';

/**
 * Why a text cannot stand in a header (RFC 5322 section 2.2), as the end of a sentence; null when it can. C0, DEL and C1
 * with U+0085, U+2028, U+2029 and lone surrogates are refused, tabs too.
 */
export function whyNotOneLine(text: string): string | null {
  if (/[\r\n\u0085\u2028\u2029]/.test(text)) return 'holds a line end';
  if (text.includes('\0')) return 'holds a NUL';
  if (/\p{Cc}/u.test(text)) return 'holds a control character';
  return text.isWellFormed() ? null : 'is no valid Unicode: it holds half a character';
}

/** As above; bidi controls, zero-width and other invisible characters are refused too, those of emoji and joining scripts aside. */
export function whyNotPlainlySeen(text: string): string | null {
  const wrong = whyNotOneLine(text);
  if (wrong) return wrong;
  return removeInvisible(text).text === text ? null : 'holds an invisible character (bidi or zero-width)';
}
