// The operators of Gmail's search language that are offered while somebody types. Knows no page.

export interface Operator {
  readonly name: string;
  readonly about: string;
}

export const OPERATORS: readonly Operator[] = [
  { name: 'from:', about: 'who wrote it' },
  { name: 'to:', about: 'whom it was sent to' },
  { name: 'cc:', about: 'who got a copy' },
  { name: 'subject:', about: 'words of the subject' },
  { name: 'label:', about: 'a label' },
  { name: 'in:inbox', about: 'in the inbox' },
  { name: 'in:sent', about: 'sent by you' },
  { name: 'in:anywhere', about: 'with Spam and Trash' },
  { name: 'is:unread', about: 'not read yet' },
  { name: 'is:starred', about: 'with a star' },
  { name: 'is:important', about: 'marked important' },
  { name: 'has:attachment', about: 'with a file' },
  { name: 'filename:', about: 'name or kind of a file, for example pdf' },
  { name: 'newer_than:', about: 'for example 7d, 3m, 1y' },
  { name: 'older_than:', about: 'for example 7d, 3m, 1y' },
  { name: 'after:', about: 'a day, for example 2026/01/31' },
  { name: 'before:', about: 'a day' },
  { name: 'larger:', about: 'a size, for example 5M' },
  { name: 'smaller:', about: 'a size' },
  { name: 'category:', about: 'primary, social, promotions, updates, forums' },
  { name: 'list:', about: 'a mailing list' },
  { name: 'rfc822msgid:', about: 'a Message-ID' },
  { name: 'OR', about: 'one or the other' },
  { name: 'AROUND', about: 'words near each other' },
];

const MOST = 8;

/** The word that the caret stands at the end of, without a sign or bracket before it. */
function wordBefore(text: string, caret: number): { readonly word: string; readonly start: number } {
  const word = /[^\s(){}"-]*$/.exec(text.slice(0, caret))?.[0] ?? '';
  return { word, start: caret - word.length };
}

/** None inside of quotes, and none once a word is an operator already. */
export function completionsFor(text: string, caret: number): readonly Operator[] {
  const { word } = wordBefore(text, caret);
  const isQuoted = text.slice(0, caret).split('"').length % 2 === 0;
  if (word === '' || isQuoted) return [];
  const begun = word.toLowerCase();
  return OPERATORS.filter(({ name }) => name.toLowerCase().startsWith(begun) && name.toLowerCase() !== begun).slice(
    0,
    MOST,
  );
}

/** The text with the operator in place of what was begun; what takes a value waits for it, the others are done. */
export function withCompletion(text: string, caret: number, name: string): { text: string; caret: number } {
  const { start } = wordBefore(text, caret);
  const put = name.endsWith(':') ? name : `${name} `;
  const rest = text.slice(caret).replace(/^ /, put.endsWith(' ') ? '' : ' ');
  return { text: text.slice(0, start) + put + rest, caret: start + put.length };
}
