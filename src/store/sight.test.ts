// What a narrowed reader answers to every question that there is: never a word of a mail that is not seen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addMails, openTestMailbox } from '../../test/support/indexed-mailbox.ts';
import type { MessageId } from '../base/ids.ts';
import { MailboxReader } from './mailbox-reader.ts';
import { MAILBOX_3 } from './migrations/mailbox-3.ts';
import { beginOf, narrowTo, type Sight } from './sight.ts';

const NOW = Date.UTC(2026, 5, 15, 12);
const CANARY = 'xylocanary';
const SIGHT: Sight = { labels: ['Open'], senders: null, newerThan: '30d' };
const folder = mkdtempSync(join(tmpdir(), 'mailroom-sight-'));
const path = join(folder, 'mailbox.sqlite');
let keys: bigint[];

beforeAll(() => {
  const db = openTestMailbox(path);
  db.exec(MAILBOX_3);
  db.pragma('user_version = 3');
  const secret = {
    from: `${CANARY} <${CANARY}@example.com>`,
    to: [`Amy ${CANARY} <amy@example.com>`, 'me@example.com'],
    subject: CANARY,
    body: CANARY,
    files: [`${CANARY}.pdf`],
    userLabels: [CANARY],
  };
  keys = addMails(db, [
    { ...secret, id: 'old', dateMs: NOW - 31 * 86_400_000, userLabels: ['Open', CANARY] },
    { id: 'open', dateMs: NOW - 2000, from: 'Amy <amy@example.com>', to: ['me@example.com'], userLabels: ['Open'] },
    { ...secret, id: 'secret', dateMs: NOW - 1000, messageIdHeader: 'secret@example.com' },
    { ...secret, id: 'draft', dateMs: NOW - 500, labels: ['DRAFT'] },
  ]);
  db.exec(`update messages set thread_id = 'open' where id = 'secret';
    insert into thread_aliases (alias, thread_id) values ('alias', 'secret');
    insert into drafts (draft_id, message_id) values ('r1', 'draft');
    insert into places (id, path) values (1, 'All Mail');`);
  for (const [i, key] of keys.entries())
    db.prepare('insert into copies (place, uid_validity, uid, message) values (1, 1, ?, ?)').run(i + 1, key);
  db.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Each thing that can be asked of a reader. */
const questions: Record<string, (reader: MailboxReader) => unknown> = {
  counts: (reader) => reader.counts(),
  oldest: (reader) => reader.oldestDateMs(),
  newest: (reader) => reader.newestKey(),
  text: (reader) => keys.map((key) => reader.text(key)),
  headers: (reader) => keys.map((key) => reader.headerBlock(key)),
  summaries: (reader) => reader.summaries(keys),
  read: (reader) => keys.map((key) => reader.read(key)),
  holds: (reader) => ['old', 'secret', 'draft'].some((id) => reader.holds(id as MessageId)),
  resolve: (reader) => ['old', 'secret', 'draft', '<secret@example.com>', 'alias'].flatMap((id) => reader.resolve(id)),
  draft: (reader) => [reader.resolveDraft('r1'), reader.resolveDraft('draft')],
  thread: (reader) => [reader.resolveThread('open'), reader.resolveThread('secret'), reader.resolveThread('old')],
  labels: (reader) => reader.labels(),
  conversations: (reader) => reader.conversations(10, null, 'me@example.com'),
  correspondence: (reader) => reader.correspondence(`${CANARY}@example.com`, 10, null),
  contact: (reader) => [reader.contact('amy@example.com'), reader.contact(`${CANARY}@example.com`)],
  contacts: (reader) => reader.contacts(10, 'me@example.com'),
  people: (reader) => [reader.people('xylo', 10), reader.people('amy', 10)],
  arrivals: (reader) => reader.arrivals(0, 1000, 10),
  copies: (reader) => keys.map((key) => reader.copiesOf(key).length),
  flags: (reader) => reader.copyFlags().size,
};

const told = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each));
const hiddenKeys = () => [keys[0], keys[2], keys[3]].map(String);

it.each(Object.keys(questions))('tells nothing of what is not seen: %s', (name) => {
  const reader = MailboxReader.open(path, SIGHT)!;
  reader.lookAt(SIGHT, NOW);
  const answer = told(questions[name]!(reader));
  expect(answer).not.toContain(CANARY);
  for (const key of hiddenKeys()) expect(answer).not.toContain(key);
  reader.close();
});

it('shows of each table that is a mail’s the rows of what is seen', () => {
  const reader = MailboxReader.open(path, SIGHT)!;
  reader.lookAt(SIGHT, NOW);
  const tables = reader.db
    .prepare(
      `select t.name from main.sqlite_schema t, pragma_table_info(t.name, 'main') c where t.type = 'table' and c.name = 'message'`,
    )
    .pluck()
    .all() as string[];
  expect(tables.length).toBeGreaterThanOrEqual(7);
  for (const table of tables)
    for (const key of reader.db.prepare(`select message from ${table}`).pluck().all()) expect(key, table).toBe(keys[1]);
  reader.close();
});

it('tells what is seen, as it is', () => {
  const reader = MailboxReader.open(path, SIGHT)!;
  reader.lookAt(SIGHT, NOW);
  expect(reader.counts()).toEqual({ messages: 1, copies: 1, drafts: 0 });
  expect(reader.labels()).toEqual([expect.objectContaining({ name: 'Open' })]);
  expect(reader.people('amy', 10)).toEqual([{ name: 'Amy', address: 'amy@example.com' }]);
  expect(reader.contact('amy@example.com')).toMatchObject({ name: 'Amy', received: 1, sent: 0 });
  expect(reader.conversations(10, null, 'me@example.com')).toMatchObject([{ messages: 1 }]);
  expect(keys.map((key) => reader.copiesOf(key).length)).toEqual([0, 1, 0, 0]);
  expect([reader.resolve('secret'), reader.resolveDraft('r1'), reader.holds('open' as MessageId)]).toEqual([
    [],
    null,
    true,
  ]);
  reader.close();
});

it('moves with the window, and shows nothing before that is set', () => {
  const reader = MailboxReader.open(path, SIGHT)!;
  expect(reader.counts()).toEqual({ messages: 0, copies: 0, drafts: 0 });
  reader.lookAt(SIGHT, NOW - 86_400_000);
  expect(reader.counts().messages).toBe(2);
  reader.lookAt(SIGHT, NOW + 31 * 86_400_000);
  expect(reader.counts().messages).toBe(0);
  reader.close();
});

it('does not open a mailbox with a table that it has no rule for', () => {
  const db = openTestMailbox();
  db.exec('create table snippets (message integer, text text)');
  expect(() => narrowTo(db, SIGHT)).toThrow('the table snippets has no rule');
  db.close();
});

it.each([
  ['30d', '2026-05-16T12:00:00Z'],
  ['1m', '2026-05-15T12:00:00Z'],
  ['2y', '2024-06-15T12:00:00Z'],
])('begins a window of %s at %s', (window, begin) => {
  expect(new Date(beginOf(window, NOW)).toISOString()).toBe(begin.replace('Z', '.000Z'));
});

it('sees nothing by a window that it cannot read', () => {
  expect(beginOf('always', NOW)).toBeGreaterThan(NOW);
});
