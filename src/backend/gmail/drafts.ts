// Drafts of one account over the Gmail API, which gives each an id that stays while its message is another. Knows no store.
import { z } from 'zod';
import { AppError, notFound } from '../../base/errors.ts';
import type { AccessTokens, DraftMail, MailDrafts, SavedDraft } from '../port.ts';
import { type Call, GmailApi, type GmailServer } from './api.ts';
import { sentMessage } from './sender.ts';
import { carrying } from './upload.ts';

const draftId = z.string().regex(/^[\w-]{1,128}$/);
const draftShape = z.object({ id: draftId, message: sentMessage });

export function openGmailDrafts(server: GmailServer, tokens: AccessTokens, email: string): MailDrafts {
  return new GmailDrafts(new GmailApi(server, tokens, email));
}

class GmailDrafts implements MailDrafts {
  readonly #api: GmailApi;
  readonly #end = new AbortController();

  constructor(api: GmailApi) {
    this.#api = api;
  }

  async save({ raw, threadId, replaces }: DraftMail): Promise<SavedDraft> {
    if (replaces && (replaces.kind !== 'id' || !draftId.safeParse(replaces.draftId).success)) throw gone();
    const id = replaces?.kind === 'id' ? replaces.draftId : null;
    const put = (thread: string | null) => (id === null ? this.#create(raw, thread) : this.#update(id, raw, thread));
    // Without its thread named a draft leaves it.
    const thread = threadId ?? (id === null ? null : await this.#threadOf(id));
    const saved = await put(thread).catch((error: unknown) => {
      // The thread is gone, or the draft.
      if (!isGone(error) || thread === null) throw error;
      return put(null);
    });
    return { draftId: saved.id, ids: { messageId: saved.message.id, threadId: saved.message.threadId } };
  }

  async close(): Promise<void> {
    this.#end.abort();
  }

  async #create(raw: Uint8Array, threadId: string | null): Promise<z.output<typeof draftShape>> {
    const call = { ...this.#call('drafts', raw, threadId), method: 'POST' as const, as: 'drafts.create' as const };
    const outcome = await this.#api.once(draftShape, call);
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind === 'done' && outcome.value) return outcome.value;
    throw new AppError('unavailable', 'Gmail did not say whether it has kept the draft.', {
      hint: 'Search in:drafts for it before it is made again.',
      cause: outcome.kind === 'unknown' ? outcome.error : undefined,
    });
  }

  async #threadOf(id: string): Promise<string> {
    const path = `drafts/${encodeURIComponent(id)}`;
    const call = {
      method: 'GET',
      path,
      as: 'drafts.get',
      query: { format: 'minimal' },
      signal: this.#end.signal,
    } as const;
    const draft = await this.#api.request(draftShape, call).catch((error: unknown) => {
      throw isGone(error) ? gone() : error;
    });
    return draft.message.threadId;
  }

  /** The same draft written twice is one draft. */
  async #update(id: string, raw: Uint8Array, threadId: string | null): Promise<z.output<typeof draftShape>> {
    const call = this.#call(`drafts/${encodeURIComponent(id)}`, raw, threadId);
    return this.#api.request(draftShape, { ...call, method: 'PUT', as: 'drafts.update' }).catch((error: unknown) => {
      throw isGone(error) ? gone() : error;
    });
  }

  #call(path: string, raw: Uint8Array, threadId: string | null): Omit<Call, 'method' | 'as'> {
    return {
      ...carrying(path, raw, threadId, (message) => ({ message })),
      scope: 'gmail.compose',
      signal: this.#end.signal,
    };
  }
}

const isGone = (error: unknown): boolean => error instanceof AppError && error.code === 'not_found';

const gone = (): AppError =>
  notFound(
    'There is no such draft, or not any more.',
    'A draft_id from an earlier draft or a search for in:drafts is expected.',
  );
