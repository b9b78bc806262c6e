// Colours of CSS and HTML, as far as they tell whether text can be seen on what lies behind it. Pure.
import { NAMED_COLOURS } from './colour-names.ts';

/** Red, green, blue from 0 to 255; alpha from 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

export const BLACK: Colour = [0, 0, 0, 1];
export const WHITE: Colour = [255, 255, 255, 1];

/** Under this difference in every channel nobody reads text on its ground. */
const UNSEEN_DIFFERENCE = 24;

/** A colour of CSS Color level 4 in sRGB, or of a `bgcolor` attribute; null for what is none or is not known. */
export function readColour(text: string): Colour | null {
  const value = text.trim().toLowerCase();
  if (value === 'transparent') return [0, 0, 0, 0];
  const named = NAMED_COLOURS.get(value);
  if (named) return hex(named);
  if (/^#?[\da-f]{3,8}$/.test(value)) return hex(value.replace('#', ''));
  const wide = WIDE.exec(value);
  if (wide) return fromWide(wide[1]!, wide[2]!.split(/[\s/]+/).filter(Boolean));
  const [, space, list] = /^(rgb|hsl)a?\(([^()]{0,100})\)$/.exec(value) ?? [];
  const parts = list?.split(/[\s,/]+/).filter(Boolean);
  if (!parts || parts.length < 3) return null;
  const alpha = parts[3] === undefined ? 1 : fraction(parts[3], 1);
  if (space === 'hsl')
    return [...fromHsl(Number.parseFloat(parts[0]!), fraction(parts[1]!, 100), fraction(parts[2]!, 100)), alpha];
  const [red = 0, green = 0, blue = 0] = parts.map((part) => fraction(part, 255) * 255);
  return [red, green, blue, alpha].some(Number.isNaN) ? null : [red, green, blue, alpha];
}

/** The one colour of a `background`: of its layers, or of a gradient between equals. `null`: a picture, so unknown. */
export function readBackground(text: string): Colour | null | undefined {
  const value = text.toLowerCase().slice(0, 500);
  const words = value.match(/#[\da-f]{3,8}\b|(?:rgb|hsl)a?\([^()]{0,100}\)|\b[a-z]{3,20}\b/g) ?? [];
  const colours = words.map(readColour).filter((colour) => colour !== null);
  const first = colours[0];
  if (value.includes('gradient(')) return first && colours.every((colour) => isUnseen(colour, first)) ? first : null;
  return first ?? (value.includes('url(') ? null : undefined);
}

/** What is seen where `over` lies on `ground`. */
export function blend(over: Colour, ground: Colour): Colour {
  const [red, green, blue, alpha] = over;
  if (alpha >= 1) return over;
  const mix = (own: number, below: number): number => own * alpha + below * (1 - alpha);
  return [mix(red, ground[0]), mix(green, ground[1]), mix(blue, ground[2]), 1];
}

/** Whether text of one colour cannot be told from a ground of the other. */
export function isUnseen(text: Colour, ground: Colour): boolean {
  const [red, green, blue] = blend(text, ground);
  return [red - ground[0], green - ground[1], blue - ground[2]].every(
    (difference) => Math.abs(difference) < UNSEEN_DIFFERENCE,
  );
}

const WIDE = /^(hwb|lab|lch|oklab|oklch|color)\(([^()]{0,100})\)$/;

/** Lightness alone tells whether it is white or black; a colour between is none that hides on either. */
function fromWide(space: string, parts: readonly string[]): Colour | null {
  const [first = '', second = '', third = '', fourth] = parts;
  const grey = (light: number, alpha: string | undefined): Colour => [
    255 * light,
    255 * light,
    255 * light,
    alpha === undefined ? 1 : fraction(alpha, 1),
  ];
  if (space === 'color') {
    const [red, green, blue] = [second, third, fourth ?? ''].map((part) => 255 * fraction(part, 1));
    return [red!, green!, blue!, parts[4] === undefined ? 1 : fraction(parts[4], 1)];
  }
  if (space === 'hwb') {
    const white = fraction(second, 100);
    const black = fraction(third, 100);
    return white + black >= 1 ? grey(white / (white + black), fourth) : null;
  }
  return grey(fraction(first, space.startsWith('ok') ? 1 : 100), fourth);
}

function fraction(text: string, whole: number): number {
  const number = Number.parseFloat(text);
  return Math.min(1, Math.max(0, text.endsWith('%') ? number / 100 : number / whole));
}

function hex(digits: string): Colour | null {
  const long = digits.length < 6 ? [...digits].map((digit) => digit + digit).join('') : digits;
  if (long.length !== 6 && long.length !== 8) return null;
  const at = (i: number): number => Number.parseInt(long.slice(i, i + 2), 16);
  return [at(0), at(2), at(4), long.length === 8 ? at(6) / 255 : 1];
}

function fromHsl(hue: number, saturation: number, lightness: number): [number, number, number] {
  const channel = (n: number): number => {
    const k = (n + hue / 30) % 12;
    const turned = Math.max(-1, Math.min((k < 0 ? k + 12 : k) - 3, 9 - (k < 0 ? k + 12 : k), 1));
    return 255 * (lightness - saturation * Math.min(lightness, 1 - lightness) * turned);
  };
  return [channel(0), channel(8), channel(4)];
}
