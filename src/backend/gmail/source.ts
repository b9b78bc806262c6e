// One account over the Gmail API: the source of everything that happens to its mail. Knows no table.
import type { Readable } from 'node:stream';
import { AppError, notFound } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Change, Flag, RawMessage } from '../../mail/change.ts';
import type {
  AccessTokens,
  ChangesRequest,
  InventoryEntry,
  LookedUp,
  MailSource,
  PartAddress,
  SearchRequest,
  ServerQuery,
  SourceCapabilities,
} from '../port.ts';
import { GmailApi, type GmailServer } from './api.ts';
import { BatchReader } from './batch.ts';
import { emptyStep, type GmailCursor, readCursor } from './cursor.ts';
import { identityOf, type Reading, readMails } from './fetch.ts';
import { Following, type FollowingContext } from './following.ts';
import type { LabelBook } from './labels.ts';
import { Listing, type ListingContext, meetsKnown } from './listing.ts';
import { type Asking, GmailMailbox } from './mailbox.ts';
import { readPart } from './part.ts';
import { HERE, MessageNumbers, PLACE, placeOf, threadShape, UID_VALIDITY } from './resources.ts';
import { Watch } from './watch.ts';

export interface GmailSourceOptions {
  readonly email: string;
  readonly logger: Logger;
}

/** Goes to no network yet. */
export function openGmailSource(server: GmailServer, tokens: AccessTokens, options: GmailSourceOptions): MailSource {
  return new GmailSource(server, tokens, options);
}

type Step = Change<RawMessage>;

/** So few are fetched at once that the first are stored when a caller's patience ends. */
const FETCHED_AT_ONCE = 10;
const MINUTE_MS = 60_000;

interface Standing {
  readonly at: number;
  readonly profile: { readonly historyId: string; readonly messages: number };
  readonly book: LabelBook;
}

class GmailSource implements MailSource {
  readonly capabilities: SourceCapabilities;
  readonly #api: GmailApi;
  readonly #batch: BatchReader;
  readonly #mailbox: GmailMailbox;
  readonly #following: Following;
  readonly #watch: Watch;
  readonly #logger: Logger;
  readonly #numbers = new MessageNumbers();
  readonly #closed = new AbortController();
  #listing: Listing | null = null;
  #stands: Standing | null = null;
  #news = false;
  #heardAt = 0;
  #wake: () => void = () => undefined;

  constructor(server: GmailServer, tokens: AccessTokens, { email, logger }: GmailSourceOptions) {
    this.#api = new GmailApi(server, tokens, email);
    this.#batch = new BatchReader(this.#api);
    this.#mailbox = new GmailMailbox(this.#api);
    this.#following = new Following(this.#mailbox);
    this.#watch = new Watch(this.#api, server.topic, logger);
    this.#logger = logger;
    this.capabilities = { gmailIds: true, push: server.topic !== null };
  }

  changes(request: ChangesRequest): AsyncGenerator<Step, void, void> {
    return request.scope === 'all' ? this.#everything(request) : this.#arrivals(request);
  }

  async *#everything(request: ChangesRequest): AsyncGenerator<Step, void, void> {
    this.#news = false;
    const asking = this.#asking(request.signal, true);
    const { profile, book } = await this.#standing(asking);
    const total = profile.messages || (this.#listing?.total ?? 0);
    yield { kind: 'places', places: [placeOf(total), ...book.places()] };
    await this.#watch.keep(asking.signal);
    const kept = readCursor(request.cursors.get(PLACE));
    const state = { cursor: kept ?? { historyId: profile.historyId, phase: 'import' as GmailCursor['phase'] } };
    const context = this.#listingContext(request);
    if (!kept) {
      const isOld = request.cursors.size > 0 || (await meetsKnown(context));
      state.cursor = { ...state.cursor, phase: isOld ? 'relist' : 'import' };
      yield emptyStep(state.cursor);
    } else if (!(yield* this.#following.tell(this.#followed(request), state))) {
      this.#logger.warn({ place: PLACE }, 'history does not reach back; the mailbox is listed anew');
      this.#listing = null;
      this.#following.forgetDrafts();
      const { historyId } = await this.#mailbox.profile(asking);
      state.cursor = { historyId, phase: 'relist' };
      yield emptyStep(state.cursor);
    }
    if (state.cursor.phase !== 'complete') {
      this.#listing ??= new Listing();
      yield* this.#listing.tell(context, state);
      if (asking.signal.aborted) return;
      // What happened meanwhile; and a history that cannot even be told from here on is no reason to list for ever.
      if (!(yield* this.#following.tell(this.#followed(request), state))) throw endless();
      this.#listing = null;
      state.cursor = { ...state.cursor, phase: 'complete' };
      yield emptyStep(state.cursor);
    }
    yield* this.#following.owed(this.#followed(request), state);
    if (!this.#following.knowsDrafts) yield* this.#following.listDrafts(asking);
    if (!asking.signal.aborted) yield { kind: 'settled' };
  }

  /** Asked for before anything is listed, so that what happens meanwhile is told by history; while it is listed, once a minute. */
  async #standing(asking: Asking): Promise<Standing> {
    const now = this.#api.clock.now();
    if (this.#listing && this.#stands && now - this.#stands.at < MINUTE_MS) return this.#stands;
    const profile = await this.#mailbox.profile(asking);
    this.#stands = { at: now, profile, book: await this.#mailbox.labels(asking) };
    return this.#stands;
  }

  async *#arrivals(request: ChangesRequest): AsyncGenerator<Step, void, void> {
    const kept = readCursor(request.cursors.get(PLACE));
    if (!kept) return;
    this.#news = false;
    const steps = this.#following.tell(this.#followed(request), { cursor: kept });
    let someWent = false;
    for (let step = await steps.next(); ; step = await steps.next()) {
      if (step.done) {
        if (!step.value) yield* this.#everything(request);
        // There is one place only, so what went from it is nowhere else.
        else if (someWent && kept.phase === 'complete') yield { kind: 'settled' };
        return;
      }
      someWent ||= step.value.kind === 'gone';
      yield step.value;
    }
  }

  async announced(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#wake = wake;
    signal.addEventListener('abort', wake);
    this.#closed.signal.addEventListener('abort', wake);
    try {
      if (!signal.aborted && !this.#news && !this.#closed.signal.aborted) await promise;
    } finally {
      signal.removeEventListener('abort', wake);
      this.#closed.signal.removeEventListener('abort', wake);
    }
    if (this.#closed.signal.aborted && !signal.aborted)
      throw new AppError('unavailable', 'The connection to Gmail has been closed.');
  }

  hint(): void {
    this.#heardAt = this.#api.clock.now();
    this.#news = true;
    this.#wake();
  }

  heardAt(): number {
    return this.#watch.alive && !this.#closed.signal.aborted ? this.#heardAt : 0;
  }

  async *search(query: ServerQuery, request: SearchRequest): AsyncGenerator<Step, void, void> {
    if (query.gmail === null) return;
    const asking = this.#asking(request.signal, false);
    const list = { includeSpamTrash: query.includesHidden, ...(query.gmail && { q: query.gmail }) };
    const { ids } = await this.#mailbox.page(list, asking, undefined, request.limit);
    yield* this.#ahead(request, ids);
  }

  async *lookUp(wanted: LookedUp, request: Omit<SearchRequest, 'limit'>): AsyncGenerator<Step, void, void> {
    yield* this.#ahead(
      request,
      'messageId' in wanted ? [wanted.messageId] : await this.#thread(wanted, request.signal),
    );
  }

  async #thread({ threadId }: { threadId: string }, signal: AbortSignal): Promise<string[]> {
    const path = `threads/${encodeURIComponent(threadId)}`;
    const query = { format: 'minimal' };
    const call = { method: 'GET', path, as: 'threads.get', query, ...this.#asking(signal, false) } as const;
    try {
      return (await this.#api.request(threadShape, call)).messages.map(({ id }) => id);
    } catch (error) {
      if (error instanceof AppError && (error.code === 'not_found' || error.code === 'invalid_input')) return [];
      throw error;
    }
  }

  async *#ahead(
    { knows, signal }: Omit<SearchRequest, 'limit'>,
    ids: readonly string[],
  ): AsyncGenerator<Step, void, void> {
    const known = await knows(ids.map(identityOf));
    const missing = ids.filter((id) => !known.has(identityOf(id)));
    for (let at = 0; at < missing.length && !signal.aborted; at += FETCHED_AT_ONCE) {
      const { mails } = await readMails(this.#reading(signal, {}), missing.slice(at, at + FETCHED_AT_ONCE));
      for (const mail of mails)
        yield { kind: 'messages', ...HERE, live: false, messages: [mail], cursor: null, ahead: true };
    }
  }

  readPart({ path, uidValidity, uid, messageId, partId }: PartAddress, signal: AbortSignal): Promise<Readable> {
    if (path !== PLACE || uidValidity !== UID_VALIDITY)
      return Promise.reject(notFound('The mail is not there any more.', 'Look for it again.'));
    return readPart(this.#api, messageId ?? this.#numbers.id(uid), partId, this.#asking(signal, false).signal);
  }

  async *inventory(signal: AbortSignal): AsyncGenerator<InventoryEntry, void, void> {
    const asking = { ...this.#asking(signal, true), inBackground: true };
    const all = { includeSpamTrash: true };
    const listed = async (labelIds: string) => new Set(await this.#mailbox.listAll({ ...all, labelIds }, asking));
    const [unread, starred, drafts] = [await listed('UNREAD'), await listed('STARRED'), await listed('DRAFT')];
    for (const id of await this.#mailbox.listAll(all, asking)) {
      const flags: Flag[] = unread.has(id) ? [] : ['seen'];
      if (starred.has(id)) flags.push('flagged');
      if (drafts.has(id)) flags.push('draft');
      yield { ...HERE, uid: this.#numbers.uid(id), flags };
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  /** `patient`: for the sync, which has nobody who would rather hear when to come again. */
  #asking(signal: AbortSignal, patient: boolean): Asking {
    return { inBackground: false, patient, signal: AbortSignal.any([signal, this.#closed.signal]) };
  }

  #reading(given: AbortSignal, asking: Partial<Asking>): Reading {
    const how: Asking = { ...this.#asking(given, false), ...asking };
    const book = (labelIds: readonly string[]): Promise<LabelBook> => this.#mailbox.book(labelIds, how);
    return { batch: this.#batch, numbers: this.#numbers, book, ...how };
  }

  #followed({ knows, signal }: ChangesRequest): FollowingContext {
    return { reading: this.#reading(signal, { patient: true }), knows };
  }

  #listingContext({ knows, signal }: ChangesRequest): ListingContext {
    return {
      mailbox: this.#mailbox,
      reading: this.#reading(signal, { inBackground: true, patient: true }),
      knows,
      quotaWait: (units) => this.#api.limits.wait(units, true),
      sleep: (ms) => this.#api.clock.sleep(ms, this.#asking(signal, false).signal),
    };
  }
}

const endless = (): AppError =>
  new AppError('unavailable', 'Gmail does not know where its own history ends.', {
    hint: 'It is tried again by itself.',
  });
