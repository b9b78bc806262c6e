// Connections to send over, kept for a while for the next mail of the same account. Knows no mail.
import type { MailSender } from '../backend/port.ts';
import type { AccountId } from '../base/ids.ts';

const LINGER_MS = 10_000;

interface Kept {
  readonly sender: MailSender;
  timer: NodeJS.Timeout | undefined;
}

export class KeptSenders {
  readonly #open: (account: AccountId) => Promise<MailSender>;
  readonly #kept = new Map<AccountId, Kept>();

  constructor(open: (account: AccountId) => Promise<MailSender>) {
    this.#open = open;
  }

  /** The account's sender, taken until it is given back. Rejects with what keeps the account from sending. */
  async take(account: AccountId): Promise<MailSender> {
    let kept = this.#kept.get(account);
    if (!kept) {
      kept = { sender: await this.#open(account), timer: undefined };
      this.#kept.set(account, kept);
    }
    clearTimeout(kept.timer);
    return kept.sender;
  }

  /** It is closed unless it is taken again soon. */
  giveBack(account: AccountId): void {
    const kept = this.#kept.get(account);
    if (!kept) return;
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => void this.close(account), LINGER_MS);
    kept.timer.unref();
  }

  async close(account: AccountId): Promise<void> {
    const kept = this.#kept.get(account);
    this.#kept.delete(account);
    clearTimeout(kept?.timer);
    await kept?.sender.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((account) => this.close(account)));
  }
}
