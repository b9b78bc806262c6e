// UIDs as sequence sets.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uidSet } from './fetch.ts';

describe('a sequence set', () => {
  it('names runs by their ends', () => {
    expect(uidSet([9, 1, 2, 3, 5, 8])).toBe('1:3,5,8:9');
    expect(uidSet([])).toBe('');
  });

  it('names exactly the UIDs that it was made of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 })), (uids) => {
        const named = uidSet(uids)
          .split(',')
          .filter((run) => run)
          .flatMap((run) => {
            const [first, last = first] = run.split(':').map(Number);
            return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
          });
        expect(named).toEqual(uids.toSorted((a, b) => a - b));
      }),
    );
  });
});
