// Characters that carry text nobody sees. Pure and linear.

/** Default-ignorable characters (Unicode Standard annex 44), annotation marks, blanks that look like nothing, controls. */
const RUN = /[\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\x01-\x08\x0b\x0e-\x1f\x7f-\x9f]+/gu;
const MAYBE = /[^\t\n\f\r -~\u00a0-\u00ac\u00ae-\u02ff]/;

const EMOJI = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}/u;
/** What a variation selector may follow: anything but a plain letter, a blank or nothing. */
const STYLED = /[^\sA-Za-z\u00c0-\u02af]/u;
const HAN = /\p{Script=Han}/u;
/** Scripts in which a joiner changes what is seen. */
const JOINING = /[\p{L}\p{M}]/u;
const WESTERN = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u;
const BLACK_FLAG = '\u{1f3f4}';
/** The three flags that the tags block is used for (Unicode Technical Standard 51, annex B.1). */
const FLAGS = new Set(['gbeng', 'gbsct', 'gbwls']);

/**
 * The text without them, without NUL and lone surrogates, and how many runs there were. Emoji, flags, scripts that need
 * joiners, one variation selector after a character that takes one, and single soft hyphens are no carriers: the first
 * four stay, the last go uncounted.
 */
export function removeInvisible(text: string): { text: string; removed: number } {
  if (!MAYBE.test(text)) return { text, removed: 0 };
  const whole = (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
  let removed = 0;
  const seen = whole.replace(RUN, (run, at: number) => {
    if (run === '\u00ad' || (at === 0 && run === '\ufeff')) return '';
    const before = lastChar(whole, at);
    const after = String.fromCodePoint(whole.codePointAt(at + run.length) ?? 0x20);
    if (belongs(run, before, after)) return run;
    removed++;
    return '';
  });
  return { text: seen, removed };
}

function belongs(run: string, before: string, after: string): boolean {
  if (before === BLACK_FLAG) return FLAGS.has(untag(run));
  if (/^[\ufe00-\ufe0f]$/.test(run)) return STYLED.test(before);
  if (/^\ufe0f?\u200d$/.test(run) && EMOJI.test(before))
    return EMOJI.test(after) || /[\u2640\u2642\u2695-\u27ff]/.test(after);
  if (/^[\u200c\u200d]$/.test(run)) return JOINING.test(before) && !WESTERN.test(before);
  if (/^[\u180b-\u180d\u180f]$/.test(run)) return /\p{Script=Mongolian}/u.test(before);
  return /^[\u{e0100}-\u{e01ef}]$/u.test(run) && HAN.test(before);
}

/** A run of the tags block as the ASCII that it stands for; empty when it is not closed as a flag is. */
function untag(run: string): string {
  const codes = [...run].map((char) => char.codePointAt(0)! - 0xe0000);
  return codes.pop() === 0x7f ? String.fromCharCode(...codes.slice(0, 10)) : '';
}

function lastChar(text: string, at: number): string {
  if (at === 0) return ' ';
  const start = at > 1 && (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00 ? at - 2 : at - 1;
  return String.fromCodePoint(text.codePointAt(start)!);
}
