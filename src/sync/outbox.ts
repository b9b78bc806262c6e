// Sends what the outbox holds: one try at a time for an account, each known to the disk before its last byte leaves, and
// looks for the copies in Sent. Knows no SMTP, no SQL and no draft.
import { setTimeout as delay } from 'node:timers/promises';
import type { MailSender, SendOutcome } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId, MessageId, OutboxId, ThreadId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type {
  OutboxChanges,
  OutboxIntent,
  OutboxRow,
  OutboxRows,
  OutboxState,
  Submitted,
} from '../store/outbox-rows.ts';

export interface OutboxOptions {
  readonly rows: OutboxRows;
  /** A way to send for the account. Rejects with what keeps it from sending now; goes to no network yet. */
  readonly openSender: (account: AccountId) => Promise<MailSender>;
  /** Asks the server for what is new, Sent included; resolves when it is stored. */
  readonly look: (account: AccountId) => Promise<void>;
  /** The mail in the account's Sent with this Message-ID. */
  readonly findSent: (account: AccountId, messageIdHeader: string) => { id: MessageId; threadId: ThreadId } | null;
  readonly now: () => number;
  readonly log: Logger;
}

const MINUTE_MS = 60_000;
/** How long the copy in Sent is looked for. */
const LOOK_MS = 15 * MINUTE_MS;
const BACKOFF_MS = [1, 3, 10, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS);
/** A mail that could not be sent for so long would come as a surprise. */
const GIVE_UP_MS = 48 * 60 * MINUTE_MS;
/** While an account cannot send (paused, to be connected again) its mail waits. */
const WAIT_FOR_ACCOUNT_MS = MINUTE_MS;
/** A connection is kept for the next mail. */
const LINGER_MS = 10_000;
const MOST_LANES = 32;
const DRAIN_MS = 8000;
const KEPT_MS = 30 * 24 * 60 * MINUTE_MS;
const FINAL: readonly OutboxState[] = ['sent', 'failed', 'unknown'];
/** A timer takes no more (2^31 - 1 milliseconds). */
const LONGEST_TIMER_MS = 2_147_483_647;

interface KeptSender {
  readonly sender: MailSender;
  timer: NodeJS.Timeout | undefined;
}

export class Outbox {
  readonly #options: OutboxOptions;
  /** Accounts that are sending now. */
  readonly #lanes = new Map<AccountId, Promise<void>>();
  readonly #looking = new Set<AccountId>();
  readonly #senders = new Map<AccountId, KeptSender>();
  readonly #waiters = new Map<OutboxId, Set<() => void>>();
  /** Accounts with mail whose copy in Sent has not been seen. */
  #expecting = new Set<AccountId>();
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier process left; must be called before the first mail is submitted. */
  async start(): Promise<void> {
    const { rows, now } = this.#options;
    await rows.recover(now(), now() + LOOK_MS);
    await rows.forget(now() - KEPT_MS);
    this.#expecting = new Set(await rows.expecting());
    await this.#tick();
  }

  /** Commits an intent and begins to send it. */
  async submit(intent: OutboxIntent, raw: Uint8Array, guardedSince: number | null): Promise<Submitted> {
    const submitted = await this.#options.rows.submit(intent, raw, guardedSince);
    if (submitted.how === 'new') this.#send(submitted.row.account_id);
    return submitted;
  }

  /** The row as soon as `done` holds for it, or as it is when the time is over; undefined when it was taken away. */
  async settled(id: OutboxId, done: (row: OutboxRow) => boolean, limitMs: number): Promise<OutboxRow | undefined> {
    const until = performance.now() + limitMs;
    for (;;) {
      const { promise: changed, resolve } = Promise.withResolvers<void>();
      const waiters = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, waiters.add(resolve));
      const row = await this.#options.rows.find(id);
      const left = until - performance.now();
      if (row && !done(row) && left > 0) {
        const timer = new AbortController();
        await Promise.race([changed, delay(left, undefined, { signal: timer.signal }).catch(() => undefined)]);
        timer.abort();
      }
      waiters.delete(resolve);
      if (waiters.size === 0) this.#waiters.delete(id);
      if (!row || done(row) || left <= 0) return row;
    }
  }

  /** Mail was stored for this account; perhaps the copy of one that was sent. */
  async noticed(account: AccountId): Promise<void> {
    if (!this.#expecting.has(account)) return;
    const unseen = await this.#options.rows.unseen(account);
    if (unseen.length === 0) this.#expecting.delete(account);
    for (const row of unseen) await this.#join(row);
  }

  /** Tries again at once, also what failed or is unknown; false when the mail is under way or was sent. */
  async retry(id: OutboxId): Promise<boolean> {
    const { rows, now } = this.#options;
    const fresh = { state: 'queued' as const, next_at: now(), look_until: null, settled_at: null, reason: '' };
    const changed = await rows.change(id, ['queued', 'failed', 'unknown'], fresh);
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
    await this.#close(account);
  }

  /** Begins nothing new and waits for what is under way; what does not end in time is recovered at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const drained = new AbortController();
    const lanes = Promise.allSettled(this.#lanes.values()).then(() => drained.abort());
    await Promise.race([lanes, delay(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => undefined)]);
    await Promise.all([...this.#senders.keys()].map((account) => this.#close(account)));
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
      .catch((err: unknown) => this.#options.log.error({ err, account }, 'the outbox of an account stopped'))
      .finally(() => {
        this.#lanes.delete(account);
        this.#inBackground(this.#tick());
      });
    this.#lanes.set(account, lane);
  }

  async #sendAll(account: AccountId): Promise<void> {
    const { rows, now } = this.#options;
    while (!this.#stopping) {
      const row = await rows.toTry(account, now());
      if (!row) return;
      const sender = await this.#sender(account).catch((error: unknown) => asAppError(error));
      if (sender instanceof AppError) await this.#postpone(row, sender, now() + WAIT_FOR_ACCOUNT_MS);
      else await this.#try(row, sender);
    }
  }

  async #try(row: OutboxRow, sender: MailSender): Promise<void> {
    const { rows, now, log } = this.#options;
    const { id } = row;
    const attempts = row.attempts + 1;
    if (!(await rows.change(id, ['queued'], { state: 'sending', attempts, next_at: null }))) return;
    const raw = await rows.mailOf(id);
    if (!raw) {
      await this.#change(id, ['sending'], {
        state: 'failed',
        reason: 'The mail is not here any more.',
        settled_at: now(),
      });
      return;
    }
    const mail = { raw, from: row.envelope_from, recipients: JSON.parse(row.recipients) as string[] };
    const outcome = await sender.send(mail, async () => {
      if (!(await rows.change(id, ['sending'], { state: 'leaving' })))
        throw new AppError('conflict', 'The mail was withdrawn.');
    });
    log.info({ account: row.account_id, outbox: id, attempts, outcome: outcome.kind }, 'a mail was tried');
    await this.#conclude({ ...row, attempts }, outcome);
  }

  async #conclude(row: OutboxRow, outcome: SendOutcome): Promise<void> {
    const { id } = row;
    const now = this.#options.now();
    const sought = { settled_at: now, next_at: now, look_until: now + LOOK_MS };
    if (outcome.kind === 'accepted') {
      this.#expecting.add(row.account_id);
      await this.#change(id, ['leaving'], {
        state: 'sent',
        reason: '',
        refused: JSON.stringify(outcome.refused),
        ...sought,
      });
    } else if (outcome.kind === 'unknown') {
      this.#expecting.add(row.account_id);
      const reason = `${outcome.error.message} Gmail may have taken the mail; it is looked for in Sent and not sent again by itself.`;
      await this.#change(id, ['leaving'], { state: 'unknown', reason, ...sought });
    } else {
      const { error, temporary, refused } = outcome;
      if (temporary && now < row.created_at + GIVE_UP_MS) {
        const backoff = BACKOFF_MS[Math.min(row.attempts, BACKOFF_MS.length) - 1]!;
        await this.#postpone(row, error, Math.max(error.retryAt ?? 0, now + backoff), JSON.stringify(refused));
      } else {
        const reason = [error.message, error.hint].join(' ').trim();
        const failed = { state: 'failed' as const, reason, refused: JSON.stringify(refused), settled_at: now };
        await this.#change(id, ['sending', 'leaving'], { ...failed, next_at: null });
      }
    }
  }

  async #postpone(row: OutboxRow, error: AppError, until: number, refused = row.refused): Promise<void> {
    const now = this.#options.now();
    const over = now >= row.created_at + GIVE_UP_MS;
    await this.#change(row.id, ['queued', 'sending', 'leaving'], {
      state: over ? 'failed' : 'queued',
      next_at: over ? null : until,
      reason: error.message,
      refused,
      ...(over && { settled_at: now }),
    });
  }

  /** What became of a mail has to reach the disk: while it does not take it, the mail waits in the state that a restart knows. */
  async #change(id: OutboxId, from: readonly OutboxState[], changes: OutboxChanges): Promise<void> {
    const { rows, log } = this.#options;
    for (;;) {
      try {
        await (changes.state === 'sent' ? rows.settle(id, from, changes) : rows.change(id, from, changes));
        break;
      } catch (err) {
        log.error({ err, outbox: id }, 'what became of a mail could not be written');
        if (this.#stopping) return;
        await delay(1000, undefined, { ref: false });
      }
    }
    this.#tell(id);
  }

  #lookForCopies(account: AccountId): void {
    if (this.#looking.has(account)) return;
    this.#looking.add(account);
    const look = async (): Promise<void> => {
      const { rows, now } = this.#options;
      for (const row of await rows.unseen(account)) await this.#join(row);
      const waiting = (await rows.unseen(account)).filter(({ next_at }) => next_at !== null && next_at <= now());
      if (waiting.length === 0) return;
      await this.#options.look(account).catch(() => undefined);
      for (const row of waiting) {
        if (await this.#join(row)) continue;
        const over = now() >= (row.look_until ?? 0);
        await rows.change(row.id, ['sent', 'unknown'], {
          next_at: over ? null : now() + pause(now() - (row.settled_at ?? 0)),
        });
      }
    };
    this.#inBackground(
      look().finally(() => {
        this.#looking.delete(account);
        this.#inBackground(this.#tick());
      }),
    );
  }

  /** True when the copy in Sent is there: it has the ids, and an unknown mail is known to be sent. */
  async #join(row: OutboxRow): Promise<boolean> {
    const found = this.#options.findSent(row.account_id, row.message_id_header);
    if (!found) return false;
    const ids = { message_id: found.id, thread_id: found.threadId, next_at: null, reason: '' };
    await this.#change(row.id, ['sent', 'unknown'], { state: 'sent', ...ids });
    return true;
  }

  async #sender(account: AccountId): Promise<MailSender> {
    let kept = this.#senders.get(account);
    if (!kept) {
      kept = { sender: await this.#options.openSender(account), timer: undefined };
      this.#senders.set(account, kept);
    }
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => this.#inBackground(this.#release(account)), LINGER_MS);
    kept.timer.unref();
    return kept.sender;
  }

  async #release(account: AccountId): Promise<void> {
    if (!this.#lanes.has(account)) return this.#close(account);
    // Still sending: looked at again later.
    const kept = this.#senders.get(account);
    kept?.timer?.refresh();
  }

  async #close(account: AccountId): Promise<void> {
    const kept = this.#senders.get(account);
    this.#senders.delete(account);
    clearTimeout(kept?.timer);
    await kept?.sender.close();
  }

  #tell(id: OutboxId): void {
    for (const wake of this.#waiters.get(id) ?? []) wake();
  }

  #inBackground(work: Promise<void>): void {
    work.catch((err: unknown) => this.#options.log.error({ err }, 'the outbox stumbled'));
  }
}

export const isFinal = ({ state }: OutboxRow): boolean => FINAL.includes(state);

/** How long to wait before the next look for a copy, `since` it was sent. */
function pause(sinceMs: number): number {
  if (sinceMs < 5000) return 700;
  if (sinceMs < MINUTE_MS) return 5000;
  return sinceMs < 5 * MINUTE_MS ? 30_000 : MINUTE_MS;
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', 'The account cannot send now.', { cause: error });
}
