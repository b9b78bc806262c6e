// Finds the copies in Sent of mails that left: they have the ids, and they settle what no reply settled. Knows no SMTP.
import { setTimeout as delay } from 'node:timers/promises';
import type { AccountId } from '../base/ids.ts';
import type { OutboxChanges, OutboxRow, OutboxRows } from '../store/outbox-rows.ts';
import type { SentCopy, SoughtCopy } from '../store/sent-copy.ts';

export interface SentCopiesOptions {
  readonly rows: OutboxRows;
  /** Asks the server for what is new, Sent included; resolves when it is stored. */
  readonly look: (account: AccountId) => Promise<void>;
  /** The mails in the account's Sent that may be this one, the likeliest first. */
  readonly findSent: (account: AccountId, sought: SoughtCopy) => readonly SentCopy[];
  /** Writes a change to a mail that has left, or that is to be sent again. */
  readonly change: (row: OutboxRow, changes: OutboxChanges) => Promise<void>;
  readonly now: () => number;
}

const MINUTE_MS = 60_000;
/** Where the server tells of new mail by itself the copy is here before. */
export const FIRST_LOOK_MS = 500;
/** How long a copy is looked for. */
export const LOOK_MS = 15 * MINUTE_MS;
/** A mail that somebody wants sent again waits no longer for the answer. */
const LONGEST_LOOK_MS = 10_000;

export class SentCopies {
  readonly #options: SentCopiesOptions;
  /** Accounts with mail whose copy has not been seen. */
  #expecting = new Set<AccountId>();
  readonly #joining = new Map<AccountId, Promise<void>>();
  readonly #waiting = new Map<AccountId, Promise<void>>();
  #lastJoin: Promise<unknown> = Promise.resolve();

  constructor(options: SentCopiesOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#expecting = new Set(await this.#options.rows.expecting());
  }

  expect(account: AccountId): void {
    this.#expecting.add(account);
  }

  /** Mail was stored for this account; perhaps such a copy, however late. Calls that come while one waits share it. */
  noticed(account: AccountId): Promise<void> {
    const waiting = this.#waiting.get(account);
    if (waiting) return waiting;
    const before = this.#joining.get(account) ?? Promise.resolve();
    const next = before.then(() => {
      this.#waiting.delete(account);
      const joined = this.#joinAll(account);
      this.#joining.set(
        account,
        joined.catch(() => undefined),
      );
      return joined;
    });
    this.#waiting.set(account, next);
    return next;
  }

  async #joinAll(account: AccountId): Promise<void> {
    // Before it is asked, so that a mail which leaves meanwhile is not forgotten.
    if (!this.#expecting.delete(account)) return;
    const unseen = await this.#options.rows.unseen(account);
    if (unseen.length > 0) this.#expecting.add(account);
    await Promise.all(unseen.map((row) => this.#join(row)));
  }

  /** Whether a mail that is to be tried again was taken before after all. */
  async isThere(row: OutboxRow): Promise<boolean> {
    if (row.look_until !== null) {
      const late = delay(LONGEST_LOOK_MS, undefined, { ref: false });
      await Promise.race([this.#options.look(row.account_id), late]).catch(() => undefined);
    }
    // One that is only alike proves nothing about a mail that was perhaps refused.
    return this.#join(row, true);
  }

  /** Looks for the copies that are due, and sets when to look again. */
  async look(account: AccountId): Promise<void> {
    const { rows, look, change, now } = this.#options;
    this.expect(account);
    const due = async (): Promise<OutboxRow[]> => {
      await this.noticed(account);
      return (await rows.unseen(account)).filter(({ next_at }) => next_at !== null && next_at <= now());
    };
    if ((await due()).length === 0) return;
    // A server that cannot be asked is asked again like one that has no copy yet.
    await look(account).catch(() => undefined);
    for (const row of await due()) {
      const over = now() >= (row.look_until ?? 0);
      await change(row, { next_at: over ? null : now() + pause(now() - (row.settled_at ?? 0)) });
    }
  }

  /** False while the copy is not there. One row after the other, so that no two take one copy. */
  #join(row: OutboxRow, certainly = false): Promise<boolean> {
    const turn = this.#lastJoin.then(() => this.#joinInTurn(row, certainly));
    this.#lastJoin = turn.catch(() => undefined);
    return turn;
  }

  async #joinInTurn(row: OutboxRow, certainly: boolean): Promise<boolean> {
    const found = await this.#find(row, certainly);
    if (!found) return false;
    const ids = { message_id: found.id, thread_id: found.threadId };
    // A server may have given the mail another Message-ID than ours.
    const header = found.messageIdHeader && { message_id_header: found.messageIdHeader };
    const settled_at = row.settled_at ?? this.#options.now();
    await this.#options.change(row, { state: 'sent', reason: '', next_at: null, settled_at, ...ids, ...header });
    return true;
  }

  async #find(row: OutboxRow, certainly: boolean): Promise<SentCopy | null> {
    for (const copy of this.#candidates(row)) {
      if (copy.isCertain) return copy;
      if (!certainly && !(await this.#options.rows.isTaken(copy.id, row))) return copy;
    }
    return null;
  }

  #candidates(row: OutboxRow): readonly SentCopy[] {
    try {
      return this.#options.findSent(row.account_id, {
        id: row.message_id,
        messageIdHeader: row.message_id_header,
        recipients: JSON.parse(row.recipients) as string[],
        hidden: (JSON.parse(row.addressees) as { bcc: string[] }).bcc.map(addressIn),
        subject: row.subject,
        leftFromMs: row.created_at,
        leftUntilMs: row.settled_at ?? this.#options.now(),
      });
    } catch {
      // A mailbox that cannot be read is mended by others; until then it is one that has no copy yet.
      return [];
    }
  }
}

/** Of a person as it is shown. */
const addressIn = (shown: string): string => /<([^<>]*)>$/.exec(shown)?.[1] ?? shown;

/** How long to wait before the next look, by how long ago the mail left. */
function pause(sinceMs: number): number {
  if (sinceMs < 5000) return 700;
  if (sinceMs < MINUTE_MS) return 5000;
  return sinceMs < 5 * MINUTE_MS ? 30_000 : MINUTE_MS;
}
