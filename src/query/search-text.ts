// Makes the text that the index holds and the text that is looked for, by one function. Pure; knows no table.

/** Rises whenever the index would be given another text; an index made by another version has to be made anew. */
export const SEARCH_TEXT_VERSION = 3;

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
const LONE_UNSPACED =
  /^[[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]&&[\p{L}\p{N}]]$/v;
const PARTING = /[~#$%^*+;,<>?]+/;
// `me+news@example.com` is one address.
const PARTING_OUTSIDE_ADDRESSES = /[~#$%^*;,<>?]+/;
const WORDS = /[\p{L}\p{N}_]+/gu;

/**
 * The text as the index sees it: compatibility forms made plain (NFKC), lower case, accents folded, runs of Han, Kana,
 * Hangul and other unspaced scripts as overlapping pairs and their last character, a dot between digits as `_`.
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

/** Words of a phrase that are looked for; each costs a look at every place where the one before it stands. */
export const MOST_PHRASE_WORDS = 32;

/**
 * What a typed piece of a query asks for: phrases that must all be there, each a list of adjacent words. Quoted text is
 * one phrase; otherwise `- = \ : ' . / @` join words to a phrase and `~ # $ % ^ * + ; , < > ?` part them. Empty when
 * there is no word in it.
 */
export function searchPhrases(text: string, quoted: boolean): string[][] {
  return searchPieces(text, quoted).map(phrase);
}

/** Whether a phrase ends in a lone character of an unspaced script, which any word of the index may begin with. */
export function endsOpen(words: readonly string[]): boolean {
  return LONE_UNSPACED.test(words.at(-1) ?? '');
}

// The last character of a run is a word of the index only where the run ends, and what is asked for may go on there.
function phrase(piece: string): string[] {
  const words = searchWords(piece).slice(0, MOST_PHRASE_WORDS);
  const last = words.at(-1) ?? '';
  return LONE_UNSPACED.test(last) && words.at(-2)?.endsWith(last) ? words.slice(0, -1) : words;
}

/** The same pieces as they were typed. */
export function searchPieces(text: string, quoted: boolean): string[] {
  const pieces = quoted ? [text] : text.split(text.includes('@') ? PARTING_OUTSIDE_ADDRESSES : PARTING);
  return pieces.filter((piece) => searchWords(piece).length > 0);
}

// Mail repeats its words: most runs outside ASCII are a letter or a word that was folded before. From 13 characters on
// V8 cuts a string as a view that would keep the whole mail in memory.
const folded = new Map<string, string>();
const FOLDED_LENGTH = 12;
const FOLDED_LIMIT = 20_000;

// Runs can be folded one by one: a mark that belongs to an ASCII letter before the run is dropped anyway.
function foldRun(run: string): string {
  if (run.length > FOLDED_LENGTH) return fold(run);
  let plain = folded.get(run);
  if (plain === undefined) {
    if (folded.size >= FOLDED_LIMIT) folded.clear();
    plain = fold(run);
    folded.set(run, plain);
  }
  return plain;
}

function fold(run: string): string {
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
  return `${out}${letters.at(-1)} `;
}
