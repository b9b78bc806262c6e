// One account over IMAP: the source of everything that happens to its mail. Knows no table.
import type { Readable } from 'node:stream';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Change, RawMessage } from '../../mail/change.ts';
import type {
  ChangesRequest,
  InventoryEntry,
  LookedUp,
  MailSource,
  PartAddress,
  PasswordLogin,
  SearchRequest,
  ServerQuery,
  SourceCapabilities,
} from '../port.ts';
import type { MailServer } from '../server.ts';
import { Connection, DEFAULT_TIMING, type ImapTiming } from './connection.ts';
import { extend, firstSight, readCursor } from './cursor.ts';
import { type Dialect, searchFrom } from './fetch.ts';
import { batches, emptyStep, foundKey } from './history.ts';
import { flagsOf } from './labels.ts';
import { glanceAtPlaces, listPlaces, signsOf } from './listing.ts';
import { readPart } from './part-stream.ts';
import type { ListedPlace, PlaceStatus } from './places.ts';
import { type BatchContext, beginPlace, type PlaceState } from './round.ts';
import { lookUpIn, searchPlaces } from './search.ts';
import { upkeep } from './upkeep.ts';

export interface ImapSourceOptions {
  readonly logger: Logger;
  /** Only tests have a reason to differ. */
  readonly timing?: Partial<ImapTiming>;
}

/**
 * Logs in over implicit TLS (RFC 8314), the certificate verified; no byte of the password leaves before that. Rejects
 * with what the server refused and how to mend it.
 */
export async function openImapSource(
  server: MailServer,
  login: PasswordLogin,
  { logger, timing }: ImapSourceOptions,
): Promise<MailSource> {
  return new ImapSource(await Connection.open(server, login, { ...DEFAULT_TIMING, ...timing }), logger);
}

/** Mails of a thread; Gmail begins another one after a hundred. */
const MOST_LOOKED_UP = 500;
/** UIDs of one FETCH of the inventory. */
const INVENTORY_SPAN = 20_000;

class ImapSource implements MailSource {
  readonly capabilities: SourceCapabilities;
  readonly #connection: Connection;
  readonly #logger: Logger;
  readonly #found: BatchContext['found'] = new Map();
  readonly #flagsSeen = new Map<string, string>();
  /** The place that push watches: All Mail or the inbox. */
  #watched: ListedPlace | null = null;
  /** As they were last listed. */
  #places: readonly ListedPlace[] = [];
  /** UIDs of the watched place from here on have not been asked for. */
  #lookedBelow = 0;
  #news = false;
  /** What the places said that push does not watch, and whether they have said something else since. */
  #signs = '';
  #stirred = false;
  #glanceInMs: number;
  #wake: () => void = () => undefined;
  /** Until the server has refused it once. */
  #willIdle: boolean;

  constructor(connection: Connection, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
    this.#willIdle = connection.canPush;
    this.#glanceInMs = connection.timing.glanceMs;
    this.capabilities = { gmailIds: connection.gmailIds, push: connection.canPush };
    connection.client.on('exists', ({ path, count, prevCount }) => {
      if (path !== this.#watched?.place.path || count <= prevCount) return;
      this.#news = true;
      this.#wake();
    });
  }

  changes(request: ChangesRequest): AsyncGenerator<Change<RawMessage>, void, void> {
    const whole = request.scope === 'all' || this.#stirred;
    return whole ? this.#everything(request) : this.#arrivals(request);
  }

  async *#everything(request: ChangesRequest): AsyncGenerator<Change<RawMessage>, void, void> {
    this.#news = false;
    const places = await this.#list();
    yield { kind: 'places', places: places.map(({ place }) => place) };
    const context = this.#context(request);
    const states: PlaceState[] = [];
    for (const listed of places) {
      const state = await this.#begin(listed, request.cursors.get(listed.place.path));
      if (!state) continue;
      states.push(state);
      // A place that never held a mail has a cursor all the same, or its first one would not be told as new.
      if (state.cursor.todo.length === 0 && !request.cursors.has(listed.place.path)) yield emptyStep(state);
    }
    for (const state of states) yield* this.#skippable(state, () => batches(context, state, state.cursor.baseline));
    for (const state of states) yield* this.#skippable(state, () => batches(context, state, 1));
    for (const state of states) {
      if (request.signal.aborted) return;
      if (state.cursor.todo.length > 0) continue;
      const { connection, dialect } = context;
      yield* this.#skippable(state, () => upkeep({ connection, dialect, flagsSeen: this.#flagsSeen }, state));
    }
    if (!request.signal.aborted && states.length === places.length && states.every(({ looked }) => looked))
      yield { kind: 'settled' };
  }

  async *#arrivals(request: ChangesRequest): AsyncGenerator<Change<RawMessage>, void, void> {
    const listed = this.#watched ?? (await this.#list())[0]!;
    const { path } = listed.place;
    const kept = readCursor(request.cursors.get(path));
    if (!kept) return;
    this.#news = false;
    const uids = await this.#connection.inMailbox(path, async (mailbox) => {
      if (Number(mailbox.uidValidity ?? 0n) !== kept.uidValidity) return null;
      this.#lookedBelow = Math.max(this.#lookedBelow, mailbox.uidNext || 0);
      return searchFrom(this.#connection.client, kept.top);
    });
    const newest = uids?.at(-1);
    if (!uids || newest === undefined) return;
    this.#lookedBelow = Math.max(this.#lookedBelow, newest + 1);
    this.#found.set(foundKey(path, kept.uidValidity, kept.top), { to: newest + 1, uids });
    const state = beginPlace(listed, extend(kept, newest + 1));
    yield* batches(this.#context(request), state, kept.baseline);
  }

  async announced(signal: AbortSignal): Promise<void> {
    const path = (this.#watched ?? (await this.#list())[0]!).place.path;
    while (!signal.aborted && !this.#news) {
      if (!this.#connection.usable) throw this.#connection.lost();
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      const wake = (): void => resolve();
      this.#wake = wake;
      signal.addEventListener('abort', wake);
      this.#connection.client.once('close', wake);
      // Gmail's All Mail has everything; elsewhere a filter may file mail where push is not heard.
      const glance = this.#willIdle && !this.#connection.gmailIds ? setTimeout(wake, this.#glanceInMs) : undefined;
      try {
        if (this.#willIdle) this.#willIdle = await this.#idle(path, woken, signal);
        else await woken;
      } finally {
        signal.removeEventListener('abort', wake);
        this.#connection.client.off('close', wake);
        clearTimeout(glance);
      }
      if (glance && !signal.aborted && !this.#news && this.#connection.usable) await this.#glance();
    }
    if (!this.#connection.usable) throw this.#connection.lost();
  }

  /** False when the server will not idle. */
  #idle(path: string, woken: Promise<void>, signal: AbortSignal): Promise<boolean> {
    return this.#connection.idle(path, woken, (mailbox) => {
      if ((mailbox.uidNext || 0) > this.#lookedBelow) this.#news = true;
      return this.#news || signal.aborted;
    });
  }

  /** Looks whether something happened in the places that push does not watch; never more than a twentieth of the time. */
  async #glance(): Promise<void> {
    const startedAt = Date.now();
    this.#stirred = signsOf(await glanceAtPlaces(this.#connection)) !== this.#signs;
    this.#news ||= this.#stirred;
    this.#glanceInMs = Math.max(this.#connection.timing.glanceMs, 20 * (Date.now() - startedAt));
  }

  heardAt(): number {
    return this.#connection.usable && this.#connection.pushes ? this.#connection.heardAt : 0;
  }

  async *search(query: ServerQuery, request: SearchRequest): AsyncGenerator<Change<RawMessage>, void, void> {
    const places = this.#places.length > 0 ? this.#places : await this.#list();
    yield* searchPlaces({ ...this.#context(request), limit: request.limit }, places, query);
  }

  async *lookUp(
    wanted: LookedUp,
    request: Omit<SearchRequest, 'limit'>,
  ): AsyncGenerator<Change<RawMessage>, void, void> {
    const places = this.#places.length > 0 ? this.#places : await this.#list();
    yield* lookUpIn({ ...this.#context(request), limit: MOST_LOOKED_UP }, places, wanted);
  }

  readPart(part: PartAddress, signal: AbortSignal): Promise<Readable> {
    return readPart(this.#connection, part, signal);
  }

  async *inventory(signal: AbortSignal): AsyncGenerator<InventoryEntry, void, void> {
    const { client } = this.#connection;
    for (const { place, status } of await this.#list()) {
      const { path } = place;
      for (let low = 1; low < (status?.uidNext ?? 0); low += INVENTORY_SPAN) {
        if (signal.aborted) return;
        const high = low + INVENTORY_SPAN - 1;
        const entries = await this.#connection.inMailbox(path, async ({ uidValidity }) => {
          const found: InventoryEntry[] = [];
          for await (const { uid, flags } of client.fetch(`${low}:${high}`, { flags: true }, { uid: true }))
            if (uid && flags) found.push({ path, uidValidity: Number(uidValidity), uid, flags: flagsOf(flags) });
          return found;
        });
        yield* entries;
      }
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  get #dialect(): Dialect {
    return { gmailIds: this.#connection.gmailIds, utf8: this.#connection.utf8 };
  }

  #context({ knows, signal }: Pick<ChangesRequest, 'knows' | 'signal'>): BatchContext {
    return { connection: this.#connection, dialect: this.#dialect, knows, signal, found: this.#found };
  }

  async #list(): Promise<ListedPlace[]> {
    const places = await listPlaces(this.#connection);
    const first = places[0];
    // Every account has an inbox (RFC 3501 section 5.1): a list without one is a broken answer, not an empty account.
    if (!first)
      throw new AppError('unavailable', 'The mail server named no mailbox.', { hint: 'It is tried again by itself.' });
    this.#watched = first;
    this.#places = places;
    this.#signs = signsOf(places);
    this.#stirred = false;
    this.#lookedBelow = Math.max(this.#lookedBelow, first.status?.uidNext ?? 0);
    return places;
  }

  /** Null when nothing can be said about the place in this round. */
  async #begin(listed: ListedPlace, kept: string | undefined): Promise<PlaceState | null> {
    const { status, place } = listed;
    if (!status) return null;
    const cursor = readCursor(kept);
    const uidNext = status.uidNext || (await this.#uidNext(place.path, cursor?.top ?? 1));
    const seen: PlaceStatus = { ...status, uidNext };
    if (!cursor) return beginPlace(listed, firstSight(seen, kept !== undefined));
    if (status.uidValidity !== cursor.uidValidity) {
      this.#logger.warn({ place: place.path }, 'a mailbox was numbered anew');
      // A server that forgot the number has not said that UIDs changed.
      return status.uidValidity === 0 ? null : beginPlace(listed, firstSight(seen, true));
    }
    if (uidNext < cursor.top) {
      this.#logger.warn({ place: place.path }, 'a mailbox counts backwards');
      return null;
    }
    return beginPlace(listed, extend(cursor, uidNext));
  }

  /** For a server that does not tell UIDNEXT. */
  async #uidNext(path: string, atLeast: number): Promise<number> {
    const uids = await this.#connection.inMailbox(path, () => searchFrom(this.#connection.client, atLeast));
    return Math.max(atLeast, (uids.at(-1) ?? 0) + 1);
  }

  /** A place that vanishes while it is looked at is left for the next round. */
  async *#skippable(
    { listed }: PlaceState,
    steps: () => AsyncGenerator<Change<RawMessage>, void, void>,
  ): AsyncGenerator<Change<RawMessage>, void, void> {
    try {
      yield* steps();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
      this.#logger.info({ place: listed.place.path }, 'a mailbox cannot be opened');
    }
  }
}
