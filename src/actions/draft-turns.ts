// Drafts that are being kept: one after the other where each takes the place of one, and once for each key of a caller. In memory: a
// draft too many is seen by the person, and nothing has left. Knows no mail.
import { LRUCache } from 'lru-cache';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';

const MOST_KEYS = 10_000;
const KEPT_MS = 24 * 3_600_000;

interface Kept {
  /** What was asked for. */
  readonly hash: string;
  readonly result: Promise<object>;
}

export class DraftTurns {
  readonly #last = new Map<AccountId, Promise<unknown>>();
  readonly #keys = new LRUCache<string, Kept>({ max: MOST_KEYS, ttl: KEPT_MS });

  /** Does the work when all that came before for the account has ended, whatever came of it. */
  async inTurn<T>(account: AccountId, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(account) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#last.set(account, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(account) === settled) this.#last.delete(account);
    }
  }

  /** Does the work once for a key; what failed may be tried again. Throws `conflict` when the key was used for something else. */
  once<T extends object>(account: AccountId, key: string, hash: string, work: () => Promise<T>): Promise<T> {
    const name = `${account}\n${key}`;
    const known = this.#keys.get(name);
    if (known && known.hash !== hash)
      throw new AppError('conflict', 'This idempotency_key was used for another draft.', {
        field: 'idempotency_key',
        hint: 'Use a new key for a new draft.',
      });
    if (known) return known.result as Promise<T>;
    const result = work();
    this.#keys.set(name, { hash, result });
    result.catch(() => this.#keys.delete(name));
    return result;
  }
}
