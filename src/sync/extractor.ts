// Reads the text of attachments in threads of their own, one a file: a file over its time or memory costs its thread alone. Knows
// no server and no mailbox.
import { Worker } from 'node:worker_threads';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { AttachmentText, Readable } from '../mail/attachment-text.ts';

/** What a thread is given to read. */
export interface ExtractorJob {
  readonly bytes: Uint8Array;
  readonly as: Readable;
}

const MOST_AT_ONCE = 2;
const MOST_WAITING = 20;
const BUDGET_MS = 15_000;
const HEAP_MB = 256;
const YOUNG_MB = 16;
/** Of buffers, which stand outside the heap that V8 bounds. */
const BUFFERS_BYTES = 256 * 1024 * 1024;
const LOOK_EVERY_MS = 25;

export class Extractor {
  readonly #log: Logger;
  readonly #budgetMs: number;
  readonly #running = new Set<Worker>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(log: Logger, budgetMs = BUDGET_MS) {
    this.#log = log;
    this.#budgetMs = budgetMs;
  }

  /**
   * Throws `too_large` for a file over its time or memory, `rate_limited` when too many wait already, `unavailable` when the caller
   * has gone or the server stops.
   */
  async read(job: ExtractorJob, signal: AbortSignal): Promise<AttachmentText> {
    if (this.#waiting.length >= MOST_WAITING)
      throw new AppError('rate_limited', 'Too many attachments are being read.', { hint: 'Ask again in a moment.' });
    await this.#turn();
    try {
      return await this.#run(job, signal);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken--;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((worker) => worker.terminate()));
  }

  async #turn(): Promise<void> {
    if (this.#taken < MOST_AT_ONCE) this.#taken++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #run(job: ExtractorJob, signal: AbortSignal): Promise<AttachmentText> {
    if (signal.aborted) throw gone();
    const entry = new URL(
      import.meta.url.endsWith('.ts') ? './extractor-worker.ts' : './extractor-worker.js',
      import.meta.url,
    );
    const worker = new Worker(entry, {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
      // What a library says there would be said in our place, and may be a stranger's words.
      stdout: true,
      stderr: true,
      env: {},
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.unref();
    this.#running.add(worker);
    const answer = Promise.withResolvers<AttachmentText>();
    const leave = (): void => end(gone());
    const end = (error: AppError): void => {
      answer.reject(error);
      void worker.terminate();
    };
    const late = setTimeout(() => end(over()), this.#budgetMs);
    const look = setInterval(() => {
      const looked = worker.getHeapStatistics().then(({ external_memory }) => {
        if (external_memory > BUFFERS_BYTES) end(over());
      });
      // It has not begun yet, or has ended.
      looked.catch(() => undefined);
    }, LOOK_EVERY_MS);
    signal.addEventListener('abort', leave);
    worker.once('message', (found: AttachmentText) => answer.resolve(found));
    worker.once('error', (err) => {
      this.#log.warn(
        { err: { name: err.name, code: (err as { code?: string }).code } },
        'an attachment ended its thread',
      );
      answer.reject(over());
    });
    worker.once('exit', () => {
      this.#running.delete(worker);
      answer.reject(
        new AppError('unavailable', 'The attachment could not be read to its end.', { hint: 'Ask again.' }),
      );
    });
    return answer.promise.finally(() => {
      clearTimeout(late);
      clearInterval(look);
      signal.removeEventListener('abort', leave);
      void worker.terminate();
    });
  }
}

const over = (): AppError =>
  new AppError('too_large', 'To read this attachment takes more time or memory than one is given.');
const gone = (): AppError => new AppError('unavailable', 'The caller has gone.');
