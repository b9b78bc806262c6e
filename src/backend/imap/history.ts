// Mails of ONE place in batches, newest first: new arrivals and history alike. Moves the place's cursor as it goes.
import type { Change, RawMessage } from '../../mail/change.ts';
import { type PlaceCursor, told, type UidRange, writeCursor } from './cursor.ts';
import { type Fetched, fetchListings, fetchWeights, type Listing, searchUids, type Weight } from './fetch.ts';
import { placeIdentity } from './identity.ts';
import { readMails, WHOLE_BYTES } from './read-mails.ts';
import type { BatchContext, Found, PlaceState, Weighed } from './round.ts';
import { describeParts } from './structure.ts';

/** The first batch of a place is small, so that something can be searched soon. */
const FIRST_BATCH = 100;
const BATCH = 250;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Sizes are asked for so many mails at once. */
const WEIGHED = 2000;
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
  const { uidValidity } = state.cursor;
  for (;;) {
    if (context.signal.aborted) return;
    const range = state.cursor.todo.findLast((each) => each.from >= from && !state.refusedNow.has(each.from));
    if (!range) return;
    const { mails, unlisted, downTo } = await nextBatch(context, state, range);
    if (context.signal.aborted) return;
    const { messages, refused } = await readMails(context, state, mails);
    refused.push(...unlisted);
    const { cursor, lost } = afterRefusals(state.cursor, refused);
    for (const uid of refused) state.refusedNow.add(uid);
    if (lost.size > 0) messages.push(...(await listLost(context, state, [...lost])));
    messages.sort((a, b) => b.copy.uid - a.copy.uid);
    // A mail that cannot even be listed counts as told, or its place would be compared for ever.
    const count = messages.length + [...lost].filter((uid) => !messages.some(({ copy }) => copy.uid === uid)).length;
    const again = refused.filter((uid) => !lost.has(uid));
    state.cursor = told(cursor, range, downTo, count, again);
    if (downTo === range.from) context.found.delete(foundKey(path, uidValidity, range.from));
    if (messages.length === 0) yield emptyStep(state);
    else
      yield {
        kind: 'messages',
        path,
        uidValidity,
        live: range.from >= state.cursor.baseline && !state.cursor.relisted,
        messages,
        cursor: writeCursor(state.cursor),
      };
  }
}

/** Only the cursor moved. */
export function emptyStep({ listed, cursor }: PlaceState): Batch {
  const { path } = listed.place;
  return { kind: 'flags', path, uidValidity: cursor.uidValidity, copies: [], cursor: writeCursor(cursor) };
}

/** Under which the UIDs of a range are kept; a range loses its upper end only. */
export const foundKey = (path: string, uidValidity: number, from: number): string => `${uidValidity} ${from} ${path}`;

interface Next {
  /** What is to be read, newest first. */
  readonly mails: ReadonlyMap<number, Weight>;
  /** There, but the server would not say what they weigh. */
  readonly unlisted: readonly number[];
  /** The range is done from here up. */
  readonly downTo: number;
}

/** The newest mails of a range, as many as make a batch. */
async function nextBatch(context: BatchContext, state: PlaceState, range: UidRange): Promise<Next> {
  const found = await foundIn(context, state, range);
  const { uids } = found;
  const mails = new Map<number, Weight>();
  const unlisted: number[] = [];
  const untouched = state.cursor.held === 0 && range.to === state.cursor.top;
  const most = untouched ? FIRST_BATCH : BATCH;
  let at = uids.findLastIndex((uid) => uid < range.to);
  if (at < 0) return { mails, unlisted, downTo: range.from };
  const { from, weights } = await weigh(context, state, found, at, untouched ? FIRST_BATCH : WEIGHED);
  let downTo = range.to;
  for (let bytes = 0; at >= 0 && uids[at]! >= from; at--) {
    const uid = uids[at]!;
    const weight = weights.got.get(uid);
    if (weight) {
      bytes += weight.sizeBytes > WHOLE_BYTES ? PARTIAL_BYTES : weight.sizeBytes;
      if (mails.size === most || (mails.size > 0 && bytes > BATCH_BYTES)) break;
      mails.set(uid, weight);
    } else if (weights.refused.includes(uid)) unlisted.push(uid);
    downTo = uid;
  }
  return { mails, unlisted, downTo: at < 0 ? range.from : downTo };
}

/** The UIDs of a range that are there; SEARCH is asked once a connection, however often the work is interrupted. */
async function foundIn({ connection, found }: BatchContext, state: PlaceState, range: UidRange): Promise<Found> {
  const { path } = state.listed.place;
  const { uidValidity } = state.cursor;
  const key = foundKey(path, uidValidity, range.from);
  const known = found.get(key);
  // A round that nothing was kept of begins again at the same UID, and more may have come since.
  if (known && known.to >= range.to) return known;
  const search = (): Promise<Uint32Array> => searchUids(connection.client, range.from, range.to);
  const fresh: Found = { to: range.to, uids: await connection.inMailbox(path, search, uidValidity) };
  found.set(key, fresh);
  return fresh;
}

/** What the mails weigh from `uids[at]` down, asked for many batches at once. */
async function weigh(
  { connection, dialect }: BatchContext,
  { listed, cursor }: PlaceState,
  found: Found,
  at: number,
  most: number,
): Promise<Weighed> {
  const { uids, weighed } = found;
  if (weighed && weighed.from <= uids[at]! && uids[at]! <= weighed.to) return weighed;
  const these = uids.subarray(Math.max(0, at + 1 - most), at + 1);
  const { client } = connection;
  const fetch = (): Promise<Fetched<Weight>> => fetchWeights(client, these, dialect);
  const weights = await connection.inMailbox(listed.place.path, fetch, cursor.uidValidity);
  found.weighed = { from: these[0]!, to: uids[at]!, weights };
  return found.weighed;
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
 * Mails that the server has and will not give: there, without text. Where only the header could say who one is, it is
 * whatever lies at this place, so that asking again finds the same.
 */
async function listLost(
  { connection, dialect }: BatchContext,
  { listed, cursor }: PlaceState,
  uids: readonly number[],
): Promise<RawMessage<number>[]> {
  const { path } = listed.place;
  const { uidValidity } = cursor;
  const { client } = connection;
  const list = (): Promise<Fetched<Listing>> => fetchListings(client, uids, dialect, true);
  const listings = await connection.inMailbox(path, list, uidValidity);
  return [...listings.got.values()].map(({ structure, ...arrival }) => {
    const { copy, gmail } = arrival;
    const identity = gmail ? `gm:${gmail.id}` : placeIdentity(path, uidValidity, copy.uid);
    return { ...arrival, identity, source: new Uint8Array(0), partial: true, parts: describeParts(structure) };
  });
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
