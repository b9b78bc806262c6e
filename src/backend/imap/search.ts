// SEARCH for mail that the store lacks: in Gmail's language (X-GM-RAW) where it is spoken, else in plain IMAP's. Moves no
// cursor.
import type { SearchObject } from 'imapflow';
import { AppError } from '../../base/errors.ts';
import type { Change, RawMessage } from '../../mail/change.ts';
import type { ImapCriterion } from '../../query/imap-search.ts';
import type { LookedUp, ServerQuery } from '../port.ts';
import { firstSight } from './cursor.ts';
import { fetchListings, type Weight } from './fetch.ts';
import type { ListedPlace } from './places.ts';
import { readMails } from './read-mails.ts';
import { type BatchContext, beginPlace } from './round.ts';

/** So few are fetched at once that the first are stored when the caller's patience ends. */
const FETCHED_AT_ONCE = 10;

export interface SearchContext extends BatchContext {
  /** The most mails of each place. */
  readonly limit: number;
}

/** See the port. Places that the query does not mean are not asked; a view shows nothing of its own. */
export async function* searchPlaces(
  context: SearchContext,
  places: readonly ListedPlace[],
  query: ServerQuery,
): AsyncGenerator<Change<RawMessage>, void, void> {
  const criteria = criteriaOf(query, context.dialect.gmailIds);
  if (criteria) yield* askPlaces(context, places, criteria, query.includesHidden);
}

/** See the port. */
export async function* lookUpIn(
  context: SearchContext,
  places: readonly ListedPlace[],
  wanted: LookedUp,
): AsyncGenerator<Change<RawMessage>, void, void> {
  const id = 'messageId' in wanted ? wanted.messageId : wanted.threadId;
  if (!context.dialect.gmailIds || !/^[0-9a-f]{1,16}$/.test(id)) return;
  const number = BigInt(`0x${id}`).toString();
  yield* askPlaces(context, places, 'messageId' in wanted ? { emailId: number } : { threadId: number }, true);
}

async function* askPlaces(
  context: SearchContext,
  places: readonly ListedPlace[],
  criteria: SearchObject,
  includesHidden: boolean,
): AsyncGenerator<Change<RawMessage>, void, void> {
  for (const listed of places) {
    const isHidden = listed.place.label?.type === 'system' && /^(?:SPAM|TRASH)$/.test(listed.place.label.id);
    const isAll = listed.place.label === null;
    if ((isHidden && !includesHidden) || (listed.view && !isAll) || !listed.status) continue;
    if (listed.view && !context.dialect.gmailIds) continue;
    yield* searchPlace(context, listed, criteria);
    if (context.signal.aborted) return;
  }
}

async function* searchPlace(
  context: SearchContext,
  listed: ListedPlace,
  criteria: SearchObject,
): AsyncGenerator<Change<RawMessage>, void, void> {
  const { connection, dialect, signal, limit } = context;
  const { path } = listed.place;
  const status = listed.status!;
  // Whether the store has a mail is asked by what the mail is, not by where it lies.
  const state = beginPlace(listed, firstSight(status, true));
  const found = await connection.inMailbox(
    path,
    () => connection.client.search(criteria, { uid: true }),
    status.uidValidity,
  );
  if (!Array.isArray(found)) throw connection.usable ? refused() : connection.lost();
  const newest = found.slice(-limit).reverse();
  for (let at = 0; at < newest.length && !signal.aborted; at += FETCHED_AT_ONCE) {
    const uids = newest.slice(at, at + FETCHED_AT_ONCE);
    const list = () => fetchListings(connection.client, uids, dialect, false);
    const listings = await connection.inMailbox(path, list, status.uidValidity);
    const weights = new Map<number, Weight>();
    for (const [uid, { sizeBytes, gmail }] of listings.got) weights.set(uid, { sizeBytes, gmailId: gmail?.id ?? null });
    const { messages } = await readMails(context, state, weights);
    for (const message of messages.toSorted((a, b) => b.copy.uid - a.copy.uid)) {
      if (message.source === null) continue;
      const { uidValidity } = status;
      yield { kind: 'messages', path, uidValidity, live: false, messages: [message], cursor: null, ahead: true };
    }
  }
}

const refused = (): AppError =>
  new AppError('unavailable', 'The mail server would not search.', { hint: 'The copy has been searched.' });

function criteriaOf({ gmail, imap }: ServerQuery, speaksGmail: boolean): SearchObject | null {
  if (speaksGmail) return gmail ? { gmraw: gmail } : null;
  return imap && objectOf(imap);
}

// The library takes each key once an object, so that two of one kind have to be joined by OR and NOT.
function objectOf(criterion: ImapCriterion): SearchObject {
  switch (criterion.key) {
    case 'and':
      return criterion.of
        .map(objectOf)
        .reduce((left, right): SearchObject => ({ not: { or: [{ not: left }, { not: right }] } }));
    case 'or':
      return { or: criterion.of.map(objectOf) };
    case 'not':
      return { not: objectOf(criterion.of) };
    case 'header':
      return { header: { [criterion.name]: criterion.value } };
    case 'seen':
    case 'flagged':
    case 'draft':
      return { [criterion.key]: criterion.is };
    case 'larger':
    case 'smaller':
      // The library leaves a zero out.
      return { [criterion.key]: Math.max(criterion.bytes, 1) };
    case 'since':
    case 'before':
      return { [criterion.key]: new Date(`${criterion.day}T00:00:00Z`) };
    default:
      return { [criterion.key]: criterion.value };
  }
}
