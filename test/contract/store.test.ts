// The embedded store keeps the contract.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MailboxReader } from '../../src/store/mailbox-reader.ts';
import { MailboxWriter } from '../../src/store/mailbox-writer.ts';
import { OWNER, storeContract } from './store.ts';

storeContract('SQLite, one file an account', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mailroom-store-'));
  const path = join(folder, 'mailboxes', 'acc_test.sqlite');
  const writer = MailboxWriter.open(path, OWNER);
  let reader: MailboxReader | null = null;
  return {
    writer,
    reader() {
      reader ??= MailboxReader.open(path);
      return reader!;
    },
    close() {
      reader?.close();
      writer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
