// The open mailboxes of the main thread: read-only, bounded in number. One account's reader cannot reach another's file.
import { LRUCache } from 'lru-cache';
import type { AccountId } from '../base/ids.ts';
import { mailboxExists, mailboxPath, migrateMailbox, removeMailboxFile } from './mailbox-file.ts';
import { MailboxReader } from './mailbox-reader.ts';

const MOST_OPEN = 128;

export class MailboxReaders {
  readonly #dataDir: string;
  readonly #mayMigrate: boolean;
  readonly #open = new LRUCache<AccountId, MailboxReader>({ max: MOST_OPEN, dispose: (reader) => reader.close() });

  /** `mayMigrate`: files of an older Mailroom are brought up to date, which only the owner of the folder may do. */
  constructor(dataDir: string, { mayMigrate = false }: { readonly mayMigrate?: boolean } = {}) {
    this.#dataDir = dataDir;
    this.#mayMigrate = mayMigrate;
  }

  /** The account's mailbox, or null while nothing has been stored yet. */
  of(account: AccountId): MailboxReader | null {
    const open = this.#open.get(account);
    if (open) return open;
    const path = mailboxPath(this.#dataDir, account);
    if (!mailboxExists(path)) return null;
    if (this.#mayMigrate) migrateMailbox(path);
    const reader = MailboxReader.open(path);
    if (!reader) return null;
    this.#open.set(account, reader);
    return reader;
  }

  /** Takes the account's mail off the disk; whether there was any. Its writer must have been closed. */
  remove(account: AccountId): boolean {
    this.#open.delete(account);
    const path = mailboxPath(this.#dataDir, account);
    const was = mailboxExists(path);
    removeMailboxFile(path);
    return was;
  }

  close(): void {
    this.#open.clear();
  }
}
