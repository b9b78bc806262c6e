// What is left to tell of an inbox, by table and against a plain set.
import { describe, expect, it } from 'vitest';
import { only, type Span, untold, without } from './untold.ts';

describe('what is left to tell', () => {
  it('is what was left over and what came since', () => {
    expect(untold([], 0, 0)).toEqual([]);
    expect(untold([], 3, 7)).toEqual([[3, 7]]);
    expect(untold([[0, 2]], 3, 7)).toEqual([
      [0, 2],
      [3, 7],
    ]);
  });

  it('keeps the older ones when the newest were told', () => {
    const newest = Array.from({ length: 20 }, (_, i) => only(11 + i));
    expect(without([[0, 30]], newest)).toEqual([[0, 10]]);
  });

  it('leaves nothing twice and loses nothing, whatever is told in whatever order', () => {
    let spans: Span[] = [];
    let seen = 0;
    const left = new Set<number>();
    let state = 7;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % below;
    };
    for (let round = 0; round < 500; round++) {
      const last = seen + random(6);
      for (let n = seen + 1; n <= last; n++) left.add(n);
      const told = [...left].filter(() => random(3) === 0);
      for (const n of told) left.delete(n);
      spans = without(untold(spans, seen, last), told.map(only));
      seen = last;
      const numbers = spans.flatMap(([after, upTo]) => Array.from({ length: upTo - after }, (_, i) => after + 1 + i));
      expect(numbers).toEqual([...left].toSorted((a, b) => a - b));
    }
  });
});
