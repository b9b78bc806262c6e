// A small pool of import threads; each account is pinned to one, which alone writes its file. Knows no server.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Change, Identity, RawMessage } from '../mail/change.ts';
import type { Held } from '../store/held.ts';
import type { Applied } from '../store/mailbox-writer.ts';
import type { Owner } from '../store/message-rows.ts';

/** An account's file and whose it is. */
export interface AccountFile {
  readonly path: string;
  readonly owner: Owner;
}

export type Job =
  /** Loads what a thread needs, and reads a mail so that the first of an account is not the thread's first. */
  | { readonly verb: 'warm' }
  | { readonly verb: 'state' | 'close'; readonly file: AccountFile }
  | { readonly verb: 'knows'; readonly file: AccountFile; readonly identities: readonly Identity[] }
  | { readonly verb: 'apply'; readonly file: AccountFile; readonly change: Change<RawMessage> };

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly detail?: string | undefined;
}

export interface Outcome {
  readonly ticket: number;
  readonly value?: unknown;
  readonly failure?: Failure;
}

/** What the source has to be given to go on, and what is held. */
export interface MailboxState extends Held {
  readonly cursors: ReadonlyMap<string, string>;
}

/** One mail that takes longer costs its thread. */
const MAIL_BUDGET_MS = 10_000;
const THREAD_MEMORY_MB = 512;
/** What a mail leaves behind when it has been read dies young; left to itself V8 lets each thread pile up far more of it. */
const THREAD_YOUNG_MB = 12;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** One import thread; a new one is started when it dies, and what it was doing is rejected with `unavailable`. */
class Thread {
  readonly #log: Logger;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #heartbeat = new Int32Array(new SharedArrayBuffer(4));
  #seen = { beat: 0, at: 0 };
  #ticket = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  run<T>(job: Job): Promise<T> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const ticket = ++this.#ticket;
    if (this.#waiting.size === 0) this.#seen = { beat: this.#heartbeat[0] ?? 0, at: Date.now() };
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(ticket, { resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage({ ticket, job });
    });
  }

  /** Ends a thread that has been at one mail for too long. */
  watch(now: number): void {
    const beat = this.#heartbeat[0] ?? 0;
    if (this.#waiting.size === 0 || beat !== this.#seen.beat) this.#seen = { beat, at: now };
    else if (now - this.#seen.at > MAIL_BUDGET_MS) void this.#worker?.terminate();
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const heartbeat = new SharedArrayBuffer(4);
    this.#heartbeat = new Int32Array(heartbeat);
    const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
    const worker = new Worker(entry, {
      workerData: { heartbeat },
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB, maxYoungGenerationSizeMb: THREAD_YOUNG_MB },
    });
    worker.unref();
    worker.on('message', ({ ticket, value, failure }: Outcome) => {
      const waiting = this.#waiting.get(ticket);
      this.#waiting.delete(ticket);
      this.#seen = { beat: this.#heartbeat[0] ?? 0, at: Date.now() };
      if (failure?.detail) this.#log.error({ detail: failure.detail }, 'an import failed');
      if (failure) waiting?.reject(new AppError(failure.code, failure.message, { hint: failure.hint }));
      else waiting?.resolve(value as never);
    });
    worker.on('error', (err) => this.#log.error({ err }, 'an import thread died'));
    worker.on('exit', () => {
      this.#worker = null;
      const lost = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const { reject } of lost)
        reject(new AppError('unavailable', 'The import thread was ended by a mail over its limits.'));
    });
    return worker;
  }
}

/** What the sync of one account needs of the store. */
export interface AccountWriter {
  state(): Promise<MailboxState>;
  knows(identities: readonly Identity[]): Promise<ReadonlySet<Identity>>;
  apply(change: Change<RawMessage>): Promise<Applied>;
  close(): Promise<void>;
}

export class ImportPool {
  readonly #threads: Thread[];
  readonly #watch: NodeJS.Timeout;
  #next = 0;

  constructor(log: Logger, size = Math.min(4, Math.max(1, availableParallelism()))) {
    this.#threads = Array.from({ length: size }, () => new Thread(log));
    this.#watch = setInterval(() => {
      for (const thread of this.#threads) thread.watch(Date.now());
    }, 1000);
    this.#watch.unref();
  }

  /** Starts the thread that the next account is pinned to, so that its first mails need not wait for that. */
  async warm(): Promise<void> {
    await this.#threads[this.#next % this.#threads.length]!.run({ verb: 'warm' }).catch(() => undefined);
  }

  /** Pins an account to a thread; one writer an account at a time. */
  writer(file: AccountFile): AccountWriter {
    const thread = this.#threads[this.#next++ % this.#threads.length]!;
    return {
      state: () => thread.run({ verb: 'state', file }),
      knows: (identities) => thread.run({ verb: 'knows', file, identities }),
      apply: (change) => thread.run({ verb: 'apply', file, change }),
      close: () => thread.run({ verb: 'close', file }),
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}
