// Sends what the outbox holds: one try at a time for an account, each known to the disk before its last byte leaves. Knows
// no SMTP, no SQL and no draft.
import { setTimeout as delay } from 'node:timers/promises';
import type { MailSender, SendOutcome } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId, OutboxId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { OutboxChanges, OutboxIntent, OutboxRow, OutboxState, Submitted } from '../store/outbox-rows.ts';
import type { Sending } from '../store/send-limits.ts';
import { KeptSenders } from './kept-senders.ts';
import { OutboxWatch } from './outbox-watch.ts';
import { FIRST_LOOK_MS, LOOK_MS, SentCopies, type SentCopiesOptions } from './sent-copies.ts';

export interface OutboxOptions extends Omit<SentCopiesOptions, 'change'> {
  /** A way to send for the account. Rejects with what keeps it from sending now; goes to no network yet. */
  readonly openSender: (account: AccountId) => Promise<MailSender>;
  readonly log: Logger;
  /** Called after what became of a mail was written. */
  readonly onChange?: (id: OutboxId) => void;
  /** How long a conversation under way may take to end. Only tests have a reason to differ. */
  readonly drainMs?: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const BACKOFF_MS = [1, 3, 10, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS);
const LEAST_WAIT_MS = 1000;
/** A mail that comes later than this would come as a surprise. */
const GIVE_UP_MS = 2 * DAY_MS;
/** While an account cannot send (paused, to be connected again) its mail waits. */
const WAIT_FOR_ACCOUNT_MS = MINUTE_MS;
const MOST_LANES = 32;
const STUMBLED_MS = 1000;
/** Leaves time to write down what became of the mail before a supervisor's ten seconds are over. */
const DRAIN_MS = 6000;
const KEPT_MS = 30 * DAY_MS;
/** A timer takes no more (2^31 - 1). */
const LONGEST_TIMER_MS = 2_147_483_647;
const PERHAPS = 'Gmail may have taken the mail: it is looked for in Sent, and not sent again by itself.';

interface Hold {
  readonly until: number;
  readonly reason: string;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #senders: KeptSenders;
  readonly #copies: SentCopies;
  readonly #watch: OutboxWatch;
  /** Accounts that are sending now. */
  readonly #lanes = new Map<AccountId, Promise<void>>();
  /** The mails that they are at. */
  readonly #underWay = new Set<OutboxId>();
  /** Accounts whose mail would all meet what one of them has met. */
  readonly #holds = new Map<AccountId, Hold>();
  /** Accounts that begin nothing new, and by how many callers. */
  readonly #halted = new Map<AccountId, number>();
  /** Accounts whose copies in Sent are being looked for. */
  readonly #looking = new Set<AccountId>();
  #forgotAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#senders = new KeptSenders(options.openSender);
    this.#watch = new OutboxWatch((id) => options.rows.find(id));
    this.#copies = new SentCopies({
      ...options,
      change: async (row, changes) => void (await this.#change(row.id, ['queued', 'sent', 'unknown'], changes)),
    });
  }

  /** Gives a state to what an earlier process left under way. Once, before the first mail is submitted. */
  async recover(): Promise<void> {
    const { rows, now } = this.#options;
    await rows.recover(now(), now() + LOOK_MS, `The mail was leaving when Mailroom ended. ${PERHAPS}`);
    await this.#copies.start();
  }

  /** Begins to send what waits. */
  start(): void {
    this.#inBackground(this.#tick());
  }

  /** Commits an intent and begins to send it. `guardedSince`, `sending`: see the rows. */
  async submit(
    intent: OutboxIntent,
    raw: Uint8Array,
    guardedSince: number | null,
    sending: Sending | null = null,
  ): Promise<Submitted> {
    const submitted = await this.#options.rows.submit(intent, raw, guardedSince, sending);
    if (submitted.how === 'new') this.#send(submitted.row.account_id);
    return submitted;
  }

  byKey(account: AccountId, key: string): Promise<OutboxRow | undefined> {
    return this.#options.rows.byKey(account, key);
  }

  find(id: OutboxId): Promise<OutboxRow | undefined> {
    return this.#options.rows.find(id);
  }

  /** The newest first, those before the position. */
  list(account: AccountId, limit: number, before: number | null): Promise<OutboxRow[]> {
    return this.#options.rows.list(account, limit, before);
  }

  /**
   * The row as soon as `done` holds for it, or as it is when the time is over or nobody waits any more; undefined when it
   * was taken away.
   */
  settled(
    id: OutboxId,
    done: (row: OutboxRow) => boolean,
    limitMs: number,
    waiting?: AbortSignal,
  ): Promise<OutboxRow | undefined> {
    return this.#watch.settled(id, done, limitMs, waiting);
  }

  /** Mail was stored for this account; perhaps the copy of one that was sent. */
  noticed(account: AccountId): void {
    this.#inBackground(this.#copies.noticed(account));
  }

  /** Tries again at once, also what failed or is unknown; false when the mail is under way or was sent. */
  async retry(id: OutboxId): Promise<boolean> {
    if (this.#underWay.has(id)) return false;
    const row = await this.find(id);
    if (!row) return false;
    this.#holds.delete(row.account_id);
    const anew = { state: 'queued' as const, next_at: this.#options.now(), settled_at: null, reason: '' };
    const changed = await this.#change(id, ['queued', 'failed', 'unknown'], anew);
    if (changed) await this.#tick();
    return changed;
  }

  /** Takes a mail that is not under way and was not sent out of the outbox. */
  async withdraw(id: OutboxId): Promise<boolean> {
    if (this.#underWay.has(id)) return false;
    const removed = await this.#options.rows.remove(id, ['leaving', 'sent']);
    if (removed) this.#watch.tell(id);
    return removed;
  }

  /** Runs `work` while nothing leaves for the account and no connection is open; then what waits is tried at once. */
  async standStill<T>(account: AccountId, work: () => Promise<T>): Promise<T> {
    this.#halted.set(account, (this.#halted.get(account) ?? 0) + 1);
    try {
      await this.#ended([this.#lanes.get(account)], () => this.#senders.close(account));
      return await work();
    } finally {
      const others = this.#halted.get(account)! - 1;
      if (others > 0) this.#halted.set(account, others);
      else this.#halted.delete(account);
      this.#inBackground(this.#resume(account));
    }
  }

  async #resume(account: AccountId): Promise<void> {
    const { rows, now } = this.#options;
    this.#holds.delete(account);
    await rows.hasten(account, now());
    this.#watch.tellAll();
    await this.#tick();
  }

  /** Begins nothing new and waits for what is under way; what does not end in time is recovered at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#ended([...this.#lanes.values()], () => this.#senders.closeAll());
    this.#watch.end();
  }

  /** Resolves when the lanes have ended; after a while their connections are cut, which ends them. */
  async #ended(lanes: readonly (Promise<void> | undefined)[], close: () => Promise<void>): Promise<void> {
    const all = Promise.allSettled(lanes);
    const within = async (ms: number): Promise<void> => {
      const timer = new AbortController();
      const late = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([all, late]);
      timer.abort();
    };
    const { drainMs = DRAIN_MS } = this.#options;
    await within(drainMs);
    await close();
    await within(drainMs / 6);
  }

  async #tick(): Promise<void> {
    if (this.#stopping) return;
    const { rows, now } = this.#options;
    if (now() - this.#forgotAt > DAY_MS) {
      this.#forgotAt = now();
      await rows.forget(now() - KEPT_MS);
    }
    // One moment for both questions: what became due between two would be in neither answer.
    const at = now();
    for (const { account_id, what } of await rows.due(at)) {
      if (what === 'try') this.#send(account_id);
      else this.#lookForCopies(account_id);
    }
    const next = await rows.nextAfter(at);
    clearTimeout(this.#timer);
    if (next === null || this.#stopping) return;
    this.#timer = setTimeout(() => this.#inBackground(this.#tick()), Math.min(LONGEST_TIMER_MS, next - now()));
    this.#timer.unref();
  }

  #send(account: AccountId): void {
    if (this.#stopping || this.#halted.has(account)) return;
    if (this.#lanes.has(account) || this.#lanes.size >= MOST_LANES) return;
    const lane = this.#sendAll(account)
      .catch(async (err: unknown) => {
        this.#options.log.error({ err, account }, 'the outbox of an account stumbled');
        // What made it stumble is likely to be there still.
        await delay(STUMBLED_MS, undefined, { ref: false });
      })
      .finally(() => {
        this.#lanes.delete(account);
        this.#senders.giveBack(account);
        this.#inBackground(this.#tick());
      });
    this.#lanes.set(account, lane);
  }

  #lookForCopies(account: AccountId): void {
    if (this.#looking.has(account)) return;
    this.#looking.add(account);
    const looked = this.#copies.look(account).finally(() => {
      this.#looking.delete(account);
      this.#inBackground(this.#tick());
    });
    this.#inBackground(looked);
  }

  async #sendAll(account: AccountId): Promise<void> {
    const { rows, now } = this.#options;
    while (!this.#stopping && !this.#halted.has(account)) {
      const row = await rows.toTry(account, now());
      if (!row) return;
      const hold = this.#holds.get(account);
      if (hold && hold.until > now()) {
        await this.#holdBack(account, hold);
        continue;
      }
      this.#underWay.add(row.id);
      try {
        if (row.attempts > 0 && (await this.#copies.isThere(row))) continue;
        const sender = await this.#senders.take(account).catch((error: unknown) => asAppError(error));
        if (sender instanceof AppError)
          await this.#holdBack(account, { until: now() + WAIT_FOR_ACCOUNT_MS, reason: sender.message });
        else await this.#try({ ...row, attempts: row.attempts + 1 }, sender);
      } finally {
        this.#underWay.delete(row.id);
      }
    }
  }

  async #try(row: OutboxRow, sender: MailSender): Promise<void> {
    const { rows, log, now } = this.#options;
    const { id, attempts } = row;
    const raw = await rows.mailOf(id);
    // A row without its mail is one that was taken away this moment, or it never could be sent.
    if (!raw) return this.#fail(row, 'The mail is no longer there.', row.refused);
    const mail = {
      raw,
      from: row.envelope_from,
      recipients: JSON.parse(row.recipients) as string[],
      messageIdHeader: row.message_id_header,
      threadId: row.reply_thread_id,
    };
    const outcome = await sender.send(mail, async () => {
      const leaving = { state: 'leaving' as const, attempts, next_at: null, look_until: now() + LOOK_MS };
      if (!(await rows.change(id, ['queued'], leaving))) throw new AppError('conflict', 'The mail was withdrawn.');
    });
    log.info({ account: row.account_id, outbox: id, attempts, outcome: outcome.kind }, 'a mail was tried');
    await this.#conclude(row, outcome);
  }

  async #conclude(row: OutboxRow, outcome: SendOutcome): Promise<void> {
    const now = this.#options.now();
    if (outcome.kind === 'refused') return this.#refused(row, outcome);
    const left = { settled_at: now, next_at: now + FIRST_LOOK_MS, look_until: now + LOOK_MS };
    const became: OutboxChanges =
      outcome.kind === 'accepted'
        ? { state: 'sent', reason: '', refused: JSON.stringify(outcome.refused), ...idsOf(outcome) }
        : { state: 'unknown', reason: `${outcome.error.message} ${PERHAPS}` };
    await this.#change(row.id, ['leaving'], { ...became, ...left });
    // Not before: whoever looked meanwhile would find no such mail, and expect none.
    this.#copies.expect(row.account_id);
  }

  async #refused(
    row: OutboxRow,
    { error, temporary, forAll, refused }: SendOutcome & { kind: 'refused' },
  ): Promise<void> {
    const { id, attempts, created_at } = row;
    const { now } = this.#options;
    const told = JSON.stringify(refused);
    const backoff = BACKOFF_MS[Math.min(attempts, BACKOFF_MS.length) - 1]!;
    // A limit that says when it is over is taken at its word, unless it comes again.
    const isNamed = error.code === 'rate_limited' && error.definite && attempts === 1;
    const until = Math.max(error.retryAt ?? 0, now() + (isNamed ? LEAST_WAIT_MS : backoff));
    const reason = [error.message, error.hint].join(' ').trim();
    if (!temporary && !forAll) return this.#fail(row, reason, told);
    if (now() >= created_at + GIVE_UP_MS) await this.#fail(row, reason, told);
    else {
      const again = { state: 'queued' as const, next_at: until, reason, refused: told, attempts };
      await this.#change(id, UNSENT, again);
    }
    if (!forAll) return;
    this.#holds.set(row.account_id, { until, reason });
    await this.#holdBack(row.account_id, { until, reason });
  }

  /** The account's mail waits, all of it; what has waited too long has failed. */
  async #holdBack(account: AccountId, { until, reason }: Hold): Promise<void> {
    const { rows, now } = this.#options;
    const waiting = await rows.waiting(account);
    for (const { id, created_at } of waiting)
      if (now() >= created_at + GIVE_UP_MS) await this.#change(id, UNSENT, failed(reason, now()));
    await this.#written(() => rows.holdBack(account, until, reason));
    for (const { id } of waiting) this.#watch.tell(id);
  }

  async #fail(row: OutboxRow, reason: string, refused: string): Promise<void> {
    const { attempts } = row;
    await this.#change(row.id, UNSENT, { ...failed(reason, this.#options.now()), attempts, refused });
  }

  async #change(id: OutboxId, from: readonly OutboxState[], changes: OutboxChanges): Promise<boolean> {
    const changed = await this.#written(() => this.#options.rows.change(id, from, changes));
    this.#watch.tell(id);
    if (changed) this.#options.onChange?.(id);
    return changed === true;
  }

  /**
   * What became of a mail has to reach the disk: while that does not take it, the mail stays in the state that a restart
   * knows how to go on from. Undefined when the end came first.
   */
  async #written<T>(write: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await write();
      } catch (err) {
        this.#options.log.error({ err }, 'what became of a mail could not be written');
        if (this.#stopping) return undefined;
        await delay(1000, undefined, { ref: false });
      }
    }
  }

  #inBackground(work: Promise<void>): void {
    work.catch((err: unknown) => this.#options.log.error({ err }, 'the outbox stumbled'));
  }
}

/** Nobody has the mail. */
const UNSENT: readonly OutboxState[] = ['queued', 'leaving'];

export const isFinal = ({ state }: OutboxRow): boolean => !UNSENT.includes(state);

/** Told at once by some servers; what else the copy says is read when it is here. */
const idsOf = ({ ids }: SendOutcome & { kind: 'accepted' }): OutboxChanges =>
  ids ? { message_id: ids.messageId, thread_id: ids.threadId } : {};

const failed = (reason: string, now: number) => ({
  state: 'failed' as const,
  next_at: null,
  reason,
  settled_at: now,
});

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', 'The account cannot send now.', { cause: error });
}
