// Asks Google to publish news of one mailbox (users.watch), and renews that daily. What goes wrong here is told to the
// operator's log: without a watch the mailbox is polled.
import { z } from 'zod';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Call, GmailApi } from './api.ts';

const DAY_MS = 86_400_000;
const RETRY_MS = 3_600_000;

const watchShape = z.object({ expiration: z.union([z.string(), z.number()]).optional() });
const anything = z.looseObject({});

export class Watch {
  readonly #api: GmailApi;
  readonly #topic: string | null;
  readonly #logger: Logger;
  #dueAt = 0;
  #aliveUntil = 0;

  constructor(api: GmailApi, topic: string | null, logger: Logger) {
    this.#api = api;
    this.#topic = topic;
    this.#logger = logger;
  }

  /** Whether pushes may be expected now. */
  get alive(): boolean {
    return this.#aliveUntil > this.#api.clock.now();
  }

  /** Begins or renews the watch when it is time. Rejects only with what concerns the whole account. */
  async keep(signal: AbortSignal): Promise<void> {
    const now = this.#api.clock.now();
    if (this.#topic === null || now < this.#dueAt) return;
    this.#dueAt = now + RETRY_MS;
    try {
      const { expiration } = await this.#begin(this.#topic, signal);
      const until = Number(expiration);
      this.#aliveUntil = until > now ? until : now + DAY_MS;
      this.#dueAt = now + DAY_MS;
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'account_rejected') throw error;
      const words =
        error.code === 'forbidden'
          ? 'no push: gmail-api-push@system.gserviceaccount.com may not publish to GMAIL_PUBSUB_TOPIC; grant it Pub/Sub Publisher'
          : 'no push: Google would not watch this mailbox; it is polled';
      this.#logger.warn({ err: error, topic: this.#topic }, words);
    }
  }

  async #begin(topicName: string, signal: AbortSignal): Promise<z.output<typeof watchShape>> {
    const call: Call = { method: 'POST', path: 'watch', as: 'users.watch', body: { topicName }, apart: true, signal };
    try {
      return await this.#api.request(watchShape, call);
    } catch (error) {
      // Another topic of the same project is watched, of which there can be one.
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
      await this.#api.request(anything, { method: 'POST', path: 'stop', as: 'users.stop', apart: true, signal });
      return await this.#api.request(watchShape, call);
    }
  }
}
