// The mails of one batch with their bytes, in as few requests as can be. Moves no cursor.
import type { Identity, RawMessage } from '../../mail/change.ts';
import {
  fetchHeaders,
  fetchListings,
  fetchPartial,
  fetchStructures,
  fetchWhole,
  type Listing,
  type Weight,
} from './fetch.ts';
import { headerIdentity, wholeIdentity } from './identity.ts';
import type { BatchContext, PlaceState } from './round.ts';
import { describeParts } from './structure.ts';

/** Mails up to this size are fetched whole. */
export const WHOLE_BYTES = 256 * 1024;

interface Read {
  readonly messages: RawMessage<number>[];
  /** There, but the server would not give them. */
  readonly refused: number[];
}

/** Reads mails by their UIDs; a mail in neither list has gone in the meantime. What the store knows comes without bytes. */
export async function readMails(
  context: BatchContext,
  state: PlaceState,
  mails: ReadonlyMap<number, Weight>,
): Promise<Read> {
  const messages: RawMessage<number>[] = [];
  const { path } = state.listed.place;
  const { connection, dialect } = context;
  const { client } = connection;
  const { identities, refused } = await identify(context, state, mails);
  const known = identities.size > 0 ? await context.knows([...identities.values()]) : new Set<Identity>();
  const held: number[] = [];
  const small: number[] = [];
  const large: number[] = [];
  for (const [uid, { sizeBytes }] of mails) {
    if (known.has(identities.get(uid) ?? '')) held.push(uid);
    else if (!refused.includes(uid)) (sizeBytes > WHOLE_BYTES ? large : small).push(uid);
  }
  const add = (
    { structure, ...arrival }: Listing,
    bytes: { source: Buffer; header: Buffer } | null,
    partial: boolean,
  ) => {
    const identity = identities.get(arrival.copy.uid) ?? wholeIdentity(bytes!, arrival.sizeBytes);
    messages.push({ ...arrival, identity, source: bytes?.source ?? null, partial, parts: describeParts(structure) });
  };
  const read = async (): Promise<void> => {
    if (held.length > 0) {
      const listings = await fetchListings(client, held, dialect, false);
      refused.push(...listings.refused);
      for (const listing of listings.got.values()) add(listing, null, false);
    }
    if (small.length > 0) {
      const whole = await fetchWhole(client, small, dialect);
      refused.push(...whole.refused);
      const attached = [...whole.got].filter(([, { source }]) => mayHaveAttachments(source)).map(([uid]) => uid);
      const structures = attached.length > 0 ? await fetchStructures(client, attached) : null;
      for (const [uid, { listing, source }] of whole.got) {
        const structure = structures?.get(uid);
        add({ ...listing, structure }, { source, header: source }, false);
      }
    }
    if (large.length > 0) {
      const listings = await fetchListings(client, large, dialect, true);
      refused.push(...listings.refused);
      for (const listing of listings.got.values()) {
        const part = await fetchPartial(client, listing.copy.uid, listing.structure);
        refused.push(...part.refused);
        for (const bytes of part.got.values()) add(listing, bytes, true);
      }
    }
  };
  if (held.length + small.length + large.length > 0) await connection.inMailbox(path, read, state.cursor.uidValidity);
  return { messages, refused };
}

const TEXTS_ALONE = /^content-type:\s*(text\/(plain|html)|multipart\/alternative)\b/im;
const TYPED = /^content-type:/im;
const MOST_GLANCED_BYTES = 65_536;

/**
 * Whether the server is asked how it numbers the parts of a mail that is here whole. One that seems to be text alone needs
 * no numbers; where it is more after all, whoever reads it numbers its parts by the same rule (RFC 3501 section 6.4.5).
 */
function mayHaveAttachments(source: Buffer): boolean {
  const end = source.indexOf('\r\n\r\n');
  const header = source.toString('latin1', 0, Math.min(end < 0 ? source.length : end, MOST_GLANCED_BYTES));
  return TYPED.test(header) && !TEXTS_ALONE.test(header);
}

/** Who the mails are, as far as that can be had for less than their bytes and may spare them. */
async function identify(
  { connection, dialect }: BatchContext,
  { listed, cursor }: PlaceState,
  mails: ReadonlyMap<number, Weight>,
): Promise<{ identities: Map<number, Identity>; refused: number[] }> {
  const identities = new Map<number, Identity>();
  const refused: number[] = [];
  for (const [uid, { gmailId }] of mails) if (gmailId) identities.set(uid, `gm:${gmailId}`);
  if (dialect.gmailIds || mails.size === 0 || !(listed.view || cursor.relisted)) return { identities, refused };
  const fetch = () => fetchHeaders(connection.client, [...mails.keys()]);
  const headers = await connection.inMailbox(listed.place.path, fetch, cursor.uidValidity);
  refused.push(...headers.refused);
  for (const [uid, header] of headers.got) {
    const identity = headerIdentity(header, mails.get(uid)!.sizeBytes);
    if (identity) identities.set(uid, identity);
  }
  return { identities, refused };
}
