// How many connections of one account are open for callers at a time; others wait their turn. Knows no server.
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';

export class Slots {
  readonly #most: number;
  readonly #taken = new Map<AccountId, number>();
  readonly #waiting = new Map<AccountId, (() => void)[]>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves with what gives the slot back, in the order of asking. Rejects when the signal aborts first. */
  async take(account: AccountId, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw left();
    const taken = this.#taken.get(account) ?? 0;
    if (taken < this.#most) this.#taken.set(account, taken + 1);
    else await this.#turn(account, signal);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#giveBack(account);
    };
  }

  #turn(account: AccountId, signal: AbortSignal): Promise<void> {
    const queue = this.#waiting.get(account) ?? [];
    this.#waiting.set(account, queue);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.splice(queue.indexOf(turn), 1);
        reject(left());
      };
      const turn = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      queue.push(turn);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** To the next in the queue, which then holds it. */
  #giveBack(account: AccountId): void {
    const queue = this.#waiting.get(account);
    const next = queue?.shift();
    if (queue?.length === 0) this.#waiting.delete(account);
    if (next) {
      next();
      return;
    }
    const taken = (this.#taken.get(account) ?? 1) - 1;
    if (taken > 0) this.#taken.set(account, taken);
    else this.#taken.delete(account);
  }
}

const left = (): AppError =>
  new AppError('unavailable', 'The caller left before it was served.', { hint: 'Ask again.' });
