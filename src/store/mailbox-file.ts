// Opening, checking and removing the file of ONE account. Knows the engine; knows nothing of what the rows mean.
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SQLite, { type Database, type Statement } from 'better-sqlite3';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import { MAILBOX_1 } from './migrations/mailbox-1.ts';
import { MAILBOX_2 } from './migrations/mailbox-2.ts';
import { MAILBOX_3 } from './migrations/mailbox-3.ts';

export type { Database } from 'better-sqlite3';

/** In order; the file's `user_version` says how many it has seen. */
const MIGRATIONS: readonly string[] = [MAILBOX_1, MAILBOX_2, MAILBOX_3];

/** How long a busy file is waited for: less than an import thread may be silent. */
const BUSY_MS = 5000;

/** Where an account's file lies. */
export function mailboxPath(dataDir: string, account: AccountId): string {
  return join(dataDir, 'mailboxes', `${account}.sqlite`);
}

/** Opens for writing; makes and migrates the file. Throws `unavailable` naming the file when it is damaged or newer. */
export function openMailboxForWriting(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return opened(path, {}, (db) => {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    db.pragma('cache_size = -8000');
    // An import writes the same index pages again and again; copied into the file less often, they are copied once.
    db.pragma('wal_autocheckpoint = 4000');
    db.pragma('journal_size_limit = 4194304');
    migrate(db, path);
  });
}

/**
 * Opens for reading only; the file must exist. Statements of the connection throw `unavailable` naming the file when they
 * meet damage in it.
 */
export function openMailboxForReading(path: string): Database {
  const db = opened(path, { readonly: true, fileMustExist: true }, (file) => {
    file.pragma('cache_size = -8000');
    file.pragma('mmap_size = 268435456');
    refuseNewer(file, path);
  });
  const prepare = db.prepare.bind(db);
  db.prepare = ((text: string) => guardedStatement(path, prepare(text))) as Database['prepare'];
  return db;
}

/** How an account's file stands to this version of Mailroom. `unmade`: its first migration has not been written. */
export function mailboxShape(db: Database): 'unmade' | 'older' | 'present' {
  const seen = Number(db.pragma('user_version', { simple: true }));
  return seen === 0 ? 'unmade' : seen < MIGRATIONS.length ? 'older' : 'present';
}

/** Brings a file that an older Mailroom made up to date; any other is left as it is. */
export function migrateMailbox(path: string): void {
  const db = openMailboxForReading(path);
  const isOlder = mailboxShape(db) === 'older';
  db.close();
  if (isOlder) openMailboxForWriting(path).close();
}

/** True once the account's file has been made. */
export function mailboxExists(path: string): boolean {
  return existsSync(path);
}

const COMPANIONS = ['', '-wal', '-shm', '-journal'];

/** The size of the file and its companions. */
export function mailboxBytes(path: string): number {
  const sizes = COMPANIONS.map((suffix) => statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Takes the file and its companions off the disk. Its connections must be closed. */
export function removeMailboxFile(path: string): void {
  for (const suffix of COMPANIONS) rmSync(path + suffix, { force: true });
}

/** Runs what touches the file; SQLite's refusals become `unavailable` with what to do, everything else stays as it is. */
export function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw refusal(path, error) ?? error;
  }
}

function opened(path: string, options: SQLite.Options, prepare: (db: Database) => void): Database {
  let db: Database | undefined;
  try {
    db = new SQLite(path, { ...options, timeout: BUSY_MS });
    prepare(db);
    db.defaultSafeIntegers(true);
    return db;
  } catch (cause) {
    db?.close();
    if (cause instanceof AppError) throw cause;
    const hint = 'Check the folder’s rights and the free space.';
    throw (
      refusal(path, cause) ?? new AppError('unavailable', `The mailbox file ${path} cannot be opened.`, { hint, cause })
    );
  }
}

function refusal(path: string, cause: unknown): AppError | null {
  const code = String((cause as { code?: unknown }).code ?? '');
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new AppError('unavailable', `The mailbox file ${path} is damaged.`, {
      hint: 'Move it away while Mailroom is stopped; the mail is fetched from the server again.',
      cause,
    });
  // A process was killed while it made the file or folded its log; only who may write can tidy up.
  if (code === 'SQLITE_READONLY_ROLLBACK' || code === 'SQLITE_READONLY_RECOVERY')
    return new AppError('unavailable', `The mailbox file ${path} was left in the middle of a write.`, {
      hint: 'The server puts it in order when it opens it; nothing is lost.',
      cause,
    });
  if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR'))
    return new AppError('unavailable', 'The disk does not take the mail.', {
      hint: 'Free some space; nothing is lost.',
      cause,
    });
  if (code.startsWith('SQLITE_BUSY'))
    return new AppError('unavailable', 'The mailbox file is busy.', { hint: 'It is tried again.', cause });
  return null;
}

function guardedStatement(path: string, statement: Statement): Statement {
  for (const verb of ['get', 'all'] as const) {
    const answer = statement[verb].bind(statement);
    statement[verb] = (...values: unknown[]) => guarded(path, () => answer(...values)) as never;
  }
  return statement;
}

function migrate(db: Database, path: string): void {
  const seen = refuseNewer(db, path);
  for (const [index, statements] of MIGRATIONS.slice(seen).entries()) {
    db.transaction(() => {
      // Another thread may have been first.
      if (Number(db.pragma('user_version', { simple: true })) !== seen + index) return;
      db.exec(statements);
      db.pragma(`user_version = ${seen + index + 1}`);
    }).immediate();
  }
}

/** Answers how many migrations the file has seen. */
function refuseNewer(db: Database, path: string): number {
  const seen = Number(db.pragma('user_version', { simple: true }));
  if (seen <= MIGRATIONS.length) return seen;
  throw new AppError('unavailable', `The file ${path} was written by a newer Mailroom.`, {
    hint: 'Run that version, or a newer one.',
  });
}
