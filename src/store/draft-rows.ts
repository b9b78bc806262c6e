// Which mails are drafts and by what ids they are known: the server's own where it gives them, else ours. Reads only.
import type { Statement } from 'better-sqlite3';
import { draftIdOf } from '../mail/draft-id.ts';
import type { Database } from './mailbox-file.ts';

/** A draft that a caller's word means. */
export interface ResolvedDraft {
  /** Null when the mail itself is not here yet. */
  readonly key: bigint | null;
  /** Null when nothing names it but its message id. */
  readonly draftId: string | null;
  /** The server knows it by this id. */
  readonly byServer: boolean;
}

/**
 * Columns of a mail `m`: the server's id of it as a draft, and the Message-ID that ours follows from. Null for what is no
 * draft or lies in Trash. Copies numbered beyond IMAP's 32 bits lie where the server gives the ids.
 */
export const DRAFT_COLUMNS = `
  case when m.draft = 1 and m.hidden = 0 then (select d.draft_id from drafts d where d.message_id = m.id) end
    as server_draft,
  case when m.draft = 1 and m.hidden = 0 and m.message_id_header <> '' and not exists
    (select 1 from copies c where c.message = m.key and c.uid not between 0 and 4294967295) then m.message_id_header end
    as own_draft`;

export const draftIdIn = (row: { server_draft?: unknown; own_draft?: unknown }): string | null =>
  (row.server_draft as string | null) ?? (row.own_draft == null ? null : draftIdOf(row.own_draft as string));

type DraftRow = { key: bigint; server_draft: string | null; own_draft: string | null };

export class DraftRows {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /** By a draft's id; of several revisions that one could not part the newest. */
  byId(draftId: string): ResolvedDraft | null {
    const told = this.#sql.byServer.get(draftId) as { key: bigint | null } | undefined;
    if (told) return { key: told.key, draftId, byServer: true };
    const own = (this.#sql.all.all() as DraftRow[]).find(
      (row) => row.server_draft === null && draftIdIn(row) === draftId,
    );
    return own ? { key: own.key, draftId, byServer: false } : null;
  }

  /** The draft among these mails, when there is only one. */
  among(keys: readonly bigint[]): ResolvedDraft | null {
    const [row, ...more] = this.#sql.among.all(`[${keys.join(',')}]`) as DraftRow[];
    if (!row || more.length > 0) return null;
    return { key: row.key, draftId: draftIdIn(row), byServer: row.server_draft !== null };
  }
}

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    byServer: sql('select m.key from drafts d left join messages m on m.id = d.message_id where d.draft_id = ?'),
    // By the label: drafts are few, and mails are not.
    all: sql(
      `select m.key, ${DRAFT_COLUMNS} from labels l join message_labels ml on ml.label = l.id
       join messages m on m.key = ml.message
       where l.type = 'system' and l.label_id = 'DRAFT' and m.draft = 1 and m.hidden = 0 order by m.key desc`,
    ),
    among: sql(
      `select m.key, ${DRAFT_COLUMNS} from json_each(?) wanted cross join messages m on m.key = wanted.value
       where m.draft = 1 and m.hidden = 0`,
    ),
  };
}
