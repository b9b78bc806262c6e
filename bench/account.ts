// One account in a running Mailroom, as a caller sees it: added, synced, asked whether a mail can be found.
import type { Mailroom } from '../test/support/mailroom.ts';
import { PASSWORD, type Sown } from './big-mailbox.ts';

const LIMIT_MS = 3_600_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Account {
  readonly #room: Mailroom;
  readonly #path: string;

  private constructor(room: Mailroom, id: string) {
    this.#room = room;
    this.#path = `/accounts/${id}`;
  }

  static async add(room: Mailroom, email: string): Promise<Account> {
    const { account_id } = await room.tool('add_gmail_account', {
      user_id: email,
      email,
      app_password: PASSWORD,
    });
    return new Account(room, account_id);
  }

  async search(query: string): Promise<unknown[]> {
    const { body } = await this.#room.rest('GET', `${this.#path}/messages?q=${encodeURIComponent(query)}`);
    return body.messages;
  }

  async finds({ messageId }: Sown): Promise<boolean> {
    return (await this.search(`rfc822msgid:${messageId}`)).length === 1;
  }

  /** Resolves when a search finds the mail; asks every `everyMs`. */
  async until(mail: Sown, everyMs: number): Promise<void> {
    const giveUp = performance.now() + LIMIT_MS;
    while (!(await this.finds(mail))) {
      if (performance.now() > giveUp) throw new Error(`${mail.messageId} never came`);
      await pause(everyMs);
    }
  }

  async sync(): Promise<{ state: string; done: number }> {
    return (await this.#room.rest('GET', this.#path)).body.sync;
  }

  async upToDate(everyMs = 100): Promise<void> {
    const giveUp = performance.now() + LIMIT_MS;
    while ((await this.sync()).state !== 'up_to_date') {
      if (performance.now() > giveUp) throw new Error('never up to date');
      await pause(everyMs);
    }
  }

  /** Asks the server for what is new and waits until it is stored. */
  async fetch(): Promise<void> {
    const { status, body } = await this.#room.rest('POST', `${this.#path}/fetch`);
    if (status !== 200) throw new Error(`fetch: ${body.code}`);
  }
}
