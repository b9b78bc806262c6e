// How fast somebody may guess: a few tries at once, then each wait twice as long as the one before. Keeps a bounded number of
// counts in memory. Knows no password.
import { AppError } from '../base/errors.ts';

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** After so long without a try nothing is held against anybody. */
const FORGOTTEN_AFTER_MS = 3_600_000;
const MOST_KEPT = 20_000;

interface Count {
  tries: number;
  /** Before then no further try. */
  freeAt: number;
  lastAt: number;
}

/** What is counted: one key each, and how many tries are free. */
export interface Counted {
  readonly key: string;
  readonly free: number;
}

export class Guesses {
  readonly #counts = new Map<string, Count>();
  readonly #right = new Map<string, number>();

  /** Counts a try before it is made. Throws `rate_limited`, and counts nothing, while one of them has to wait. */
  count(tried: readonly Counted[], now: number): void {
    const freeAt = Math.max(...tried.map(({ key }) => this.#known(key, now)?.freeAt ?? 0));
    if (freeAt > now)
      throw new AppError('rate_limited', 'Too many tries.', {
        hint: `Wait ${waitInWords(freeAt - now)}, then try again. Another way to sign in is open meanwhile.`,
        retryAt: freeAt,
        definite: true,
      });
    for (const { key, free } of tried) this.#add(key, free, now);
  }

  /** It was right: nothing is held against this any more, and it is known from now on. */
  wasRight(key: string, now: number): void {
    this.#counts.delete(key);
    put(this.#right, key, now);
  }

  /** What was right is no guess, also where it is not known again: one who often comes in is not slowed down. */
  takeBack(keys: readonly string[]): void {
    for (const key of keys) {
      const count = this.#counts.get(key);
      if (count) this.#counts.set(key, { ...count, tries: count.tries - 1, freeAt: 0 });
    }
  }

  /** Whether it was right before, since the start. */
  isKnown(key: string): boolean {
    return this.#right.has(key);
  }

  #known(key: string, now: number): Count | undefined {
    const count = this.#counts.get(key);
    return count && count.lastAt > now - FORGOTTEN_AFTER_MS ? count : undefined;
  }

  #add(key: string, free: number, now: number): void {
    const tries = (this.#known(key, now)?.tries ?? 0) + 1;
    const over = tries - free;
    const wait = over < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(over, 20));
    put(this.#counts, key, { tries, freeAt: now + wait, lastAt: now });
  }
}

/** Puts it last; when there are too many, the first goes, which is the one of longest ago. */
function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST_KEPT) map.delete(map.keys().next().value!);
}

/** For a person: seconds up to a minute, then minutes. */
function waitInWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds <= 60) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
