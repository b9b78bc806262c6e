// Whether a person would see an element's text: the part of computed style that decides it. Pure; knows no HTML parser.
import { BLACK, blend, type Colour, isUnseen, readBackground, readColour, WHITE } from './colour.ts';
import type { Declarations } from './css.ts';

/** How text looks at a place, as far as it decides whether it is seen. */
export interface Look {
  readonly hidden: boolean;
  /** Hidden by what children cannot undo, such as `display: none`. */
  readonly gone: boolean;
  readonly visible: boolean;
  readonly opacity: number;
  readonly fontPx: number;
  readonly linePx: number | null;
  readonly indentPx: number;
  /** Null when it cannot be known: the reader's own link colour. */
  readonly colour: Colour | null;
  /** What lies behind; null when it cannot be known: a picture. */
  readonly ground: Colour | null;
}

/** Where a mail begins: black on white. */
export const PLAIN_LOOK: Look = {
  hidden: false,
  gone: false,
  visible: true,
  opacity: 1,
  fontPx: 16,
  linePx: null,
  indentPx: 0,
  colour: BLACK,
  ground: WHITE,
};

type Attributes = Readonly<Record<string, string>>;

const LEAST_OPACITY = 0.1;
/** Text under this size is not meant to be read. */
const LEAST_FONT_PX = 4;
/** Boxes of this size, cut off, show nothing. */
const NO_BOX_PX = 1;
const FAR_PX = 500;
/** What percentages are of: small enough that half or all of it is no distance. */
const BOX_PX = 400;
const FONT_SIZES: Readonly<Record<string, number>> = {
  'xx-small': 9,
  'x-small': 10,
  small: 13,
  medium: 16,
  large: 18,
  'x-large': 24,
  'xx-large': 32,
  '1': 10,
  '2': 13,
  '3': 16,
  '4': 18,
  '5': 24,
  '6': 32,
  '7': 48,
};

/** The look of an element in one of `parent`. Returns `parent` itself when nothing changes. */
export function lookOf(name: string, attributes: Attributes, style: Declarations, parent: Look): Look {
  const isLink = name === 'a' && 'href' in attributes;
  const legacy = attributes.bgcolor ?? attributes.background ?? attributes.color ?? attributes.size ?? attributes.text;
  if (style.size === 0 && legacy === undefined && !isLink && !isPutAway(attributes)) return parent;
  const fontPx = fontOf(name, attributes, style, parent.fontPx);
  const ground = groundOf(attributes, style, parent.ground);
  const colour = colourOf(name, attributes, style, isLink ? null : parent.colour, parent);
  const opacity = parent.opacity * opacityOf(style);
  const visibility = style.get('visibility') ?? 'inherit';
  const look = {
    gone: parent.gone || isGone(name, attributes, style, fontPx),
    visible: visibility === 'inherit' ? parent.visible : visibility !== 'hidden' && visibility !== 'collapse',
    opacity,
    fontPx,
    linePx: lengthOf(style.get('line-height'), fontPx, fontPx) ?? (style.has('line-height') ? null : parent.linePx),
    indentPx: lengthOf(style.get('text-indent'), fontPx, FAR_PX) ?? parent.indentPx,
    colour,
    ground,
  };
  const unseenColour = colour !== null && (colour[3] < LEAST_OPACITY || (ground !== null && isUnseen(colour, ground)));
  const unseenSize = fontPx < LEAST_FONT_PX || (look.linePx !== null && look.linePx <= NO_BOX_PX);
  const hidden =
    look.gone ||
    !look.visible ||
    opacity < LEAST_OPACITY ||
    unseenSize ||
    Math.abs(look.indentPx) >= FAR_PX ||
    unseenColour;
  return { ...look, hidden };
}

const isPutAway = (attributes: Attributes): boolean => 'hidden' in attributes || 'popover' in attributes;

function isGone(name: string, attributes: Attributes, style: Declarations, fontPx: number): boolean {
  if (isPutAway(attributes) && !style.has('display')) return true;
  if (style.size === 0) return false;
  const is = (property: string, ...values: string[]): boolean => values.includes(style.get(property) ?? '');
  const px = (property: string): number | null => lengthOf(style.get(property), fontPx, BOX_PX);
  const isCell = name === 'td' || name === 'th';
  return (
    is('display', 'none') ||
    is('content-visibility', 'hidden') ||
    // Outlook alone obeys it; buttons for all others are written so, and their links are to be kept.
    (is('mso-hide', 'all') && name !== 'a') ||
    px('max-height') === 0 ||
    // Cells with it are cut to their column's width, not to nothing.
    (px('max-width') === 0 && !isCell) ||
    isCutOff(style, px) ||
    isFarOff(style, px) ||
    isClipped(style) ||
    isTransformedAway(style.get('transform') ?? '') ||
    /^[xy] -?(?:90|270)deg/.test(style.get('rotate') ?? '') ||
    (style.has('translate') && isTransformedAway(`translate(${style.get('translate')!.replace(/\s+/g, ',')})`)) ||
    /^0(?![.\d])/.test(style.get('scale') ?? '') ||
    /^0(?:\.0*)?%?$/.test(style.get('zoom') ?? '') ||
    (px('letter-spacing') ?? 0) < Math.min(0, -fontPx / 2) ||
    (px('word-spacing') ?? 0) <= -FAR_PX
  );
}

type Px = (property: string) => number | null;

function isCutOff(style: Declarations, px: Px): boolean {
  const cuts = ['overflow', 'overflow-x', 'overflow-y'].some((name) =>
    /hidden|clip|scroll|auto/.test(style.get(name) ?? ''),
  );
  if (!cuts) return false;
  const nothing = ['height', 'width', 'max-height', 'max-width'].some((name) => (px(name) ?? FAR_PX) <= NO_BOX_PX);
  return nothing || ['padding-top', 'padding-left', 'text-indent'].some((name) => Math.abs(px(name) ?? 0) >= FAR_PX);
}

function isFarOff(style: Declarations, px: Px): boolean {
  const moved = /absolute|fixed|relative|sticky/.test(style.get('position') ?? '');
  const far = (name: string): boolean => Math.abs(px(name) ?? 0) >= FAR_PX;
  const inset = (style.get('inset') ?? '')
    .split(/\s+/)
    .some((edge) => Math.abs(lengthOf(edge, 16, BOX_PX) ?? 0) >= FAR_PX);
  if (moved && (inset || ['left', 'right', 'top', 'bottom'].some(far) || (px('z-index') ?? 0) < 0)) return true;
  const margins = style.get('margin')?.split(/\s+/) ?? [];
  return (
    ['margin-left', 'margin-top', 'margin-right'].some((name) => (px(name) ?? 0) <= -FAR_PX) ||
    margins.some((margin) => (lengthOf(margin, 16, BOX_PX) ?? 0) <= -FAR_PX)
  );
}

function isClipped(style: Declarations): boolean {
  const numbers = (text: string): number[] => (text.match(/-?[\d.]+/g) ?? []).map(Number);
  const clip = style.get('clip') ?? '';
  if (clip.startsWith('rect')) {
    const [top = 0, right = 0, bottom = 0, left = 0] = numbers(clip);
    if (!clip.includes('auto') && (bottom - top <= NO_BOX_PX || right - left <= NO_BOX_PX)) return true;
  }
  const path = style.get('clip-path') ?? '';
  if (path.startsWith('inset')) return numbers(path).some((number) => number >= 50) && path.includes('%');
  if (path.startsWith('circle') || path.startsWith('ellipse')) return numbers(path)[0] === 0;
  if (path.startsWith('polygon') || path.startsWith('rect')) return new Set(numbers(path)).size <= 1;
  return false;
}

function isTransformedAway(transform: string): boolean {
  if (transform === '' || transform === 'none') return false;
  if (/scale(?:x|y|3d)?\((?:[^()]*,)?\s*0(?:\.0\d*)?\s*[,)]/.test(transform)) return true;
  if (/rotate[xy]\(-?(?:90|270)deg/.test(transform) || /matrix\(\s*0\s*,\s*0\s*,\s*0\s*,\s*0/.test(transform))
    return true;
  return [...transform.matchAll(/translate(?:x|y|3d)?\(([^()]*)\)/g)].some(([, list]) =>
    list!.split(',').some((part) => Math.abs(lengthOf(part.trim(), 16, FAR_PX) ?? 0) >= FAR_PX),
  );
}

function opacityOf(style: Declarations): number {
  const own = style.get('opacity');
  const filter = /opacity\(\s*([\d.]+%?)/.exec(style.get('filter') ?? '')?.[1];
  const read = (text: string | undefined): number => {
    const number = Number.parseFloat(text?.replace(/^[a-z]+\(/, '') ?? '');
    return Number.isNaN(number) ? 1 : Math.min(1, Math.max(0, text!.endsWith('%') ? number / 100 : number));
  };
  return read(own) * read(filter);
}

function fontOf(name: string, attributes: Attributes, style: Declarations, inherited: number): number {
  const shorthand = /(?:^|\s)([-\d.]+[a-z%]*)(?:\/|\s|$)/.exec(
    (style.get('font') ?? '').replace(/^\s*\d00\s/, ''),
  )?.[1];
  const size = style.get('font-size') ?? shorthand ?? (name === 'font' ? attributes.size : undefined);
  if (size === undefined) return inherited;
  return FONT_SIZES[size] ?? lengthOf(size, inherited, inherited) ?? inherited;
}

function groundOf(attributes: Attributes, style: Declarations, inherited: Colour | null): Colour | null {
  const image = style.get('background-image') ?? (attributes.background ? 'url(' : undefined);
  const plain = style.get('background-color') ?? style.get('background') ?? attributes.bgcolor;
  let ground = inherited;
  const own = plain === undefined ? undefined : readBackground(plain);
  if (own !== undefined) ground = own && (inherited ? blend(own, inherited) : own[3] >= 1 ? own : null);
  const picture = image === undefined || image === 'none' ? undefined : readBackground(image);
  return picture === undefined ? ground : picture && blend(picture, ground ?? WHITE);
}

function colourOf(
  name: string,
  attributes: Attributes,
  style: Declarations,
  inherited: Colour | null,
  parent: Look,
): Colour | null {
  const fill = style.get('-webkit-text-fill-color');
  const value =
    fill ?? style.get('color') ?? (name === 'body' ? attributes.text : name === 'font' ? attributes.color : undefined);
  if (value === undefined) return inherited;
  if (value === 'inherit') return parent.colour;
  return readColour(value) ?? inherited;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  pt: 4 / 3,
  pc: 16,
  in: 96,
  cm: 37.8,
  mm: 3.78,
  vw: 10.24,
  vh: 7.68,
  rem: 16,
};

/** The sum in a `calc()`; what multiplies is left to its first term. */
function sumOf(text: string, fontPx: number, whole: number): number | null {
  const terms = text.match(/(?:^|[+-]\s+|[+-])[\d.]+(?:e[+-]?\d+)?[a-z%]*/g) ?? [];
  const lengths = terms.map((term) => lengthOf(term.replace(/^([+-])\s+/, '$1'), fontPx, whole) ?? 0);
  return lengths.length === 0 ? null : lengths.reduce((sum, length) => sum + length, 0);
}

/** A length in CSS pixels; `whole` is what a percentage is of. Null for words and for nothing. */
function lengthOf(text: string | undefined, fontPx: number, whole: number): number | null {
  if (text?.startsWith('calc(') && !/[*/]/.test(text)) return sumOf(text.slice(5).trim(), fontPx, whole);
  const [, digits, unit = ''] =
    /^(?:[a-z]+\(\s*)?([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%|[a-z]*)/.exec(text ?? '') ?? [];
  if (digits === undefined) return null;
  const number = Number(digits);
  if (unit === '%') return (number / 100) * whole;
  if (unit === 'em' || unit === 'ex' || unit === 'ch') return number * fontPx;
  return number * (UNITS[unit] ?? 1);
}
