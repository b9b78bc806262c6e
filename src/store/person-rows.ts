// Who took part in a mail, and the names that people go by. Knows nothing else of a mail.
import type { Statement } from 'better-sqlite3';
import type { Message } from '../mail/message.ts';
import type { Database } from './mailbox-file.ts';

export class PersonRows {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  add(key: bigint, message: Pick<Message, 'from' | 'replyTo' | 'to' | 'cc' | 'bcc'>): void {
    const roles = { from: message.from, reply_to: message.replyTo, to: message.to, cc: message.cc, bcc: message.bcc };
    for (const [role, addresses] of Object.entries(roles)) {
      for (const [position, { name, address }] of addresses.entries()) {
        if (!address) continue;
        this.#sql.take.run(address, key, role, position, name);
        this.#sql.keep.run(address, name, fold(name), key);
      }
    }
  }

  /** Takes the mail by `remove`, then forgets the people whom no other mail names. */
  without(key: bigint, remove: () => void): void {
    const addresses = new Set(this.#sql.of.all(key) as string[]);
    remove();
    for (const address of addresses) this.#sql.forget.run(address, address);
  }
}

/** Lower case without accents, for finding people by a part of their name. */
export function fold(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    take: sql('insert or ignore into participants (address, message, role, position, name) values (?, ?, ?, ?, ?)'),
    // A mail without the name says nothing against it.
    keep: sql(
      `insert into people (address, name, folded, last_key) values (?, ?, ?, ?) on conflict (address) do update set
       name = iif(excluded.name <> '' and (name = '' or excluded.last_key >= last_key), excluded.name, name),
       folded = iif(excluded.name <> '' and (name = '' or excluded.last_key >= last_key), excluded.folded, folded),
       last_key = max(last_key, excluded.last_key)
       where excluded.last_key > last_key or (name = '' and excluded.name <> '')`,
    ),
    forget: sql('delete from people where address = ? and not exists (select 1 from participants where address = ?)'),
    of: sql('select address from participants where message = ?').pluck(),
  };
}
