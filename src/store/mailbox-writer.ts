// Writes what happened to ONE account's mailbox: each change and its cursor in one transaction. Knows no server.
import type { Statement } from 'better-sqlite3';
import { AppError } from '../base/errors.ts';
import type { MessageId, ThreadId } from '../base/ids.ts';
import type { Change, Copy, Identity, LabelRef, Place } from '../mail/change.ts';
import { type Database, openMailboxForWriting } from './mailbox-file.ts';
import { MessageRows, type Owner, type ReadMessage } from './message-rows.ts';

/** What a change did, for the change feed. */
export interface Applied {
  readonly added: readonly { readonly id: MessageId; readonly threadId: ThreadId; readonly inInbox: boolean }[];
  readonly changed: readonly MessageId[];
  readonly removed: readonly MessageId[];
}

/** The UIDs that a batch is made of. */
export interface ImportRange {
  readonly path: string;
  readonly uidValidity: number;
  readonly firstUid: number;
  readonly lastUid: number;
}

export class MailboxWriter {
  readonly #db: Database;
  readonly #rows: MessageRows;
  readonly #sql: ReturnType<typeof prepare>;

  private constructor(db: Database, owner: Owner) {
    this.#db = db;
    this.#rows = new MessageRows(db, owner);
    this.#sql = prepare(db);
  }

  /** Opens or makes the file at `path`. Throws `unavailable` when it is damaged. */
  static open(path: string, owner: Owner): MailboxWriter {
    return new MailboxWriter(openMailboxForWriting(path), owner);
  }

  /** What the source has to be given to go on, by place. */
  cursors(): Map<string, string> {
    return new Map((this.#sql.cursors.all() as { path: string; state: string }[]).map((row) => [row.path, row.state]));
  }

  /** Which of these mails the store holds. */
  knows(identities: readonly Identity[]): Set<Identity> {
    return new Set(identities.filter((identity) => this.#sql.knows.get(identity) !== undefined));
  }

  /** Copies held now, for progress. */
  copies(): number {
    return Number((this.#sql.countCopies.get() as { n: bigint }).n);
  }

  /** Counts, durably, that a batch is about to be read; answers how often that was begun and not finished, this time included. */
  beginImport({ path, uidValidity, firstUid, lastUid }: ImportRange): number {
    const row = this.#sql.beginImport.get(path, uidValidity, firstUid, lastUid) as { attempts: bigint };
    return Number(row.attempts);
  }

  /** Writes one change with its cursor, whole or not at all. */
  apply(change: Change<ReadMessage>): Applied {
    return this.#db.transaction(() => this.#apply(change)).immediate();
  }

  close(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }

  #apply(change: Change<ReadMessage>): Applied {
    switch (change.kind) {
      case 'places':
        return this.#places(change.places);
      case 'messages':
        return this.#messages(change);
      case 'flags':
        return this.#flags(change);
      case 'present':
        return this.#present(change);
      case 'settled':
        return { ...NOTHING, removed: this.#rows.removeOrphans() };
    }
  }

  #places(places: readonly Place[]): Applied {
    const touched = new Set<bigint>();
    const listed = new Set(places.map((place) => place.path));
    for (const { id, path } of this.#sql.places.all() as { id: bigint; path: string }[]) {
      if (listed.has(path)) continue;
      for (const row of this.#sql.copiesOfPlace.all(id) as { message: bigint }[]) touched.add(row.message);
      this.#sql.forgetCopies.run(id);
      this.#sql.forgetCursor.run(path);
      this.#sql.forgetPlace.run(id);
    }
    for (const place of places) {
      this.#sql.keepPlace.run(place.path, place.label ? this.#rows.labelRow(place.label) : null, place.messages);
    }
    return { ...NOTHING, changed: this.#rows.refresh(touched) };
  }

  #messages(change: Extract<Change<ReadMessage>, { kind: 'messages' }>): Applied {
    const place = this.#place(change.path);
    const added: { id: MessageId; threadId: ThreadId; inInbox: boolean }[] = [];
    const touched = new Set<bigint>();
    // Ascending, so that keys and index rows are appended rather than scattered.
    for (const mail of change.messages.toSorted((a, b) => a.dateMs - b.dateMs)) {
      const { key, isNew } = this.#rows.place(mail, place, change.uidValidity);
      this.#writeCopy(place, change.uidValidity, mail.copy, key);
      const state = this.#rows.settleFlags(key, { live: change.live, dateMs: mail.dateMs });
      if (isNew) added.push(state);
      else touched.add(key);
    }
    const first = Math.min(...change.messages.map((mail) => mail.copy.uid));
    const last = Math.max(...change.messages.map((mail) => mail.copy.uid));
    if (change.messages.length > 0) this.#sql.endImport.run(change.path, change.uidValidity, first, last);
    if (change.cursor !== null) this.#sql.keepCursor.run(change.path, change.cursor);
    return { ...NOTHING, added, changed: this.#rows.idsOf(touched) };
  }

  #flags(change: Extract<Change<ReadMessage>, { kind: 'flags' }>): Applied {
    const place = this.#place(change.path);
    const touched = new Set<bigint>();
    for (const copy of change.copies) {
      const row = this.#sql.copy.get(place, change.uidValidity, copy.uid) as { message: bigint } | undefined;
      if (!row) continue;
      this.#writeCopy(place, change.uidValidity, copy, row.message);
      touched.add(row.message);
    }
    this.#sql.keepCursor.run(change.path, change.cursor);
    return { ...NOTHING, changed: this.#rows.refresh(touched) };
  }

  #present(change: Extract<Change<ReadMessage>, { kind: 'present' }>): Applied {
    const place = this.#place(change.path);
    const there = new Set(change.uids);
    const touched = new Set<bigint>();
    type Row = { uid_validity: bigint; uid: bigint; message: bigint };
    for (const row of this.#sql.copiesOfPlace.all(place) as Row[]) {
      const current = Number(row.uid_validity) === change.uidValidity;
      const uid = Number(row.uid);
      if (current && (uid >= change.below || there.has(uid))) continue;
      this.#sql.dropCopy.run(place, row.uid_validity, row.uid);
      touched.add(row.message);
    }
    this.#sql.keepCursor.run(change.path, change.cursor);
    return { ...NOTHING, changed: this.#rows.refresh(touched) };
  }

  #writeCopy(place: bigint, uidValidity: number, { uid, flags, labels }: Copy, message: bigint): void {
    const bit = (flag: Copy['flags'][number]) => (flags.includes(flag) ? 1 : 0);
    const told = labels && JSON.stringify(labels.map((label: LabelRef) => Number(this.#rows.labelRow(label))));
    this.#sql.keepCopy.run(
      place,
      uidValidity,
      uid,
      message,
      bit('seen'),
      bit('flagged'),
      bit('draft'),
      bit('answered'),
      told,
    );
  }

  #place(path: string): bigint {
    const row = this.#sql.place.get(path) as { id: bigint } | undefined;
    if (!row) throw new AppError('internal', 'A change came for a place that was never listed.');
    return row.id;
  }
}

const NOTHING: Applied = { added: [], changed: [], removed: [] };

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    cursors: sql('select path, state from cursors'),
    keepCursor: sql(
      'insert into cursors (path, state) values (?, ?) on conflict (path) do update set state = excluded.state',
    ),
    forgetCursor: sql('delete from cursors where path = ?'),
    knows: sql('select 1 from messages where identity = ? limit 1'),
    countCopies: sql('select count(*) as n from copies'),
    places: sql('select id, path from places'),
    place: sql('select id from places where path = ?'),
    keepPlace: sql(
      'insert into places (path, label, messages) values (?, ?, ?) on conflict (path) do update set label = excluded.label, messages = excluded.messages',
    ),
    forgetPlace: sql('delete from places where id = ?'),
    copiesOfPlace: sql('select uid_validity, uid, message from copies where place = ?'),
    forgetCopies: sql('delete from copies where place = ?'),
    copy: sql('select message from copies where place = ? and uid_validity = ? and uid = ?'),
    keepCopy: sql(
      `insert into copies (place, uid_validity, uid, message, seen, flagged, draft, answered, labels)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (place, uid_validity, uid) do update set
       seen = excluded.seen, flagged = excluded.flagged, draft = excluded.draft, answered = excluded.answered, labels = excluded.labels`,
    ),
    dropCopy: sql('delete from copies where place = ? and uid_validity = ? and uid = ?'),
    beginImport: sql(
      `insert into import_attempts (path, uid_validity, first_uid, last_uid, attempts) values (?, ?, ?, ?, 1)
       on conflict (path, uid_validity, first_uid, last_uid) do update set attempts = attempts + 1 returning attempts`,
    ),
    endImport: sql(
      'delete from import_attempts where path = ? and uid_validity = ? and first_uid >= ? and last_uid <= ?',
    ),
  };
}
