// How far a place has been told, under any order of new mail, batches and refusals.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extend, firstSight, isTold, type PlaceCursor, readCursor, relist, told, writeCursor } from './cursor.ts';

const seen = { uidValidity: 7, uidNext: 101, highestModseq: 2n ** 62n };

describe('a cursor', () => {
  it('survives being written and read, mod-sequences beyond 2^53 included', () => {
    const cursor = told(extend(firstSight(seen, false), 120), { from: 101, to: 120 }, 110, 10, [115]);
    expect(readCursor(writeCursor(cursor))).toEqual(cursor);
  });

  it.each([
    undefined,
    '',
    'null',
    '[]',
    '{"v":2}',
    '{"v":1}',
    '{"v":1,"top":5,"todo":[],"modseq":"x"}',
  ])('is begun anew from %j', (text) => {
    expect(readCursor(text)).toBeNull();
  });

  it('does not move back when a server counts backwards', () => {
    const cursor = firstSight(seen, false);
    expect(extend(cursor, 50)).toBe(cursor);
  });

  it('has nothing to do in an empty place', () => {
    expect(firstSight({ ...seen, uidNext: 1 }, false).todo).toEqual([]);
    expect(firstSight({ ...seen, uidNext: 0 }, false)).toMatchObject({ top: 1, todo: [] });
  });

  it('has everything to do after it is told anew', () => {
    const done = told(firstSight(seen, false), { from: 1, to: 101 }, 1, 100);
    expect(relist(done)).toMatchObject({ todo: [{ from: 1, to: 101 }], held: 0, relisted: true, relists: 1 });
  });

  it('tells every UID once and never says so of one that was not', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('new' as const), count: fc.integer({ min: 0, max: 40 }) }),
      fc.record({
        kind: fc.constant('batch' as const),
        size: fc.integer({ min: 1, max: 30 }),
        refused: fc.array(fc.nat(29), { maxLength: 2 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let cursor: PlaceCursor = firstSight({ ...seen, uidNext: 60 }, false);
        const done = new Set<number>();
        for (const each of steps) {
          if (each.kind === 'new') cursor = extend(cursor, cursor.top + each.count);
          const range = cursor.todo.at(-1);
          if (each.kind === 'batch' && range) {
            const downTo = Math.max(range.from, range.to - each.size);
            const uids = Array.from({ length: range.to - downTo }, (_, i) => downTo + i);
            const refused = new Set(each.refused.flatMap((i) => uids[i] ?? []));
            for (const uid of uids) {
              if (refused.has(uid)) continue;
              expect(done.has(uid)).toBe(false);
              done.add(uid);
            }
            cursor = told(cursor, range, downTo, uids.length - refused.size, [...refused]);
          }
          for (let uid = 1; uid < cursor.top + 2; uid++) expect(isTold(cursor, uid)).toBe(done.has(uid));
          expect(cursor.held).toBe(done.size);
        }
      }),
      { numRuns: 200 },
    );
  });
});
