// Threads on a server that has none of its own: mails joined by References in both directions. Knows no server.
import type { Statement } from 'better-sqlite3';
import type { MessageId, ThreadId } from '../base/ids.ts';
import type { Message } from '../mail/message.ts';
import type { Database } from './mailbox-file.ts';

/** A hostile mail may point to thousands; the first and the nearest ones tell the thread. */
const MOST_REFERENCES = 50;

/** What of a mail tells its thread. */
type Named = Pick<Message, 'messageIdHeader' | 'references'>;

export class ThreadRows {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /**
   * The thread of a mail that is about to be stored: the one that it points to or that points to it (RFC 5256 section 2.2
   * without subjects), else one of its own. Threads that it links become the oldest of them; the ids of the others stay
   * good as aliases.
   */
  home(id: MessageId, message: Named): ThreadId {
    // The mail may have been here before, and its thread may have stayed.
    const own = (this.#sql.aliasOf.get(id) as string | undefined) ?? id;
    const names = [...references(message), ...(message.messageIdHeader ? [message.messageIdHeader] : [])];
    if (names.length === 0) return own as ThreadId;
    const threads = new Set<string>();
    for (const name of names) {
      // Mails that share a name share their thread already, so that one of them will do.
      for (const found of [this.#sql.named.get(name), this.#sql.pointing.get(name)])
        if (found !== undefined) threads.add(found as string);
    }
    if (threads.size === 0) return own as ThreadId;
    const [home, ...others] = this.#byAge([...threads]);
    if (own !== home && this.#sql.exists.get(own) !== undefined) others.push(own);
    for (const other of others) this.#join(other, home!);
    return home as ThreadId;
  }

  /** Remembers what a stored mail points to, so that a parent which comes later finds it. */
  remember(key: bigint, message: Named): void {
    for (const reference of references(message)) this.#sql.remember.run(reference, key);
  }

  #byAge(threads: string[]): string[] {
    if (threads.length === 1) return threads;
    const age = new Map(threads.map((thread) => [thread, this.#sql.oldest.get(thread) as bigint]));
    return threads.sort((a, b) => (age.get(a)! < age.get(b)! ? -1 : 1));
  }

  #join(other: string, home: string): void {
    this.#sql.move.run(home, other);
    this.#sql.moveAliases.run(home, other);
    this.#sql.alias.run(other, home);
  }
}

function references({ references: all }: Named): readonly string[] {
  return all.toSpliced(1, Math.max(0, all.length - MOST_REFERENCES));
}

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    aliasOf: sql('select thread_id from thread_aliases where alias = ?').pluck(),
    named: sql(
      "select thread_id from messages where message_id_header = ? and message_id_header <> '' limit 1",
    ).pluck(),
    pointing: sql(
      'select thread_id from message_references r join messages m on m.key = r.message where r.reference = ? limit 1',
    ).pluck(),
    oldest: sql('select min(key) from messages where thread_id = ?').pluck(),
    exists: sql('select 1 from messages where thread_id = ? limit 1'),
    move: sql('update messages set thread_id = ? where thread_id = ?'),
    alias: sql('insert or replace into thread_aliases (alias, thread_id) values (?, ?)'),
    moveAliases: sql('update thread_aliases set thread_id = ? where thread_id = ?'),
    remember: sql('insert or ignore into message_references (reference, message) values (?, ?)'),
  };
}
