// All accounts' loops side by side; one account's trouble stays its own. Knows who is synced, not how.
import type { AccountOpener } from '../accounts/open.ts';
import type { LookedUp, MailSource, ServerQuery } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { AccountRow, ControlStore } from '../store/control.ts';
import { mailboxPath } from '../store/mailbox-file.ts';
import type { MailboxReaders } from '../store/mailbox-readers.ts';
import { AccountLoop, type Stored } from './account-loop.ts';
import type { ChangeFeed } from './change-feed.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { Patience } from './patience.ts';
import type { AccountWriter, ImportPool } from './pool.ts';
import { Progress, type SyncReport } from './progress.ts';

export interface EngineOptions {
  readonly control: ControlStore;
  readonly opener: AccountOpener;
  readonly pool: ImportPool;
  readonly dataDir: string;
  readonly background: boolean;
  readonly pollIntervalMs: number;
  readonly mailboxes: MailboxReaders;
  readonly log: Logger;
  readonly feed: ChangeFeed;
  /** Only tests have a reason to differ. */
  readonly clock?: Clock;
}

export class SyncEngine {
  readonly #options: EngineOptions;
  readonly #loops = new Map<AccountId, AccountLoop>();
  /** Of accounts that are synced. */
  readonly #addresses = new Map<AccountId, string>();
  /** Connections that were open already and have not been taken yet. */
  readonly #given = new Map<AccountId, MailSource>();
  /** Of accounts that are no longer synced: up to when new mail had been seen. */
  readonly #seen = new Map<AccountId, number>();
  readonly #patience = new Map<AccountId, Patience>();
  /** Loops on their way out; a new one of the same account waits, so that a file never has two writers. */
  readonly #closing = new Map<AccountId, Promise<void>>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /**
   * Begins to sync an account, over `source` first when that is given; closes that and does nothing more when the account is
   * synced already.
   */
  start(account: AccountRow, source?: MailSource): void {
    const { id, user_id: user, email, created_at, last_error } = account;
    if (this.#loops.has(id)) return void source?.close();
    if (source) this.#given.set(id, source);
    const { control, opener, pool, dataDir, background, pollIntervalMs, feed, clock = SYSTEM_CLOCK } = this.#options;
    const log = this.#options.log.child({ account: id });
    const file = { path: mailboxPath(dataDir, id), owner: { email, connectedAtMs: created_at } };
    const tell = async (error: AppError | null): Promise<void> => {
      await control.setError(
        id,
        error && { code: error.code, message: error.message, cure: error.hint, at: Date.now() },
      );
      feed.tell({ kind: 'account', account: id, user, what: 'changed' });
    };
    const closing = this.#closing.get(id);
    const loop = new AccountLoop({
      open: async () => this.#takeGiven(id) ?? opener.open(account),
      writer: this.#told(account, pool.writer(file)),
      log,
      background,
      pollIntervalMs,
      clock,
      patience: this.#patienceOf(id),
      troubled: last_error !== null,
      onTrouble: tell,
      onProgress: () => feed.tell({ kind: 'sync', account: id, user }),
      onRejected: (error) => this.reject(id, error),
    });
    this.#loops.set(id, loop);
    this.#addresses.set(id, email);
    loop.start(closing);
  }

  /** Resolves when the account's connection and file are closed. */
  async stop(account: AccountId): Promise<void> {
    const loop = this.#loops.get(account);
    if (!loop) return this.#closing.get(account);
    this.#loops.delete(account);
    this.#addresses.delete(account);
    this.#seen.set(account, loop.asOfMs());
    const closing = loop.stop().finally(() => {
      void this.#takeGiven(account)?.close();
      if (this.#closing.get(account) === closing) this.#closing.delete(account);
    });
    this.#closing.set(account, closing);
    await closing;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#loops.keys()].map((account) => this.stop(account)));
  }

  /** Forgets what the server refused: the account comes with a new password. */
  forgive(account: AccountId): void {
    this.#patience.delete(account);
  }

  /** The server lets the account in no more. With `sealed` only while that is still its credential. */
  async reject(account: AccountId, error: AppError, sealed?: string): Promise<void> {
    const { control, feed, log } = this.#options;
    const noted = { code: error.code, message: error.message, cure: error.hint, at: Date.now() };
    const user = await control.reject(account, noted, sealed);
    if (user === null) return;
    log.warn({ err: error, account }, 'the account has to be connected again');
    feed.tell({ kind: 'account', account, user, what: 'changed' });
  }

  /** The server says from outside that this address may have new mail. */
  hint(email: string): void {
    for (const [id, loop] of this.#loops) if (this.#addresses.get(id) === email) loop.hint();
  }

  /** Throws while the server wants this account to be left alone. */
  mayLogIn(account: AccountId): void {
    const barred = this.#loops.get(account)?.barred();
    if (barred?.code === 'rate_limited') throw barred;
  }

  /** The writer, with its commits told. */
  #told({ id, user_id: user }: AccountRow, writer: AccountWriter): AccountWriter {
    const { feed } = this.#options;
    return {
      ...writer,
      apply: async (change) => {
        const applied = await writer.apply(change);
        if (applied.added.length > 0) feed.tell({ kind: 'mail', account: id, user, added: applied.added });
        return applied;
      },
    };
  }

  #takeGiven(account: AccountId): MailSource | undefined {
    const source = this.#given.get(account);
    this.#given.delete(account);
    return source;
  }

  #patienceOf(account: AccountId): Patience {
    const known = this.#patience.get(account) ?? new Patience();
    this.#patience.set(account, known);
    return known;
  }

  /** From the loop, and from the store where no loop runs or it has not looked yet. */
  report(account: AccountId): SyncReport {
    const loop = this.#loops.get(account);
    const live = loop?.report();
    if (live) return live;
    const progress = new Progress();
    if (!loop) progress.state = 'stopped';
    try {
      const held = this.#options.mailboxes.of(account)?.held();
      if (held) progress.holds(held);
    } catch (error) {
      // A damaged file is told of by those who read it; the list of accounts must not fail for it.
      if (!(error instanceof AppError)) throw error;
    }
    const { clock = SYSTEM_CLOCK } = this.#options;
    return progress.report(this.asOfMs(account) || null, clock.now());
  }

  /** Up to when the account's new mail counts as seen, epoch milliseconds; 0 before the first look. */
  asOfMs(account: AccountId): number {
    return this.#loops.get(account)?.asOfMs() ?? this.#seen.get(account) ?? 0;
  }

  /**
   * Stores the newest mails that the server finds and the copy lacks; resolves to whether it could be asked. Rejects when
   * nobody can be asked.
   */
  async search(account: AccountId, query: ServerQuery, limit: number, signal: AbortSignal): Promise<boolean> {
    return this.#loop(account).search(query, limit, signal);
  }

  /** The same of one mail, or the mails of one thread, by Gmail's hex id. */
  async lookUp(account: AccountId, wanted: LookedUp, signal: AbortSignal): Promise<boolean> {
    return this.#loop(account).lookUp(wanted, signal);
  }

  /**
   * Asks the server for what is new; resolves when it is stored. Callers that wait together ask once. `whole`: in every
   * place.
   */
  async look(account: AccountId, onStored?: Stored, whole = false): Promise<void> {
    await this.#loop(account).look(onStored, whole);
  }

  #loop(account: AccountId): AccountLoop {
    const loop = this.#loops.get(account);
    if (loop) return loop;
    throw new AppError('unavailable', 'This account is not being synced.', {
      hint: 'It is paused, or it has to be connected again.',
    });
  }
}
