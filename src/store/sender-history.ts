// What ONE account's mail tells about a sender: whether he was met before, under which names, and whom the owner has written to.
// Reads only; judges nobody.
import type { Statement } from 'better-sqlite3';
import { type Acquaintance, Acquaintances } from '../mail/lookalike.ts';
import type { Address, SenderVerdicts } from '../mail/message.ts';
import type { Database } from './mailbox-file.ts';
import { KEYS_PER_SECOND } from './message-rows.ts';

/** Of the owner's own mails, the newest; whom he wrote to in older ones only is not compared with. */
const MOST_SENT = 3000;
const MOST_PEOPLE = 6000;
/** Rows that are looked at for one sender. Where those say nothing, nothing is claimed. */
const MOST_LOOKED_AT = 200;

const ESTABLISHED_KEYS = BigInt(30 * 86_400) * KEYS_PER_SECOND;

export class SenderHistory {
  readonly #sql: ReturnType<typeof prepare>;
  #known: { readonly state: string; readonly people: Acquaintances } | null = null;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /** No mail from or to that address is older than the mail of this key; drafts, Spam and Trash do not count. */
  isFirst(address: string, key: bigint): boolean {
    if (this.#sql.met.get(address, key) !== undefined) return false;
    return (this.#sql.mentions.get(address, key) as bigint) < BigInt(MOST_LOOKED_AT);
  }

  /** The owner has written to that address before the mail of this key. */
  hasAnswered(address: string, key: bigint): boolean {
    return this.#sql.answered.get(address, key) !== undefined;
  }

  /** Mail came from that address a month before the mail of this key, and still comes. */
  isEstablished(address: string, key: bigint): boolean {
    return this.#sql.established.get(address, key - ESTABLISHED_KEYS) !== undefined;
  }

  /** Under how many names mail has come from that address before the mail of this key. */
  names(address: string, key: bigint): number {
    return Number(this.#sql.names.get(address, key) as bigint);
  }

  /** Where answers to the mail go, when it says so. */
  replyTo(key: bigint): Address[] {
    return this.#sql.replyTo.all(key) as Address[];
  }

  verdicts(key: bigint): SenderVerdicts | null {
    const verdicts = this.#sql.verdicts.get(key) as string | null | undefined;
    return verdicts ? JSON.parse(verdicts) : null;
  }

  /** The owner and, unless `alone`, those whom he has written to; made anew when he has written again. */
  acquaintances(ownAddress: string, alone: boolean): Acquaintances {
    const sent = alone ? null : (this.#sql.sent.get() as { count: bigint; last: bigint | null });
    const name = (this.#sql.name.get(ownAddress) as string | undefined) ?? '';
    const state = `${sent?.count} ${sent?.last} ${name}`;
    if (this.#known?.state === state) return this.#known.people;
    const others = alone ? [] : (this.#sql.writtenTo.all(ownAddress) as Acquaintance[]);
    const people = new Acquaintances({ name, address: ownAddress }, others);
    this.#known = { state, people };
    return people;
  }
}

/** The newest of the mails that the owner has sent, by their label. */
const SENT = `select message from message_labels where label = (select id from labels where label_id = 'SENT' and type = 'system')
  order by message desc limit ${MOST_SENT}`;
const OLDER = `from participants p join messages m on m.key = p.message where p.address = ? and p.message < ?`;

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    met: sql(
      `select 1 from (select p.role, m.hidden, m.draft, m.outgoing ${OLDER} order by p.message desc limit ${MOST_LOOKED_AT})
       where hidden = 0 and draft = 0 and (role = 'from' or (outgoing = 1 and role in ('to', 'cc', 'bcc'))) limit 1`,
    ),
    mentions: sql(
      `select count(*) from (select 1 from participants where address = ? and message < ? limit ${MOST_LOOKED_AT})`,
    ).pluck(),
    answered: sql(
      `select 1 from (select p.role, m.draft, m.outgoing ${OLDER} order by p.message desc limit ${MOST_LOOKED_AT})
       where draft = 0 and outgoing = 1 and role in ('to', 'cc', 'bcc') limit 1`,
    ),
    established: sql(
      `select 1 from (select p.role, m.hidden ${OLDER} order by p.message desc limit ${MOST_LOOKED_AT})
       where role = 'from' and hidden = 0 limit 1`,
    ),
    names: sql(
      `select count(distinct name) from (select name from participants where address = ? and message < ? and role = 'from'
       order by message desc limit 50) where name <> ''`,
    ).pluck(),
    replyTo: sql("select name, address from participants where message = ? and role = 'reply_to' order by position"),
    verdicts: sql('select verdicts from bodies where message = ?').pluck(),
    name: sql('select name from people where address = ?').pluck(),
    sent: sql(`select count(*) as count, max(message) as last from (${SENT})`),
    writtenTo: sql(
      `select p.address, coalesce(o.name, '') as name, min(p.message) as since from (${SENT}) s
       join participants p on p.message = s.message and p.role in ('to', 'cc', 'bcc') and p.address <> ?
       left join people o on o.address = p.address group by p.address order by since limit ${MOST_PEOPLE}`,
    ),
  };
}
