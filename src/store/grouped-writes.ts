// Writes of control.sqlite that come at the same time become one transaction, since each commit waits for the disk. Knows
// no table.
import { setImmediate as turn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { ControlTables } from './migrations/control.ts';

interface Job {
  /** Runs within the transaction; the answer tells the caller once that is committed. Rejects when all has to be undone. */
  readonly run: (tx: Kysely<ControlTables>) => Promise<() => void>;
  readonly undone: (error: unknown) => void;
}

export class GroupedWrites {
  readonly #db: Kysely<ControlTables>;
  #jobs: Job[] = [];
  #draining = false;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  /**
   * Resolves once what `work` wrote is committed. What breaks a constraint leaves the others of its transaction alone, so
   * it has to be the first thing that `work` writes; any other failure undoes all of them, and each is told.
   */
  write<T>(work: (tx: Kysely<ControlTables>) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run: Job['run'] = async (tx) => {
        try {
          const result = await work(tx);
          return () => resolve(result);
        } catch (error) {
          if (!String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) throw error;
          return () => reject(error);
        }
      };
      this.#jobs.push({ run, undone: reject });
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    while (this.#jobs.length > 0) {
      await turn();
      const jobs = this.#jobs;
      this.#jobs = [];
      try {
        const tell = await this.#db.transaction().execute(async (tx) => {
          const done: (() => void)[] = [];
          for (const job of jobs) done.push(await job.run(tx));
          return done;
        });
        for (const each of tell) each();
      } catch (error) {
        for (const { undone } of jobs) undone(error);
      }
    }
    this.#draining = false;
  }
}
