// An outbox on a real store, with a scripted way to send and a clock of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MailSender, SendOutcome } from '../../src/backend/port.ts';
import { AppError } from '../../src/base/errors.ts';
import {
  type AccountId,
  type MessageId,
  newAccountId,
  newOutboxId,
  type ThreadId,
  type UserId,
} from '../../src/base/ids.ts';
import { createLogger } from '../../src/base/log.ts';
import { ControlStore } from '../../src/store/control.ts';
import type { OutboxIntent, OutboxRow } from '../../src/store/outbox-rows.ts';
import type { SentCopy } from '../../src/store/sent-copy.ts';
import { Outbox } from '../../src/sync/outbox.ts';

export const MINUTE = 60_000;
export const RAW = Buffer.from('Subject: Tea\r\n\r\nHello.\r\n');
export const ACCEPTED: SendOutcome = { kind: 'accepted', refused: [] };
export const COPY: SentCopy = {
  id: 'abc' as MessageId,
  threadId: 'def' as ThreadId,
  messageIdHeader: 'CAx@mail.gmail.com',
  isCertain: true,
};
export const away = (retryAt?: number): SendOutcome => ({
  kind: 'refused',
  temporary: true,
  forAll: false,
  refused: [],
  error: new AppError('unavailable', 'The mail server has a temporary problem.', retryAt ? { retryAt } : {}),
});

export class OutboxBed {
  readonly #folder = mkdtempSync(join(tmpdir(), 'outbox-test-'));
  control!: ControlStore;
  outbox!: Outbox;
  account!: AccountId;
  now = Date.UTC(2030, 0, 1);
  /** What the server does with the tries to come; without more it accepts. */
  answers: ((beforeEnd: () => Promise<void>) => Promise<SendOutcome>)[] = [];
  tried: string[] = [];
  readonly inSent = new Set<string>();
  /** What else lies in Sent: found by its id, or perhaps this mail's. */
  copies: SentCopy[] = [];
  looks = 0;
  /** Another way to send than the scripted one, from the next process on. */
  openSender: (() => Promise<MailSender>) | undefined;
  /** The account's mailbox cannot be read. */
  unreadable = false;

  static async start(): Promise<OutboxBed> {
    const bed = new OutboxBed();
    bed.control = await ControlStore.open(bed.#folder);
    bed.account = await bed.addAccount();
    bed.outbox = bed.make();
    await bed.outbox.recover();
    bed.outbox.start();
    return bed;
  }

  async end(): Promise<void> {
    await this.outbox.stop();
    await this.control.close();
    rmSync(this.#folder, { recursive: true });
  }

  async addAccount(): Promise<AccountId> {
    const id = newAccountId();
    const row = { id, user_id: 'u' as UserId, email: `${id}@gmail.com`, kind: 'app_password' as const };
    const rest = { display_name: '', status: 'active' as const, timezone: 'UTC', inbox_seen: 0, last_error: null };
    const sealed = { wrapped_key: 'k', sealed: 's' };
    await this.control.addAccount({ ...row, ...rest, created_at: this.now }, sealed, true);
    return id;
  }

  make(openSender = this.openSender, drainMs = 8000): Outbox {
    const sender: MailSender = {
      send: async ({ recipients }, beforeEnd) => {
        this.tried.push(recipients.join());
        const answer = this.answers.shift();
        if (answer) return answer(beforeEnd);
        await beforeEnd();
        return ACCEPTED;
      },
      close: () => Promise.resolve(),
    };
    return new Outbox({
      rows: this.control.outbox,
      openSender: openSender ?? (() => Promise.resolve(sender)),
      look: async () => void this.looks++,
      findSent: (_account, { id, messageIdHeader }) => {
        if (this.unreadable) throw new AppError('unavailable', 'The mailbox file is damaged.');
        if (id !== null) return this.copies.filter((copy) => copy.id === id);
        return this.inSent.has(messageIdHeader) ? [{ ...COPY, messageIdHeader }] : this.copies;
      },
      drainMs,
      now: () => this.now,
      log: createLogger('silent'),
    });
  }

  /** So much time passes, with another process at the end of it. */
  async later(ms: number): Promise<void> {
    await this.outbox.stop();
    this.now += ms;
    this.outbox = this.make();
    await this.outbox.recover();
    this.outbox.start();
  }

  intent(changes: Partial<OutboxIntent> = {}): OutboxIntent {
    const id = newOutboxId();
    return {
      id,
      account_id: this.account,
      idempotency_key: null,
      request_hash: 'request',
      content_hash: `content of ${id}`,
      state: 'queued',
      message_id_header: `${id}@gmail.com`,
      envelope_from: 'jane@gmail.com',
      recipients: JSON.stringify(['joe@gmail.com']),
      addressees: JSON.stringify({ to: ['joe@gmail.com'], cc: [], bcc: [] }),
      subject: 'Tea',
      next_at: this.now,
      created_at: this.now,
      ...changes,
    };
  }

  async send(changes?: Partial<OutboxIntent>): Promise<OutboxRow> {
    return (await this.outbox.submit(this.intent(changes), RAW, null)).row;
  }

  become(row: OutboxRow, done: (row: OutboxRow) => boolean): Promise<OutboxRow | undefined> {
    return this.outbox.settled(row.id, done, 5000);
  }
}
