// Many GETs in one HTTP request (multipart/mixed of application/http, developers.google.com/gmail/api/guides/batch). What
// fails inside a batch is asked for again by itself, so that its error is told as any other.
import type { z } from 'zod';
import { AppError } from '../../base/errors.ts';
import { type GmailApi, type Method, unintelligible } from './api.ts';
import { isAboutOneAnswer } from './errors.ts';
import type { HttpAnswer } from './exchange.ts';

/** Google takes a hundred, and runs them at once: more than this and it calls them too many at once. */
const MOST = 25;
/** Smaller ones are no longer worth a batch. */
const LEAST = 3;
const NO_BATCHES = [404, 405, 501];
const MOST_BATCH_BYTES = 16 * 1024 * 1024;

export interface Gets {
  /** Below `/gmail/v1/users/me/`. */
  readonly path: (id: string) => string;
  readonly as: Method;
  readonly query: Readonly<Record<string, string>>;
  readonly mostTries?: number;
  /** Of one answer; a larger one is told as such. */
  readonly mostBytes: number;
  readonly inBackground: boolean;
  readonly patient: boolean;
  readonly signal: AbortSignal;
}

/** What there is of the ids asked for; one that Gmail does not know (404) is in neither. */
export interface Got<T> {
  readonly got: Map<string, T>;
  /** There, and larger than was wanted. */
  readonly tooLarge: string[];
  /** Gmail goes on answering that it fails for these, and not for others. */
  readonly failed: string[];
}

/** So many mails at once that cannot be read are no trouble of theirs. */
export const MOST_FAILED = 10;

/** Of one account: learns how many at once its mailbox bears. */
export class BatchReader {
  readonly #api: GmailApi;
  #size = MOST;
  /** Until the server has shown that it knows no batches. */
  #batches = true;

  constructor(api: GmailApi) {
    this.#api = api;
  }

  /** How many are read in one request now. */
  get size(): number {
    return Math.max(this.#size, LEAST);
  }

  async read<T>(shape: z.ZodType<T>, ids: readonly string[], gets: Gets): Promise<Got<T>> {
    const all: Got<T> = { got: new Map(), tooLarge: [], failed: [] };
    const { got } = all;
    let left = [...ids];
    while (this.#batches && this.#size >= LEAST && left.length > 1) {
      const some = left.slice(0, this.#size);
      const parts = await this.#batch(some, gets);
      if (!parts) break;
      const again: string[] = [];
      let refused = 0;
      // One that is gone is no surprise; all of them, and it is the batch that leads nowhere.
      const nowhere = some.every((_, at) => parts.get(at)?.status === 404);
      for (const [at, id] of some.entries()) {
        const part = parts.get(at);
        if (part?.status === 404 && !nowhere) continue;
        const value = part?.status === 200 ? shape.safeParse(part.body) : null;
        if (value?.success) got.set(id, value.data);
        else again.push(id);
        if (part?.status === 429 || part?.status === 403) refused++;
      }
      if (refused > 0) this.#size = Math.floor(this.#size / 2);
      else if (this.#size < MOST) this.#size++;
      left = left.slice(some.length);
      await this.#oneByOne(shape, again, gets, all);
    }
    await this.#oneByOne(shape, left, gets, all);
    return all;
  }

  async #oneByOne<T>(
    shape: z.ZodType<T>,
    ids: readonly string[],
    gets: Gets,
    { got, tooLarge, failed }: Got<T>,
  ): Promise<void> {
    const { path, signal, ...call } = gets;
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const one = async (id: string): Promise<void> => {
      try {
        got.set(id, await this.#api.request(shape, { ...call, method: 'GET', path: path(id), signal: either }));
      } catch (error) {
        const code = error instanceof AppError ? error.code : null;
        if (code === 'not_found') return;
        if (code === 'too_large') return void tooLarge.push(id);
        if (isAboutOneAnswer(error) && failed.length < MOST_FAILED) return void failed.push(id);
        stop.abort();
        throw error;
      }
    };
    const results = await Promise.allSettled(ids.map(one));
    // The first to fail has stopped the others, which then say only that.
    const faults = results.filter((result) => result.status === 'rejected');
    const why = faults.find(({ reason }) => !(reason instanceof AppError && reason.message === ABANDONED)) ?? faults[0];
    if (why) throw why.reason;
  }

  /** The parts by their place; null when the server knows no batches. */
  async #batch(ids: readonly string[], gets: Gets): Promise<Parts | null> {
    const { path, as, query, mostBytes, inBackground, patient, signal } = gets;
    const boundary = `batch_${crypto.randomUUID()}`;
    const search = new URLSearchParams(query);
    const bytes = ids
      .map(
        (id, at) =>
          `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: <${at}>\r\n\r\nGET /gmail/v1/users/me/${path(id)}?${search}\r\n\r\n`,
      )
      .join('');
    const call = this.#api.raw({
      method: 'POST',
      path: '/batch/gmail/v1',
      as,
      times: ids.length,
      body: { contentType: `multipart/mixed; boundary=${boundary}`, bytes: `${bytes}--${boundary}--\r\n` },
      mostBytes: Math.min(MOST_BATCH_BYTES, ids.length * mostBytes),
      inBackground,
      patient,
      answers: NO_BATCHES,
      signal,
    });
    try {
      const answer = await call;
      if (!NO_BATCHES.includes(answer.status)) return partsOf(answer);
    } catch (error) {
      if (!(error instanceof AppError) || signal.aborted) throw error;
      // Too large together: each by itself will do.
      if (error.code === 'too_large') return new Map();
      if (error.code === 'rate_limited' || error.code === 'account_rejected') throw error;
      // Something is wrong with this batch or with all of them; what is asked alone tells what it is.
    }
    this.#batches = false;
    return null;
  }
}

const ABANDONED = 'Nobody waits for this answer any more.';

type Parts = ReadonlyMap<number, { readonly status: number; readonly body: unknown }>;

/** The inner answers by the number in their Content-ID (`<response-3>`), in whatever order they come. */
export function partsOf({ contentType, body }: Pick<HttpAnswer, 'contentType' | 'body'>): Parts {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (!boundary) throw unintelligible('a batch without a boundary');
  const parts = new Map<number, { status: number; body: unknown }>();
  for (const piece of body.toString().split(`--${boundary}`).slice(1)) {
    const [, id] = /^content-id:\s*<?(?:response-)?(\d+)>?/im.exec(piece) ?? [];
    const [start, status] = /HTTP\/[\d.]+ +(\d{3})[^\n]*\n/.exec(piece) ?? [];
    if (id === undefined || start === undefined) continue;
    const inner = piece.slice(piece.indexOf(start) + start.length);
    const gap = /\r?\n\r?\n/.exec(inner);
    parts.set(Number(id), { status: Number(status), body: gap ? json(inner.slice(gap.index)) : null });
  }
  return parts;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
