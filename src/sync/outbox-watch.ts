// Who waits for a mail in the outbox to change. Knows nothing of how it changes.
import { setTimeout as delay } from 'node:timers/promises';
import type { OutboxId } from '../base/ids.ts';
import type { OutboxRow } from '../store/outbox-rows.ts';

export class OutboxWatch {
  readonly #find: (id: OutboxId) => Promise<OutboxRow | undefined>;
  readonly #waiters = new Map<OutboxId, Set<() => void>>();
  #over = false;

  constructor(find: (id: OutboxId) => Promise<OutboxRow | undefined>) {
    this.#find = find;
  }

  /**
   * The row as soon as `done` holds for it, or as it is when the time is over or nobody waits any more; undefined when it
   * was taken away.
   */
  async settled(
    id: OutboxId,
    done: (row: OutboxRow) => boolean,
    limitMs: number,
    waiting?: AbortSignal,
  ): Promise<OutboxRow | undefined> {
    const until = performance.now() + limitMs;
    for (;;) {
      const { promise: changed, resolve } = Promise.withResolvers<void>();
      const waiters = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, waiters.add(resolve));
      // Asked after the ear is open, so that no change is missed.
      const row = await this.#find(id);
      const left = until - performance.now();
      const over = !row || done(row) || left <= 0 || this.#over || waiting?.aborted;
      if (!over) {
        const timer = new AbortController();
        const signal = waiting ? AbortSignal.any([timer.signal, waiting]) : timer.signal;
        await Promise.race([changed, delay(left, undefined, { signal }).catch(() => undefined)]);
        timer.abort();
      }
      waiters.delete(resolve);
      if (waiters.size === 0) this.#waiters.delete(id);
      if (over) return row;
    }
  }

  tell(id: OutboxId): void {
    for (const wake of this.#waiters.get(id) ?? []) wake();
  }

  tellAll(): void {
    for (const id of this.#waiters.keys()) this.tell(id);
  }

  /** Nothing changes any more: whoever waits has what there is. */
  end(): void {
    this.#over = true;
    this.tellAll();
  }
}
