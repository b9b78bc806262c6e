// Threads on a server that has none of its own: mails joined by References in both directions. Knows no server.
import type { Statement } from 'better-sqlite3';
import type { MessageId } from '../base/ids.ts';
import type { Message } from '../mail/message.ts';
import type { Database } from './mailbox-file.ts';

/** A hostile mail may point to thousands; the first and the nearest ones tell the thread. */
const MOST_REFERENCES = 50;

export class ThreadRows {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /**
   * Puts a new mail into the thread that it points to or that points to it (RFC 5256 section 2.2 without subjects).
   * Threads that it links become the oldest of them; the ids of the others stay good as aliases.
   */
  join(key: bigint, id: MessageId, message: Message): void {
    const pointed = message.references.toSpliced(1, Math.max(0, message.references.length - MOST_REFERENCES));
    const known = message.messageIdHeader ? [...pointed, message.messageIdHeader] : pointed;
    if (known.length === 0) return;
    const list = JSON.stringify(known);
    const rows = this.#sql.linked.all({ key, list }) as { thread_id: string; first: bigint }[];
    const [home, ...others] = rows.toSorted((a, b) => (a.first < b.first ? -1 : 1)).map((row) => row.thread_id);
    if (!home) return;
    this.#sql.move.run(home, id);
    for (const other of others) {
      this.#sql.move.run(home, other);
      this.#sql.moveAliases.run(home, other);
      this.#sql.alias.run(other, home);
    }
  }
}

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    linked: sql(
      `with near as (
         select m.key, m.thread_id from json_each(:list) j join messages m on m.message_id_header = j.value and m.message_id_header <> ''
         union select m.key, m.thread_id from json_each(:list) j join message_references r on r.reference = j.value
           join messages m on m.key = r.message)
       select thread_id, min(key) as first from near where key <> :key group by thread_id`,
    ),
    move: sql('update messages set thread_id = ? where thread_id = ?'),
    alias: sql('insert or replace into thread_aliases (alias, thread_id) values (?, ?)'),
    moveAliases: sql('update thread_aliases set thread_id = ? where thread_id = ?'),
  };
}
