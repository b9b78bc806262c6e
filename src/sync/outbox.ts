// Sends what the outbox holds: one try at a time for an account, each known to the disk before its last byte leaves. Knows
// no SMTP, no SQL and no draft.
import { setTimeout as delay } from 'node:timers/promises';
import type { MailSender, SendOutcome } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId, OutboxId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { OutboxChanges, OutboxIntent, OutboxRow, OutboxState, Submitted } from '../store/outbox-rows.ts';
import { KeptSenders } from './kept-senders.ts';
import { LOOK_MS, SentCopies, type SentCopiesOptions } from './sent-copies.ts';

export interface OutboxOptions extends Omit<SentCopiesOptions, 'change'> {
  /** A way to send for the account. Rejects with what keeps it from sending now; goes to no network yet. */
  readonly openSender: (account: AccountId) => Promise<MailSender>;
  readonly log: Logger;
}

const MINUTE_MS = 60_000;
const BACKOFF_MS = [1, 3, 10, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS);
/** A mail that comes later than this would come as a surprise. */
const GIVE_UP_MS = 48 * 60 * MINUTE_MS;
/** While an account cannot send (paused, to be connected again) its mail waits. */
const WAIT_FOR_ACCOUNT_MS = MINUTE_MS;
const MOST_LANES = 32;
const DRAIN_MS = 8000;
const KEPT_MS = 30 * 24 * 60 * MINUTE_MS;
/** A timer takes no more (2^31 - 1). */
const LONGEST_TIMER_MS = 2_147_483_647;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #senders: KeptSenders;
  readonly #copies: SentCopies;
  /** Accounts that are sending now. */
  readonly #lanes = new Map<AccountId, Promise<void>>();
  /** Accounts whose copies in Sent are being looked for. */
  readonly #looking = new Set<AccountId>();
  readonly #waiters = new Map<OutboxId, Set<() => void>>();
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#senders = new KeptSenders(options.openSender);
    this.#copies = new SentCopies({
      ...options,
      change: async (row, changes) => void (await this.#change(row.id, ['sent', 'unknown'], changes)),
    });
  }

  /** Gives a state to what an earlier process left under way. Once, before the first mail is submitted. */
  async recover(): Promise<void> {
    const { rows, now } = this.#options;
    await rows.recover(now(), now() + LOOK_MS);
    await rows.forget(now() - KEPT_MS);
    await this.#copies.start();
  }

  /** Begins to send what waits. */
  start(): void {
    this.#inBackground(this.#tick());
  }

  /** Commits an intent and begins to send it. `guardedSince`: see the rows. */
  async submit(intent: OutboxIntent, raw: Uint8Array, guardedSince: number | null): Promise<Submitted> {
    const submitted = await this.#options.rows.submit(intent, raw, guardedSince);
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
  async settled(
    id: OutboxId,
    done: (row: OutboxRow) => boolean,
    limitMs: number,
    waiting?: AbortSignal,
  ): Promise<OutboxRow | undefined> {
    const until = performance.now() + limitMs;
    for (;;) {
      const { promise: changed, resolve } = Promise.withResolvers<void>();
      const waiters = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, waiters.add(resolve));
      // Asked after the ear is open, so that no change is missed.
      const row = await this.#options.rows.find(id);
      const left = until - performance.now();
      const over = !row || done(row) || left <= 0 || waiting?.aborted;
      if (!over) {
        const timer = new AbortController();
        const signal = waiting ? AbortSignal.any([timer.signal, waiting]) : timer.signal;
        await Promise.race([changed, delay(left, undefined, { signal }).catch(() => undefined)]);
        timer.abort();
      }
      waiters.delete(resolve);
      if (waiters.size === 0) this.#waiters.delete(id);
      if (over) return row;
    }
  }

  /** Mail was stored for this account; perhaps the copy of one that was sent. */
  noticed(account: AccountId): void {
    this.#inBackground(this.#copies.noticed(account));
  }

  /** Tries again at once, also what failed or is unknown; false when the mail is under way or was sent. */
  async retry(id: OutboxId): Promise<boolean> {
    const { now } = this.#options;
    const anew = { state: 'queued' as const, next_at: now(), look_until: null, settled_at: null, reason: '' };
    const changed = await this.#change(id, ['queued', 'failed', 'unknown'], anew);
    if (changed) await this.#tick();
    return changed;
  }

  /** Takes a mail that is not under way and was not sent out of the outbox. */
  async withdraw(id: OutboxId): Promise<boolean> {
    const removed = await this.#options.rows.remove(id, ['sending', 'leaving', 'sent']);
    if (removed) this.#tell(id);
    return removed;
  }

  /** Resolves when nothing is under way for the account and its connection is closed. */
  async release(account: AccountId): Promise<void> {
    await this.#lanes.get(account);
    await this.#senders.close(account);
  }

  /** Begins nothing new and waits for what is under way; what does not end in time is recovered at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const drained = new AbortController();
    const lanes = Promise.allSettled(this.#lanes.values()).then(() => drained.abort());
    await Promise.race([lanes, delay(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => undefined)]);
    await this.#senders.closeAll();
  }

  async #tick(): Promise<void> {
    if (this.#stopping) return;
    const { rows, now } = this.#options;
    for (const { account_id, what } of await rows.due(now())) {
      if (what === 'try') this.#send(account_id);
      else this.#lookForCopies(account_id);
    }
    const next = await rows.nextAfter(now());
    clearTimeout(this.#timer);
    if (next === null || this.#stopping) return;
    this.#timer = setTimeout(() => this.#inBackground(this.#tick()), Math.min(LONGEST_TIMER_MS, next - now()));
    this.#timer.unref();
  }

  #send(account: AccountId): void {
    if (this.#stopping || this.#lanes.has(account) || this.#lanes.size >= MOST_LANES) return;
    const lane = this.#sendAll(account)
      .catch((err: unknown) => this.#options.log.error({ err, account }, 'the outbox of an account stumbled'))
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
    while (!this.#stopping) {
      const row = await rows.toTry(account, now());
      if (!row) return;
      const sender = await this.#senders.take(account).catch((error: unknown) => asAppError(error));
      if (sender instanceof AppError) await this.#postpone(row, sender, now() + WAIT_FOR_ACCOUNT_MS);
      else await this.#try({ ...row, attempts: row.attempts + 1 }, sender);
    }
  }

  async #try(row: OutboxRow, sender: MailSender): Promise<void> {
    const { rows, log } = this.#options;
    const { id, attempts } = row;
    if (!(await this.#change(id, ['queued'], { state: 'sending', attempts, next_at: null }))) return;
    const raw = await rows.mailOf(id);
    if (!raw) throw new AppError('internal', 'A mail in the outbox has no bytes.');
    const mail = { raw, from: row.envelope_from, recipients: JSON.parse(row.recipients) as string[] };
    const outcome = await sender.send(mail, async () => {
      if (!(await rows.change(id, ['sending'], { state: 'leaving' })))
        throw new AppError('conflict', 'The mail was withdrawn.');
    });
    log.info({ account: row.account_id, outbox: id, attempts, outcome: outcome.kind }, 'a mail was tried');
    await this.#conclude(row, outcome);
  }

  async #conclude(row: OutboxRow, outcome: SendOutcome): Promise<void> {
    const now = this.#options.now();
    if (outcome.kind === 'refused') {
      const { error, temporary } = outcome;
      const refused = JSON.stringify(outcome.refused);
      const backoff = BACKOFF_MS[Math.min(row.attempts, BACKOFF_MS.length) - 1]!;
      if (temporary) await this.#postpone(row, error, Math.max(error.retryAt ?? 0, now + backoff), refused);
      else await this.#fail(row, [error.message, error.hint].join(' ').trim(), refused);
      return;
    }
    this.#copies.expect(row.account_id);
    const left = { settled_at: now, next_at: now, look_until: now + LOOK_MS };
    const became: OutboxChanges =
      outcome.kind === 'accepted'
        ? { state: 'sent', reason: '', refused: JSON.stringify(outcome.refused) }
        : {
            state: 'unknown',
            reason: `${outcome.error.message} Gmail may have taken the mail: it is looked for in Sent, and not sent again by itself.`,
          };
    await this.#change(row.id, ['leaving'], { ...became, ...left });
  }

  async #postpone(row: OutboxRow, { message }: AppError, until: number, refused = row.refused): Promise<void> {
    if (this.#options.now() >= row.created_at + GIVE_UP_MS) return this.#fail(row, message, refused);
    await this.#change(row.id, UNSENT, { state: 'queued', next_at: until, reason: message, refused });
  }

  async #fail(row: OutboxRow, reason: string, refused: string): Promise<void> {
    const settled_at = this.#options.now();
    await this.#change(row.id, UNSENT, { state: 'failed', next_at: null, reason, refused, settled_at });
  }

  /**
   * What became of a mail has to reach the disk: while that does not take it, the mail stays in the state that a restart
   * knows how to go on from.
   */
  async #change(id: OutboxId, from: readonly OutboxState[], changes: OutboxChanges): Promise<boolean> {
    const { rows, log } = this.#options;
    for (;;) {
      try {
        const changed = await (changes.state === 'sent'
          ? rows.settle(id, from, changes)
          : rows.change(id, from, changes));
        this.#tell(id);
        return changed;
      } catch (err) {
        log.error({ err, outbox: id }, 'what became of a mail could not be written');
        if (this.#stopping) return false;
        await delay(1000, undefined, { ref: false });
      }
    }
  }

  #tell(id: OutboxId): void {
    for (const wake of this.#waiters.get(id) ?? []) wake();
  }

  #inBackground(work: Promise<void>): void {
    work.catch((err: unknown) => this.#options.log.error({ err }, 'the outbox stumbled'));
  }
}

/** Nobody has the mail. */
const UNSENT: readonly OutboxState[] = ['queued', 'sending', 'leaving'];

export const isFinal = ({ state }: OutboxRow): boolean => !UNSENT.includes(state);

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', 'The account cannot send now.', { cause: error });
}
