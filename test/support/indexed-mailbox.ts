// A mailbox file made by direct inserts, for tests of reading. Knows the schema; uses none of the writer.
import SQLite, { type Database } from 'better-sqlite3';
import type { Address, Message } from '../../src/mail/message.ts';
import { SEARCH_TEXT_VERSION } from '../../src/query/search-text.ts';
import { MAILBOX_1 } from '../../src/store/migrations/mailbox-1.ts';
import { MAILBOX_2 } from '../../src/store/migrations/mailbox-2.ts';
import { packMessage } from '../../src/store/packed-message.ts';
import { PersonRows } from '../../src/store/person-rows.ts';

/** A mail as a test tells it; what is left out is empty. Addresses are `Name <address>` or an address alone. */
export interface TestMail {
  readonly id: string;
  /** Epoch milliseconds of arrival. */
  readonly dateMs: number;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly subject?: string;
  readonly body?: string;
  readonly files?: readonly string[];
  /** Names of files shown inside the body. */
  readonly inlineFiles?: readonly string[];
  readonly list?: string;
  readonly deliveredTo?: readonly string[];
  readonly messageIdHeader?: string;
  readonly sizeBytes?: number;
  /** System labels by id, among them UNREAD, STARRED and DRAFT. */
  readonly labels?: readonly string[];
  readonly userLabels?: readonly string[];
}

/** An empty mailbox in memory, or in a file. `ran` is given each statement with its values. */
export function openTestMailbox(path = ':memory:', ran?: (sql: string) => void): Database {
  const db = new SQLite(path, { verbose: (sql) => ran?.(String(sql)) });
  db.exec(MAILBOX_1);
  db.exec(MAILBOX_2);
  db.prepare("update meta set value = ? where name = 'search_text'").run(String(SEARCH_TEXT_VERSION));
  return db;
}

/** Stores mails; those of one second get keys in the order in which they are given. Answers the keys in that order. */
export function addMails(db: Database, mails: Iterable<TestMail>): bigint[] {
  const addMessage = db.prepare(
    `insert into messages (key, id, thread_id, identity, message_id_header, date_ms, size_bytes, subject, from_address, unread, starred, draft, hidden, attachments, links)
     values (:key, :id, :id, :id, :messageIdHeader, :dateMs, :sizeBytes, :subject, :from, :unread, :starred, :draft, :hidden, :attachments, :links)`,
  );
  const addText = db.prepare(
    `insert into fts (rowid, subject, sender, recipients, cc, bcc, body, files, list, delivered)
     values (:key, :subject, :sender, :recipients, :cc, :bcc, :body, :files, :list, :delivered)`,
  );
  const addLabel = db.prepare('insert into message_labels (label, message) values (?, ?)');
  const freeKey = db
    .prepare('select coalesce(max(key) + 1, :first) from messages where key >= :first and key < :next')
    .pluck()
    .safeIntegers();
  const addBody = db.prepare('insert into bodies (message, header_block, text) values (?, ?, ?)');
  const addFile = db.prepare('insert into parts (message, n, part_id, filename) values (:key, :n, :partId, :filename)');
  const people = new PersonRows(db);
  const labels = new LabelRows(db);

  return db.transaction(() =>
    Array.from(mails, (mail) => {
      const first = BigInt(Math.floor(mail.dateMs / 1000)) << 20n;
      const key = freeKey.get({ first, next: first + (1n << 20n) }) as bigint;
      const bears = new Set(mail.labels);
      const message = packMessage(asMessage(mail));
      addMessage.run({
        key,
        id: mail.id,
        messageIdHeader: mail.messageIdHeader ?? '',
        dateMs: mail.dateMs,
        sizeBytes: mail.sizeBytes ?? 1000,
        subject: mail.subject ?? '',
        from: message.from[0]?.address ?? '',
        unread: Number(bears.has('UNREAD')),
        starred: Number(bears.has('STARRED')),
        draft: Number(bears.has('DRAFT')),
        hidden: Number(bears.has('SPAM') || bears.has('TRASH')),
        attachments: mail.files?.length ?? 0,
        links: message.links,
      });
      addText.run({ key, ...message.index });
      addBody.run(key, message.headerBlock, message.text);
      for (const { n, partId, filename } of message.attachments) addFile.run({ key, n, partId, filename });
      people.add(key, message);
      for (const id of bears) addLabel.run(labels.row('system', id), key);
      for (const name of mail.userLabels ?? []) addLabel.run(labels.row('user', name), key);
      return key;
    }),
  )();
}

class LabelRows {
  readonly #db: Database;
  readonly #rows = new Map<string, bigint>();

  constructor(db: Database) {
    this.#db = db;
  }

  row(type: 'system' | 'user', name: string): bigint {
    const known = this.#rows.get(`${type}:${name}`);
    if (known !== undefined) return known;
    const find = this.#db.prepare('select id from labels where type = ? and name = ?').pluck().safeIntegers();
    const add = this.#db.prepare('insert into labels (label_id, name, type) values (?, ?, ?)').safeIntegers();
    const found = find.get(type, name) as bigint | undefined;
    const row = found ?? BigInt(add.run(type === 'system' ? name : `pending ${name}`, name, type).lastInsertRowid);
    if (type === 'user') this.#db.prepare('update labels set label_id = ? where id = ?').run(`Label_${row}`, row);
    this.#rows.set(`${type}:${name}`, row);
    return row;
  }
}

/** The mail as it is after it has been read. */
export function asMessage(mail: TestMail): Message {
  const addresses = (texts: readonly string[] = []): Address[] => texts.map(address);
  const files = [...(mail.files ?? []), ...(mail.inlineFiles ?? [])];
  return {
    messageIdHeader: mail.messageIdHeader ?? '',
    references: [],
    subject: mail.subject ?? '',
    from: mail.from === undefined ? [] : [address(mail.from)],
    replyTo: [],
    to: addresses(mail.to),
    cc: addresses(mail.cc),
    bcc: addresses(mail.bcc),
    deliveredTo: mail.deliveredTo ?? [],
    listId: mail.list ?? '',
    dateHeaderMs: mail.dateMs,
    headerBlock: '',
    text: mail.body ?? '',
    html: null,
    hiddenRemoved: 0,
    attachments: files.map((filename, i) => ({
      n: i + 1,
      partId: String(i + 2),
      filename,
      contentType: 'application/octet-stream',
      sizeBytes: 100,
      contentId: '',
      inline: i >= (mail.files?.length ?? 0),
    })),
    verdicts: null,
    notes: [],
  };
}

function address(text: string): Address {
  const [, name, inBrackets] = /^(.*)<(.*)>$/.exec(text) ?? [];
  return { name: name?.trim() ?? '', address: (inBrackets ?? text).toLowerCase() };
}
