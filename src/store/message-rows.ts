// The rows of a mail: its id and key, its text and index, its labels and flags as its copies have them. Knows no server.
import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import type { Statement } from 'better-sqlite3';
import { AppError } from '../base/errors.ts';
import type { MessageId, ThreadId } from '../base/ids.ts';
import type { Arrival, LabelRef } from '../mail/change.ts';
import type { Message } from '../mail/message.ts';
import { splitQuoted } from '../mail/quotes.ts';
import { snippet } from '../mail/snippet.ts';
import type { Database } from './mailbox-file.ts';
import { searchColumns } from './search-columns.ts';
import { ThreadRows } from './thread-rows.ts';

/** A mail that has been read; `message` is null when `knows` said that the store has it. */
export interface ReadMessage extends Arrival {
  readonly message: Message | null;
}

/** The account whose mailbox this is. */
export interface Owner {
  readonly email: string;
  /** When the account was connected: inbox mail that arrived later counts as new. */
  readonly connectedAtMs: number;
}

/** One second of arrival time in key space. */
export const KEYS_PER_SECOND = 1n << 20n;
const SNIPPET_CHARS = 200;

interface State {
  readonly id: MessageId;
  readonly threadId: ThreadId;
  readonly inInbox: boolean;
}

export class MessageRows {
  readonly #owner: Owner;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #threads: ThreadRows;
  readonly #labels = new Map<string, bigint>();

  constructor(db: Database, owner: Owner) {
    this.#owner = owner;
    this.#sql = prepare(db);
    this.#threads = new ThreadRows(db);
  }

  /** The row of a label, made on first use. User labels get ids of their own, system labels bear their name. */
  labelRow(label: LabelRef): bigint {
    const name = label.type === 'system' ? label.id : label.name;
    const cached = this.#labels.get(`${label.type}:${name}`);
    if (cached !== undefined) return cached;
    const found = this.#sql.findLabel.get(label.type, name) as { id: bigint } | undefined;
    const id = found?.id ?? (this.#sql.addLabel.get(`pending ${name}`, name, label.type) as { id: bigint }).id;
    if (!found) this.#sql.nameLabel.run(label.type === 'system' ? name : `Label_${id}`, id);
    // Not remembered when it was made just now: the transaction may yet be rolled back.
    if (found) this.#labels.set(`${label.type}:${name}`, id);
    return id;
  }

  /**
   * The row that a copy in `place` belongs to, made when there is none. On a plain server equal identities in different
   * places are one mail and in one place two, told apart by an ordinal, so that ids come out the same after any rebuild.
   */
  place(mail: ReadMessage, place: bigint, uidValidity: number): { key: bigint; isNew: boolean } {
    const same = this.#sql.ofCopy.get(place, uidValidity, mail.copy.uid) as { message: bigint } | undefined;
    if (same) return { key: same.message, isNew: false };
    for (let ordinal = 0; ; ordinal++) {
      const id = mail.gmail ? (mail.gmail.id as MessageId) : ownId(mail.identity, ordinal);
      const row = this.#sql.byId.get(id) as { key: bigint; identity: string } | undefined;
      if (!row) return { key: this.#insert(id, mail), isNew: true };
      if (mail.gmail) return { key: row.key, isNew: false };
      const taken = this.#sql.hasCopyIn.get(row.key, place, uidValidity) !== undefined;
      if (row.identity === mail.identity && !taken) return { key: row.key, isNew: false };
    }
  }

  /** Makes flags and labels what the copies say; gives the mail its number of arrival when it newly came into the inbox. */
  settleFlags(key: bigint, came: { live: boolean; dateMs: number }): State {
    const before = this.#has(key, 'INBOX');
    this.#refreshOne(key);
    const inInbox = this.#has(key, 'INBOX');
    const recent = came.live || Math.floor(came.dateMs / 1000) >= Math.floor(this.#owner.connectedAtMs / 1000);
    if (inInbox && !before && recent) this.#sql.arrive.run(key);
    const row = this.#sql.state.get(key) as { id: MessageId; thread_id: ThreadId };
    return { id: row.id, threadId: row.thread_id, inInbox };
  }

  /** Makes flags and labels of these mails what their copies say; answers the ids of those that changed. */
  refresh(keys: Iterable<bigint>): MessageId[] {
    return this.idsOf([...keys].filter((key) => this.#refreshOne(key)));
  }

  idsOf(keys: Iterable<bigint>): MessageId[] {
    return [...keys].map((key) => (this.#sql.state.get(key) as { id: MessageId }).id);
  }

  /** Removes every mail that has no copy left; answers their ids. */
  removeOrphans(): MessageId[] {
    const orphans = this.#sql.orphans.all() as { key: bigint; id: MessageId }[];
    for (const { key } of orphans) {
      this.#sql.unindex.run(key);
      const people = this.#sql.peopleOf.all(key) as { address: string }[];
      this.#sql.remove.run(key);
      for (const { address } of people) this.#sql.forgetPerson.run(address, address);
    }
    return orphans.map(({ id }) => id);
  }

  #refreshOne(key: bigint): boolean {
    const row = this.#sql.ofCopies.get(key) as Record<
      'copies' | 'seen' | 'flagged' | 'draft' | 'answered' | 'visible',
      bigint
    >;
    if (row.copies === 0n) return false;
    const wanted = new Set((this.#sql.labelsOfCopies.all(key, key) as { label: bigint }[]).map(({ label }) => label));
    if (!row.seen) wanted.add(this.labelRow({ type: 'system', id: 'UNREAD' }));
    if (row.flagged) wanted.add(this.labelRow({ type: 'system', id: 'STARRED' }));
    if (row.draft) wanted.add(this.labelRow({ type: 'system', id: 'DRAFT' }));
    const held = new Set((this.#sql.labelsOf.all(key) as { label: bigint }[]).map(({ label }) => label));
    for (const label of held) if (!wanted.has(label)) this.#sql.unlabel.run(label, key);
    for (const label of wanted) if (!held.has(label)) this.#sql.label.run(label, key);
    const sent = wanted.has(this.labelRow({ type: 'system', id: 'SENT' })) ? 1 : 0;
    const flags = [row.seen ? 0 : 1, row.flagged, row.draft, row.answered, row.visible ? 0 : 1];
    const changed =
      this.#sql.setFlags.run(...flags, sent, this.#owner.email, key, ...flags, sent, this.#owner.email).changes > 0;
    return changed || held.symmetricDifference(wanted).size > 0;
  }

  #insert(id: MessageId, mail: ReadMessage): bigint {
    const { message } = mail;
    if (!message) throw new AppError('unavailable', 'A mail that the store was believed to hold is not there.');
    const key = this.#freeKey(mail.dateMs);
    const from = message.from[0];
    const text = snippet(splitQuoted(message.text).own, SNIPPET_CHARS);
    this.#sql.insert.run({
      key,
      id,
      threadId: mail.gmail?.threadId ?? id,
      identity: mail.identity,
      messageIdHeader: message.messageIdHeader,
      dateMs: mail.dateMs,
      dateHeaderMs: message.dateHeaderMs,
      sizeBytes: mail.sizeBytes,
      subject: message.subject,
      fromName: from?.name ?? '',
      fromAddress: from?.address ?? '',
      snippet: text,
      attachments: message.attachments.filter((part) => !part.inline).length,
    });
    this.#insertBody(key, message);
    this.#insertPeople(key, message);
    const columns = searchColumns(message);
    this.#sql.index.run({ key, ...columns });
    for (const reference of message.references) this.#sql.addReference.run(reference, key);
    if (!mail.gmail) this.#threads.join(key, id, message);
    return key;
  }

  #insertBody(key: bigint, message: Message): void {
    this.#sql.addBody.run({
      key,
      headerBlock: zstdCompressSync(message.headerBlock),
      text: zstdCompressSync(message.text),
      html: message.html === null ? null : zstdCompressSync(message.html),
      textLength: message.text.length,
      hiddenRemoved: message.hiddenRemoved,
      notes: JSON.stringify(message.notes),
      verdicts: message.verdicts && JSON.stringify(message.verdicts),
    });
    for (const part of message.attachments) this.#sql.addPart.run({ key, ...part, inline: part.inline ? 1 : 0 });
  }

  #insertPeople(key: bigint, message: Message): void {
    const roles = { from: message.from, reply_to: message.replyTo, to: message.to, cc: message.cc, bcc: message.bcc };
    for (const [role, addresses] of Object.entries(roles)) {
      addresses.forEach(({ name, address }, position) => {
        if (!address) return;
        this.#sql.addParticipant.run(address, key, role, position, name);
        this.#sql.keepPerson.run(address, name, fold(name), key);
      });
    }
    message.deliveredTo.forEach((address, position) => {
      this.#sql.addParticipant.run(address, key, 'delivered_to', position, '');
    });
  }

  #freeKey(dateMs: number): bigint {
    const base = BigInt(Math.max(0, Math.floor(dateMs / 1000))) * KEYS_PER_SECOND;
    const row = this.#sql.lastKeyBelow.get(base + KEYS_PER_SECOND, base) as { key: bigint } | undefined;
    return row ? row.key + 1n : base;
  }

  #has(key: bigint, label: string): boolean {
    return this.#sql.bears.get(key, label) !== undefined;
  }
}

/** Lower case without accents, for finding people by a part of their name. */
export const fold = (name: string): string => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

function ownId(identity: string, ordinal: number): MessageId {
  return createHash('sha256').update(`${identity}#${ordinal}`).digest('hex').slice(0, 16) as MessageId;
}

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    findLabel: sql('select id from labels where type = ? and name = ?'),
    addLabel: sql('insert into labels (label_id, name, type) values (?, ?, ?) returning id'),
    nameLabel: sql('update labels set label_id = ? where id = ?'),
    ofCopy: sql('select message from copies where place = ? and uid_validity = ? and uid = ?'),
    byId: sql('select key, identity from messages where id = ?'),
    hasCopyIn: sql('select 1 from copies where message = ? and place = ? and uid_validity = ? limit 1'),
    lastKeyBelow: sql('select key from messages where key < ? and key >= ? order by key desc limit 1'),
    insert: sql(
      `insert into messages (key, id, thread_id, identity, message_id_header, date_ms, date_header_ms, size_bytes,
         subject, from_name, from_address, snippet, attachments)
       values (:key, :id, :threadId, :identity, :messageIdHeader, :dateMs, :dateHeaderMs, :sizeBytes,
         :subject, :fromName, :fromAddress, :snippet, :attachments)`,
    ),
    addBody: sql(
      `insert into bodies (message, header_block, text, html, text_length, hidden_removed, notes, verdicts)
       values (:key, :headerBlock, :text, :html, :textLength, :hiddenRemoved, :notes, :verdicts)`,
    ),
    addPart: sql(
      `insert into parts (message, n, part_id, filename, content_type, size_bytes, content_id, inline)
       values (:key, :n, :partId, :filename, :contentType, :sizeBytes, :contentId, :inline)`,
    ),
    addParticipant: sql(
      'insert or ignore into participants (address, message, role, position, name) values (?, ?, ?, ?, ?)',
    ),
    keepPerson: sql(
      `insert into people (address, name, folded, last_key) values (?, ?, ?, ?) on conflict (address) do update set
       name = excluded.name, folded = excluded.folded, last_key = excluded.last_key
       where excluded.last_key >= last_key and excluded.name <> ''`,
    ),
    forgetPerson: sql(
      'delete from people where address = ? and not exists (select 1 from participants where address = ?)',
    ),
    peopleOf: sql('select distinct address from participants where message = ?'),
    addReference: sql('insert or ignore into message_references (reference, message) values (?, ?)'),
    index: sql(
      `insert into fts (rowid, subject, sender, recipients, cc, bcc, body, files, list, delivered)
       values (:key, :subject, :sender, :recipients, :cc, :bcc, :body, :files, :list, :delivered)`,
    ),
    unindex: sql('delete from fts where rowid = ?'),
    remove: sql('delete from messages where key = ?'),
    orphans: sql('select key, id from messages m where not exists (select 1 from copies c where c.message = m.key)'),
    ofCopies: sql(
      `select count(*) as copies, max(seen) as seen, max(flagged) as flagged, max(draft) as draft, max(answered) as answered,
         count(*) filter (where coalesce(l.name, '') not in ('SPAM', 'TRASH')) as visible
       from copies c join places p on p.id = c.place left join labels l on l.id = p.label and l.type = 'system'
       where c.message = ?`,
    ),
    labelsOfCopies: sql(
      `select p.label as label from copies c join places p on p.id = c.place where c.message = ? and p.label is not null
       union select j.value from copies c, json_each(c.labels) j where c.message = ? and c.labels is not null`,
    ),
    labelsOf: sql('select label from message_labels where message = ?'),
    label: sql('insert into message_labels (label, message) values (?, ?)'),
    unlabel: sql('delete from message_labels where label = ? and message = ?'),
    bears: sql(
      "select 1 from message_labels ml join labels l on l.id = ml.label where ml.message = ? and l.type = 'system' and l.name = ?",
    ),
    setFlags: sql(
      `update messages set unread = ?, starred = ?, draft = ?, answered = ?, hidden = ?, outgoing = (? or from_address = ?)
       where key = ? and (unread, starred, draft, answered, hidden, outgoing) is not (?, ?, ?, ?, ?, (? or from_address = ?))`,
    ),
    arrive: sql(
      `update messages set arrival = (select coalesce(max(arrival), 0) + 1 from messages)
       where key = ? and arrival is null and draft = 0`,
    ),
    state: sql('select id, thread_id from messages where key = ?'),
  };
}
