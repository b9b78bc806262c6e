// Keeps ONE account's copy true: opens its source, runs rounds, waits, begins again after a fault. Knows no IMAP, no SQL.
import { setTimeout as delay } from 'node:timers/promises';
import type { MailSource } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { AccountWriter } from './pool.ts';
import { Progress, type SyncReport } from './progress.ts';

export interface LoopOptions {
  readonly open: () => Promise<MailSource>;
  readonly writer: AccountWriter;
  readonly log: Logger;
  /** False: no IDLE and no timer; a round when the loop starts and when somebody asks. */
  readonly background: boolean;
  readonly pollIntervalMs: number;
  /** Called when the server refuses the login for good; the loop has ended. */
  readonly onRejected: (error: AppError) => Promise<void>;
  /** Called with a fault that is being waited out, and with null when it is over. */
  readonly onTrouble: (error: AppError | null) => Promise<void>;
}

/** An import makes way for a look at new mail this often. */
const LOOK_EVERY_MS = 4000;
/** Silence for longer is no proof that push is alive. */
const PUSH_PROOF_MS = 5 * 60_000;
const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 15 * 60_000;
/** Refused twice in a row is refused for good; once may be a hiccup of the server. */
const REFUSALS = 2;

/** Told how many mails a look has stored so far. */
export type Stored = (count: number) => void;

interface Asking {
  readonly onStored: Stored | undefined;
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
  #looked = 0;
  #ended: Promise<void> = Promise.resolve();
  #trouble: AppError | null = null;
  /** While a fault is waited out, and once the loop has ended: why nobody can be asked. */
  #barred: AppError | null = null;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** Ends the loop after the batch at hand; closes its connection and its file. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#source?.close();
    await this.#ended;
  }

  report(): SyncReport {
    return this.#progress.report(this.asOfMs() || null);
  }

  /** Up to when new mail counts as seen: now while push is proved alive, else the last look; 0 before the first. */
  asOfMs(): number {
    const heard = this.#source?.heardAt() ?? 0;
    const alive = this.#looked > 0 && this.#progress.state === 'up_to_date' && heard > Date.now() - PUSH_PROOF_MS;
    return alive ? Date.now() : this.#looked;
  }

  /** Resolves when what is new at the server now has been stored; rejects with the fault that is in the way. */
  look(onStored?: Stored): Promise<void> {
    if (this.#stop.signal.aborted)
      return Promise.reject(new AppError('unavailable', 'This account is not being synced.'));
    if (this.#barred) return Promise.reject(this.#barred);
    return new Promise((resolve, reject) => {
      this.#asking.push({ resolve, reject, onStored });
      this.#wake.abort();
    });
  }

  async #run(): Promise<void> {
    let failures = 0;
    let refusals = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#connected(() => {
          failures = 0;
          refusals = 0;
        });
      } catch (error) {
        const fault = asAppError(error);
        if (this.#stop.signal.aborted) break;
        this.#barred = fault;
        this.#settle(fault);
        if (fault.code === 'account_rejected' && ++refusals >= REFUSALS) {
          await this.#options.onRejected(fault);
          break;
        }
        await this.#waitOut(fault, failures++);
        this.#barred = null;
      }
    }
    this.#barred ??= new AppError('unavailable', 'This account is not being synced.');
    this.#progress.state = 'stopped';
    this.#settle(new AppError('unavailable', 'This account is not being synced.'));
    await this.#options.writer.close().catch(() => undefined);
  }

  /** One connection's life. Returns when it is no longer needed, throws when it is lost. */
  async #connected(onAlive: () => void): Promise<void> {
    const source = await this.#options.open();
    this.#source = source;
    try {
      let scope: 'all' | 'new' = 'all';
      let polledAt = 0;
      let caughtUp = false;
      while (!this.#stop.signal.aborted) {
        this.#wake = new AbortController();
        const asked = this.#asking.splice(0);
        const startedAt = Date.now();
        try {
          const whole = await this.#round(source, scope, asked);
          if (scope === 'all') caughtUp = whole;
          if (scope === 'all' && whole) polledAt = startedAt;
        } catch (error) {
          this.#asking.unshift(...asked);
          throw error;
        }
        onAlive();
        if (this.#trouble) await this.#tell(null);
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

  /** True when the round went to its end; false when it made way for a look at new mail. */
  async #round(source: MailSource, scope: 'all' | 'new', asked: readonly Asking[]): Promise<boolean> {
    let stored = 0;
    const { writer } = this.#options;
    const { cursors, copies } = await writer.state();
    this.#progress.done = copies;
    const startedAt = Date.now();
    let whole = scope === 'all';
    const changes = source.changes({ cursors, scope, knows: writer.knows, signal: this.#stop.signal });
    for await (const change of changes) {
      const count = change.kind === 'messages' ? change.messages.length : 0;
      await writer.apply(change);
      if (change.kind === 'places')
        this.#progress.total = change.places.reduce((sum, place) => sum + place.messages, 0);
      if (count > 0) this.#progress.imported(count, Date.now());
      stored += count;
      if (count > 0) for (const { onStored } of asked) onStored?.(stored);
      if (!this.#progress.complete && count > 0) this.#progress.state = 'importing';
      if (this.#stop.signal.aborted) return false;
      const makeWay = this.#wake.signal.aborted || Date.now() - startedAt > LOOK_EVERY_MS;
      if (scope === 'all' && !this.#progress.complete && count > 0 && makeWay) {
        whole = false;
        break;
      }
    }
    if (whole) this.#progress.complete = true;
    if (this.#progress.complete) this.#progress.state = 'up_to_date';
    return whole;
  }

  async #waitForNews(source: MailSource, pollAt: number): Promise<'all' | 'new'> {
    if (this.#wake.signal.aborted || this.#asking.length > 0) return 'new';
    const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
    const timer = new AbortController();
    const due = delay(Math.max(0, pollAt - Date.now()), 'all' as const, {
      signal: AbortSignal.any([signal, timer.signal]),
      ref: false,
    });
    const news = source.announced(AbortSignal.any([signal, timer.signal])).then(() => 'new' as const);
    try {
      return await Promise.race([due.catch(() => 'new' as const), news]);
    } finally {
      timer.abort();
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

  async #waitOut(fault: AppError, failures: number): Promise<void> {
    this.#progress.state = 'waiting';
    await this.#tell(fault);
    const backoff = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures) * (0.5 + Math.random() / 2);
    const until = Math.max(fault.retryAt ?? 0, Date.now() + backoff);
    this.#options.log.warn({ err: fault, retryInMs: Math.round(until - Date.now()) }, 'sync interrupted');
    await delay(until - Date.now(), undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
  }

  async #tell(fault: AppError | null): Promise<void> {
    this.#trouble = fault;
    await this.#options.onTrouble(fault);
  }

  #settle(fault: AppError): void {
    for (const { reject } of this.#asking.splice(0)) reject(fault);
  }
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', 'The sync of this account failed.', { cause: error });
}
