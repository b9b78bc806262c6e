// A loop over a scripted source and a store in memory, with a day that passes when everybody sleeps.

import type { MailSource } from '../../src/backend/port.ts';
import { AppError } from '../../src/base/errors.ts';
import { createLogger } from '../../src/base/log.ts';
import type { Change, RawMessage } from '../../src/mail/change.ts';
import { AccountLoop, type LoopOptions } from '../../src/sync/account-loop.ts';
import type { Clock } from '../../src/sync/clock.ts';
import { Patience } from '../../src/sync/patience.ts';

/** Time that moves only when told: `pass` wakes the sleepers that are due, in order. */
export class FakeClock implements Clock {
  #now = Date.UTC(2026, 10, 20);
  #sleepers: { at: number; wake: () => void }[] = [];
  #slept: () => void = () => undefined;
  chance = 0.5;

  now = (): number => this.#now;
  random = (): number => this.chance;

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      if (signal.aborted) return wake();
      const sleeper = { at: this.#now + Math.max(0, ms), wake };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        wake();
      });
      this.#slept();
    });
  }

  /** Resolves once somebody sleeps. */
  async idle(): Promise<void> {
    while (this.#sleepers.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#slept = resolve;
      await promise;
    }
  }

  /** Lets the time pass, every sleeper waking when it is due; waits until the woken sleep again. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await this.idle();
      const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0]!;
      if (next.at > until) break;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers = this.#sleepers.filter((each) => each !== next);
      next.wake();
    }
    this.#now = until;
  }
}

export interface LoopRig {
  readonly loop: AccountLoop;
  readonly clock: FakeClock;
  /** When each login was tried. */
  readonly logins: number[];
  /** What the account was told to carry, in order. */
  readonly troubles: (AppError | null)[];
  readonly rejected: AppError[];
  /** Resolves when the loop has given the account up. */
  readonly gaveUp: Promise<void>;
}

/** Ends quietly when aborted, as a source without news does. */
const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });

/** A loop whose n-th login (from 0) is answered by `answer`: a fault, or the changes of each of its rounds. */
export function loopOver(
  answer: (login: number) => AppError | readonly Change<RawMessage>[],
  options: Partial<LoopOptions> & { readonly clock?: FakeClock } = {},
): LoopRig {
  const clock = options.clock ?? new FakeClock();
  const logins: number[] = [];
  const troubles: (AppError | null)[] = [];
  const rejected: AppError[] = [];
  const gaveUp = Promise.withResolvers<void>();
  let copies = 0;
  const loop = new AccountLoop({
    async open() {
      logins.push(clock.now());
      const script = answer(logins.length - 1);
      if (script instanceof AppError) throw script;
      return {
        capabilities: { gmailIds: true, push: true },
        async *changes() {
          yield* script;
        },
        announced: untilAborted,
        heardAt: () => 0,
        async *search() {
          yield* [];
        },
        readPart: () => Promise.reject(new Error('not reached')),
        async *lookUp() {
          yield* [];
        },
        async *inventory() {
          yield* [];
        },
        close: async () => undefined,
      } satisfies MailSource;
    },
    writer: {
      state: async () => ({ cursors: new Map(), copies, total: copies, complete: false }),
      knows: async () => new Set(),
      async apply(change) {
        if (change.kind === 'messages') copies += change.messages.length;
        return { added: [], changed: [], removed: [] };
      },
      close: async () => undefined,
    },
    log: createLogger('silent'),
    background: true,
    pollIntervalMs: 60_000,
    patience: new Patience(),
    troubled: false,
    onRejected: async (fault) => {
      rejected.push(fault);
      gaveUp.resolve();
    },
    onTrouble: async (fault) => void troubles.push(fault),
    ...options,
    clock,
  });
  loop.start();
  return { loop, clock, logins, troubles, rejected, gaveUp: gaveUp.promise };
}
