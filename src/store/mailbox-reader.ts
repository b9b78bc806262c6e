// Reads ONE account's mailbox, through a connection that cannot write. Knows no server and no query language.
import { zstdDecompressSync } from 'node:zlib';
import type { Statement } from 'better-sqlite3';
import { AppError } from '../base/errors.ts';
import type { MessageId, ThreadId } from '../base/ids.ts';
import type { Uid } from '../mail/change.ts';
import type { Address, Attachment, SenderVerdicts } from '../mail/message.ts';
import { Correspondents, type Dealings } from './correspondents.ts';
import { DraftRows, draftIdIn, type ResolvedDraft } from './draft-rows.ts';
import { type Held, held } from './held.ts';
import { type Database, mailboxShape, openMailboxForReading } from './mailbox-file.ts';
import { readingStatements } from './mailbox-statements.ts';
import { SenderHistory } from './sender-history.ts';
import { SentCopies, type SentCopy, type SoughtCopy } from './sent-copy.ts';
import { narrowTo, type Sight, setWindow } from './sight.ts';

/** A row of a list. */
export interface Summary {
  readonly key: bigint;
  readonly id: MessageId;
  readonly threadId: ThreadId;
  readonly subject: string;
  readonly from: Address;
  readonly dateMs: number;
  readonly snippet: string;
  readonly unread: boolean;
  readonly outgoing: boolean;
  readonly attachments: number;
  /** Label names as a person sees them. */
  readonly labels: readonly string[];
  /** Of a draft, the id by which it is replaced; null for any other mail. */
  readonly draftId: string | null;
}

/** A mail whole. */
export interface Reading extends Summary {
  readonly messageIdHeader: string;
  readonly dateHeaderMs: number | null;
  readonly sizeBytes: number;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly text: string;
  readonly hiddenRemoved: number;
  readonly notes: readonly string[];
  readonly verdicts: SenderVerdicts | null;
  readonly parts: readonly Attachment[];
}

export interface Label {
  readonly id: string;
  readonly name: string;
  readonly type: 'system' | 'user';
}

/** A thread by its newest mail; drafts, Spam and Trash do not count. */
export interface Conversation {
  readonly newest: Summary;
  readonly messages: number;
  readonly unread: number;
  /** The other side of the newest mail; null for a note to oneself. */
  readonly contact: Address | null;
}

export interface Contact extends Dealings {
  /** Newest first. */
  readonly lastSubjects: readonly string[];
}

/** Where the bytes of a mail lie at the server. */
export interface CopyAddress {
  readonly path: string;
  readonly uidValidity: number;
  readonly uid: Uid;
}

type Row = Record<string, string | bigint | null | Buffer>;

export class MailboxReader {
  readonly db: Database;
  readonly senders: SenderHistory;
  readonly #sql: ReturnType<typeof readingStatements>;
  readonly #people: Correspondents;
  readonly #drafts: DraftRows;
  readonly #sent: SentCopies;

  private constructor(db: Database) {
    this.db = db;
    this.senders = new SenderHistory(db);
    this.#sql = readingStatements(db);
    this.#people = new Correspondents(db);
    this.#drafts = new DraftRows(db);
    this.#sent = new SentCopies(db);
  }

  /**
   * Null while the file is being made. Throws `unavailable` for one that an older Mailroom made. With a sight it shows nothing
   * until `lookAt`, and then what is in it only.
   */
  static open(path: string, sight: Sight | null = null): MailboxReader | null {
    const db = openMailboxForReading(path);
    const shape = mailboxShape(db);
    if (shape === 'present') {
      if (sight) narrowTo(db, sight);
      return new MailboxReader(db);
    }
    db.close();
    if (shape === 'unmade') return null;
    throw new AppError('unavailable', `The mailbox file ${path} was made by an older Mailroom.`, {
      hint: 'Start the server once: it brings the file up to date.',
    });
  }

  /** From here on the sight's window of time ends now. */
  lookAt(sight: Sight, now: number): void {
    setWindow(this.db, sight, now);
  }

  close(): void {
    this.db.close();
  }

  held(): Held {
    return held(this.db);
  }

  /** Mails and copies held now, and how many of the copies are drafts. */
  counts(): { messages: number; copies: number; drafts: number } {
    const row = this.#sql.counts.get() as { messages: bigint; copies: bigint; drafts: bigint };
    return { messages: Number(row.messages), copies: Number(row.copies), drafts: Number(row.drafts) };
  }

  /** Arrival of the oldest mail that the import has come to; null when there is none. */
  oldestDateMs(): number | null {
    const row = this.#sql.oldest.get() as { date_ms: bigint } | undefined;
    return row ? Number(row.date_ms) : null;
  }

  /** The key of the newest mail held; null when there is none. */
  newestKey(): bigint | null {
    return (this.#sql.newest.get() as { key: bigint } | undefined)?.key ?? null;
  }

  /** The body's text alone; empty when there is no such mail. */
  text(key: bigint): string {
    const row = this.#sql.text.get(key) as { text: Buffer } | undefined;
    return row ? zstdDecompressSync(row.text).toString('utf8') : '';
  }

  /** The HTML part as its sender made it; null when there is none. */
  html(key: bigint): string | null {
    const row = this.#sql.html.get(key) as { html: Buffer | null } | undefined;
    return row?.html ? zstdDecompressSync(row.html).toString('utf8') : null;
  }

  /** The raw header block; empty when there is no such mail. */
  headerBlock(key: bigint): string {
    const row = this.#sql.headerBlock.get(key) as { header_block: Buffer } | undefined;
    return row ? zstdDecompressSync(row.header_block).toString('utf8') : '';
  }

  /** In the order of the keys; a key without a row is left out. */
  summaries(keys: readonly bigint[]): Summary[] {
    return (this.#sql.summaries.all(`[${keys.join(',')}]`) as Row[]).map((row) => this.#summary(row));
  }

  /** The mail whole, or null. */
  read(key: bigint): Reading | null {
    const row = this.#sql.whole.get(key) as Row | undefined;
    if (!row) return null;
    const people = this.#sql.participants.all(key) as { role: string; name: string; address: string }[];
    const of = (role: string): Address[] =>
      people.filter((p) => p.role === role).map(({ name, address }) => ({ name, address }));
    return {
      ...this.#summary(row),
      messageIdHeader: row.message_id_header as string,
      dateHeaderMs: row.date_header_ms === null ? null : Number(row.date_header_ms),
      sizeBytes: Number(row.size_bytes),
      to: of('to'),
      cc: of('cc'),
      bcc: of('bcc'),
      replyTo: of('reply_to'),
      text: zstdDecompressSync(row.text as Buffer).toString('utf8'),
      hiddenRemoved: Number(row.hidden_removed),
      notes: JSON.parse(row.notes as string),
      verdicts: row.verdicts === null ? null : JSON.parse(row.verdicts as string),
      parts: (this.#sql.parts.all(key) as Row[]).map((part) => ({
        n: Number(part.n),
        partId: part.part_id as string,
        filename: part.filename as string,
        contentType: part.content_type as string,
        sizeBytes: Number(part.size_bytes),
        contentId: part.content_id as string,
        inline: part.inline === 1n,
      })),
    };
  }

  /**
   * The keys of mails that a caller's word may mean: an exact id first, else a decimal X-GM id, an id in capitals, a
   * Message-ID with or without angle brackets, or a thread's id.
   */
  resolve(reference: string): bigint[] {
    const keys = (statement: Statement<unknown[]>, value: string) =>
      (statement.all(value) as { key: bigint }[]).map(({ key }) => key);
    const word = reference.trim();
    const hex = hexOf(word);
    const exact = keys(this.#sql.byId, word);
    if (exact.length > 0) return exact;
    for (const id of hex) {
      const found = keys(this.#sql.byId, id);
      if (found.length > 0) return found;
    }
    const byHeader = keys(this.#sql.byHeader, word.replace(/^<|>$/g, ''));
    if (byHeader.length > 0) return byHeader;
    return (
      [word, ...hex].map((id) => keys(this.#sql.byThread, this.#thread(id))).find((found) => found.length > 0) ?? []
    );
  }

  /** Whether it is here, by exactly this id. */
  holds(id: MessageId): boolean {
    return this.#sql.byId.get(id) !== undefined;
  }

  /** The mails in Sent that may be the copy of one that left from here, the likeliest first. */
  sentCopies(sought: SoughtCopy): SentCopy[] {
    return this.#sent.find(sought);
  }

  /** The draft that a word means: a draft's id, or whatever else means one draft alone. */
  resolveDraft(reference: string): ResolvedDraft | null {
    return this.#drafts.byId(reference.trim()) ?? this.#drafts.among(this.resolve(reference));
  }

  /**
   * The thread's keys, oldest first, by its id, a joined thread's old id, or the id of a mail in it. `gmail`: the id is
   * Gmail's own.
   */
  resolveThread(reference: string): { id: ThreadId; keys: bigint[]; gmail: boolean } | null {
    const word = reference.trim();
    for (const candidate of [word, ...hexOf(word)]) {
      const id = this.#thread(candidate);
      const keys = (this.#sql.byThread.all(id) as { key: bigint }[]).map(({ key }) => key);
      if (keys.length > 0) return { id: id as ThreadId, keys, gmail: this.#sql.isGmails.get(keys[0]) === 1n };
    }
    const [only, ...more] = this.resolve(word);
    if (only === undefined || more.length > 0) return null;
    const row = this.#sql.summary.get(only) as Row | undefined;
    return row ? this.resolveThread(row.thread_id as string) : null;
  }

  /** Gmail's own and those of the person's that a mail bears or a place means; narrowed, those of mail that is seen. */
  labels(): Label[] {
    return this.#sql.labels.all() as Label[];
  }

  /** One row a thread, newest first; drafts, Spam and Trash aside. */
  conversations(limit: number, beforeKey: bigint | null, ownAddress: string): Conversation[] {
    return this.#people.conversations(limit, beforeKey ?? NO_KEY).flatMap(({ key, messages, unread }) => {
      const contact = this.#people.otherSide(key, ownAddress);
      return this.summaries([key]).map((newest) => ({ newest, messages, unread, contact }));
    });
  }

  /** Keys of the mails exchanged with an address, in both directions, newest first. */
  correspondence(address: string, limit: number, beforeKey: bigint | null): bigint[] {
    return this.#people.correspondence(address, limit, beforeKey ?? NO_KEY);
  }

  /** Null when no mail was exchanged with that address. */
  contact(address: string): Contact | null {
    const dealings = this.#people.dealings(address);
    if (!dealings) return null;
    const last = this.summaries(this.correspondence(address, LAST_SUBJECTS, null));
    return { ...dealings, lastSubjects: last.map(({ subject }) => subject) };
  }

  /** Those with whom mail was exchanged, the latest first. */
  contacts(limit: number, ownAddress: string): Dealings[] {
    return this.#people.latest(limit, ownAddress);
  }

  /** People whose name or address contains the fragment, the latest first. `folded`: lower case, without accents. */
  people(folded: string, limit: number): Address[] {
    return this.#people.called(folded, limit);
  }

  /** Inbox mails with an arrival number above `after`, up to and with `upTo`, newest first. */
  arrivals(after: number, upTo: number, limit: number): { key: bigint; arrival: number }[] {
    const rows = this.#sql.arrivals.all(after, upTo, limit) as { key: bigint; arrival: bigint }[];
    return rows.map(({ key, arrival }) => ({ key, arrival: Number(arrival) }));
  }

  /** The number of the latest arrival; it never falls. */
  lastArrival(): number {
    return Number(this.#sql.lastArrival.get() ?? 0n);
  }

  /** The copy in Drafts first, where there is one. */
  copiesOf(key: bigint): CopyAddress[] {
    return (this.#sql.copies.all(key) as { path: string; uid_validity: bigint; uid: bigint }[]).map((row) => ({
      path: row.path,
      uidValidity: Number(row.uid_validity),
      // IMAP's are small; Gmail's own would lose digits as numbers.
      uid: Number.isSafeInteger(Number(row.uid)) ? Number(row.uid) : row.uid,
    }));
  }

  /** Every copy held, as `path LF uidvalidity LF uid`, with whether it is read. */
  copyFlags(): Map<string, boolean> {
    const rows = this.#sql.allCopies.all() as { path: string; uid_validity: bigint; uid: bigint; seen: bigint }[];
    return new Map(rows.map((row) => [`${row.path}\n${row.uid_validity}\n${row.uid}`, row.seen === 1n]));
  }

  #summary(row: Row): Summary {
    const key = row.key as bigint;
    return {
      key,
      id: row.id as MessageId,
      threadId: row.thread_id as ThreadId,
      subject: row.subject as string,
      from: { name: row.from_name as string, address: row.from_address as string },
      dateMs: Number(row.date_ms),
      snippet: row.snippet as string,
      unread: row.unread === 1n,
      outgoing: row.outgoing === 1n,
      attachments: Number(row.attachments),
      labels: JSON.parse(row.labels as string),
      draftId: draftIdIn(row),
    };
  }

  #thread(id: string): string {
    const row = this.#sql.alias.get(id) as { thread_id: string } | undefined;
    return row?.thread_id ?? id;
  }
}

/** Above every key: 2^62. */
const NO_KEY = 1n << 62n;
const LAST_SUBJECTS = 5;

/** What a word may mean as Gmail's id, hex: it may be decimal, or in capitals. */
export function hexOf(word: string): string[] {
  const forms: string[] = [];
  if (/^[0-9]{1,20}$/.test(word)) forms.push(BigInt(word).toString(16));
  if (/^[0-9a-fA-F]{1,16}$/.test(word)) forms.push(word.toLowerCase());
  return forms;
}
