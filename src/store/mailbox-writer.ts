// Writes what happened to ONE account's mailbox: each change and its cursor in one transaction. Knows no server.
import type { Statement } from 'better-sqlite3';
import { AppError } from '../base/errors.ts';
import type { MessageId } from '../base/ids.ts';
import type { Change, Identity, Place, Uid } from '../mail/change.ts';
import { CopyRows, type PlaceRow } from './copy-rows.ts';
import { type Held, held } from './held.ts';
import { IndexUpkeep } from './index-upkeep.ts';
import { LabelRows } from './label-rows.ts';
import { type Database, guarded, openMailboxForWriting } from './mailbox-file.ts';
import { type Added, MessageRows, type Owner, type ReadMessage } from './message-rows.ts';

/** What a change did, for the change feed. */
export interface Applied {
  readonly added: readonly Pick<Added, 'id' | 'threadId' | 'inInbox'>[];
  readonly changed: readonly MessageId[];
  readonly removed: readonly MessageId[];
}

/** The UIDs that a batch is made of. */
export interface ImportRange {
  readonly path: string;
  readonly uidValidity: number;
  readonly firstUid: Uid;
  readonly lastUid: Uid;
}

export class MailboxWriter {
  readonly #path: string;
  readonly #db: Database;
  readonly #labels: LabelRows;
  readonly #copies: CopyRows;
  readonly #mails: MessageRows;
  readonly #upkeep: IndexUpkeep;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #transaction: (change: Change<ReadMessage>) => Applied;

  private constructor(path: string, db: Database, owner: Owner) {
    this.#path = path;
    this.#db = db;
    this.#labels = new LabelRows(db);
    this.#copies = new CopyRows(db, this.#labels);
    this.#mails = new MessageRows(db, owner, this.#labels, this.#copies);
    this.#upkeep = new IndexUpkeep(db);
    this.#sql = prepare(db);
    this.#transaction = db.transaction((change: Change<ReadMessage>) => this.#apply(change)).immediate;
  }

  /** Opens or makes the file at `path`. Throws `unavailable` when it is damaged. */
  static open(path: string, owner: Owner): MailboxWriter {
    const writer = new MailboxWriter(path, openMailboxForWriting(path), owner);
    writer.indexIsBehind();
    return writer;
  }

  /** What the source has to be given to go on, by place. */
  cursors(): Map<string, string> {
    const rows = guarded(this.#path, () => this.#sql.cursors.all()) as { path: string; state: string }[];
    return new Map(rows.map(({ path, state }) => [path, state]));
  }

  /** Which of these mails the store holds. */
  knows(identities: readonly Identity[]): Set<Identity> {
    return guarded(this.#path, () => new Set(identities.filter((identity) => this.#mails.knows(identity))));
  }

  /** What is held, for progress. */
  held(): Held {
    return guarded(this.#path, () => held(this.#db));
  }

  /** Counts, durably, that a batch is about to be read; answers how often that was begun and not finished, this time included. */
  beginImport({ path, uidValidity, firstUid, lastUid }: ImportRange): number {
    return guarded(this.#path, () => Number(this.#sql.beginImport.get(path, uidValidity, firstUid, lastUid)));
  }

  /** Writes one change with its cursor, whole or not at all. Throws `unavailable` for what a later try may mend. */
  apply(change: Change<ReadMessage>): Applied {
    try {
      return guarded(this.#path, () => this.#transaction(change));
    } catch (error) {
      this.#labels.forget();
      throw error;
    }
  }

  /** Whether the index waits to be made anew because the search text has changed. */
  indexIsBehind(): boolean {
    return guarded(this.#path, () => this.#upkeep.isBehind());
  }

  /** Indexes the next mails anew; answers whether that was all. */
  renewIndex(mails: number): boolean {
    return guarded(this.#path, () => this.#upkeep.step(mails));
  }

  close(): void {
    try {
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // The log is read again by whoever opens the file next.
    } finally {
      this.#db.close();
    }
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
      case 'gone':
        return this.#gone(change);
      case 'relabelled':
        return this.#relabelled(change);
      case 'drafts':
        this.#sql.forgetDrafts.run();
        for (const { draftId, messageId } of change.drafts) this.#sql.keepDraft.run(draftId, messageId);
        return NOTHING;
      case 'waiting':
        return NOTHING;
      case 'settled':
        // What was begun in an earlier round has been told in this one.
        this.#sql.endImports.run();
        this.#sql.complete.run();
        this.#sql.reachedAll.run();
        return { ...NOTHING, removed: this.#mails.removeOrphans() };
    }
  }

  #places(places: readonly Place[]): Applied {
    const removed = new Set<bigint>();
    const relabelled = new Set<bigint>();
    const before = new Map(this.#copies.places().map((place) => [place.path, place]));
    const listed = new Set(places.map((place) => place.path));
    for (const { id, path, label } of before.values()) {
      if (listed.has(path)) continue;
      for (const key of this.#copies.inPlace(id)) removed.add(key);
      if (label !== null) for (const key of this.#copies.unlabel(label)) relabelled.add(key);
      this.#copies.forgetPlace(id);
      this.#sql.forgetCursor.run(path);
    }
    for (const place of places) {
      this.#copies.keepPlace(place);
      const known = before.get(place.path);
      const label = place.label && this.#labels.row(place.label);
      if (known && known.label !== label) for (const key of this.#copies.inPlace(known.id)) relabelled.add(key);
    }
    return { ...NOTHING, changed: this.#without(removed, relabelled) };
  }

  #messages(change: Extract<Change<ReadMessage>, { kind: 'messages' }>): Applied {
    const { uidValidity } = change;
    const place = this.#place(change.path);
    const added: Added[] = [];
    const touched = new Set<bigint>();
    // Ascending, so that keys and index rows are appended rather than scattered.
    for (const mail of change.messages.toSorted((a, b) => a.dateMs - b.dateMs || (a.copy.uid < b.copy.uid ? -1 : 1))) {
      const spot = { place, uidValidity, uid: mail.copy.uid };
      const state = this.#copies.state(mail.copy, place);
      if (change.ahead && mail.message === null) continue;
      let key = this.#copies.at(spot) ?? null;
      if (key === null) {
        const found = this.#mails.find(mail, place, uidValidity);
        key = found.key;
        if (key === null) {
          const mailRow = this.#mails.insert(found.id, mail, state, change.live);
          added.push(mailRow);
          this.#copies.write(spot, mailRow.key, state);
          if (change.ahead) this.#sql.ahead.run(mailRow.key);
          continue;
        }
      }
      this.#copies.write(spot, key, state);
      if (!change.ahead) this.#sql.reached.run(key);
      touched.add(key);
    }
    if (change.messages.length > 0) {
      const { firstUid, lastUid } = spanOf(change.messages);
      this.#sql.endImport.run(change.path, uidValidity, firstUid, lastUid);
    }
    if (change.cursor !== null) this.#sql.keepCursor.run(change.path, change.cursor);
    return { ...NOTHING, added, changed: this.#mails.refresh(touched) };
  }

  #flags(change: Extract<Change<ReadMessage>, { kind: 'flags' }>): Applied {
    const place = this.#place(change.path);
    const touched = new Set<bigint>();
    for (const copy of change.copies) {
      const spot = { place, uidValidity: change.uidValidity, uid: copy.uid };
      const key = this.#copies.at(spot);
      if (key === undefined) continue;
      this.#copies.write(spot, key, this.#copies.state(copy, place));
      touched.add(key);
    }
    this.#sql.keepCursor.run(change.path, change.cursor);
    return { ...NOTHING, changed: this.#mails.refresh(touched) };
  }

  #present({ path, uidValidity, uids, below, cursor }: Extract<Change<ReadMessage>, { kind: 'present' }>): Applied {
    const removed = this.#copies.keepOnly(this.#place(path), uidValidity, uids, below);
    this.#sql.keepCursor.run(path, cursor);
    return { ...NOTHING, changed: this.#without(removed) };
  }

  #gone({ path, uidValidity, uids, cursor }: Extract<Change<ReadMessage>, { kind: 'gone' }>): Applied {
    const place = this.#place(path);
    const removed = new Set<bigint>();
    for (const uid of uids) {
      const key = this.#copies.drop({ place, uidValidity, uid });
      if (key !== undefined) removed.add(key);
    }
    this.#sql.keepCursor.run(path, cursor);
    return { ...NOTHING, changed: this.#without(removed) };
  }

  #relabelled({ path, uidValidity, steps, cursor }: Extract<Change<ReadMessage>, { kind: 'relabelled' }>): Applied {
    const place = this.#place(path);
    const touched = new Set<bigint>();
    for (const { uid, ...step } of steps) {
      const key = this.#copies.relabel({ place, uidValidity, uid }, step);
      if (key !== undefined) touched.add(key);
    }
    this.#sql.keepCursor.run(path, cursor);
    return { ...NOTHING, changed: this.#mails.refresh(touched) };
  }

  /** Brings mails that lost copies up to date, and others with them. */
  #without(removed: ReadonlySet<bigint>, others: ReadonlySet<bigint> = new Set()): MessageId[] {
    return this.#mails.refresh(removed.union(this.#mails.reunite(removed)).union(others));
  }

  #place(path: string): PlaceRow {
    const row = this.#copies.place(path);
    if (!row) throw new AppError('internal', 'A change came for a place that was never listed.');
    return row;
  }
}

/** From the lowest UID to the highest. */
export function spanOf(mails: readonly Pick<ReadMessage, 'copy'>[]): Pick<ImportRange, 'firstUid' | 'lastUid'> {
  const uids = mails.map(({ copy }) => copy.uid);
  return {
    firstUid: uids.reduce((least, uid) => (uid < least ? uid : least)),
    lastUid: uids.reduce((most, uid) => (uid > most ? uid : most)),
  };
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
    beginImport: sql(
      `insert into import_attempts (path, uid_validity, first_uid, last_uid, attempts) values (?, ?, ?, ?, 1)
       on conflict (path, uid_validity, first_uid, last_uid) do update set attempts = attempts + 1 returning attempts`,
    ).pluck(),
    endImport: sql(
      'delete from import_attempts where path = ? and uid_validity = ? and first_uid >= ? and last_uid <= ?',
    ),
    endImports: sql('delete from import_attempts'),
    ahead: sql('insert into ahead (message) values (?)'),
    reached: sql('delete from ahead where message = ?'),
    reachedAll: sql('delete from ahead'),
    forgetDrafts: sql('delete from drafts'),
    // One that is edited while they are listed may be told twice; the later is as it is now.
    keepDraft: sql('insert or replace into drafts (draft_id, message_id) values (?, ?)'),
    complete: sql("insert into meta (name, value) values ('complete', '1') on conflict do nothing"),
  };
}
