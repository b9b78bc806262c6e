// The colours of the plots, as people see them whose eyes lack one of three kinds of cones (Machado, Oliveira and Fernandes 2009).
import { expect, it } from 'vitest';
import { COLOURS } from '../../dashboard/src/pages/activity/colours.ts';

type Triple = readonly [number, number, number];
const EYES: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no red cones': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'no green cones': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  'no blue cones': [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const CARDS = { light: '#ffffff', dark: '#1e2125' } as const;
/** In CIELAB; about 2 is the least that can be seen side by side. */
const APART = 20;
/** WCAG 1.4.11. */
const CONTRAST = 3;

const linear = (hex: string): Triple =>
  [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function lab([r, g, b]: Triple): Triple {
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = f(luminance([r, g, b]));
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const seen = (hex: string, by: string): Triple => {
  const colour = linear(hex);
  const row = (each: Triple): number =>
    Math.min(
      1,
      Math.max(
        0,
        each.reduce((all, x, i) => all + x * colour[i]!, 0),
      ),
    );
  return EYES[by]!.map(row) as unknown as Triple;
};

it.each(Object.keys(CARDS) as (keyof typeof CARDS)[])('are told apart and from the card, %s', (ground) => {
  const colours = COLOURS[ground];
  for (const by of Object.keys(EYES))
    for (const [i, one] of colours.entries())
      for (const other of colours.slice(0, i)) {
        const [a, b] = [one, other].map((each) => lab(seen(each, by)));
        expect(Math.hypot(...a!.map((x, at) => x - b![at]!)), `${one} ${other}, ${by}`).toBeGreaterThan(APART);
      }
  const card = luminance(linear(CARDS[ground]));
  for (const each of colours) {
    const [light, dark] = [luminance(linear(each)), card].toSorted((a, b) => b - a);
    expect((light! + 0.05) / (dark! + 0.05), each).toBeGreaterThanOrEqual(CONTRAST);
  }
});
