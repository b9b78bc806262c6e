// A mailbox file as the import writes it, from bytes of mails that lie at Gmail, told over IMAP or over the API.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flag, SystemLabel } from '../../src/mail/change.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { MailboxReader } from '../../src/store/mailbox-reader.ts';
import { MailboxWriter } from '../../src/store/mailbox-writer.ts';
import { packMessage } from '../../src/store/packed-message.ts';

export interface PutMail {
  /** Hex. */
  readonly id: string;
  readonly raw: string;
  readonly dateMs: number;
  readonly labels?: readonly SystemLabel[];
  readonly flags?: readonly Flag[];
}

export class WrittenMailbox {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mailroom-written-'));
  readonly #path = 'gmail';
  readonly #overApi: boolean;
  readonly writer: MailboxWriter;
  readonly reader: MailboxReader;
  #uid = 0;

  constructor(how: 'imap' | 'api', email = 'jane@gmail.com') {
    this.#overApi = how === 'api';
    const path = join(this.#folder, 'mailbox.sqlite');
    this.writer = MailboxWriter.open(path, { email, connectedAtMs: 0 });
    this.reader = MailboxReader.open(path)!;
    this.writer.apply({ kind: 'places', places: [{ path: this.#path, label: null, messages: 0 }] });
  }

  async put({ id, raw, dateMs, labels = [], flags = [] }: PutMail): Promise<void> {
    const message = await parseMessage(Buffer.from(raw), { parts: [], partial: false });
    const uid = this.#overApi ? BigInt.asIntN(64, BigInt(`0x${id}`)) : ++this.#uid;
    this.writer.apply({
      kind: 'messages',
      path: this.#path,
      uidValidity: 1,
      live: true,
      cursor: null,
      messages: [
        {
          copy: { uid, flags, labels: labels.map((label) => ({ type: 'system' as const, id: label })) },
          identity: `gm:${id}`,
          gmail: { id, threadId: id },
          dateMs,
          sizeBytes: raw.length,
          message: packMessage(message),
        },
      ],
    });
  }

  close(): void {
    this.reader.close();
    this.writer.close();
    rmSync(this.#folder, { recursive: true });
  }
}
