// How fast somebody may guess, with a clock of our own.
import { expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { Guesses } from './guesses.ts';

const MINUTE = 60_000;

/** When the next try is free; null when it was made. */
function tried(guesses: Guesses, key: string, now: number, free = 5): number | null {
  try {
    guesses.count([{ key, free }], now);
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code === 'rate_limited') return error.retryAt!;
    throw error;
  }
}

it('lets a few through at once, then makes each wait longer than the one before, up to a quarter of an hour', () => {
  const guesses = new Guesses();
  let now = 1_000_000;
  for (let i = 0; i < 5; i++) expect(tried(guesses, 'a', now)).toBeNull();
  const waits: number[] = [];
  for (let i = 0; i < 14; i++) {
    const free = tried(guesses, 'a', now)!;
    waits.push(free - now);
    expect(tried(guesses, 'a', free - 1)).toBe(free);
    now = free;
    expect(tried(guesses, 'a', now)).toBeNull();
  }
  expect(waits.slice(0, 4)).toEqual([2000, 4000, 8000, 16_000]);
  expect(waits.at(-1)).toBe(15 * MINUTE);
});

it('gives one who tries a thousand times at once five tries, and one who never stops a hundred a day', () => {
  const guesses = new Guesses();
  expect(Array.from({ length: 1000 }, () => tried(guesses, 'a', 5)).filter((free) => free === null)).toHaveLength(5);
  const day = 24 * 60 * MINUTE;
  let made = 0;
  for (let now = 5; now < day; now = tried(guesses, 'a', now) ?? now) if (tried(guesses, 'a', now) === null) made++;
  expect(made).toBeLessThan(110);
});

it('holds nothing against anybody who was right, or has not tried for an hour', () => {
  const guesses = new Guesses();
  for (let i = 0; i < 5; i++) tried(guesses, 'a', 0);
  for (let i = 0; i < 5; i++) tried(guesses, 'b', 0);
  expect(tried(guesses, 'a', 1)).toBe(2000);
  guesses.wasRight('a', 1);
  expect([guesses.isKnown('a'), guesses.isKnown('b')]).toEqual([true, false]);
  expect(tried(guesses, 'a', 1)).toBeNull();
  for (let i = 0; i < 4; i++) expect(tried(guesses, 'b', 61 * MINUTE)).toBeNull();
});

it('counts nothing while one of several has to wait', () => {
  const guesses = new Guesses();
  for (let i = 0; i < 5; i++) tried(guesses, 'full', 0);
  for (let i = 0; i < 50; i++)
    expect(() =>
      guesses.count(
        [
          { key: 'full', free: 5 },
          { key: 'other', free: 5 },
        ],
        1,
      ),
    ).toThrow('Too many tries.');
  for (let i = 0; i < 5; i++) expect(tried(guesses, 'other', 1)).toBeNull();
});

it('keeps a bounded number of counts, and forgets the one of longest ago first', () => {
  const guesses = new Guesses();
  for (let i = 0; i < 5; i++) tried(guesses, 'kept', 0);
  for (let i = 0; i < 15_000; i++) tried(guesses, `x${i}`, 1);
  expect(tried(guesses, 'kept', 1)).toBe(2000);
  for (let i = 0; i < 21_000; i++) tried(guesses, `y${i}`, 1);
  expect(tried(guesses, 'kept', 1)).toBeNull();
});

it('does not slow down whoever is right again and again, and gives one who mixes that with guesses nothing for it', () => {
  const guesses = new Guesses();
  for (let i = 0; i < 100; i++) {
    expect(tried(guesses, 'a', i)).toBeNull();
    guesses.takeBack(['a']);
  }
  for (let i = 0; i < 5; i++) expect(tried(guesses, 'a', 100)).toBeNull();
  let now = tried(guesses, 'a', 100)!;
  expect(now).toBe(2100);
  expect(tried(guesses, 'a', now)).toBeNull();
  guesses.takeBack(['a']);
  expect(tried(guesses, 'a', now)).toBeNull();
  now = tried(guesses, 'a', now)!;
  expect(now).toBe(2100 + 4000);
});
