// When a key or a token was last used, noted now and then and beside the answer. Knows neither what they open nor who holds them.
import type { Logger } from '../base/log.ts';

const NOTED_EVERY_MS = 60_000;
/** The note waits until the answer is on its way. */
const NOTED_AFTER_MS = 50;

export class UseNotes<Id extends string> {
  readonly #write: (id: Id, at: number) => Promise<void>;
  readonly #log: Logger;
  readonly #noted = new Map<Id, number>();

  constructor(write: (id: Id, at: number) => Promise<void>, log: Logger) {
    this.#write = write;
    this.#log = log;
  }

  note(id: Id, now: number): void {
    if (now < (this.#noted.get(id) ?? 0) + NOTED_EVERY_MS) return;
    this.#noted.set(id, now);
    setTimeout(() => {
      this.#write(id, now).catch((err: unknown) => this.#log.warn({ err }, 'a last use was not noted'));
    }, NOTED_AFTER_MS).unref();
  }

  /** It is no more. */
  forget(id: Id): void {
    this.#noted.delete(id);
  }
}
