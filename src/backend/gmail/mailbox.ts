// What is asked of one mailbox besides mails: its state, its lists, its labels, its drafts, its history. Moves no cursor.
import { AppError } from '../../base/errors.ts';
import type { Change, RawMessage } from '../../mail/change.ts';
import type { GmailApi } from './api.ts';
import { LabelBook } from './labels.ts';
import {
  draftListShape,
  type HistoryPage,
  historyShape,
  labelListShape,
  listShape,
  minimalShape,
  profileShape,
} from './resources.ts';

/** Of one page of a list; the most that Google takes. */
const PAGE = 500;
/** A server that goes on naming a next page is not believed for ever: ten million mails. */
const MOST_PAGES = 20_000;

export interface Asking {
  readonly inBackground: boolean;
  readonly patient: boolean;
  readonly signal: AbortSignal;
}

export interface ListQuery {
  readonly q?: string;
  readonly labelIds?: string;
  readonly includeSpamTrash: boolean;
}

export class GmailMailbox {
  readonly #api: GmailApi;
  #book: LabelBook | null = null;
  /** Labels named in mails and in no list: asked for once. */
  readonly #strange = new Set<string>();

  constructor(api: GmailApi) {
    this.#api = api;
  }

  /** Where history is now and how many mails there are; 0 where the server does not count them. */
  async profile(asking: Asking): Promise<{ historyId: string; messages: number }> {
    try {
      const call = { method: 'GET', path: 'profile', as: 'users.getProfile', ...asking } as const;
      const { historyId, messagesTotal } = await this.#api.request(profileShape, call);
      return { historyId, messages: messagesTotal };
    } catch (error) {
      // The scope for sending alone does not show it either, but then nothing can be read.
      if (!isMissing(error)) throw error;
      return { historyId: await this.#newestHistoryId(asking), messages: 0 };
    }
  }

  /** The labels, asked for now. */
  async labels(asking: Asking): Promise<LabelBook> {
    const call = { method: 'GET', path: 'labels', as: 'labels.list', ...asking } as const;
    this.#book = new LabelBook((await this.#api.request(labelListShape, call)).labels);
    return this.#book;
  }

  /** The labels, asked for again only when one of these is not among them. */
  async book(labelIds: readonly string[], asking: Asking): Promise<LabelBook> {
    const book = this.#book;
    if (book?.knows(labelIds.filter((id) => !this.#strange.has(id)))) return book;
    const listed = await this.labels(asking);
    for (const id of labelIds) if (!listed.knows([id])) this.#strange.add(id);
    return listed;
  }
  /** Ids, newest first, a page at a time. */
  async page(
    query: ListQuery,
    asking: Asking,
    pageToken?: string,
    size = PAGE,
  ): Promise<{ ids: string[]; next: string | undefined }> {
    const call = { method: 'GET', path: 'messages', as: 'messages.list', ...asking } as const;
    const found = await this.#api.request(listShape, { ...call, query: { ...query, maxResults: size, pageToken } });
    return { ids: found.messages.map(({ id }) => id), next: found.nextPageToken };
  }

  async listAll(query: ListQuery, asking: Asking): Promise<string[]> {
    const ids = new Set<string>();
    let pageToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const found = await this.page(query, asking, pageToken);
      for (const id of found.ids) ids.add(id);
      pageToken = found.next;
      if (pageToken === undefined) break;
    }
    return [...ids];
  }

  /** Null when history does not reach back so far. */
  async history(startHistoryId: string, pageToken: string | undefined, asking: Asking): Promise<HistoryPage | null> {
    const query = { startHistoryId, maxResults: PAGE, pageToken };
    try {
      return await this.#api.request(historyShape, {
        method: 'GET',
        path: 'history',
        as: 'history.list',
        query,
        ...asking,
      });
    } catch (error) {
      // An id that was never given is refused as wrong, one that is too old as not found.
      if (error instanceof AppError && (error.code === 'not_found' || error.code === 'invalid_input')) return null;
      throw error;
    }
  }

  /** The ids of all drafts; null where the server does not tell them. */
  async drafts(asking: Asking): Promise<Extract<Change<RawMessage>, { kind: 'drafts' }> | null> {
    const drafts = new Map<string, string>();
    let pageToken: string | undefined;
    try {
      for (let page = 0; page < MOST_PAGES; page++) {
        const query = { maxResults: PAGE, pageToken };
        const call = { method: 'GET', path: 'drafts', as: 'drafts.list', query, ...asking } as const;
        const found = await this.#api.request(draftListShape, call);
        for (const { id, message } of found.drafts) drafts.set(message.id, id);
        pageToken = found.nextPageToken;
        if (pageToken === undefined) break;
      }
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    return { kind: 'drafts', drafts: [...drafts].map(([messageId, draftId]) => ({ draftId, messageId })) };
  }

  async #newestHistoryId(asking: Asking): Promise<string> {
    const [id] = (await this.page({ includeSpamTrash: true }, asking, undefined, 1)).ids;
    if (id === undefined) return '1';
    const path = `messages/${encodeURIComponent(id)}`;
    const query = { format: 'minimal' };
    const call = { method: 'GET', path, as: 'messages.get', query, ...asking } as const;
    return (await this.#api.request(minimalShape, call)).historyId ?? '1';
  }
}

/** A server that stands in for Google may lack a method, and say so in any of these ways (501 is `unavailable`). */
const isMissing = (error: unknown): boolean =>
  error instanceof AppError &&
  (error.code === 'not_found' ||
    error.code === 'invalid_input' ||
    /\b501\b/.test(String((error.cause as { code?: unknown })?.code ?? '')));
