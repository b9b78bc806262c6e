// What happened in one mailbox, in order, as the Gmail API tells it: by whatever door it happened. Changes no mail.
import type { Mail } from './mail.ts';

export interface HistoryRecord {
  readonly id: bigint;
  readonly kind: 'added' | 'deleted' | 'relabelled';
  readonly mail: Mail;
  /** Ids of the API after it happened. */
  readonly labelIds: readonly string[];
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

/** Where ids begin: far beyond what a double holds exactly, as nobody may take them for numbers. */
const FIRST_ID = 5_000_000_000_000_000_017n;

/** The history of one mailbox. */
export class MailHistory {
  #records: HistoryRecord[] = [];
  #latest = FIRST_ID;
  #oldest = FIRST_ID;
  readonly #labels = new Map<Mail, readonly string[]>();
  readonly #listeners = new Set<(record: HistoryRecord) => void>();

  /** The id of the last change. */
  get latest(): bigint {
    return this.#latest;
  }

  /** Notes a mail as it is now; a mail that shows no change is not worth a record. */
  note(mail: Mail, labelIds: readonly string[]): void {
    const before = this.#labels.get(mail);
    this.#labels.set(mail, labelIds);
    const gained = labelIds.filter((id) => !before?.includes(id));
    const lost = before?.filter((id) => !labelIds.includes(id)) ?? [];
    if (!before) this.#add({ kind: 'added', mail, labelIds, gained: [], lost: [] });
    else if (gained.length > 0 || lost.length > 0) this.#add({ kind: 'relabelled', mail, labelIds, gained, lost });
  }

  /** The mail is gone for good. */
  noteRemoval(mail: Mail): void {
    const labelIds = this.#labels.get(mail) ?? [];
    this.#labels.delete(mail);
    this.#add({ kind: 'deleted', mail, labelIds, gained: [], lost: [] });
  }

  /** What happened after `id`, ascending; null when that is longer ago than is kept, or was never given. */
  since(id: bigint): readonly HistoryRecord[] | null {
    if (id < this.#oldest || id > this.#latest) return null;
    return this.#records.filter((record) => record.id > id);
  }

  /** From now on every id that was given before is too old. */
  forget(): void {
    this.#records = [];
    this.#latest = this.#next();
    this.#oldest = this.#latest;
  }

  /** Called after each record; the answer ends it. */
  onRecord(listener: (record: HistoryRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(told: Omit<HistoryRecord, 'id'>): void {
    this.#latest = this.#next();
    told.mail.historyId = this.#latest;
    const record = { id: this.#latest, ...told };
    this.#records.push(record);
    for (const listener of [...this.#listeners]) listener(record);
  }

  /** Ids rise with gaps. */
  #next(): bigint {
    return this.#latest + 1n + ((this.#latest * 7n) % 23n);
  }
}
