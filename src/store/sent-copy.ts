// Which mail in Sent is the copy of one that left from here: by its id, by its Message-ID or our mark, else by what it says and
// when. Reads only.
import { zstdDecompressSync } from 'node:zlib';
import type { Statement } from 'better-sqlite3';
import type { MessageId, ThreadId } from '../base/ids.ts';
import { markOf } from '../mail/by-header.ts';
import type { Database } from './mailbox-file.ts';
import { KEYS_PER_SECOND } from './message-rows.ts';

/** What is known of a mail that left. */
export interface SoughtCopy {
  /** The server's id; null when it has not told it. */
  readonly id: string | null;
  /** Ours, without angle brackets. */
  readonly messageIdHeader: string;
  /** All whom it was for, and those of them whom its header may hide. */
  readonly recipients: readonly string[];
  readonly hidden: readonly string[];
  readonly subject: string;
  /** Between these two, epoch milliseconds, the mail left. */
  readonly leftFromMs: number;
  readonly leftUntilMs: number;
}

export interface SentCopy {
  readonly id: MessageId;
  readonly threadId: ThreadId;
  /** As the copy bears it, without angle brackets; empty when it bears none. */
  readonly messageIdHeader: string;
  /** It can be no other mail's. */
  readonly isCertain: boolean;
}

/** How far the server's clock may be from ours, for what is only alike. */
const SKEW_MS = 2 * 60_000;
/** Our mark is looked for much further: it cannot be mistaken. */
const MARKED_WITHIN_MS = 24 * 60 * 60_000;
const MOST_LOOKED_INTO = 500;

interface Row {
  readonly key: bigint;
  readonly id: MessageId;
  readonly thread_id: ThreadId;
  readonly message_id_header: string;
  readonly subject: string;
  readonly date_ms: bigint;
  readonly header_block: Buffer;
}

export class SentCopies {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /** The likeliest first. */
  find(sought: SoughtCopy): SentCopy[] {
    const named = (
      sought.id === null ? this.#sql.byHeader.get(sought.messageIdHeader) : this.#sql.byId.get(sought.id)
    ) as Row | undefined;
    if (named) return [shown(named, true)];
    if (sought.id !== null) return [];
    const from = BigInt(Math.max(0, Math.floor((sought.leftFromMs - MARKED_WITHIN_MS) / 1000))) * KEYS_PER_SECOND;
    const marked = (this.#sql.since.all(from, MOST_LOOKED_INTO) as Row[]).map((row) => ({
      row,
      mark: markOf(zstdDecompressSync(row.header_block).toString('utf8')),
    }));
    const own = marked.find(({ mark }) => mark === sought.messageIdHeader);
    if (own) return [shown(own.row, true)];
    return marked
      .filter(({ row, mark }) => mark === null && this.#isAlike(row, sought))
      .map(({ row }) => shown(row, false));
  }

  #isAlike({ key, subject, date_ms }: Row, sought: SoughtCopy): boolean {
    const at = Number(date_ms);
    if (at < sought.leftFromMs - SKEW_MS || at > sought.leftUntilMs + SKEW_MS || subject !== sought.subject)
      return false;
    const named = new Set(this.#sql.recipients.all(key) as string[]);
    const [all, hidden] = [sought.recipients, sought.hidden].map((people) => new Set(people.map(lower)));
    return [all!, all!.difference(hidden!)].some((people) => people.symmetricDifference(named).size === 0);
  }
}

const lower = (address: string): string => address.toLowerCase();

const shown = ({ id, thread_id, message_id_header }: Row, isCertain: boolean): SentCopy => ({
  id,
  threadId: thread_id,
  messageIdHeader: message_id_header,
  isCertain,
});

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  const columns = 'm.key, m.id, m.thread_id, m.message_id_header, m.subject, m.date_ms';
  const sent = `from labels l join message_labels ml on ml.label = l.id join messages m on m.key = ml.message
    where l.type = 'system' and l.name = 'SENT'`;
  return {
    byId: sql(`select ${columns} from messages m where m.id = ?`),
    byHeader: sql(
      `select ${columns} from messages m join message_labels ml on ml.message = m.key join labels l on l.id = ml.label
       where m.message_id_header = ? and m.message_id_header <> '' and l.type = 'system' and l.name = 'SENT'
       order by m.key limit 1`,
    ),
    // Copies numbered beyond IMAP's 32 bits lie where the API put them, and were given another Message-ID there.
    since: sql(
      `select s.*, b.header_block from (
         select ${columns} ${sent} and ml.message >= ? and exists (
           select 1 from copies c where c.message = ml.message and c.uid not between 0 and 4294967295)
         order by ml.message desc limit ?) s
       join bodies b on b.message = s.key order by s.key desc`,
    ),
    recipients: sql(
      "select distinct address from participants where message = ? and role in ('to', 'cc', 'bcc')",
    ).pluck(),
  };
}
