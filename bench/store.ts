// How many mails a second one thread stores, beside bare inserts into an index of the same text; and what readers wait.
// Both in one run. node bench/store.ts [mails, 20000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import type { Arrival, Change } from '../src/mail/change.ts';
import type { Message } from '../src/mail/message.ts';
import { MailboxReader } from '../src/store/mailbox-reader.ts';
import { MailboxWriter, spanOf } from '../src/store/mailbox-writer.ts';
import type { ReadMessage } from '../src/store/message-rows.ts';
import { packMessage } from '../src/store/packed-message.ts';

interface UnpackedMessage extends Arrival {
  readonly message: Message;
}

const MAILS = Number(process.argv[2] ?? 20_000);
const BATCH = 250;
const PEOPLE = 500;
const ROUNDS = 200;
const START = Date.UTC(2025, 0, 1);
const ME = 'me@example.com';

let seed = 7;
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

// Zipf's law over 20,000 words, roughly.
const word = (): string => `w${Math.floor(20_000 ** random())}`;
const words = (count: number): string => Array.from({ length: count }, word).join(' ');

function mail(i: number, bodyWords: number): UnpackedMessage {
  const person = Math.floor(random() * PEOPLE);
  const they = { name: `Person ${person}`, address: `person${person}@corp.example` };
  const me = { name: 'Me Myself', address: ME };
  const outgoing = random() < 0.2;
  return {
    copy: { uid: i + 1, flags: random() < 0.7 ? ['seen'] : [], labels: null },
    identity: `hd:${i}:1000`,
    gmail: null,
    dateMs: START + i * 60_000,
    sizeBytes: 10_000,
    message: {
      messageIdHeader: `${i}@corp.example`,
      references: random() < 0.5 && i > 20 ? [`${i - 1 - Math.floor(random() * 20)}@corp.example`] : [],
      subject: words(6),
      from: [outgoing ? me : they],
      replyTo: [],
      to: [outgoing ? they : me],
      cc: [],
      bcc: [],
      deliveredTo: [ME],
      listId: '',
      dateHeaderMs: START + i * 60_000,
      headerBlock: `Received: by mx.corp.example; ${words(60)}\r\n`,
      text: words(bodyWords),
      html: bodyWords > 0 && random() < 0.7 ? `<html><body><p>${words(bodyWords)}</p></body></html>` : null,
      hiddenRemoved: 0,
      attachments: [],
      verdicts: null,
      notes: [],
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'mailroom-bench-'));
const owner = { email: ME, connectedAtMs: Date.UTC(2030, 0, 1) };

/** Newest first, as a first sync does; answers mails a second and where they lie. */
function store(name: string, mails: readonly UnpackedMessage[]): { perSecond: number; path: string } {
  const path = join(folder, `${name}.sqlite`);
  const writer = MailboxWriter.open(path, owner);
  const inbox = { path: 'INBOX', label: { type: 'system', id: 'INBOX' }, messages: MAILS } as const;
  writer.apply({ kind: 'places', places: [inbox] });
  const started = performance.now();
  for (let end = mails.length; end > 0; end -= BATCH) {
    const messages = mails
      .slice(Math.max(0, end - BATCH), end)
      .toReversed()
      .map(({ message, ...arrival }) => ({ ...arrival, message: packMessage(message) }));
    const { path: place } = inbox;
    const batch: Change<ReadMessage> = {
      kind: 'messages',
      path: place,
      uidValidity: 1,
      live: false,
      messages,
      cursor: `${end}`,
    };
    writer.beginImport({ path: place, uidValidity: 1, ...spanOf(messages) });
    writer.apply(batch);
  }
  const perSecond = (mails.length * 1000) / (performance.now() - started);
  const settling = performance.now();
  writer.apply({ kind: 'settled' });
  console.log(`${name}: ${Math.round(perSecond)} mails/s; a quiet round ends in ${ms(performance.now() - settling)}`);
  writer.close();
  return { perSecond, path };
}

/** The same text into an index of the same form and nothing else. */
function bare(mails: readonly UnpackedMessage[]): number {
  const db = new SQLite(join(folder, 'bare.sqlite'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec("create virtual table fts using fts5 (subject, body, content = '', contentless_delete = 1)");
  const insert = db.prepare('insert into fts (rowid, subject, body) values (?, ?, ?)');
  const started = performance.now();
  for (let i = 0; i < mails.length; i += BATCH) {
    db.transaction(() => {
      for (const each of mails.slice(i, i + BATCH)) insert.run(each.copy.uid, each.message.subject, each.message.text);
    })();
  }
  const perSecond = (mails.length * 1000) / (performance.now() - started);
  db.close();
  return perSecond;
}

function wait(name: string, action: () => unknown): void {
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    action();
    return performance.now() - started;
  }).toSorted((a, b) => a - b);
  console.log(`${name.padEnd(26)} p50 ${ms(times[ROUNDS / 2]!)}  p95 ${ms(times[Math.floor(ROUNDS * 0.95)]!)}`);
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;

store(
  'without text',
  Array.from({ length: MAILS }, (_, i) => mail(i, 0)),
);
const mails = Array.from({ length: MAILS }, (_, i) => mail(i, 130));
const { perSecond, path } = store('with bodies', mails);
const anchor = bare(mails);
console.log(`bare index of the same text: ${Math.round(anchor)} mails/s; ratio ${(perSecond / anchor).toFixed(2)}`);

const reader = MailboxReader.open(path)!;
const keys = reader.db.prepare('select key from messages order by random() limit 50').pluck().all() as bigint[];
const late = reader.db.prepare('select min(key) + (max(key) - min(key)) / 10 from messages').pluck().get() as bigint;
const person = (): string => `person${Math.floor(random() * PEOPLE)}@corp.example`;
wait('50 summaries', () => reader.summaries(keys));
wait('20 mails whole', () => keys.slice(0, 20).map((key) => reader.read(key)));
wait('conversations, first page', () => reader.conversations(20, null, ME));
wait('conversations, late page', () => reader.conversations(20, late, ME));
wait('a contact', () => reader.contact(person()));
wait('the busiest contact (me)', () => reader.contact(ME));
wait('people by a fragment', () => reader.people('person 4', 10));
wait('mail with a person', () => reader.correspondence(person(), 20, null));
wait('counts', () => reader.counts());
reader.close();
rmSync(folder, { recursive: true, force: true });
