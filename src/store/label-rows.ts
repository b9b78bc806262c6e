// The labels of ONE account, their rows made on first use. Knows no mail.
import type { Statement } from 'better-sqlite3';
import type { LabelRef, SystemLabel } from '../mail/change.ts';
import type { Database } from './mailbox-file.ts';

export class LabelRows {
  readonly #rows = new Map<string, bigint>();
  readonly #find: Statement<unknown[]>;
  readonly #add: Statement<unknown[]>;

  constructor(db: Database) {
    this.#find = db.prepare<unknown[]>('select id from labels where type = ? and name = ?').pluck();
    this.#add = db
      .prepare<unknown[]>(
        `insert into labels (type, name, label_id) values (:type, :name,
         case :type when 'system' then :name else 'Label_' || (select coalesce(max(id), 0) + 1 from labels) end) returning id`,
      )
      .pluck();
  }

  /** The row of a label. User labels get ids of their own, system labels bear their name. */
  row(label: LabelRef): bigint {
    const name = label.type === 'system' ? label.id : label.name;
    const word = `${label.type}:${name}`;
    let row = this.#rows.get(word);
    if (row === undefined) {
      row = (this.#find.get(label.type, name) ?? this.#add.get({ type: label.type, name })) as bigint;
      this.#rows.set(word, row);
    }
    return row;
  }

  system(id: SystemLabel): bigint {
    return this.row({ type: 'system', id });
  }

  /** After a transaction was rolled back: the rows that it made are not there. */
  forget(): void {
    this.#rows.clear();
  }
}
