// What has changed, told after its commit to whoever listens: subscribers of resources, readers of events, the outbox.
// Knows none of them, and carries ids only.
import type { AccountId, MessageId, OutboxId, ThreadId, UserId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { OutboxState } from '../store/outbox-rows.ts';

/** `user`: whose account it is, said by whoever tells, since an account that was removed can be asked no more. */
export type Change = { readonly account: AccountId; readonly user: UserId } & (
  | { readonly kind: 'mail'; readonly added: readonly { readonly id: MessageId; readonly threadId: ThreadId }[] }
  | { readonly kind: 'sync' }
  | { readonly kind: 'account'; readonly what: 'added' | 'changed' | 'removed' }
  | { readonly kind: 'outbox'; readonly outbox: OutboxId; readonly state: OutboxState | 'deleted' }
);

export type Listener = (change: Change) => void;

export class ChangeFeed {
  readonly #listeners = new Set<Listener>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The answer ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** At once and in order; a listener that fails is nobody else's trouble. */
  tell(change: Change): void {
    for (const listener of [...this.#listeners])
      try {
        listener(change);
      } catch (err) {
        this.#log.error({ err }, 'a change could not be told');
      }
  }
}
