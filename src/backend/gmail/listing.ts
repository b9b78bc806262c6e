// Telling everything that lies in a mailbox, newest first: the first import, and the whole comparison when history does not
// reach back to what was told last. Goes on over the rounds of one connection; a new one lists again.
import { AppError } from '../../base/errors.ts';
import type { Change, RawMessage } from '../../mail/change.ts';
import type { ChangesRequest } from '../port.ts';
import { type GmailCursor, owing, writeCursor } from './cursor.ts';
import { identityOf, knownMail, type Reading, readLabels, readMails, WHOLE_BYTES } from './fetch.ts';
import type { Asking, GmailMailbox } from './mailbox.ts';
import { HERE } from './resources.ts';

type Step = Change<RawMessage>;

/** The first batch is told before anything else is listed, so that something can be searched soon. */
const FIRST_BATCH = 100;
/** The next ones are as large as Google's three hundred mails a minute allow. */
const BATCHES = [50, 25, 10];
/** Mails that the store holds travel without bytes. */
const KNOWN_BATCH = 500;
/** Above every UID: whatever is not listed is gone. */
const TOP = 2n ** 63n - 1n;
/** Of a list by label, for five hundred mails; of one mail. */
const LIST_UNITS = 5;
const GET_UNITS = 20;

export interface ListingContext {
  readonly mailbox: GmailMailbox;
  readonly reading: Reading;
  readonly knows: ChangesRequest['knows'];
  /** Milliseconds until so many units may be spent by an import, and a way to wait. */
  readonly quotaWait: (units: number) => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const ALL = { includeSpamTrash: true };

export class Listing {
  /** What is left, newest first; null before it was asked for. */
  #ids: string[] | null = null;
  /** Whether that is everything, or only the newest. */
  #whole = false;
  #large: ReadonlySet<string> = new Set();
  #chats: ReadonlySet<string> = new Set();
  #labels: ReadonlyMap<string, string[]> | null = null;
  /** Every id that was taken off the list. */
  readonly #told = new Set<string>();

  /** How many mails there are; null before that is known. */
  get total(): number | null {
    return this.#whole ? this.#ids!.length + this.#told.size : null;
  }

  /** Everything that is left. Each batch keeps `state.cursor`; the caller says that it is over. */
  async *tell(context: ListingContext, state: { cursor: GmailCursor }): AsyncGenerator<Step, void, void> {
    const { reading } = context;
    for (;;) {
      if (reading.signal.aborted) return;
      if (!this.#ids) yield* this.#begin(context, state.cursor);
      if (this.#ids!.length === 0 && !this.#whole) await this.#rest(context);
      const ids = this.#ids!;
      if (ids.length === 0) return;
      const kept = writeCursor(state.cursor);
      const relists = state.cursor.phase === 'relist';
      const some = ids.slice(0, relists ? KNOWN_BATCH : FIRST_BATCH);
      const known = await context.knows(some.map(identityOf));
      const isKnown = (id: string): boolean => known.has(identityOf(id));
      const missing = some.filter((id) => !isKnown(id));
      const isFirst = this.#told.size === 0 || missing.length === 0;
      const most = isFirst ? FIRST_BATCH : yield* this.#allowed(context);
      const batch = missing.slice(0, most);
      const upTo = batch.length < missing.length ? ids.indexOf(batch.at(-1)!) + 1 : some.length;
      if (reading.signal.aborted) return;
      if (relists) yield* this.#known(context, some.slice(0, upTo).filter(isKnown), kept);
      if (batch.length > 0) {
        const { mails: messages, failed } = await readMails(reading, batch, this.#large);
        state.cursor = owing(state.cursor, failed);
        if (messages.length > 0)
          yield { kind: 'messages', ...HERE, live: false, messages, cursor: writeCursor(state.cursor) };
      }
      // Whoever stops at a batch may not have kept it, so that it stays on the list until he asks for more.
      for (const id of ids.splice(0, upTo)) this.#told.add(id);
    }
  }

  async *#begin(context: ListingContext, { phase, historyId }: GmailCursor): AsyncGenerator<Step, void, void> {
    const { mailbox, reading } = context;
    const asking: Asking = { inBackground: true, patient: true, signal: reading.signal };
    const book = await reading.book([]);
    this.#chats = new Set(book.ids.includes('CHAT') ? await mailbox.listAll({ ...ALL, labelIds: 'CHAT' }, asking) : []);
    this.#large = new Set(await this.#largeOnes(mailbox, asking));
    if (phase !== 'relist') {
      const first = await mailbox.page(ALL, asking, undefined, FIRST_BATCH);
      this.#ids = this.#fresh(first.ids);
      this.#whole = first.next === undefined;
      return;
    }
    await this.#rest(context);
    const uids = BigInt64Array.from(this.#ids!, (id) => reading.numbers.uid(id)).sort();
    yield { kind: 'present', ...HERE, uids, below: TOP, cursor: writeCursor({ phase, historyId }) };
  }

  /** None where the server does not understand the question; each then shows its size when it is read. */
  async #largeOnes(mailbox: GmailMailbox, asking: Asking): Promise<string[]> {
    return mailbox.listAll({ ...ALL, q: `larger:${WHOLE_BYTES}` }, asking).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'invalid_input') return [];
      throw error;
    });
  }

  async #rest({ mailbox, reading }: ListingContext): Promise<void> {
    this.#ids = this.#fresh(await mailbox.listAll(ALL, { inBackground: true, patient: true, signal: reading.signal }));
    this.#whole = true;
  }

  #fresh(ids: readonly string[]): string[] {
    return ids.filter((id) => !this.#told.has(id) && !this.#chats.has(id));
  }

  /** How many mails may be fetched now; while that is none, the consumer may look at something else. */
  async *#allowed({ quotaWait, sleep, reading }: ListingContext): AsyncGenerator<Step, number, void> {
    for (;;) {
      const most = BATCHES.find((mails) => quotaWait(mails * GET_UNITS) === 0);
      if (most !== undefined || reading.signal.aborted) return most ?? 0;
      yield { kind: 'waiting' };
      await sleep(Math.min(quotaWait(BATCHES.at(-1)! * GET_UNITS), 1000));
    }
  }

  async *#known(context: ListingContext, ids: readonly string[], cursor: string): AsyncGenerator<Step, void, void> {
    if (ids.length === 0) return;
    const labels = await this.#labelsOf(context, ids);
    const messages: RawMessage[] = [];
    for (const id of ids) {
      const labelIds = labels.get(id);
      if (labelIds) messages.push(await knownMail(context.reading, id, labelIds));
    }
    if (messages.length > 0) yield { kind: 'messages', ...HERE, live: false, messages, cursor };
  }

  /** By listing each label, five units for five hundred mails, or mail by mail where there are more labels than mails. */
  async #labelsOf(
    { mailbox, reading }: ListingContext,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string[]>> {
    const asking: Asking = { inBackground: true, patient: true, signal: reading.signal };
    const book = await reading.book([]);
    if (!this.#labels && this.#ids!.length * GET_UNITS < book.ids.length * LIST_UNITS) {
      const read = await readLabels(reading, ids);
      return new Map(read.map(({ id, labelIds = [] }) => [id, labelIds]));
    }
    if (!this.#labels) {
      const labels = new Map(this.#ids!.map((id): [string, string[]] => [id, []]));
      for (const labelIds of book.ids)
        for (const id of await mailbox.listAll({ ...ALL, labelIds }, asking)) labels.get(id)?.push(labelIds);
      this.#labels = labels;
    }
    return this.#labels;
  }
}

/** Whether the store holds any of the newest mails, so that it has been told of this mailbox in another way. */
export async function meetsKnown({ mailbox, reading, knows }: ListingContext): Promise<boolean> {
  const { ids } = await mailbox.page(ALL, { inBackground: true, patient: true, signal: reading.signal });
  return (await knows(ids.map(identityOf))).size > 0;
}
