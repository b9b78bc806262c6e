// Who the owner of ONE account deals with: conversations, contacts, people by name. Reckoned from rows at each question,
// so that it stays right as mail comes and goes. Knows nothing of what a mail says.
import type { Statement } from 'better-sqlite3';
import type { Address } from '../mail/message.ts';
import type { Database } from './mailbox-file.ts';

/** What was exchanged with one address, in both directions; drafts, Spam and Trash do not count. */
export interface Dealings {
  readonly address: string;
  readonly name: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly received: number;
  readonly sent: number;
}

/** A thread: the key of its newest mail and counts. */
interface ThreadRow {
  readonly key: bigint;
  readonly messages: number;
  readonly unread: number;
}

export class Correspondents {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /** One row a thread, newest first, those before the key. */
  conversations(limit: number, beforeKey: bigint): ThreadRow[] {
    const rows = this.#sql.conversations.all(beforeKey, limit) as { key: bigint; thread_id: string }[];
    return rows.map(({ key, thread_id }) => {
      const counts = this.#sql.threadCounts.get(thread_id) as { messages: bigint; unread: bigint | null };
      return { key, messages: Number(counts.messages), unread: Number(counts.unread ?? 0n) };
    });
  }

  /** The first of those whom a mail of the owner's went to, else who sent it; null when that is the owner alone. */
  otherSide(key: bigint, ownAddress: string): Address | null {
    return (this.#sql.otherSide.get(key, ownAddress) as Address | undefined) ?? null;
  }

  /** Keys of the mails exchanged with an address, newest first, those before the key. */
  correspondence(address: string, limit: number, beforeKey: bigint): bigint[] {
    return this.#sql.correspondence.all(address, beforeKey, limit) as bigint[];
  }

  /** Null when nothing was exchanged. */
  dealings(address: string): Dealings | null {
    const row = this.#sql.dealings.get(address) as Record<'received' | 'sent' | 'first' | 'last', bigint | null>;
    if (row.first === null || row.last === null) return null;
    return {
      address,
      name: (this.#sql.name.get(address) as string | undefined) ?? '',
      firstAtMs: Number(row.first),
      lastAtMs: Number(row.last),
      received: Number(row.received),
      sent: Number(row.sent),
    };
  }

  /** Those with whom mail was exchanged, the latest first. */
  latest(limit: number, ownAddress: string): Dealings[] {
    const met: Dealings[] = [];
    for (const address of this.#sql.latest.iterate() as Iterable<string>) {
      const dealings = address === ownAddress ? null : this.dealings(address);
      if (dealings) met.push(dealings);
      if (met.length >= limit) break;
    }
    return met.toSorted((a, b) => b.lastAtMs - a.lastAtMs);
  }

  /** People whose name or address contains the fragment, the latest first. `folded`: lower case, without accents. */
  called(folded: string, limit: number): Address[] {
    return this.#sql.called.all(folded, folded, limit) as Address[];
  }
}

/** Mail from them, and mail of the owner's to them. */
const EXCHANGED = `m.hidden = 0 and m.draft = 0
  and (p.role = 'from' or (m.outgoing = 1 and p.role in ('to', 'cc', 'bcc')))`;

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    conversations: sql(
      `select m.key, m.thread_id from messages m where m.key < ? and m.hidden = 0 and m.draft = 0
       and not exists (select 1 from messages n where n.thread_id = m.thread_id and n.key > m.key and n.hidden = 0 and n.draft = 0)
       order by m.key desc limit ?`,
    ),
    threadCounts: sql(
      'select count(*) as messages, sum(unread) as unread from messages where thread_id = ? and hidden = 0 and draft = 0',
    ),
    otherSide: sql(
      `select iif(p.name <> '', p.name, coalesce(o.name, '')) as name, p.address
       from messages m join participants p on p.message = m.key left join people o on o.address = p.address
       where m.key = ? and p.address <> ? and p.role in (iif(m.outgoing, 'to', 'from'), iif(m.outgoing, 'cc', 'from'), iif(m.outgoing, 'bcc', 'from'))
       order by iif(p.role = 'to', 0, iif(p.role = 'cc', 1, 2)), p.position limit 1`,
    ),
    correspondence: sql(
      `select distinct p.message from participants p join messages m on m.key = p.message
       where p.address = ? and p.message < ? and ${EXCHANGED} order by p.message desc limit ?`,
    ).pluck(),
    dealings: sql(
      `select sum(outgoing = 0) as received, sum(outgoing and addressed) as sent, min(date_ms) as first, max(date_ms) as last
       from (select m.outgoing, m.date_ms, max(p.role <> 'from') as addressed
         from participants p join messages m on m.key = p.message where p.address = ? and ${EXCHANGED} group by p.message)`,
    ),
    name: sql('select name from people where address = ?').pluck(),
    latest: sql('select address from people order by last_key desc').pluck(),
    called: sql(
      'select name, address from people where instr(folded, ?) > 0 or instr(address, ?) > 0 order by last_key desc limit ?',
    ),
  };
}
