// Time and chance as the loops see them, so that a test can be a day long. Knows nothing else.
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** From 0 up to but without 1. */
  random(): number;
  /** Resolves after so many milliseconds, or when the signal aborts; never rejects, keeps no process alive. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  random: Math.random,
  sleep: (ms, signal) => delay(Math.max(0, ms), undefined, { signal, ref: false }).catch(() => undefined),
};
