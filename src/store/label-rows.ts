// The labels of ONE account, their rows made on first use. Knows no mail.
import type { Statement } from 'better-sqlite3';
import type { LabelRef, SystemLabel } from '../mail/change.ts';
import type { Database } from './mailbox-file.ts';

export class LabelRows {
  readonly #rows = new Map<string, bigint>();
  readonly #find: Statement<unknown[]>;
  readonly #add: Statement<unknown[]>;
  readonly #byId: Statement<unknown[]>;
  readonly #unclaimed: Statement<unknown[]>;
  readonly #name: Statement<unknown[]>;
  readonly #vacate: Statement<unknown[]>;

  constructor(db: Database) {
    this.#byId = db.prepare<unknown[]>("select id from labels where type = 'user' and label_id = ?").pluck();
    // A label of the same name that the server knows by another id is another label, until its place is gone.
    this.#unclaimed = db
      .prepare<unknown[]>(
        `select id from labels l where type = 'user' and name = ?
         and not exists (select 1 from places p where p.label = l.id and p.path = 'label:' || l.label_id)`,
      )
      .pluck();
    this.#name = db.prepare<unknown[]>('update labels set name = ?, label_id = ? where id = ?');
    // Two labels that change names meet for a moment.
    this.#vacate = db.prepare<unknown[]>(
      "update labels set name = name || ' (' || label_id || ')' where type = 'user' and name = ? and id <> ?",
    );
    this.#find = db.prepare<unknown[]>('select id from labels where type = ? and name = ?').pluck();
    this.#add = db
      .prepare<unknown[]>(
        // Beyond every number that is given, by us or by a server.
        `insert into labels (type, name, label_id) values (:type, :name, case :type when 'system' then :name else
         'Label_' || (select 1 + max(coalesce(max(id), 0), coalesce(max(cast(substr(label_id, 7) as integer))
           filter (where label_id glob 'Label_[0-9]*' and length(label_id) < 20), 0)) from labels) end) returning id`,
      )
      .pluck();
  }

  /** The row of a label. User labels get ids of their own, system labels bear their name. */
  row(label: LabelRef): bigint {
    if (label.type === 'user' && label.id !== undefined) return this.#named(label.id, label.name);
    const name = label.type === 'system' ? label.id : label.name;
    const word = `${label.type}:${name}`;
    let row = this.#rows.get(word);
    if (row === undefined) {
      row = (this.#find.get(label.type, name) ?? this.#add.get({ type: label.type, name })) as bigint;
      this.#rows.set(word, row);
    }
    return row;
  }

  /** One that the server knows by an id: it keeps its row when its name changes. */
  #named(id: string, name: string): bigint {
    const word = `id:${id}\n${name}`;
    let row = this.#rows.get(word);
    if (row !== undefined) return row;
    const known = (this.#byId.get(id) ?? this.#unclaimed.get(name)) as bigint | undefined;
    this.#vacate.run(name, known ?? -1);
    row = known ?? (this.#add.get({ type: 'user', name }) as bigint);
    this.#name.run(name, id, row);
    // Another name may have meant this row, or this name another row.
    this.#rows.clear();
    this.#rows.set(word, row);
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
