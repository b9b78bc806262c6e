// Makes the text that the index holds and the text that is looked for, by one function. Pure; knows no table.

/** Rises whenever `searchText` answers differently; an index made by another version has to be made anew. */
export const SEARCH_TEXT_VERSION = 1;

const NOT_ASCII = /[^\x00-\x7f]/;
const NOT_ASCII_RUNS = /[^\x00-\x7f]+/g;
// Found by its dot, looked at backwards then: a lookbehind in front would be tried at every character.
const DECIMAL_DOT = /\.(?<=\d\.)(?=\d)/g;
// Voiced kana are written with marks, but か and が are different letters.
const ACCENTS_AND_JOINERS = /[[\p{M}\u00ad\u200c\u200d\u2060\ufeff]--[\u3099\u309a]]+/gv;
const LETTERS_WITHOUT_DECOMPOSITION = /[ßæœøłđðıς]/g;
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ı: 'i',
  ς: 'σ',
};
const PRIVATE_USE = /\p{Co}+/gu;
// Scripts that are written without spaces between words.
const UNSPACED_RUN =
  /[[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]&&[\p{L}\p{N}]]+/gv;
const WORDS = /[\p{L}\p{N}_]+/gu;

/**
 * The text as the index sees it: compatibility forms made plain (NFKC), lower case, accents folded, runs of Han, Kana,
 * Hangul and other unspaced scripts as overlapping pairs (a lone character stays alone), a dot between digits as `_`.
 * Words are then the runs of letters, digits and `_`, which is how the index splits; anything else may remain between.
 */
export function searchText(text: string): string {
  const lower = text.toLowerCase();
  const plain = NOT_ASCII.test(lower) ? lower.replace(NOT_ASCII_RUNS, foldRun) : lower;
  return plain.replace(DECIMAL_DOT, '_');
}

/** The words of a text in order, each as the index holds it. */
export function searchWords(text: string): string[] {
  return searchText(text).match(WORDS) ?? [];
}

// Runs can be folded one by one: a mark that belongs to an ASCII letter before the run is dropped anyway.
function foldRun(run: string): string {
  return run
    .normalize('NFKD')
    .replace(ACCENTS_AND_JOINERS, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(LETTERS_WITHOUT_DECOMPOSITION, (letter) => PLAIN[letter]!)
    .replace(PRIVATE_USE, ' ')
    .replace(UNSPACED_RUN, pairs);
}

function pairs(run: string): string {
  const letters = Array.from(run);
  if (letters.length === 1) return ` ${run} `;
  let out = ' ';
  for (let i = 1; i < letters.length; i += 1) out += `${letters[i - 1]}${letters[i]} `;
  return out;
}
