// HTML of a stranger → the text that a person would see. Bounded; hidden text is taken out and counted. Pure.
import { Parser } from 'htmlparser2';
import { StyleSheet, variablesOf, withVariables } from './css.ts';
import { removeInvisible } from './invisible.ts';
import { LIMITS } from './limits.ts';
import type { Styled } from './selectors.ts';
import { TextLayout } from './text-layout.ts';
import { type Look, lookOf, PLAIN_LOOK } from './visibility.ts';

const MOST_CHARS = 2 * LIMITS.htmlChars;
const MOST_OUTPUT_CHARS = 2 * LIMITS.textChars;
/** The parser's own stack costs quadratic time: what lies deeper is not read. */
const MOST_DEPTH = 1000;
const MOST_URL_CHARS = 1000;
const MOST_ALT_CHARS = 300;

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
const BLOCKS = words(
  `address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer
  form header html legend main nav ol section summary table tbody tfoot thead tr ul`,
);
const PARAGRAPHS = words('p h1 h2 h3 h4 h5 h6 pre');
/** Never shown, or shown as something that is no text of the mail. */
const SILENT = words(
  `applet area audio canvas datalist embed frame frameset head iframe math meter noembed noframes noscript object option
  param progress rp script select source style svg template textarea title track video`,
);
const VOID = words(
  'area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr',
);
/** Hidden text in these is the rule and says nothing about the sender. */
const EXPECTED = words('head title style script');

interface Open extends Styled {
  readonly look: Look;
  readonly silent: boolean;
  readonly link: string;
  /** Length of the layout when the element began, to see whether it has shown anything. */
  readonly begun: number;
  readonly parent: Open | null;
  readonly variables: ReadonlyMap<string, string>;
  last: Styled | null;
  items: number;
}

/**
 * Text with its structure: paragraphs, lists, quotes as `> `, cells parted by tabs, links as `text (url)`. What a person
 * would not see on a desktop screen is left out, and `hiddenRemoved` counts its runs, invisible characters included. What
 * lies over the limits of size, depth and style is not read, and `isCut` says so.
 */
export function htmlToText(html: string): { text: string; hiddenRemoved: number; isCut: boolean } {
  const walk = new Walk(html.slice(0, MOST_CHARS));
  const parser: Parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (!walk.open(name, attributes)) parser.pause();
      },
      ontext: (text) => walk.text(text),
      onclosetag: (name) => walk.close(name),
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  parser.end(html.slice(0, MOST_CHARS));
  const { text, removed } = removeInvisible(walk.finish());
  return {
    text: text
      // Without the look behind, a long run of blanks inside a line costs quadratic time.
      .replace(/(?<![ \t])[ \t]+$/gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
    hiddenRemoved: walk.hiddenRemoved + removed,
    isCut: walk.isCut || html.length > MOST_CHARS,
  };
}

class Walk {
  hiddenRemoved = 0;
  /** The document is over its limits, and the rest of it is not read. */
  isCut = false;
  readonly #sheet: StyleSheet;
  readonly #hasVariables: boolean;
  readonly #layout = new TextLayout();
  #top: Open = {
    name: '',
    id: '',
    classes: [],
    attributes: {},
    parent: null,
    previous: null,
    last: null,
    look: PLAIN_LOOK,
    silent: false,
    link: '',
    begun: 0,
    variables: new Map(),
    items: 0,
  };
  #depth = 0;
  #preformatted = 0;
  #inHidden = false;

  constructor(html: string) {
    this.#sheet = sheetOf(html);
    this.#hasVariables = /var\(/i.test(html);
  }

  /** False when the rest is not to be read. */
  open(name: string, attributes: Record<string, string>): boolean {
    const parent = this.#top;
    const styled = {
      name,
      attributes,
      id: attributes.id?.toLowerCase() ?? '',
      classes: attributes.class ? attributes.class.toLowerCase().split(/\s+/) : NO_CLASSES,
      parent,
      previous: parent.last,
    };
    const declared = this.#sheet.declarationsOf(styled, attributes.style);
    const variables = this.#hasVariables ? variablesOf(declared, parent.variables) : parent.variables;
    const style = this.#hasVariables ? withVariables(declared, variables) : declared;
    const look = lookOf(name, attributes, style, parent.look);
    const silent = parent.silent || SILENT.has(name) || (name === 'dialog' && !('open' in attributes));
    const shown = !silent && !look.gone;
    // Kept without its own elders, so that a long row of siblings is not held in memory.
    if (!this.#sheet.isEmpty)
      parent.last = { ...styled, previous: styled.previous && { ...styled.previous, previous: null } };
    if (shown) this.#layoutOpen(name, attributes, parent, look);
    if (VOID.has(name)) return true;
    if (name === 'pre') this.#preformatted++;
    const link = name === 'a' && shown ? (attributes.href ?? '').trim() : '';
    this.#top = { ...styled, look, silent, link, begun: this.#layout.length, variables, last: null, items: 0 };
    this.isCut ||= ++this.#depth >= MOST_DEPTH || this.#layout.length >= MOST_OUTPUT_CHARS || this.#sheet.isOverdone;
    return !this.isCut;
  }

  text(text: string): void {
    const { silent, look, name } = this.#top;
    if (!silent && !look.hidden) {
      if (this.#preformatted > 0) this.#layout.writePreformatted(text);
      else this.#layout.write(text);
      if (BLANK.test(text)) return;
      this.#inHidden = false;
    } else if (!BLANK.test(text) && !(silent && this.#isExpected(name))) {
      if (!this.#inHidden) this.hiddenRemoved++;
      this.#inHidden = true;
    }
  }

  close(name: string): void {
    if (VOID.has(name) || this.#top.name !== name || !this.#top.parent) return;
    const closed = this.#top;
    this.#top = closed.parent!;
    this.#depth--;
    if (name === 'pre') this.#preformatted--;
    if (closed.silent || closed.look.gone) return;
    if (closed.link && !closed.look.hidden && this.#layout.length > closed.begun) this.#writeLink(closed.link);
    if (name === 'blockquote') this.#layout.quote(-1);
    else if (name === 'ul' || name === 'ol') this.#layout.list(-1);
    else if (PARAGRAPHS.has(name)) this.#layout.paragraph();
    else if (name === 'li' || BLOCKS.has(name)) this.#layout.block();
  }

  finish(): string {
    return this.#layout.finish();
  }

  #layoutOpen(name: string, attributes: Record<string, string>, parent: Open, look: Look): void {
    if (name === 'br') this.#layout.lineBreak();
    else if (name === 'hr') this.#writeRule();
    else if (name === 'td' || name === 'th') this.#layout.cell();
    else if (name === 'li') this.#layout.item(parent.name === 'ol' ? `${++parent.items}. ` : '- ');
    else if (name === 'blockquote') this.#layout.quote(1);
    else if (name === 'ul' || name === 'ol') this.#layout.list(1);
    else if (PARAGRAPHS.has(name)) this.#layout.paragraph();
    else if (BLOCKS.has(name)) this.#layout.block();
    else if (name === 'img' && attributes.alt && !look.hidden && !isPixel(attributes))
      this.text(attributes.alt.slice(0, MOST_ALT_CHARS));
  }

  #writeRule(): void {
    this.#layout.block();
    this.#layout.write('---');
    this.#layout.block();
  }

  #writeLink(url: string): void {
    const address = url.replace(/^mailto:/i, '').replace(/\?.*$/, '');
    if (!/^(?:https?|ftp|mailto|tel):/i.test(url) || this.#layout.endsWith(address) || this.#layout.endsWith(url))
      return;
    this.#layout.write(` (${url.length > MOST_URL_CHARS ? `${url.slice(0, MOST_URL_CHARS)}…` : url})`);
  }

  /** Within the head or a script it is the rule that nothing is seen. */
  #isExpected(name: string): boolean {
    for (let open: Open | null = this.#top; open; open = open.parent) if (EXPECTED.has(open.name)) return true;
    return EXPECTED.has(name);
  }
}

const NO_CLASSES: readonly string[] = [];
const BLANK = /^(?:[\s\u200b\u00ad\ufeff]|\u200c|\u200d|\u034f)*$/;

const isPixel = ({ width, height, style }: Record<string, string>): boolean =>
  [width, height].some((size) => /^[01](px)?$/.test(size ?? '')) ||
  /(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px)?\s*(?:[;!]|$)/i.test(style ?? '');

/** Every style sheet of the document, those in comments left out as a browser does. */
function sheetOf(source: string): StyleSheet {
  const sheet = new StyleSheet();
  const next = /<!--|<style\b([^>]{0,1000})>/gi;
  for (let found = next.exec(source); found; found = next.exec(source)) {
    const from = next.lastIndex;
    const isComment = found[0] === '<!--';
    // `<!-->` is a whole comment.
    const end = isComment ? source.indexOf('-->', from - 2) : indexOfEnd(source, from);
    if (end < 0 && isComment) break;
    const media = /\bmedia\s*=\s*["']?([^"'>]{1,200})/i.exec(found[1] ?? '')?.[1];
    const text = source.slice(from, end < 0 ? undefined : end);
    if (!isComment) sheet.add(media ? `@media ${media}{${text}}` : text);
    if (end < 0) break;
    next.lastIndex = end + (isComment ? 3 : 7);
  }
  return sheet;
}

function indexOfEnd(source: string, from: number): number {
  const end = /<\/style/gi;
  end.lastIndex = from;
  return end.exec(source)?.index ?? -1;
}
