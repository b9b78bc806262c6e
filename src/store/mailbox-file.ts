// Opening, checking and removing the file of ONE account. Knows the engine; knows nothing of what the rows mean.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import { MAILBOX_1 } from './migrations/mailbox-1.ts';

export type { Database } from 'better-sqlite3';

/** In order; the file's `user_version` says how many it has seen. */
const MIGRATIONS: readonly string[] = [MAILBOX_1];

/** Where an account's file lies. */
export function mailboxPath(dataDir: string, account: AccountId): string {
  return join(dataDir, 'mailboxes', `${account}.sqlite`);
}

/** Opens for writing; makes and migrates the file. Throws `unavailable` naming the file when it is damaged or newer. */
export function openMailboxForWriting(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return guarded(path, () => {
    const db = new SQLite(path, { timeout: 10_000 });
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    db.pragma('cache_size = -8000');
    migrate(db, path);
    db.defaultSafeIntegers(true);
    return db;
  });
}

/** Opens for reading only; the file must exist. */
export function openMailboxForReading(path: string): Database {
  return guarded(path, () => {
    const db = new SQLite(path, { readonly: true, fileMustExist: true, timeout: 10_000 });
    db.pragma('cache_size = -4000');
    db.pragma('mmap_size = 268435456');
    db.defaultSafeIntegers(true);
    return db;
  });
}

/** True once the account's file has been made. */
export function mailboxExists(path: string): boolean {
  return existsSync(path);
}

/** Takes the file and its companions off the disk. Its connections must be closed. */
export function removeMailboxFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

function migrate(db: Database, path: string): void {
  const seen = Number(db.pragma('user_version', { simple: true }));
  if (seen > MIGRATIONS.length)
    throw new AppError('unavailable', `The file ${path} was written by a newer Mailroom.`, {
      hint: 'Run that version, or a newer one.',
    });
  MIGRATIONS.slice(seen).forEach((statements, index) => {
    db.transaction(() => {
      db.exec(statements);
      db.pragma(`user_version = ${seen + index + 1}`);
    }).immediate();
  });
}

function guarded(path: string, open: () => Database): Database {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = (cause as { code?: string }).code ?? '';
    const damaged = code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB');
    throw new AppError('unavailable', `The mailbox file ${path} cannot be opened${damaged ? ': it is damaged' : ''}.`, {
      hint: damaged
        ? 'Move it away; the mail is fetched from the server again.'
        : 'Check the folder’s rights and the free space.',
      cause,
    });
  }
}
