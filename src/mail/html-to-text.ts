// HTML of a stranger → the text that a person would see. Bounded; hidden text is taken out and counted. Pure.
import { Parser } from 'htmlparser2';
import { removeInvisible } from './invisible.ts';

const MOST_CHARS = 2_000_000;
const MOST_DEPTH = 1000;

const BLOCKS = new Set(
  'address article aside blockquote center dd details dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);
const SILENT = new Set(
  'head style script template noscript title object embed iframe svg math select textarea audio video canvas'.split(
    ' ',
  ),
);
const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));

interface Open {
  readonly name: string;
  readonly hidden: boolean;
  readonly colour: string;
  readonly background: string;
  readonly link: string;
  readonly item: string;
  count: number;
}

/** Text with its structure (lists, rows, links as `text (url)`), and how many runs of hidden text were taken out. */
export function htmlToText(html: string): { text: string; hiddenRemoved: number } {
  const out: string[] = [];
  const stack: Open[] = [
    { name: '', hidden: false, colour: '#000000', background: '#ffffff', link: '', item: '', count: 0 },
  ];
  const hiding = hidingClasses(html);
  let hiddenRemoved = 0;
  let inHidden = false;
  const top = () => stack.at(-1)!;
  const breakLine = (): void => {
    if (out.length > 0 && !out.at(-1)!.endsWith('\n')) out.push('\n');
  };

  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (stack.length > MOST_DEPTH) {
          // The parser's own stack costs quadratic time: what lies deeper is not read at all.
          parser.pause();
          return;
        }
        const parent = top();
        const style = attributes.style?.toLowerCase().slice(0, 4000) ?? '';
        const colour = colourOf(style, 'color') ?? readColour(attributes.color) ?? parent.colour;
        const background =
          colourOf(style, 'background-color') ??
          colourOf(style, 'background') ??
          readColour(attributes.bgcolor) ??
          parent.background;
        const classes = (attributes.class ?? '').split(/\s+/).slice(0, 50);
        const hidden =
          parent.hidden ||
          SILENT.has(name) ||
          'hidden' in attributes ||
          isHiding(style) ||
          classes.some((one) => hiding.has(one)) ||
          hiding.has(`#${attributes.id ?? ''}`);
        if (name === 'br') out.push('\n');
        else if (name === 'hr') out.push('\n---\n');
        else if (BLOCKS.has(name)) breakLine();
        else if ((name === 'td' || name === 'th') && parent.count++ > 0) out.push('\t');
        if (name === 'li') {
          breakLine();
          parent.count++;
          out.push(parent.name === 'ol' ? `${parent.count}. ` : '- ');
        }
        if (name === 'img' && !hidden && attributes.alt && !/^[01](px)?$/.test(attributes.width ?? ''))
          out.push(attributes.alt.slice(0, 300));
        if (!VOID.has(name))
          stack.push({
            name,
            hidden,
            colour,
            background,
            link: name === 'a' ? (attributes.href ?? '') : '',
            item: '',
            count: 0,
          });
      },
      ontext(text) {
        const { hidden, colour, background, name } = top();
        const unseen = hidden || colour === background;
        if (unseen) {
          if (text.trim() !== '' && !SILENT.has(name) && !inHidden) hiddenRemoved++;
          if (text.trim() !== '') inHidden = !SILENT.has(name);
          return;
        }
        inHidden = false;
        out.push(stack.some((open) => open.name === 'pre') ? text : text.replace(/[^\S\u00a0]+/gu, ' '));
      },
      onclosetag(name) {
        if (VOID.has(name)) return;
        if (top().name !== name || stack.length === 1) return;
        const closed = stack.pop()!;
        if (closed.link && !closed.hidden && /^https?:/i.test(closed.link)) out.push(` (${closed.link.slice(0, 500)})`);
        if (BLOCKS.has(name) || name === 'li') breakLine();
        if (name === 'p' || /^h[1-6]$/.test(name)) out.push('\n');
        inHidden = false;
      },
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  parser.end(html.slice(0, MOST_CHARS));
  const { text, removed } = removeInvisible(out.join(''));
  return { text: tidy(text), hiddenRemoved: hiddenRemoved + removed };
}

function tidy(text: string): string {
  const lines = text
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => line.trim());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Whether a style, lower case, keeps its text from being seen. */
function isHiding(style: string): boolean {
  if (style === '') return false;
  const rules = new Map(
    style.split(';').map((rule) => {
      const [name = '', value = ''] = rule.split(/:(.*)/s);
      return [name.trim(), value.replace('!important', '').trim()] as const;
    }),
  );
  const of = (name: string): string => rules.get(name) ?? '';
  const length = (name: string): number | null => (/^-?[\d.]+/.test(of(name)) ? Number.parseFloat(of(name)) : null);
  const none = (name: string): boolean => length(name) !== null && length(name)! <= 0;
  const clipped = of('overflow') === 'hidden' || of('overflow-y') === 'hidden';
  const far = (name: string): boolean => (length(name) ?? 0) <= -500;
  return (
    of('display') === 'none' ||
    ['hidden', 'collapse'].includes(of('visibility')) ||
    (length('opacity') !== null && length('opacity')! < 0.1) ||
    (length('font-size') !== null && length('font-size')! < 2 && !/(em|rem)$/.test(of('font-size'))) ||
    /^0\.?0*[1-9]?(em|rem)$/.test(of('font-size')) ||
    none('max-height') ||
    none('max-width') ||
    (clipped && (none('height') || none('width') || (length('height') ?? 9) <= 1 || (length('width') ?? 9) <= 1)) ||
    far('text-indent') ||
    far('left') ||
    far('top') ||
    far('right') ||
    far('margin-left') ||
    far('margin-top') ||
    /^rect\(\s*(0|1px)/.test(of('clip')) ||
    /inset\((50|100)%/.test(of('clip-path')) ||
    /circle\(0/.test(of('clip-path')) ||
    /scale\(0\)|scale[xy]?\(0|translate[xy]?\(-?\d{4}/.test(of('transform')) ||
    of('mso-hide') === 'all' ||
    of('content-visibility') === 'hidden' ||
    of('color') === 'transparent' ||
    /rgba\([^)]*,\s*0?\.?0+\s*\)/.test(of('color')) ||
    /^-?0(px)?$/.test(of('line-height'))
  );
}

/** Names of classes, and ids with `#`, that a `<style>` block hides. */
function hidingClasses(html: string): Set<string> {
  const found = new Set<string>();
  for (const block of html
    .slice(0, MOST_CHARS)
    .match(/<style[^>]{0,500}>[^<]{0,100000}/gi)
    ?.slice(0, 20) ?? []) {
    // A rule that holds only for some screens is not what most people see.
    const plain = block.replace(/@media[^{]{0,500}\{(?:[^{}]{0,2000}\{[^{}]{0,2000}\}){0,200}\s*\}/g, '');
    for (const [, selectors = '', body = ''] of plain.matchAll(/([^{}]{1,500})\{([^{}]{0,2000})\}/g)) {
      if (!isHiding(body.toLowerCase())) continue;
      for (const [, kind, name] of selectors.matchAll(/([.#])([\w-]+)\s*(?:,|$)/g))
        found.add(kind === '#' ? `#${name}` : name!);
    }
  }
  return found;
}

function colourOf(style: string, property: string): string | undefined {
  if (!style.includes(property)) return undefined;
  const match = new RegExp(`(?:^|;)\\s*${property}\\s*:\\s*([^;]{1,100})`).exec(style);
  return readColour(match?.[1]);
}

const NAMED: Readonly<Record<string, string>> = {
  white: '#ffffff',
  black: '#000000',
  red: '#ff0000',
  snow: '#ffffff',
  ivory: '#ffffff',
};

/** A colour as #rrggbb, near-equal ones alike; undefined when it is none that we read. */
function readColour(text: string | undefined): string | undefined {
  const value = text?.toLowerCase().replace('!important', '').trim() ?? '';
  if (value in NAMED) return NAMED[value];
  const short = /^#([\da-f])([\da-f])([\da-f])\b/.exec(value);
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})/.exec(value);
  const rgb = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/.exec(value);
  const parts =
    long?.slice(1).map((hex) => Number.parseInt(hex, 16)) ??
    short?.slice(1).map((hex) => Number.parseInt(hex + hex, 16)) ??
    rgb?.slice(1).map(Number);
  // Rounded, so that #fefefe on white counts as white.
  return (
    parts &&
    `#${parts
      .map((part) =>
        Math.min(255, Math.round(part / 8) * 8 >= 248 ? 255 : Math.round(part / 8) * 8)
          .toString(16)
          .padStart(2, '0'),
      )
      .join('')}`
  );
}
