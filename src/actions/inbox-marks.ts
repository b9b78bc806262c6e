// Which inbox mail has been told to callers: handed out in memory, marked on disk once the answer has left. Knows no door.
import type { AccountId } from '../base/ids.ts';
import type { ControlStore } from '../store/control.ts';
import type { MailboxReader } from '../store/mailbox-reader.ts';
import { only, type Span, untold, without } from './untold.ts';

/** Mails for one answer, newest first; nobody else is given them until `settle` says whether they were told. */
export interface Handed {
  readonly keys: readonly bigint[];
  /** True: marked as told. False: the next call is given them. */
  settle(told: boolean): Promise<void>;
}

interface Marks {
  readonly seen: number;
  readonly left: readonly Span[];
}

const UNMARKED: Marks = { seen: 0, left: [] };

export class InboxMarks {
  readonly #control: ControlStore;
  readonly #handed = new Map<AccountId, Set<number>>();
  readonly #turns = new Map<AccountId, Promise<unknown>>();

  constructor(control: ControlStore) {
    this.#control = control;
  }

  /** The newest `limit` of what no caller has been told and no other call is just being told. */
  take(account: AccountId, mailbox: MailboxReader, limit: number): Promise<Handed> {
    return this.#inTurn(account, async () => {
      const last = mailbox.lastArrival();
      const marks = await this.#marks(account);
      // A file that was made anew numbers anew; better told twice than never.
      const anew = last < marks.seen;
      const { seen, left } = anew ? UNMARKED : marks;
      const handed = this.#handed.get(account) ?? new Set<number>();
      const gone: Span[] = [];
      const found = untold(left, seen, last).flatMap((span) => {
        const rows = mailbox.arrivals(span[0], span[1], limit + handed.size);
        if (rows.length === 0) gone.push(span);
        return rows;
      });
      const page = found
        .filter(({ arrival }) => !handed.has(arrival))
        .sort((a, b) => (a.key < b.key ? 1 : -1))
        .slice(0, limit);
      for (const { arrival } of page) handed.add(arrival);
      this.#handed.set(account, handed);
      const told = [...page.map(({ arrival }) => only(arrival)), ...gone];
      return {
        keys: page.map(({ key }) => key),
        settle: (wasTold) =>
          this.#inTurn(account, async () => {
            try {
              if (wasTold) await this.#mark(account, anew ? UNMARKED : await this.#marks(account), last, told);
            } finally {
              for (const { arrival } of page) handed.delete(arrival);
            }
          }),
      };
    });
  }

  async #marks(account: AccountId): Promise<Marks> {
    const row = await this.#control.account(account);
    return { seen: row?.inbox_seen ?? 0, left: JSON.parse(row?.inbox_left ?? '[]') as Span[] };
  }

  async #mark(account: AccountId, { seen, left }: Marks, last: number, told: readonly Span[]): Promise<void> {
    if (told.length === 0 && last <= seen) return;
    const rest = without(untold(left, seen, last), told);
    await this.#control.updateAccount(account, { inbox_seen: Math.max(seen, last), inbox_left: JSON.stringify(rest) });
  }

  /** One after the other for one account, so that nothing is handed out between reading the marks and moving them. */
  #inTurn<T>(account: AccountId, action: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(account) ?? Promise.resolve()).then(action);
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(account) === settled) this.#turns.delete(account);
      });
    this.#turns.set(account, settled);
    return turn;
  }
}
