// Keeps ONE account's copy true: opens its source, runs rounds, waits, begins again after a fault. Knows no IMAP, no SQL.
import type { LookedUp, MailSource, ServerQuery } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Clock } from './clock.ts';
import type { Patience } from './patience.ts';
import type { AccountWriter } from './pool.ts';
import { Progress, type SyncReport } from './progress.ts';
import { Searcher } from './searcher.ts';

export interface LoopOptions {
  readonly open: () => Promise<MailSource>;
  readonly writer: AccountWriter;
  readonly log: Logger;
  /** False: no IDLE and no timer; a round when the loop starts and when somebody asks. */
  readonly background: boolean;
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  /** Outlives the loop, so that pausing an account does not make it forget a limit. */
  readonly patience: Patience;
  /** An earlier fault is still told of the account. */
  readonly troubled: boolean;
  /** Called when the server refuses the login for good; the loop has ended. */
  readonly onRejected: (error: AppError) => Promise<void>;
  /** Called with a fault that is being waited out, and with null when it is over. */
  readonly onTrouble: (error: AppError | null) => Promise<void>;
  /** Called when the report says something new. */
  readonly onProgress?: () => void;
}

/** An import makes way for a look at new mail this often. */
const LOOK_EVERY_MS = 4000;
/** Silence for longer is no proof that push is alive. */
const PUSH_PROOF_MS = 5 * 60_000;
/** An import says in the log how far it is this often. */
const LOG_EVERY_MS = 10_000;

/** Told how many mails a look has stored so far. */
export type Stored = (count: number) => void;

interface Asking {
  readonly onStored: Stored | undefined;
  /** Every place is to be looked at, not only the one that push watches. */
  readonly whole: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class AccountLoop {
  readonly #options: LoopOptions;
  readonly #progress = new Progress();
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #asking: Asking[] = [];
  #source: MailSource | null = null;
  readonly #searcher: Searcher;
  #looked = 0;
  #ended: Promise<void> = Promise.resolve();
  #troubled: boolean;
  /** While an import goes on: when it began and when it was last told of. */
  #import: { readonly begunAt: number; toldAt: number } | null = null;
  /** While a fault is waited out, and once the loop has ended: why nobody can be asked. */
  #barred: AppError | null = null;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#searcher = new Searcher(options);
    this.#troubled = options.troubled;
  }

  /** Begins once `after` is over: the loop that had the file before. */
  start(after?: Promise<void>): void {
    this.#ended = this.#run(after);
  }

  /** Ends the loop after the batch at hand; closes its connection and its file. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#searcher.close();
    await this.#source?.close();
    await this.#ended;
  }

  /** New mail may be there; a source that cannot be told looks by itself. */
  hint(): void {
    if (!this.#source?.hint) return;
    this.#source.hint();
    // An import makes way for a look.
    if (this.#options.background) this.#wake.abort();
  }

  /** Null before the store has been asked what it holds. */
  report(): SyncReport | null {
    if (this.#progress.state === 'starting' && this.#progress.total === 0) return null;
    return this.#progress.report(this.asOfMs() || null, this.#options.clock.now());
  }

  /** The fault that is waited out, or that ended the loop; null while the server may be asked. */
  barred(): AppError | null {
    return this.#barred;
  }

  /** Up to when new mail counts as seen: now while push is proved alive, else the last look; 0 before the first. */
  asOfMs(): number {
    const now = this.#options.clock.now();
    const heard = this.#source?.heardAt() ?? 0;
    const alive = this.#looked > 0 && this.#progress.state === 'up_to_date' && heard > now - PUSH_PROOF_MS;
    return alive ? now : this.#looked;
  }

  /** Resolves when what is new at the server now has been stored; rejects with the fault that is in the way. */
  look(onStored?: Stored, whole = false): Promise<void> {
    if (this.#stop.signal.aborted)
      return Promise.reject(new AppError('unavailable', 'This account is not being synced.'));
    if (this.#barred) return Promise.reject(this.#barred);
    return new Promise((resolve, reject) => {
      this.#asking.push({ resolve, reject, onStored, whole });
      this.#wake.abort();
    });
  }

  /**
   * Stores what the server finds and the copy lacks, beside a round; resolves to whether it could be asked this question.
   * Rejects when nobody can be asked. Ends early when the signal aborts; what came until then is stored.
   */
  async search(query: ServerQuery, limit: number, signal: AbortSignal): Promise<boolean> {
    this.#mayAsk();
    return this.#searcher.search(query, limit, signal);
  }

  /** The same of a mail, or the mails of a thread, by Gmail's hex id. */
  async lookUp(wanted: LookedUp, signal: AbortSignal): Promise<boolean> {
    this.#mayAsk();
    return this.#searcher.lookUp(wanted, signal);
  }

  #mayAsk(): void {
    if (this.#barred) throw this.#barred;
    if (this.#stop.signal.aborted || !this.#source)
      throw new AppError('unavailable', 'This account is not being synced.');
  }

  async #run(after: Promise<void> | undefined): Promise<void> {
    await after;
    await this.#sitOutLimit();
    while (!this.#stop.signal.aborted) {
      try {
        await this.#connected();
      } catch (error) {
        const fault = asAppError(error);
        if (this.#stop.signal.aborted) break;
        if (this.#options.patience.refused(fault)) {
          this.#barred = fault;
          this.#settle(fault);
          await this.#kept(this.#options.onRejected(fault));
          break;
        }
        await this.#waitOut(fault);
        this.#barred = null;
      }
    }
    this.#barred ??= new AppError('unavailable', 'This account is not being synced.');
    this.#is('stopped');
    this.#settle(new AppError('unavailable', 'This account is not being synced.'));
    await this.#options.writer.close().catch(() => undefined);
  }

  /** One connection's life. Returns when it is no longer needed, throws when it is lost. */
  async #connected(): Promise<void> {
    // A copy that cannot be written is no reason to log in.
    this.#progress.holds(await this.#options.writer.state());
    const source = await this.#opened();
    this.#source = source;
    try {
      let scope: 'all' | 'new' = 'all';
      let polledAt = 0;
      let caughtUp = false;
      while (!this.#stop.signal.aborted) {
        this.#wake = new AbortController();
        const asked = this.#asking.splice(0);
        if (asked.some(({ whole }) => whole)) scope = 'all';
        const startedAt = this.#options.clock.now();
        try {
          const whole = await this.#round(source, scope, asked);
          if (scope === 'all') caughtUp = whole;
          if (scope === 'all' && whole) polledAt = startedAt;
        } catch (error) {
          this.#asking.unshift(...asked);
          throw error;
        }
        this.#options.patience.wentWell();
        if (this.#troubled) await this.#tell(null);
        this.#looked = startedAt;
        for (const { resolve } of asked) resolve();
        if (!caughtUp) scope = scope === 'all' ? 'new' : 'all';
        else if (!this.#options.background && this.#asking.length === 0) return await this.#rest(source);
        else scope = await this.#waitForNews(source, polledAt + this.#options.pollIntervalMs);
      }
    } finally {
      this.#source = null;
      await source.close();
    }
  }

  /** Logs in. When the loop stops meanwhile nobody waits for the answer; what it opens is closed again. */
  async #opened(): Promise<MailSource> {
    const opening = this.#options.open();
    const stopped = new Promise<null>((resolve) => {
      if (this.#stop.signal.aborted) resolve(null);
      this.#stop.signal.addEventListener('abort', () => resolve(null));
    });
    const source = await Promise.race([opening, stopped]);
    if (source) return source;
    void opening.then((late) => late.close()).catch(() => undefined);
    throw new AppError('unavailable', 'This account is not being synced.');
  }

  /** True when the round went to its end; false when it made way for a look at new mail. */
  async #round(source: MailSource, scope: 'all' | 'new', asked: readonly Asking[]): Promise<boolean> {
    let stored = 0;
    const { writer, clock } = this.#options;
    const held = await writer.state();
    this.#progress.holds(held);
    const startedAt = clock.now();
    let whole = scope === 'all';
    const changes = source.changes({ cursors: held.cursors, scope, knows: writer.knows, signal: this.#stop.signal });
    for await (const change of changes) {
      const count = change.kind === 'messages' ? change.messages.length : 0;
      if (change.kind !== 'waiting') await writer.apply(change);
      if (change.kind === 'places')
        this.#progress.total = change.places.reduce((sum, place) => sum + place.messages, 0);
      if (count > 0) this.#progress.imported(count, clock.now());
      stored += count;
      // The newest come first, so that all that was there when the first import began has been seen as far as it is new.
      if (scope === 'all' && this.#looked === 0 && count > 0) this.#looked = startedAt;
      if (count > 0) for (const { onStored } of asked) onStored?.(stored);
      if (count > 0 && this.#progress.state !== 'up_to_date') this.#tellOfImport();
      if (this.#stop.signal.aborted) return false;
      const makeWay = this.#wake.signal.aborted || clock.now() - startedAt > LOOK_EVERY_MS;
      const mayStop = count > 0 || change.kind === 'waiting';
      if (scope === 'all' && !this.#progress.complete && mayStop && makeWay) {
        whole = false;
        break;
      }
    }
    if (whole) this.#progress.complete = true;
    if (this.#progress.complete && (whole || this.#import === null)) this.#endOfImport();
    return whole;
  }

  async #waitForNews(source: MailSource, pollAt: number): Promise<'all' | 'new'> {
    if (this.#wake.signal.aborted || this.#asking.length > 0) return 'new';
    const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const { clock } = this.#options;
    const due = clock.sleep(pollAt - clock.now(), either).then(() => (signal.aborted ? 'new' : 'all'));
    const news = source.announced(either).then(() => 'new' as const);
    try {
      return await Promise.race([due, news]);
    } finally {
      over.abort();
      await Promise.allSettled([due, news]);
    }
  }

  /** Without background sync: lets the connection go until somebody asks. */
  async #rest(source: MailSource): Promise<void> {
    this.#source = null;
    await source.close();
    if (this.#asking.length > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    AbortSignal.any([this.#stop.signal, this.#wake.signal]).addEventListener('abort', () => resolve());
    if (!this.#wake.signal.aborted) await promise;
  }

  /** A limit that an earlier loop of the account met. */
  async #sitOutLimit(): Promise<void> {
    const { patience, clock } = this.#options;
    const limit = patience.limit(clock.now());
    if (!limit) return;
    this.#barred = again(limit.fault, limit.until);
    await clock.sleep(limit.until - clock.now(), this.#stop.signal);
    this.#barred = null;
  }

  async #waitOut(fault: AppError): Promise<void> {
    this.#is('waiting');
    const { clock, log } = this.#options;
    const now = clock.now();
    const until = this.#options.patience.after(fault, now, clock.random());
    this.#barred = again(fault, until);
    this.#settle(this.#barred);
    await this.#tell(fault);
    log.warn({ err: fault, retryInMs: Math.round(until - now) }, 'sync interrupted');
    await clock.sleep(until - now, this.#stop.signal);
  }

  async #tell(fault: AppError | null): Promise<void> {
    this.#troubled = fault !== null;
    await this.#kept(this.#options.onTrouble(fault));
  }

  /** What cannot be written down now must not end the sync. */
  async #kept(writing: Promise<void>): Promise<void> {
    await writing.catch((error: unknown) => this.#options.log.error({ err: error }, 'a fault could not be noted'));
  }

  #tellOfImport(): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    this.#is('importing');
    if (!this.#import) {
      this.#import = { begunAt: now, toldAt: now };
      log.info(this.#counts(), 'import begun');
    } else if (now - this.#import.toldAt >= LOG_EVERY_MS) {
      this.#import.toldAt = now;
      log.info(this.#counts(), 'importing');
    }
  }

  #endOfImport(): void {
    this.#is('up_to_date');
    if (!this.#import) return;
    const { clock, log } = this.#options;
    log.info({ ...this.#counts(), durationMs: clock.now() - this.#import.begunAt }, 'import finished');
    this.#import = null;
  }

  #is(state: SyncReport['state']): void {
    const same = this.#progress.state === state && state !== 'importing';
    this.#progress.state = state;
    if (!same) this.#options.onProgress?.();
  }

  #counts(): object {
    const { done, total, perSecond, etaSeconds } = this.#progress.report(null, this.#options.clock.now());
    return { done, total, perSecond, etaSeconds };
  }

  #settle(fault: AppError): void {
    for (const { reject } of this.#asking.splice(0)) reject(fault);
  }
}

/** The fault, with when to try again. */
function again({ code, message, hint, cause }: AppError, retryAt: number): AppError {
  return new AppError(code, message, { hint, cause, retryAt });
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', 'The sync of this account failed.', { cause: error });
}
