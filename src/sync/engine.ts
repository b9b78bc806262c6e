// All accounts' loops side by side; one account's trouble stays its own. Knows who is synced, not how.
import type { AccountOpener } from '../accounts/open.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { AccountRow, ControlStore } from '../store/control.ts';
import { mailboxPath } from '../store/mailbox-file.ts';
import { AccountLoop, type Stored } from './account-loop.ts';
import type { ImportPool } from './pool.ts';
import type { SyncReport } from './progress.ts';

export interface EngineOptions {
  readonly control: ControlStore;
  readonly opener: AccountOpener;
  readonly pool: ImportPool;
  readonly dataDir: string;
  readonly background: boolean;
  readonly pollIntervalMs: number;
  readonly log: Logger;
}

const NOT_SYNCED: SyncReport = {
  state: 'stopped',
  done: 0,
  total: 0,
  perSecond: 0,
  etaSeconds: null,
  asOfMs: null,
  complete: false,
};

export class SyncEngine {
  readonly #options: EngineOptions;
  readonly #loops = new Map<AccountId, AccountLoop>();
  /** Loops on their way out; a new one of the same account waits, so that a file never has two writers. */
  readonly #closing = new Map<AccountId, Promise<void>>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Begins to sync an account; does nothing when it is synced already. */
  start({ id, email, created_at }: AccountRow): void {
    if (this.#loops.has(id)) return;
    const { control, opener, pool, dataDir, background, pollIntervalMs } = this.#options;
    const log = this.#options.log.child({ account: id });
    const file = { path: mailboxPath(dataDir, id), owner: { email, connectedAtMs: created_at } };
    const tell = async (error: AppError | null): Promise<void> => {
      await control.setError(
        id,
        error && { code: error.code, message: error.message, cure: error.hint, at: Date.now() },
      );
    };
    const closing = this.#closing.get(id);
    const loop = new AccountLoop({
      async open() {
        await closing;
        return opener.open(id, email);
      },
      writer: pool.writer(file),
      log,
      background,
      pollIntervalMs,
      onTrouble: tell,
      onRejected: async (error) => {
        log.warn({ err: error }, 'the account has to be connected again');
        await tell(error);
        await control.updateAccount(id, { status: 'needs_reauth' });
      },
    });
    this.#loops.set(id, loop);
    loop.start();
  }

  /** Resolves when the account's connection and file are closed. */
  async stop(account: AccountId): Promise<void> {
    const loop = this.#loops.get(account);
    if (!loop) return this.#closing.get(account);
    this.#loops.delete(account);
    const closing = loop.stop().finally(() => {
      if (this.#closing.get(account) === closing) this.#closing.delete(account);
    });
    this.#closing.set(account, closing);
    await closing;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#loops.keys()].map((account) => this.stop(account)));
  }

  report(account: AccountId): SyncReport {
    return this.#loops.get(account)?.report() ?? NOT_SYNCED;
  }

  /** Up to when the account's new mail counts as seen, epoch milliseconds; 0 before the first look. */
  asOfMs(account: AccountId): number {
    return this.#loops.get(account)?.asOfMs() ?? 0;
  }

  /** Asks the server for what is new; resolves when it is stored. Callers that wait together ask once. */
  async look(account: AccountId, onStored?: Stored): Promise<void> {
    const loop = this.#loops.get(account);
    if (!loop)
      throw new AppError('unavailable', 'This account is not being synced.', {
        hint: 'It is paused, or it has to be connected again.',
      });
    await loop.look(onStored);
  }
}
