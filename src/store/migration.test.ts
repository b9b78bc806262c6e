// A file of an older Mailroom is brought up to date: whole, with the index made anew, whatever kills the process meanwhile.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPILED } from '../../test/support/compiled.ts';
import { killAt, straceAvailable } from '../../test/support/strace.ts';
import { parseQuery } from '../query/parse.ts';
import { MailboxReader } from './mailbox-reader.ts';
import { MailboxReaders } from './mailbox-readers.ts';
import { MailboxWriter } from './mailbox-writer.ts';
import { MAILBOX_1 } from './migrations/mailbox-1.ts';
import { searchKeys } from './search.ts';
import { verifyMailbox } from './verify-mailbox.ts';

const OWNER = { email: 'me@example.com', connectedAtMs: 0 };
const MAILS = 45;

const folder = mkdtempSync(join(tmpdir(), 'mailroom-migration-'));
const old = join(folder, 'old.sqlite');
let copies = 0;
afterAll(() => rmSync(folder, { recursive: true }));

/** A mailbox of the first shape whose index was made by a search text that knew nothing: every body says `old`. */
beforeAll(() => {
  const db = new SQLite(old);
  db.pragma('journal_mode = WAL');
  db.exec(MAILBOX_1);
  db.pragma('user_version = 1');
  db.exec("insert into places (id, path, messages) values (1, 'All', 0)");
  for (let i = 1; i <= MAILS; i += 1) {
    const seconds = 1_700_000_000 + i;
    const key = BigInt(seconds) << 20n;
    const header = `From: Zoë <zoe${i}@example.com>\r\nTo: me@example.com\r\nDelivered-To: me@example.com\r\nList-Id: <rowers.example>\r\n\r\n`;
    const text = `会議 number${i} https://docs.google.com/document/d/${i}`;
    db.prepare(
      `insert into messages (key, id, thread_id, identity, date_ms, size_bytes, subject, unread)
       values (?, ?, ?, ?, ?, 100, ?, 1)`,
    ).run(key, `m${i}`, `m${i}`, `hd:${i}:100`, seconds * 1000, `Subject ${i}`);
    db.prepare('insert into bodies (message, header_block, text, text_length) values (?, ?, ?, ?)').run(
      key,
      zstdCompressSync(header),
      zstdCompressSync(text),
      text.length,
    );
    db.prepare("insert into parts (message, n, part_id, filename) values (?, 1, '2', 'Plan.pdf')").run(key);
    db.prepare("insert into fts (rowid, subject, body) values (?, 'old', 'old')").run(key);
    db.prepare('insert into copies (place, uid_validity, uid, message) values (1, 1, ?, ?)').run(i, key);
  }
  db.close();
});

function oldFile(): string {
  copies += 1;
  const path = join(folder, `${copies}.sqlite`);
  copyFileSync(old, path);
  return path;
}

function found(path: string, query: string): number {
  const reader = MailboxReader.open(path)!;
  const parsed = parseQuery(query, { now: 0, timeZone: 'UTC' });
  const keys = searchKeys(reader.db, parsed, { limit: 100, beforeKey: null, ownAddresses: [OWNER.email] });
  reader.close();
  return keys.length;
}

function renewAll(path: string): number {
  const writer = MailboxWriter.open(path, OWNER);
  let steps = 0;
  if (writer.indexIsBehind()) for (steps = 1; !writer.renewIndex(10); steps += 1);
  writer.close();
  return steps;
}

const EVERY_KIND = [
  '会',
  'number7',
  'from:zoe',
  'from:zoe7@example.com',
  'filename:plan',
  'list:rowers',
  'has:document',
];

function expectRenewed(path: string): void {
  for (const query of EVERY_KIND) expect(found(path, query), query).toBe(query.includes('7') ? 1 : MAILS);
  expect(found(path, 'old')).toBe(0);
  const reader = MailboxReader.open(path)!;
  expect(verifyMailbox(reader.db)).toEqual([]);
  reader.close();
}

describe('a file of an older Mailroom', () => {
  it('is read by nobody before it has been brought up to date', () => {
    expect(() => MailboxReader.open(oldFile())).toThrow('made by an older Mailroom');
  });

  it('is brought up to date by the owner of the folder when it is first read', () => {
    const path = oldFile();
    const readers = new MailboxReaders(folder, { mayMigrate: true });
    const account = 'paused' as never;
    expect(readers.of(account)).toBeNull();
    MailboxWriter.open(path, OWNER).close();
    expect(found(path, 'old')).toBe(MAILS);
    readers.close();
  });

  it('is indexed anew from its stored text, step by step, newest first, once', () => {
    const path = oldFile();
    const writer = MailboxWriter.open(path, OWNER);
    expect(writer.indexIsBehind()).toBe(true);
    expect(writer.renewIndex(10)).toBe(false);
    expect(found(path, '会')).toBe(10);
    expect(found(path, `number${MAILS}`)).toBe(1);
    expect(found(path, 'number1')).toBe(0);
    expect(found(path, '-nowhere')).toBe(MAILS);
    expect(found(path, 'old')).toBe(MAILS - 10);
    writer.close();
    expect(renewAll(path)).toBe(4);
    expectRenewed(path);
    expect(renewAll(path)).toBe(0);
  });

  it('goes on where it was when the file was closed meanwhile', () => {
    const path = oldFile();
    const writer = MailboxWriter.open(path, OWNER);
    writer.renewIndex(10);
    writer.close();
    const again = MailboxWriter.open(path, OWNER);
    expect(again.indexIsBehind()).toBe(true);
    while (!again.renewIndex(7));
    expect(again.indexIsBehind()).toBe(false);
    again.close();
    expectRenewed(path);
  });

  it('is new from the start when it holds no mail', () => {
    const path = join(folder, 'empty.sqlite');
    const writer = MailboxWriter.open(path, OWNER);
    expect(writer.indexIsBehind()).toBe(false);
    writer.close();
  });
});

describe.skipIf(!straceAvailable())('a process killed while it brings a file up to date', () => {
  const program = (path: string): string => `
    import { MailboxWriter } from ${JSON.stringify(new URL('./mailbox-writer.ts', import.meta.url).href)};
    const writer = MailboxWriter.open(${JSON.stringify(path)}, { email: 'me@example.com', connectedAtMs: 0 });
    while (!writer.renewIndex(20));
    writer.close();`;

  const bringUpToDate = (path: string, under: readonly string[] = []) => {
    const node = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      program(path),
    ];
    const [command = '', ...args] = [...under, ...node];
    return spawnSync(command, args, { env: { ...process.env, ...COMPILED } });
  };
  // One that lives leaves its compiled code to those that are killed.
  beforeAll(() => expect(bringUpToDate(oldFile()).status).toBe(0));

  it.each([
    'fsync,fdatasync',
    'pwrite64',
  ])('at any %s leaves the old shape or the new one, and goes on where it was', (call) => {
    let killed = 0;
    for (let n = 1; ; n += Math.max(1, Math.floor(n / 8))) {
      const path = oldFile();
      const { status, signal } = bringUpToDate(path, killAt(call, n));
      const db = new SQLite(path);
      const version = db.pragma('user_version', { simple: true });
      const columns = db.prepare("select name from pragma_table_info('messages')").pluck().all();
      const marks = db.prepare("select count(*) from meta where name = 'search_text'").pluck().get();
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      db.close();
      expect([version, columns.includes('links'), marks], `${call} ${n}`).toEqual(
        version === 1 ? [1, false, 0] : [version === 2 ? 2 : 3, true, 1],
      );
      renewAll(path);
      expectRenewed(path);
      if (status === 0) break;
      expect(signal === 'SIGKILL' || status === 137, `${call} ${n}: ${status} ${signal}`).toBe(true);
      killed += 1;
    }
    expect(killed).toBeGreaterThan(1);
  }, 300_000);
});
