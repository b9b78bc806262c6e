// The statements by which one mailbox is read, prepared once for each connection. Knows no answer's shape.
import type { Database, Statement } from 'better-sqlite3';
import { DRAFT_COLUMNS } from './draft-rows.ts';
import { isNarrowed } from './sight.ts';

const SUMMARY = `m.key, m.id, m.thread_id, m.subject, m.from_name, m.from_address, m.date_ms, m.snippet, m.unread,
  m.outgoing, m.attachments,
  (select json_group_array(name) from (select l.name from message_labels ml join labels l on l.id = ml.label
     where ml.message = m.key order by l.type, l.name)) as labels, ${DRAFT_COLUMNS}`;

export function readingStatements(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    counts: sql(
      'select (select count(*) from messages) as messages, (select count(*) from copies) as copies, (select count(*) from copies where draft = 1) as drafts',
    ),
    oldest: sql(
      'select date_ms from messages where not exists (select 1 from ahead where message = key) order by key limit 1',
    ),
    newest: sql('select key from messages order by key desc limit 1'),
    text: sql('select text from bodies where message = ?'),
    html: sql('select html from bodies where message = ?'),
    headerBlock: sql('select header_block from bodies where message = ?'),
    summaries: sql(
      `select ${SUMMARY} from json_each(?) wanted cross join messages m on m.key = wanted.value order by wanted.key`,
    ),
    summary: sql(`select ${SUMMARY} from messages m where m.key = ?`),
    whole: sql(
      `select ${SUMMARY}, m.message_id_header, m.date_header_ms, m.size_bytes, b.text, b.hidden_removed, b.notes, b.verdicts
       from messages m join bodies b on b.message = m.key where m.key = ?`,
    ),
    participants: sql('select role, name, address from participants where message = ? order by role, position'),
    parts: sql('select * from parts where message = ? order by n'),
    byId: sql('select key from messages where id = ?'),
    byHeader: sql("select key from messages where message_id_header = ? and message_id_header <> ''"),
    byThread: sql('select key from messages where thread_id = ? order by key'),
    isGmails: sql("select identity like 'gm:%' from messages where key = ?").pluck(),
    alias: sql('select thread_id from thread_aliases where alias = ?'),
    labels: sql(
      `select label_id as id, name, type from labels l where exists (select 1 from message_labels ml where ml.label = l.id)
       ${isNarrowed(db) ? '' : "or type = 'system' or exists (select 1 from places p where p.label = l.id)"} order by type, name`,
    ),
    // By the number, since what is new is little beside what is there.
    arrivals: sql('select key, arrival from messages where arrival > ? and arrival <= ? order by +key desc limit ?'),
    lastArrival: sql("select cast(value as integer) from meta where name = 'arrivals'").pluck(),
    allCopies: sql('select p.path, c.uid_validity, c.uid, c.seen from copies c join places p on p.id = c.place'),
    copies: sql(
      `select p.path, c.uid_validity, c.uid from copies c join places p on p.id = c.place left join labels l on l.id = p.label
       where c.message = ? order by l.type = 'system' and l.label_id = 'DRAFT' desc`,
    ),
  };
}
