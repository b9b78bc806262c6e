// What changed about mails that have been told: flags, labels, and which have gone. Knows one place at a time.
import { createHash } from 'node:crypto';
import type { MailboxObject } from 'imapflow';
import type { Change, Copy, RawMessage } from '../../mail/change.ts';
import type { Connection } from './connection.ts';
import { isTold, type PlaceCursor, relist, writeCursor } from './cursor.ts';
import { type Dialect, searchUids } from './fetch.ts';
import { flagsOf, labelsOf } from './labels.ts';
import type { PlaceState } from './round.ts';

export interface UpkeepContext {
  readonly connection: Connection;
  readonly dialect: Dialect;
  /** Digests of flags by place and window, from an earlier round of the same connection. */
  readonly flagsSeen: Map<string, string>;
}

/** Copies in one change. */
const MOST_COPIES = 5000;
/** UIDs in one FETCH where the server does not tell what changed. */
const WINDOW = 20_000;
/** A place that goes on counting more mails than it gives is told anew no more often than this. */
const MOST_RELISTS = 3;

type Step = Change<RawMessage>;

/** Brings flags and presence of one place up to date; everything in it must have been told. Sets `looked`. */
export async function* upkeep(context: UpkeepContext, state: PlaceState): AsyncGenerator<Step, void, void> {
  yield* changedFlags(context, state);
  yield* gone(context, state);
}

async function* changedFlags(context: UpkeepContext, state: PlaceState): AsyncGenerator<Step, void, void> {
  const { connection } = context;
  const { path, status } = { ...state.listed.place, status: state.listed.status! };
  const { cursor } = state;
  const told = connection.tellsChanges && status.highestModseq > 0n && cursor.modseq > 0n;
  if (told) {
    if (status.highestModseq === cursor.modseq) return;
    const copies = await connection.inMailbox(
      path,
      (mailbox) =>
        // A mailbox without mod-sequences ignores CHANGEDSINCE and sends everything.
        mailbox.noModseq ? null : fetchFlags(context, cursor, '1:*', cursor.modseq),
      cursor.uidValidity,
    );
    if (copies) {
      yield* inChanges(state, copies, { ...cursor, modseq: status.highestModseq });
      return;
    }
  }
  for (let low = 1; low < cursor.top; low += WINDOW) {
    const high = Math.min(cursor.top, low + WINDOW) - 1;
    const copies = await connection.inMailbox(
      path,
      () => fetchFlags(context, cursor, `${low}:${high}`),
      cursor.uidValidity,
    );
    const key = `${path}\n${cursor.uidValidity}\n${low}`;
    const digest = createHash('sha256').update(JSON.stringify(copies)).digest('base64');
    if (context.flagsSeen.get(key) === digest) continue;
    yield* inChanges(state, copies, { ...cursor, modseq: status.highestModseq });
    context.flagsSeen.set(key, digest);
  }
}

async function fetchFlags(
  { connection, dialect }: UpkeepContext,
  cursor: PlaceCursor,
  range: string,
  changedSince?: bigint,
): Promise<Copy[]> {
  const copies: Copy[] = [];
  const query = { uid: true, flags: true, labels: dialect.gmailIds };
  const options = { uid: true, ...(changedSince === undefined ? {} : { changedSince }) };
  for await (const { uid, flags, labels } of connection.client.fetch(range, query, options)) {
    if (!uid || !flags || (dialect.gmailIds && !labels) || !isTold(cursor, uid)) continue;
    copies.push({
      uid,
      flags: flagsOf(flags),
      labels: dialect.gmailIds ? labelsOf(labels ?? [], dialect.utf8) : null,
    });
  }
  return copies;
}

/** The cursor moves with the last part only. */
function* inChanges(state: PlaceState, copies: readonly Copy[], after: PlaceCursor): Generator<Step, void, void> {
  const { path } = state.listed.place;
  const { uidValidity } = state.cursor;
  for (let start = 0; start === 0 || start < copies.length; start += MOST_COPIES) {
    if (start + MOST_COPIES >= copies.length) state.cursor = after;
    yield {
      kind: 'flags',
      path,
      uidValidity,
      copies: copies.slice(start, start + MOST_COPIES),
      cursor: writeCursor(state.cursor),
    };
  }
}

async function* gone({ connection }: UpkeepContext, state: PlaceState): AsyncGenerator<Step, void, void> {
  const { cursor } = state;
  const { place, status } = state.listed;
  if (status!.messages === cursor.held && !cursor.relisted) {
    state.looked = true;
    return;
  }
  // Without a UIDVALIDITY nothing says that a UID still means the same mail, so nothing is taken for gone.
  if (cursor.uidValidity === 0) return;
  const found = await connection.inMailbox(
    place.path,
    async (mailbox) => ({
      uids: await searchUids(connection.client, 1, cursor.top),
      mailbox,
    }),
    cursor.uidValidity,
  );
  if (!believable(found.mailbox, found.uids, cursor)) return;
  if (found.uids.length > cursor.held && cursor.relists < MOST_RELISTS) {
    // The server has more than it gave: told again, with the bytes of what is known left out.
    state.cursor = relist(cursor);
    yield emptyFlags(state);
    return;
  }
  state.looked = true;
  state.cursor = { ...cursor, held: found.uids.length, relisted: false, relists: 0 };
  yield {
    kind: 'present',
    path: place.path,
    uidValidity: cursor.uidValidity,
    uids: found.uids,
    below: cursor.top,
    cursor: writeCursor(state.cursor),
  };
}

/** A list shorter than the server's own count is a broken answer, not a deletion. */
function believable(mailbox: MailboxObject, uids: Uint32Array, { top }: PlaceCursor): boolean {
  const arrivedSince = Math.max(0, (mailbox.uidNext || top) - top);
  return uids.length <= mailbox.exists && uids.length + arrivedSince >= mailbox.exists;
}

function emptyFlags({ listed, cursor }: PlaceState): Step {
  const { path } = listed.place;
  return { kind: 'flags', path, uidValidity: cursor.uidValidity, copies: [], cursor: writeCursor(cursor) };
}
