// Which parts of a mail are its text, in which form, and what they say. Pure; knows neither header fields nor attachments.
import { isUtf8 } from 'node:buffer';
import { decodeText, isKnownCharset } from './charset.ts';
import { unflow } from './flowed.ts';
import { htmlToText } from './html-to-text.ts';
import { removeInvisible } from './invisible.ts';
import { LIMITS } from './limits.ts';
import type { Part } from './structure.ts';
import { decodeTransfer } from './transfer.ts';
import { clean } from './unicode.ts';

export interface Body {
  readonly text: string;
  /** Every HTML part as it came, null when there is none. */
  readonly html: string | null;
  readonly hiddenRemoved: number;
  /** Leaves that are the mail's text in one form or another, and so are no attachments. */
  readonly parts: ReadonlySet<Part>;
  readonly notes: readonly string[];
}

/** A stretch of the mail's text: as plain parts, and as its richest form, which may hold plain parts too. */
interface Stretch {
  readonly plain: readonly Part[];
  readonly rich: readonly Part[];
}

/** Reads the text of a mail; `multipart/mixed` in order, of alternatives the plain one where it says as much. */
export function readBody(root: Part): Body {
  const parts = new Set<Part>();
  let stretches = stretchesOf(root, parts, false);
  // A text with a file name is an attachment, and one of another kind too, unless the mail has no other text.
  if (stretches.length === 0) stretches = stretchesOf(root, parts, true).slice(0, 1);
  for (const { plain, rich } of stretches) for (const part of [...plain, ...rich]) parts.add(part);
  const reader = new PartReader();
  const text = stretches
    .map((stretch) => reader.readStretch(stretch))
    .filter((piece) => piece !== '')
    .join('\n\n');
  if (text.length > LIMITS.textChars) reader.notes.add(`text cut at ${LIMITS.textChars} characters`);
  const html = stretches.flatMap(({ rich }) => rich.filter(isHtml).map((part) => reader.textOf(part)));
  return {
    text: text.slice(0, LIMITS.textChars).toWellFormed(),
    html: html.length > 0 ? html.join('\n') : null,
    hiddenRemoved: reader.hiddenRemoved,
    parts,
    notes: [...reader.notes],
  };
}

const isHtml = (part: Part): boolean => part.contentType.value === 'text/html';

/** Stretches below a part; text parts that another form stands for are put into `parts` all the same. */
function stretchesOf(part: Part, parts: Set<Part>, named: boolean): Stretch[] {
  const type = part.contentType.value;
  if (part.children.length === 0) {
    if (!isText(part, named)) return [];
    parts.add(part);
    return type === 'text/x-amp-html' ? [] : [{ plain: isHtml(part) ? [] : [part], rich: [part] }];
  }
  if (type === 'multipart/related') return stretchesOf(rootOfRelated(part), parts, named);
  const below = part.children.map((child) => stretchesOf(child, parts, named));
  return type === 'multipart/alternative' ? oneOf(below) : below.flat();
}

/** Read as they stand where the mail has no other text (RFC 2046 section 4.1.4). */
const READABLE = /^text\/(?:(?:x-)?markdown|enriched|richtext|troff)$/;

function isText(part: Part, named: boolean): boolean {
  const { contentType, disposition } = part;
  if (disposition.value === 'attachment') return false;
  if (contentType.value.startsWith('multipart/')) return part.body.length > 0;
  if (!['text/plain', 'text/html', 'text/x-amp-html'].includes(contentType.value))
    return named && READABLE.test(contentType.value);
  return named || !(disposition.params.has('filename') || contentType.params.has('name'));
}

/** RFC 2387: the part that `start` names, else the first; where that is no text, the first that holds some. */
function rootOfRelated({ contentType, children }: Part): Part {
  const start = contentType.params.get('start')?.replace(/[<>\s]/g, '');
  const named = start ? children.find((child) => child.contentId === start) : undefined;
  const readable = (child: Part): boolean => child.children.length > 0 || isText(child, true);
  return named ?? children.find(readable) ?? children[0]!;
}

/** RFC 2046 section 5.1.4: of the forms of one text the last is the best, of those without HTML as of those with it. */
function oneOf(forms: readonly Stretch[][]): Stretch[] {
  const rich = forms.map((form) => form.flatMap((stretch) => stretch.rich)).filter((form) => form.length > 0);
  const withHtml = rich.findLast((form) => form.some(isHtml));
  const plain = rich.findLast((form) => !form.some(isHtml));
  if (!withHtml && !plain) return [];
  return [{ plain: plain ?? [], rich: withHtml ?? plain ?? [] }];
}

/** Reads parts, each once, and gathers what there is to say about them. */
class PartReader {
  hiddenRemoved = 0;
  readonly notes = new Set<string>();
  readonly #texts = new Map<Part, string>();

  readStretch({ plain, rich }: Stretch): string {
    const own = removeInvisible(plain.map((part) => this.textOf(part)).join('\n'));
    const shown = rich.some(isHtml) ? this.#readRich(rich) : null;
    const usePlain = shown === null || (plain.length > 0 && saysAsMuch(own.text, shown.text));
    // What the HTML hides is told even where the plain text is taken: it is the same sender's doing.
    this.hiddenRemoved += (usePlain ? own.removed : 0) + (shown?.hiddenRemoved ?? 0);
    return (usePlain ? own.text : shown.text).replace(/^(?:[ \t]*\n)+/, '').trimEnd();
  }

  textOf(part: Part): string {
    const known = this.#texts.get(part);
    if (known !== undefined) return known;
    const text = this.#decode(part);
    this.#texts.set(part, text);
    return text;
  }

  #readRich(parts: readonly Part[]): { text: string; hiddenRemoved: number } {
    const read = parts.map((part) => {
      if (isHtml(part)) {
        const shown = htmlToText(this.textOf(part));
        if (shown.isCut) this.notes.add('HTML over the limits of size, depth or style was not read to its end');
        return shown;
      }
      const { text, removed } = removeInvisible(this.textOf(part));
      return { text: text.trim(), hiddenRemoved: removed };
    });
    return {
      text: read
        .map(({ text }) => text)
        .filter((text) => text !== '')
        .join('\n\n'),
      hiddenRemoved: read.reduce((sum, { hiddenRemoved }) => sum + hiddenRemoved, 0),
    };
  }

  #decode(part: Part): string {
    const { params } = part.contentType;
    if (part.body.length > LIMITS.textPartBytes) this.notes.add(`a text part was cut at ${LIMITS.textPartBytes} bytes`);
    const bytes = decodeTransfer(part.body.subarray(0, LIMITS.textPartBytes), part.encoding);
    const declared = params.get('charset') ?? '';
    if (!isKnownCharset(declared)) this.notes.add('a text has an unknown charset, which was guessed');
    const charset = declared === '' && isHtml(part) && !isUtf8(bytes) ? charsetInside(bytes) : declared;
    const text = clean(decodeText(bytes, charset)).replace(/\r\n?/g, '\n');
    if (isHtml(part) || params.get('format')?.toLowerCase() !== 'flowed') return text;
    return unflow(text, params.get('delsp')?.toLowerCase() === 'yes');
  }
}

/** What an HTML document says of itself (HTML Standard, section 4.2.5.4). */
export const charsetInside = (bytes: Buffer): string =>
  /<meta[^>]{1,200}charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(bytes.toString('latin1', 0, 4096))?.[1] ?? '';

const POINTER =
  /\b(?:view|read|see|open|display|click|ansehen|anzeigen|lesen|voir|afficher|ver|visualizar|visualizza|bekijk)\b.{0,80}\b(?:html|browser|online|web|navigateur|navegador)\b|\bhtml[ -]?(?:e-?mail|mail|version|message|format|capable|compatible|enabled|viewer)/is;

/** Whether the plain form is a text of its own, no mere pointer to the HTML and no remnant of it. */
function saysAsMuch(plain: string, html: string): boolean {
  const words = plain.trim();
  if (html.trim() === '') return true;
  if (words.length < 600 && POINTER.test(words.replace(/\s+/g, ' '))) return false;
  return words !== '' && words.length * 8 >= html.length;
}
