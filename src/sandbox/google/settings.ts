// How the Google side behaves and what time it has there; tests turn these at any moment. Decides nothing itself.

export interface GoogleSettings {
  /** Google's is 3,599 s. Of the tokens that are given from now on. */
  accessTokenLifetimeMs: number;
  codeLifetimeMs: number;
  /** Exact redirect URIs of the client; null admits every http one of a loopback host. */
  redirectUris: readonly string[] | null;
}

export const defaultSettings = (): GoogleSettings => ({
  accessTokenLifetimeMs: 3_599_000,
  codeLifetimeMs: 10 * 60_000,
  redirectUris: null,
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
