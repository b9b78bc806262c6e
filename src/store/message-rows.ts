// The rows of a mail: its id and key, its text and index, its labels and flags as its copies have them. Knows no server.
import { createHash } from 'node:crypto';
import type { Statement } from 'better-sqlite3';
import { AppError } from '../base/errors.ts';
import type { MessageId, ThreadId } from '../base/ids.ts';
import type { Arrival, Identity, SystemLabel } from '../mail/change.ts';
import type { CopyRows, PlaceRow } from './copy-rows.ts';
import type { LabelRows } from './label-rows.ts';
import type { Database } from './mailbox-file.ts';
import type { PackedMessage } from './packed-message.ts';
import { PersonRows } from './person-rows.ts';
import { type CopyState, type Standing, standing } from './standing.ts';
import { ThreadRows } from './thread-rows.ts';

/** A mail that has been read; `message` is null when `knows` said that the store has it: only the copy is added. */
export interface ReadMessage extends Arrival {
  readonly message: PackedMessage | null;
}

/** The account whose mailbox this is. */
export interface Owner {
  readonly email: string;
  /** When the account was connected: inbox mail that arrived later counts as new. */
  readonly connectedAtMs: number;
}

/** One second of arrival time in key space. */
export const KEYS_PER_SECOND = 1n << 20n;

export interface Added {
  readonly key: bigint;
  readonly id: MessageId;
  readonly threadId: ThreadId;
  readonly inInbox: boolean;
}

/** What a copy's mail is called, and its row when it is stored already. */
interface Found {
  readonly key: bigint | null;
  readonly id: MessageId;
}

export class MessageRows {
  readonly #owner: Owner;
  readonly #copies: CopyRows;
  readonly #system: (id: SystemLabel) => bigint;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #threads: ThreadRows;
  readonly #people: PersonRows;

  constructor(db: Database, owner: Owner, labels: LabelRows, copies: CopyRows) {
    this.#owner = owner;
    this.#copies = copies;
    this.#system = (id) => labels.system(id);
    this.#sql = prepare(db);
    this.#threads = new ThreadRows(db);
    this.#people = new PersonRows(db);
  }

  knows(identity: Identity): boolean {
    return this.#twins(identity).length > 0;
  }

  /**
   * The mail that a copy in `place` belongs to. On a plain server equal identities in different places are one mail and in
   * one place two, told apart by an ordinal, so that ids come out the same after any rebuild.
   */
  find(mail: ReadMessage, place: PlaceRow, uidValidity: number): Found {
    if (mail.gmail) {
      const id = mail.gmail.id as MessageId;
      return { key: this.#row(id)?.key ?? null, id };
    }
    let first: Found | null = null;
    for (let ordinal = 0; ; ordinal++) {
      const id = ownId(mail.identity, ordinal);
      const row = this.#row(id);
      // A view shows one mail once for each of its copies, so a copy without text may be the second one there.
      if (!row) return mail.message === null && first ? first : { key: null, id };
      if (row.identity !== mail.identity) continue;
      const found = { key: row.key, id };
      if (!this.#copies.isIn(row.key, place, uidValidity)) return found;
      first ??= found;
    }
  }

  /** Stores a mail by its first copy. `live`: it came after the account was connected, whatever its date says. */
  insert(id: MessageId, mail: ReadMessage, copy: CopyState, live: boolean): Added {
    const { message } = mail;
    if (!message) throw new AppError('unavailable', 'A mail that the store was believed to hold is not there.');
    const key = this.#freeKey(mail.dateMs);
    const stand = standing([copy], this.#system);
    const threadId = mail.gmail ? (mail.gmail.threadId as ThreadId) : this.#threads.home(id, message);
    const from = message.from[0];
    const arrives = stand.inInbox && !stand.draft && (live || this.#isRecent(mail.dateMs));
    this.#sql.insert.run(
      key,
      id,
      threadId,
      mail.identity,
      message.messageIdHeader,
      mail.dateMs,
      message.dateHeaderMs,
      mail.sizeBytes,
      message.subject,
      from?.name ?? '',
      from?.address ?? '',
      message.snippet,
      message.attachments.filter((part) => !part.inline).length,
      message.links,
      arrives ? this.#sql.nextArrival.get() : null,
      ...this.#columns(stand, from?.address ?? ''),
    );
    for (const label of stand.labels) this.#sql.label.run(label, key);
    this.#insertBody(key, message);
    this.#people.add(key, message);
    this.#sql.index.run({ key, ...message.index });
    if (!mail.gmail) this.#threads.remember(key, message);
    return { key, id, threadId, inInbox: stand.inInbox };
  }

  /** Makes flags and labels of these mails what their copies say; answers the ids of those that changed. */
  refresh(keys: Iterable<bigint>): MessageId[] {
    const changed: MessageId[] = [];
    for (const key of keys) {
      const row = this.#sql.state.get(key) as StateRow;
      if (this.#refreshOne(key, row)) changed.push(row.id);
    }
    return changed;
  }

  /**
   * Joins mails of one identity that no place tells apart any more, into the one with the lowest ordinal, so that a mail
   * which was moved away and back keeps its id. Answers the mails whose copies changed hands.
   */
  reunite(keys: Iterable<bigint>): Set<bigint> {
    const touched = new Set<bigint>();
    const identities = new Set([...keys].map((key) => (this.#sql.state.get(key) as StateRow).identity));
    for (const identity of identities) {
      const twins = this.#twins(identity);
      for (const high of twins.toReversed()) {
        const low = twins.find((twin) => twin === high || !this.#copies.meet(twin, high))!;
        if (low === high || this.#copies.hand(high, low) === 0) continue;
        touched.add(low).add(high);
      }
    }
    return touched;
  }

  /** Removes every mail that has no copy left; answers their ids. */
  removeOrphans(): MessageId[] {
    const orphans = this.#sql.orphans.all() as { key: bigint; id: MessageId }[];
    for (const { key } of orphans) {
      this.#sql.unindex.run(key);
      this.#people.without(key, () => this.#sql.remove.run(key));
    }
    return orphans.map(({ id }) => id);
  }

  #refreshOne(key: bigint, row: StateRow): boolean {
    const copies = this.#copies.of(key);
    if (copies.length === 0) {
      // Nothing speaks for the mail any more, but until the round is over it may turn up in another place.
      this.#sql.orphan.run(key);
      return false;
    }
    const stand = standing(copies, this.#system);
    const held = new Set(this.#sql.labelsOf.all(key) as bigint[]);
    for (const label of held.difference(stand.labels)) this.#sql.unlabel.run(label, key);
    for (const label of stand.labels.difference(held)) this.#sql.label.run(label, key);
    const columns = this.#columns(stand, row.from_address);
    const changed = this.#sql.setFlags.run(...columns, key, ...columns).changes > 0;
    const came = stand.inInbox && !held.has(this.#system('INBOX')) && row.arrival === null && !stand.draft;
    if (came && this.#isRecent(Number(row.date_ms))) this.#sql.arrive.run(this.#sql.nextArrival.get(), key);
    return changed || held.symmetricDifference(stand.labels).size > 0;
  }

  /** unread, starred, draft, answered, hidden, outgoing. */
  #columns(stand: Standing, from: string): number[] {
    const { unread, starred, draft, answered, hidden, sent } = stand;
    return [unread, starred, draft, answered, hidden, sent || from === this.#owner.email].map(Number);
  }

  // INTERNALDATE knows whole seconds only.
  #isRecent(dateMs: number): boolean {
    return Math.floor(dateMs / 1000) >= Math.floor(this.#owner.connectedAtMs / 1000);
  }

  /** The mails of one identity, by their ordinal. */
  #twins(identity: Identity): bigint[] {
    if (identity.startsWith('gm:')) return [this.#row(identity.slice(3))?.key ?? []].flat();
    const twins: bigint[] = [];
    for (let ordinal = 0; ; ordinal++) {
      const row = this.#row(ownId(identity, ordinal));
      if (!row) return twins;
      if (row.identity === identity) twins.push(row.key);
    }
  }

  #row(id: string): { key: bigint; identity: string } | undefined {
    return this.#sql.byId.get(id) as { key: bigint; identity: string } | undefined;
  }

  #insertBody(key: bigint, message: PackedMessage): void {
    this.#sql.addBody.run(
      key,
      message.headerBlock,
      message.text,
      message.html,
      message.textLength,
      message.hiddenRemoved,
      JSON.stringify(message.notes),
      message.verdicts && JSON.stringify(message.verdicts),
    );
    for (const part of message.attachments) this.#sql.addPart.run({ key, ...part, inline: part.inline ? 1 : 0 });
  }

  #freeKey(dateMs: number): bigint {
    const base = BigInt(Math.max(0, Math.floor(dateMs / 1000))) * KEYS_PER_SECOND;
    const last = this.#sql.lastKeyBelow.get(base + KEYS_PER_SECOND, base) as bigint | undefined;
    return last === undefined ? base : last + 1n;
  }
}

interface StateRow {
  readonly id: MessageId;
  readonly identity: Identity;
  readonly date_ms: bigint;
  readonly from_address: string;
  readonly arrival: bigint | null;
}

function ownId(identity: Identity, ordinal: number): MessageId {
  return createHash('sha256').update(`${identity}#${ordinal}`).digest('hex').slice(0, 16) as MessageId;
}

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    byId: sql('select key, identity from messages where id = ?'),
    state: sql('select id, identity, date_ms, from_address, arrival from messages where key = ?'),
    lastKeyBelow: sql('select key from messages where key < ? and key >= ? order by key desc limit 1').pluck(),
    insert: sql(
      `insert into messages (key, id, thread_id, identity, message_id_header, date_ms, date_header_ms, size_bytes, subject,
         from_name, from_address, snippet, attachments, links, arrival, unread, starred, draft, answered, hidden, outgoing)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addBody: sql(
      `insert into bodies (message, header_block, text, html, text_length, hidden_removed, notes, verdicts)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addPart: sql(
      `insert into parts (message, n, part_id, filename, content_type, size_bytes, content_id, inline)
       values (:key, :n, :partId, :filename, :contentType, :sizeBytes, :contentId, :inline)`,
    ),
    index: sql(
      `insert into fts (rowid, subject, sender, recipients, cc, bcc, body, files, list, delivered)
       values (:key, :subject, :sender, :recipients, :cc, :bcc, :body, :files, :list, :delivered)`,
    ),
    unindex: sql('delete from fts where rowid = ?'),
    remove: sql('delete from messages where key = ?'),
    orphans: sql('select key, id from messages where orphan = 1'),
    orphan: sql('update messages set orphan = 1 where key = ?'),
    labelsOf: sql('select label from message_labels where message = ?').pluck(),
    label: sql('insert into message_labels (label, message) values (?, ?)'),
    unlabel: sql('delete from message_labels where label = ? and message = ?'),
    setFlags: sql(
      `update messages set unread = ?, starred = ?, draft = ?, answered = ?, hidden = ?, outgoing = ?, orphan = 0
       where key = ? and (unread, starred, draft, answered, hidden, outgoing, orphan) is not (?, ?, ?, ?, ?, ?, 0)`,
    ),
    // Never the same number twice, not even when the last mail has been deleted.
    nextArrival: sql(
      `insert into meta (name, value) values ('arrivals', '1')
       on conflict (name) do update set value = cast(value as integer) + 1 returning cast(value as integer)`,
    ).pluck(),
    arrive: sql('update messages set arrival = ? where key = ?'),
  };
}
