// Compares one mailbox's rows and its index with themselves. Reads only.
import type { Database } from './mailbox-file.ts';

/** Something that does not agree, in words for the operator. */
export interface Finding {
  readonly check: string;
  readonly count: number;
}

/** Each query counts what is wrong. */
const CHECKS: Readonly<Record<string, string>> = {
  'mails without text':
    'select count(*) as n from messages m where not exists (select 1 from bodies b where b.message = m.key)',
  'mails missing from the index':
    'select count(*) as n from messages m where not exists (select 1 from fts where fts.rowid = m.key)',
  'index entries without a mail': 'select count(*) as n from fts where rowid not in (select key from messages)',
  'mails without a copy':
    'select count(*) as n from messages m where not exists (select 1 from copies c where c.message = m.key)',
  'keys that disagree with the time of arrival':
    'select count(*) as n from messages where key >> 20 <> max(0, date_ms / 1000)',
  'unread marks that disagree with the copies':
    'select count(*) as n from messages m where unread <> (select max(seen) = 0 from copies c where c.message = m.key)',
  'stars that disagree with the copies':
    'select count(*) as n from messages m where starred <> (select max(flagged) from copies c where c.message = m.key)',
  'labels that no copy bears': `select count(*) as n from message_labels ml join labels l on l.id = ml.label
     where l.name not in ('UNREAD', 'STARRED', 'DRAFT') and not exists (
       select 1 from copies c join places p on p.id = c.place where c.message = ml.message
       and (p.label = ml.label or exists (select 1 from json_each(c.labels) j where j.value = ml.label)))`,
  'labels of copies that the mail lacks': `select count(*) as n from copies c join places p on p.id = c.place
     where p.label is not null and not exists (select 1 from message_labels ml where ml.message = c.message and ml.label = p.label)`,
  'people without a mail':
    'select count(*) as n from people p where not exists (select 1 from participants a where a.address = p.address)',
  'participants unknown among people': `select count(*) as n from participants a where role <> 'delivered_to'
     and not exists (select 1 from people p where p.address = a.address)`,
  'cursors of unknown places':
    'select count(*) as n from cursors c where not exists (select 1 from places p where p.path = c.path)',
  'aliases of threads that are threads still':
    'select count(*) as n from thread_aliases a where exists (select 1 from messages m where m.thread_id = a.alias)',
};

/** Empty when all is well. */
export function verifyMailbox(db: Database): Finding[] {
  const damaged = (db.pragma('integrity_check') as { integrity_check: string }[]).filter(
    (row) => row.integrity_check !== 'ok',
  );
  const orphans = db.pragma('foreign_key_check') as unknown[];
  const findings = [
    { check: 'damage in the file', count: damaged.length },
    { check: 'rows that point nowhere', count: orphans.length },
    ...Object.entries(CHECKS).map(([check, sql]) => ({
      check,
      count: Number((db.prepare(sql).get() as { n: bigint }).n),
    })),
  ];
  return findings.filter(({ count }) => count > 0);
}
