// Telling what happened to a mailbox since its cursor, by its history: what came, what went, what was relabelled, and the
// drafts there are then. Moves the cursor as it goes.
import type { Change, RawMessage, Relabelling } from '../../mail/change.ts';
import type { ChangesRequest } from '../port.ts';
import { MOST_FAILED } from './batch.ts';
import { emptyStep, type GmailCursor, isLater, owing, writeCursor } from './cursor.ts';
import { identityOf, knownMail, type Reading, readLabels, readMails } from './fetch.ts';
import { fold, type Happened } from './history.ts';
import type { Asking, GmailMailbox } from './mailbox.ts';
import { HERE } from './resources.ts';

type Step = Change<RawMessage>;

/** Mails in one change. */
const BATCH = 100;

export interface FollowingContext {
  readonly reading: Reading;
  readonly knows: ChangesRequest['knows'];
}

export class Following {
  readonly #mailbox: GmailMailbox;
  /** Ids of messages that were drafts when they were last listed; null before. */
  #drafts: ReadonlySet<string> | null = null;

  constructor(mailbox: GmailMailbox) {
    this.#mailbox = mailbox;
  }

  /** Whether drafts have been listed, so that only history has to be heard for more. */
  get knowsDrafts(): boolean {
    return this.#drafts !== null;
  }

  forgetDrafts(): void {
    this.#drafts = null;
  }

  /** Everything that happened since the cursor; false when history does not reach back so far. */
  async *tell(context: FollowingContext, state: { cursor: GmailCursor }): AsyncGenerator<Step, boolean, void> {
    const { reading } = context;
    let pageToken: string | undefined;
    const from = state.cursor.historyId;
    do {
      const page = await this.#mailbox.history(from, pageToken, reading);
      if (!page) return false;
      const happened = fold(page, state.cursor.historyId, (id) => this.#drafts?.has(id) ?? false);
      pageToken = page.nextPageToken;
      yield* this.#happened(context, state, happened);
      if (reading.signal.aborted) return true;
    } while (pageToken !== undefined);
    return true;
  }

  async *#happened(
    context: FollowingContext,
    state: { cursor: GmailCursor },
    happened: Happened,
  ): AsyncGenerator<Step, void, void> {
    const { reading } = context;
    const before = state.cursor;
    const after = isLater(happened.upTo, before.historyId) ? { ...before, historyId: happened.upTo } : before;
    if (happened.gone.length > 0) {
      const uids = happened.gone.map((id) => reading.numbers.uid(id));
      yield { kind: 'gone', ...HERE, uids, cursor: writeCursor(before) };
    }
    if (happened.aboutDrafts && this.#drafts !== null) yield* this.listDrafts(reading);
    const steps = await relabellings(happened, reading);
    // The cursor moves with the last step.
    state.cursor = after;
    const moved = (): string => writeCursor(state.cursor);
    // The newest first, as everywhere.
    const came = happened.came.toReversed();
    if (steps.length > 0)
      yield { kind: 'relabelled', ...HERE, steps, cursor: came.length > 0 ? writeCursor(before) : moved() };
    let done = after === before || (steps.length > 0 && came.length === 0);
    for (let at = 0; at < came.length; at += BATCH) {
      const { parts, failed } = await arrived(context, came.slice(at, at + BATCH));
      state.cursor = owing(state.cursor, failed);
      for (const [i, part] of parts.entries()) {
        const isLast = at + BATCH >= came.length && i === parts.length - 1;
        done ||= isLast;
        yield { kind: 'messages', ...HERE, ...part, cursor: isLast ? moved() : null };
      }
    }
    if (!done) yield emptyStep(state.cursor);
  }

  /** What Gmail could not give when its turn came: asked for once more, and what it still cannot give stays owed. */
  async *owed({ reading }: FollowingContext, state: { cursor: GmailCursor }): AsyncGenerator<Step, void, void> {
    const { owed = [], ...rest } = state.cursor;
    const still: string[] = [];
    for (let at = 0; at < owed.length; at += MOST_FAILED) {
      const { mails, failed } = await readMails(reading, owed.slice(at, at + MOST_FAILED), undefined, 1);
      still.push(...failed);
      state.cursor = owing(rest, [...still, ...owed.slice(at + MOST_FAILED)]);
      const cursor = writeCursor(state.cursor);
      if (mails.length > 0) yield { kind: 'messages', ...HERE, live: false, messages: mails, cursor };
      else yield emptyStep(state.cursor);
    }
  }

  /** The ids of all drafts as they are now. */
  async *listDrafts(asking: Asking): AsyncGenerator<Step, void, void> {
    const drafts = await this.#mailbox.drafts(asking);
    this.#drafts = new Set(drafts?.drafts.map(({ messageId }) => messageId));
    if (drafts) yield drafts;
  }
}

/** Those that the store holds already, found by a search or a list, with their labels as they are now; the others whole. */
async function arrived(
  { knows, reading }: FollowingContext,
  ids: readonly string[],
): Promise<{ parts: { live: boolean; messages: RawMessage[] }[]; failed: readonly string[] }> {
  const known = await knows(ids.map(identityOf));
  const isHeld = (id: string): boolean => known.has(identityOf(id));
  const held: RawMessage[] = [];
  for (const { id, labelIds = [] } of await readLabels(reading, ids.filter(isHeld)))
    held.push(await knownMail(reading, id, labelIds));
  const { mails: fresh, failed } = await readMails(
    reading,
    ids.filter((id) => !isHeld(id)),
  );
  const parts = [
    { live: false, messages: held },
    { live: true, messages: fresh },
  ];
  return { parts: parts.filter(({ messages }) => messages.length > 0), failed };
}

async function relabellings({ steps, labelIds }: Happened, { book, numbers }: Reading): Promise<Relabelling[]> {
  if (steps.length === 0) return [];
  const labels = await book([...labelIds]);
  return steps.map(({ id, added, removed }) => ({
    uid: numbers.uid(id),
    ...(added.length > 0 ? labels.gaining(added) : labels.losing(removed)),
  }));
}
