// How the Google side behaves and what time it has there; tests turn these at any moment. Decides nothing itself.

export interface GoogleSettings {
  /** Google's is 3,599 s. Of the tokens that are given from now on. */
  accessTokenLifetimeMs: number;
  codeLifetimeMs: number;
  /** Exact redirect URIs of the client; null admits every http one of a loopback host. */
  redirectUris: readonly string[] | null;
  /** Google's are 6,000 and 1,200,000. */
  unitsPerUserMinute: number;
  unitsPerProjectMinute: number;
  /** Of one person at once; those inside batches are counted by themselves. */
  concurrentRequests: number;
  concurrentParts: number;
}

export const defaultSettings = (): GoogleSettings => ({
  accessTokenLifetimeMs: 3_599_000,
  codeLifetimeMs: 10 * 60_000,
  redirectUris: null,
  unitsPerUserMinute: 6000,
  unitsPerProjectMinute: 1_200_000,
  concurrentRequests: 10,
  concurrentParts: 30,
});

/** The machine's clock, put forward by a test. */
export class Clock {
  #aheadMs = 0;

  /** Epoch milliseconds. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }
}
