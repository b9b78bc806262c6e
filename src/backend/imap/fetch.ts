// FETCH and SEARCH over ranges of UIDs, never mail by mail while the server plays along. Knows no cursor.
import type { FetchMessageObject, FetchQueryObject, ImapFlow, MessageStructureObject } from 'imapflow';
import { AppError } from '../../base/errors.ts';
import type { Arrival } from '../../mail/change.ts';
import { isAboutOneThing, REFUSED_WITHOUT_REASON } from './errors.ts';
import { flagsOf, labelsOf } from './labels.ts';
import { assemble, sectionsOf } from './partial.ts';

/** What a mail is apart from its text; without an identity where that has to be made from the header. */
export interface Listing extends Omit<Arrival<number>, 'identity'> {
  readonly structure: MessageStructureObject | undefined;
}

/** What a server gave of the mails asked for. A mail in neither has gone in the meantime. */
export interface Fetched<T> {
  readonly got: ReadonlyMap<number, T>;
  /** There, but the server would not give them. */
  readonly refused: readonly number[];
}

export interface Dialect {
  readonly gmailIds: boolean;
  readonly utf8: boolean;
}

/** So many UIDs are asked for in one SEARCH, whose answer is one line. */
const SEARCH_SPAN = 100_000;

/** UIDs of the selected mailbox from `from` up to but without `to`, ascending. */
export async function searchUids(client: ImapFlow, from: number, to: number): Promise<Uint32Array> {
  const uids: number[] = [];
  for (let low = Math.max(1, from); low < to; low += SEARCH_SPAN) {
    const high = Math.min(to, low + SEARCH_SPAN);
    for (const uid of await search(client, `${low}:${high - 1}`)) if (uid >= low && uid < high) uids.push(uid);
  }
  return Uint32Array.from(uids).sort();
}

/** UIDs from `from` to the newest there is. */
export async function searchFrom(client: ImapFlow, from: number): Promise<Uint32Array> {
  // `n:*` names the newest mail even when its UID is below n (RFC 3501 section 6.4.8).
  return Uint32Array.from((await search(client, `${from}:*`)).filter((uid) => uid >= from)).sort();
}

async function search(client: ImapFlow, set: string): Promise<number[]> {
  const found = await client.search({ uid: set }, { uid: true });
  if (Array.isArray(found)) return found;
  if (!client.usable) throw Object.assign(new Error('lost in SEARCH'), { code: 'NoConnection' });
  throw Object.assign(new Error('refused SEARCH'), { code: REFUSED_WITHOUT_REASON });
}

/** What a mail weighs and, where the server says so, who it is: enough to decide how it is fetched. */
export interface Weight {
  readonly sizeBytes: number;
  /** In lower-case hex; null on a plain server. */
  readonly gmailId: string | null;
}

export function fetchWeights(client: ImapFlow, uids: Uint32Array, { gmailIds }: Dialect): Promise<Fetched<Weight>> {
  // The list came from SEARCH, so the plain range between its ends names the same mails.
  const range = `${uids[0]}:${uids.at(-1)}`;
  return fetchAll(client, [...uids], range, { size: true }, ({ size, emailId }) => {
    const gmailId = gmailIds ? gmailIdOf(emailId) : null;
    return size === undefined || gmailId === undefined ? undefined : { sizeBytes: size, gmailId };
  });
}

/** Everything about these mails but their text. */
export function fetchListings(
  client: ImapFlow,
  uids: readonly number[],
  dialect: Dialect,
  bodyStructure: boolean,
): Promise<Fetched<Listing>> {
  const query = { ...listingQuery(dialect), bodyStructure };
  return fetchAll(client, uids, uidSet(uids), query, (mail) => listingOf(mail, dialect));
}

/** Whole mails, byte by byte, without setting \Seen. */
export function fetchWhole(
  client: ImapFlow,
  uids: readonly number[],
  dialect: Dialect,
): Promise<Fetched<{ listing: Listing; source: Buffer }>> {
  // Without BODYSTRUCTURE: to tell and to read it takes more time than all the rest of a mail.
  const query = { ...listingQuery(dialect), source: true };
  return fetchAll(client, uids, uidSet(uids), query, (mail) => {
    const listing = listingOf(mail, dialect);
    return listing && mail.source ? { listing, source: mail.source } : undefined;
  });
}

/** The trees of their parts, as far as the server tells them: a mail can be read without. */
export async function fetchStructures(
  client: ImapFlow,
  uids: readonly number[],
): Promise<ReadonlyMap<number, MessageStructureObject>> {
  const got = new Map<number, MessageStructureObject>();
  try {
    for await (const { uid, bodyStructure } of client.fetch(uidSet(uids), { bodyStructure: true }, { uid: true }))
      if (uid && bodyStructure) got.set(uid, bodyStructure);
  } catch (error) {
    if (!client.usable || !isAboutOneThing(error)) throw error;
  }
  return got;
}

const listingQuery = ({ gmailIds }: Dialect): FetchQueryObject => ({
  flags: true,
  internalDate: true,
  size: true,
  labels: gmailIds,
  threadId: gmailIds,
});

/** Header blocks, cut at 1 MiB as for a large mail. */
export function fetchHeaders(client: ImapFlow, uids: readonly number[]): Promise<Fetched<Buffer>> {
  return fetchAll(client, uids, uidSet(uids), { bodyParts: sectionsOf(undefined) }, (mail) => mail.headers);
}

/** A large mail without its large parts; null when the server would not give it. */
export async function fetchPartial(
  client: ImapFlow,
  uid: number,
  structure: MessageStructureObject | undefined,
): Promise<Fetched<{ source: Buffer; header: Buffer }>> {
  return fetchAll(client, [uid], `${uid}`, { bodyParts: sectionsOf(structure) }, ({ headers, bodyParts }) => {
    if (!headers) return undefined;
    return { source: assemble(structure, headers, (key) => bodyParts?.get(key)), header: headers };
  });
}

async function fetchAll<T>(
  client: ImapFlow,
  uids: readonly number[],
  range: string,
  query: FetchQueryObject,
  take: (mail: FetchMessageObject) => T | undefined,
): Promise<Fetched<T>> {
  const wanted = new Set(uids);
  const got = new Map<number, T>();
  const fetch = async (set: string): Promise<void> => {
    try {
      for await (const mail of client.fetch(set, { uid: true, ...query }, { uid: true })) {
        // Anything that nobody asked for may come in between (RFC 3501 section 7).
        if (!mail.uid || !wanted.has(mail.uid)) continue;
        const taken = take(mail);
        if (taken !== undefined) got.set(mail.uid, taken);
      }
    } catch (error) {
      if (!client.usable || !isAboutOneThing(error)) throw error;
      refusal = error;
    }
  };
  let refusal: unknown = null;
  await fetch(range);
  const missing = uids.filter((uid) => !got.has(uid));
  if (missing.length === 0) return { got, refused: [] };
  const there = (await search(client, uidSet(missing))).filter((uid) => wanted.has(uid) && !got.has(uid));
  for (const uid of there) await fetch(`${uid}`);
  const refused = there.filter((uid) => !got.has(uid));
  // A server that gives nothing at all has another trouble than one mail.
  if (refused.length === uids.length && uids.length > 1) throw refusal ?? nothingGiven();
  return { got, refused };
}

const nothingGiven = (): AppError =>
  new AppError('unavailable', 'The mail server gave none of the mails that it lists.', {
    hint: 'It is tried again by itself.',
  });

function listingOf(mail: FetchMessageObject, { gmailIds, utf8 }: Dialect): Listing | undefined {
  const { uid, flags, size, internalDate, emailId, threadId, labels, bodyStructure } = mail;
  if (!flags || size === undefined) return undefined;
  const gmail = gmailIds ? gmailOf(emailId, threadId) : null;
  if (gmail === undefined) return undefined;
  return {
    copy: { uid, flags: flagsOf(flags), labels: gmailIds ? labelsOf(labels ?? [], utf8) : null },
    gmail,
    dateMs: internalDate instanceof Date ? internalDate.getTime() : 0,
    sizeBytes: size,
    structure: bodyStructure,
  };
}

function gmailOf(id: string | undefined, threadId: string | undefined): Arrival['gmail'] | undefined {
  const [mail, thread] = [gmailIdOf(id), gmailIdOf(threadId)];
  return mail && thread ? { id: mail, threadId: thread } : undefined;
}

/** X-GM-MSGID and X-GM-THRID are unsigned 64-bit decimals; the API's ids are the same numbers in hex. */
const gmailIdOf = (id: string | undefined): string | undefined =>
  id && /^\d{1,20}$/.test(id) ? BigInt(id).toString(16) : undefined;

/** Ascending UIDs as a sequence set. */
export function uidSet(uids: readonly number[]): string {
  const runs: string[] = [];
  const sorted = uids.toSorted((a, b) => a - b);
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    runs.push(end === i ? `${sorted[i]}` : `${sorted[i]}:${sorted[end]}`);
    i = end + 1;
  }
  return runs.join(',');
}
