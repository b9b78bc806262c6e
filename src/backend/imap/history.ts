// Mails of ONE place in batches, newest first: new arrivals and history alike. Moves the place's cursor as it goes.
import type { Change, Identity, RawMessage } from '../../mail/change.ts';
import type { Connection } from './connection.ts';
import { type PlaceCursor, told, type UidRange, writeCursor } from './cursor.ts';
import {
  type Dialect,
  fetchHeaders,
  fetchListings,
  fetchPartial,
  fetchSources,
  type Listing,
  searchUids,
} from './fetch.ts';
import { headerIdentity, placeIdentity, wholeIdentity } from './identity.ts';
import type { ListedPlace } from './places.ts';
import { describeParts } from './structure.ts';

/** A place while a round works on it. */
export interface PlaceState {
  readonly listed: ListedPlace;
  cursor: PlaceCursor;
  /** Whether everything was done that a round owes this place. */
  looked: boolean;
  /** What was refused in this round and waits for the next one. */
  readonly refusedNow: Set<number>;
}

export function beginPlace(listed: ListedPlace, cursor: PlaceCursor): PlaceState {
  return { listed, cursor, looked: false, refusedNow: new Set() };
}

export interface BatchContext {
  readonly connection: Connection;
  readonly dialect: Dialect;
  readonly knows: (identities: readonly Identity[]) => Promise<ReadonlySet<Identity>>;
  readonly signal: AbortSignal;
  /** What SEARCH found in an earlier round of the same connection, by `foundKey`. */
  readonly found: Map<string, Found>;
}

/** UIDs of a range that are there, up to but without `to`; nothing is said about those from `to` on. */
export interface Found {
  readonly to: number;
  readonly uids: Uint32Array;
}

/** The first batch of a place is small, so that something can be searched soon. */
const FIRST_BATCH = 100;
const BATCH = 250;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Mails up to this size are fetched whole. */
const WHOLE_BYTES = 256 * 1024;
/** What a large mail without its large parts is reckoned as. */
const PARTIAL_BYTES = 512 * 1024;
/** So many rounds ask for a mail that the server will not give; then it is told without text. */
const MOST_TRIES = 3;

type Batch = Change<RawMessage>;

/** Every UID still to do from `from` on; a batch is fetched while the one before is being stored. */
export function batches(context: BatchContext, state: PlaceState, from: number): AsyncGenerator<Batch, void, void> {
  return ahead(produce(context, state, from));
}

async function* produce(context: BatchContext, state: PlaceState, from: number): AsyncGenerator<Batch, void, void> {
  const { path } = state.listed.place;
  for (;;) {
    if (context.signal.aborted) return;
    const range = state.cursor.todo.findLast((each) => each.from >= from && !state.refusedNow.has(each.from));
    if (!range) return;
    const uids = await uidsOf(context, state, range);
    if (uids.length === 0) {
      state.cursor = told(state.cursor, range, range.from, 0);
      yield emptyStep(state);
      continue;
    }
    const untouched = state.cursor.held === 0 && range.to === state.cursor.top;
    const slice = uids.slice(untouched ? -FIRST_BATCH : -BATCH);
    const { connection, dialect, found } = context;
    const { uidValidity } = state.cursor;
    const fetched = await connection.inMailbox(
      path,
      () => fetchListings(connection.client, slice, dialect),
      uidValidity,
    );
    const isLastSlice = slice.length === uids.length;
    if (isLastSlice) found.delete(foundKey(path, uidValidity, range.from));
    const listings = [...fetched.got.values()].sort((a, b) => b.copy.uid - a.copy.uid);
    const groups = groupBySize(listings);
    if (groups.length === 0) groups.push([]);
    let rest: UidRange = range;
    for (const [index, group] of groups.entries()) {
      if (context.signal.aborted) return;
      const { messages, refused } = await readMails(context, state, group);
      const last = index === groups.length - 1;
      const downTo = last ? (isLastSlice ? range.from : slice[0]!) : group.at(-1)!.copy.uid;
      const unlistedHere = fetched.refused.filter((uid) => uid >= downTo && uid < rest.to);
      refused.push(...unlistedHere);
      const { cursor, lost } = afterRefusals(state.cursor, refused);
      for (const uid of refused) state.refusedNow.add(uid);
      const again = refused.filter((uid) => !lost.has(uid));
      const unread = group.filter(({ copy }) => lost.has(copy.uid)).map((each) => unreadable(each, path, uidValidity));
      const mails = [...messages, ...unread].sort((a, b) => b.copy.uid - a.copy.uid);
      // A mail that cannot even be listed counts as told, or its place would be compared for ever.
      const unlisted = unlistedHere.filter((uid) => lost.has(uid)).length;
      state.cursor = told(cursor, rest, downTo, mails.length + unlisted, again);
      rest = { from: range.from, to: downTo };
      if (mails.length === 0) yield emptyStep(state);
      else
        yield {
          kind: 'messages',
          path,
          uidValidity: state.cursor.uidValidity,
          live: range.from >= state.cursor.baseline && !state.cursor.relisted,
          messages: mails,
          cursor: writeCursor(state.cursor),
        };
    }
  }
}

/** Only the cursor moved. */
export function emptyStep({ listed, cursor }: PlaceState): Batch {
  const { path } = listed.place;
  return { kind: 'flags', path, uidValidity: cursor.uidValidity, copies: [], cursor: writeCursor(cursor) };
}

/** Under which the UIDs of a range are kept; a range loses its upper end only. */
export const foundKey = (path: string, uidValidity: number, from: number): string => `${uidValidity} ${from} ${path}`;

/** The UIDs of a range that are there; SEARCH is asked once a connection, however often the work is interrupted. */
async function uidsOf({ connection, found }: BatchContext, state: PlaceState, range: UidRange): Promise<Uint32Array> {
  const { path } = state.listed.place;
  const { uidValidity } = state.cursor;
  const key = foundKey(path, uidValidity, range.from);
  let known = found.get(key);
  // A round that nothing was kept of begins again at the same UID, and more may have come since.
  if (!known || known.to < range.to) {
    const search = (): Promise<Uint32Array> => searchUids(connection.client, range.from, range.to);
    known = { to: range.to, uids: await connection.inMailbox(path, search, uidValidity) };
    found.set(key, known);
  }
  const { uids } = known;
  const left = uids.subarray(0, uids.findLastIndex((uid) => uid < range.to) + 1);
  if (left.length === 0) found.delete(key);
  return left;
}

function groupBySize(listings: readonly Listing[]): Listing[][] {
  const groups: Listing[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const listing of listings) {
    const size = listing.sizeBytes > WHOLE_BYTES ? PARTIAL_BYTES : listing.sizeBytes;
    if (bytes + size > BATCH_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(listing);
    bytes += size;
  }
  return groups;
}

async function readMails(
  context: BatchContext,
  { listed, cursor }: PlaceState,
  listings: readonly Listing[],
): Promise<{ messages: RawMessage[]; refused: number[] }> {
  if (listings.length === 0) return { messages: [], refused: [] };
  const { connection, dialect, knows } = context;
  const { client } = connection;
  const { path } = listed.place;
  const { uidValidity } = cursor;
  const refused: number[] = [];
  const identities = new Map<number, Identity>();
  for (const { copy, gmail } of listings) if (gmail) identities.set(copy.uid, `gm:${gmail.id}`);
  if (!dialect.gmailIds && (listed.view || cursor.relisted)) {
    const uids = listings.map(({ copy }) => copy.uid);
    const headers = await connection.inMailbox(path, () => fetchHeaders(client, uids), uidValidity);
    refused.push(...headers.refused);
    for (const { copy, sizeBytes } of listings) {
      const header = headers.got.get(copy.uid);
      const identity = header && headerIdentity(header, sizeBytes);
      if (identity) identities.set(copy.uid, identity);
    }
  }
  const known = identities.size > 0 ? await knows([...identities.values()]) : new Set<Identity>();
  const isKnown = ({ copy }: Listing): boolean => known.has(identities.get(copy.uid) ?? '');
  const wanted = listings.filter((listing) => !isKnown(listing) && !refused.includes(listing.copy.uid));
  const sources = new Map<number, { source: Buffer; header: Buffer; partial: boolean }>();
  await connection.inMailbox(
    path,
    async () => {
      const small = wanted.filter(({ sizeBytes }) => sizeBytes <= WHOLE_BYTES).map(({ copy }) => copy.uid);
      if (small.length > 0) {
        const whole = await fetchSources(client, small);
        refused.push(...whole.refused);
        for (const [uid, source] of whole.got) sources.set(uid, { source, header: source, partial: false });
      }
      for (const { copy, sizeBytes, structure } of wanted) {
        if (sizeBytes <= WHOLE_BYTES) continue;
        const part = await fetchPartial(client, copy.uid, structure);
        refused.push(...part.refused);
        for (const [uid, each] of part.got) sources.set(uid, { ...each, partial: true });
      }
    },
    uidValidity,
  );
  const messages: RawMessage[] = [];
  for (const listing of listings) {
    const { structure, ...arrival } = listing;
    const read = sources.get(listing.copy.uid);
    if (!read && !isKnown(listing)) continue;
    const identity = identities.get(listing.copy.uid) ?? wholeIdentity(read!, listing.sizeBytes);
    messages.push({
      ...arrival,
      identity,
      source: read?.source ?? null,
      partial: read?.partial ?? false,
      parts: describeParts(structure),
    });
  }
  return { messages, refused };
}

/** Counts a try for each; `lost` are those that have had their last. */
function afterRefusals(cursor: PlaceCursor, refused: readonly number[]): { cursor: PlaceCursor; lost: Set<number> } {
  if (refused.length === 0) return { cursor, lost: new Set() };
  const counts = { ...cursor.refused };
  const lost = new Set<number>();
  for (const uid of refused) {
    const tries = (counts[uid] ?? 0) + 1;
    counts[uid] = tries;
    if (tries < MOST_TRIES) continue;
    delete counts[uid];
    lost.add(uid);
  }
  return { cursor: { ...cursor, refused: counts }, lost };
}

/**
 * A mail that the server lists and will not give: there, without text. Where only the header could say who it is, it is
 * whatever lies at this place, so that asking again finds the same.
 */
function unreadable({ structure, ...arrival }: Listing, path: string, uidValidity: number): RawMessage {
  const { copy, gmail } = arrival;
  const identity = gmail ? `gm:${gmail.id}` : placeIdentity(path, uidValidity, copy.uid);
  return { ...arrival, identity, source: new Uint8Array(0), partial: true, parts: describeParts(structure) };
}

/** Always asks for the next value while the last one is in use; lets go only when nothing is under way any more. */
async function* ahead<T>(source: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
  let next = source.next();
  next.catch(() => undefined);
  try {
    for (;;) {
      const { value, done } = await next;
      if (done) return;
      next = source.next();
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await source.return();
  }
}
