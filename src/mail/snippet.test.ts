// Cutting text where people count it: in characters, never through one.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { snippet } from './snippet.ts';
import { sliceCodePoints, textLength } from './unicode.ts';

it('puts the first words on one line', () => {
  expect(snippet('\n\n a\n  b\tc \n', 10)).toBe('a b c');
});

it('ends with an ellipsis where the text goes on, and never in half a character', () => {
  expect(snippet('😀'.repeat(10), 4)).toBe('😀😀😀…');
  expect(snippet('one two three', 9)).toBe('one two…');
  expect(snippet(`a${' '.repeat(50_000)}b`, 5).length).toBeLessThanOrEqual(5);
});

it('counts and cuts code points as a list of them would', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, fc.nat(20), fc.nat(20), (given, from, length) => {
      const points = [...given];
      expect(textLength(given)).toBe(points.length);
      expect(sliceCodePoints(given, from, from + length)).toBe(points.slice(from, from + length).join(''));
    }),
  );
});

it('gives at most so many well-formed characters, whatever comes in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, max) => {
      const cut = snippet(text, max);
      expect(textLength(cut)).toBeLessThanOrEqual(max);
      expect(cut.isWellFormed() && !cut.includes('\n')).toBe(true);
    }),
  );
});
