// Slows down whoever asks for too much in a minute, by address. Knows no door.

const MINUTE_MS = 60_000;
const MOST_KNOWN = 10_000;

export class Floods {
  readonly #most: number;
  readonly #now: () => number;
  readonly #seen = new Map<string, { count: number; until: number }>();

  constructor(mostAMinute: number, now: () => number) {
    this.#most = mostAMinute;
    this.#now = now;
  }

  /** Counts one more; the seconds to wait when it is one too many, else null. */
  hold(address: string): number | null {
    const now = this.#now();
    const seen = this.#seen.get(address);
    if (!seen || seen.until <= now) {
      if (this.#seen.size >= MOST_KNOWN) this.#seen.clear();
      this.#seen.set(address, { count: 1, until: now + MINUTE_MS });
      return null;
    }
    seen.count += 1;
    return seen.count > this.#most ? Math.ceil((seen.until - now) / 1000) : null;
  }
}
