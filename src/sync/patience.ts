// How long a server is left alone after which fault. Pure: time and chance are given.
import type { AppError } from '../base/errors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 15 * MINUTE_MS;
/** When the server wants patience and does not say how much. */
const UNTOLD_PAUSE_MS = 15 * MINUTE_MS;
/** Refused twice is refused for good; once may be a hiccup of the server. */
const REFUSALS = 2;

/** Of one account. */
export class Patience {
  #failures = 0;
  #refusals = 0;
  #limits = 0;
  #resumedAt = 0;
  #limit: AppError | null = null;

  /** A round went well. What the server once limited is not forgotten by that. */
  wentWell(): void {
    this.#failures = 0;
    this.#refusals = 0;
  }

  /** The limit that is still to be sat out. */
  limit(now: number): { fault: AppError; until: number } | null {
    return this.#limit && this.#resumedAt > now ? { fault: this.#limit, until: this.#resumedAt } : null;
  }

  /** True when the login is refused for good, or so often that another try would only lock the account. */
  refused(fault: AppError): boolean {
    return fault.code === 'account_rejected' && (fault.definite || ++this.#refusals >= REFUSALS);
  }

  /**
   * Until when to wait, epoch milliseconds. A limit whose end is known lasts that long; another that comes again within a day
   * of going on doubles the pause, from what the server asked for up to a day (an hour for short ones). Every other fault
   * backs off with full jitter, and so do limits that end and come again at once.
   */
  after(fault: AppError, now: number, random: number): number {
    if (fault.code === 'rate_limited' && !fault.definite) {
      if (now - this.#resumedAt > DAY_MS) this.#limits = 0;
      const asked = Math.max(MINUTE_MS, (fault.retryAt ?? now + UNTOLD_PAUSE_MS) - now);
      const longest = Math.max(asked, asked >= HOUR_MS ? DAY_MS : HOUR_MS);
      const pause = Math.min(longest, asked * 2 ** this.#limits++);
      this.#resumedAt = now + pause * (1 + random / 10);
      this.#limit = fault;
      return this.#resumedAt;
    }
    const most = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures++);
    const until = Math.max(fault.retryAt ?? 0, now + random * most);
    if (fault.code !== 'rate_limited') return until;
    this.#limit = fault;
    this.#resumedAt = until;
    return until;
  }
}
