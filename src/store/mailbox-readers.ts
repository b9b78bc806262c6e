// The open mailboxes of the main thread: read-only, bounded in number. One account's reader cannot reach another's file.
import { LRUCache } from 'lru-cache';
import type { AccountId } from '../base/ids.ts';
import { mailboxBytes, mailboxExists, mailboxPath, migrateMailbox, removeMailboxFile } from './mailbox-file.ts';
import { MailboxReader } from './mailbox-reader.ts';
import type { Sight } from './sight.ts';

const MOST_OPEN = 128;

export class MailboxReaders {
  readonly #dataDir: string;
  readonly #mayMigrate: boolean;
  /** By account; a narrowed reader by account and sight. */
  readonly #open = new LRUCache<string, MailboxReader>({ max: MOST_OPEN, dispose: (reader) => reader.close() });

  /** `mayMigrate`: files of an older Mailroom are brought up to date, which only the owner of the folder may do. */
  constructor(dataDir: string, { mayMigrate = false }: { readonly mayMigrate?: boolean } = {}) {
    this.#dataDir = dataDir;
    this.#mayMigrate = mayMigrate;
  }

  /** The account's mailbox, or null while nothing has been stored yet. */
  of(account: AccountId): MailboxReader | null {
    return this.#reader(account, null);
  }

  /** The same mailboxes for one who sees a part of each; `now` says where a window of time begins. */
  narrowed(sight: Sight, now: () => number): Pick<MailboxReaders, 'of' | 'bytes' | 'remove'> {
    return {
      of: (account) => {
        const reader = this.#reader(account, sight);
        reader?.lookAt(sight, now());
        return reader;
      },
      bytes: (account) => this.bytes(account),
      remove: (account) => this.remove(account),
    };
  }

  #reader(account: AccountId, sight: Sight | null): MailboxReader | null {
    const name = sight ? `${account}\n${JSON.stringify(sight)}` : account;
    const open = this.#open.get(name);
    if (open) return open;
    const path = mailboxPath(this.#dataDir, account);
    if (!mailboxExists(path)) return null;
    if (this.#mayMigrate) migrateMailbox(path);
    const reader = MailboxReader.open(path, sight);
    if (!reader) return null;
    this.#open.set(name, reader);
    return reader;
  }

  /** What the account's mail takes on the disk. */
  bytes(account: AccountId): number {
    return mailboxBytes(mailboxPath(this.#dataDir, account));
  }

  /** Takes the account's mail off the disk; whether there was any. Its writer must have been closed. */
  remove(account: AccountId): boolean {
    for (const name of [...this.#open.keys()]) if (name.split('\n', 1)[0] === account) this.#open.delete(name);
    const path = mailboxPath(this.#dataDir, account);
    const was = mailboxExists(path);
    removeMailboxFile(path);
    return was;
  }

  close(): void {
    this.#open.clear();
  }
}
