// Makes the index anew from stored text when the search text has changed its version, a few mails at a time.
import { zstdDecompressSync } from 'node:zlib';
import type { Statement } from 'better-sqlite3';
import { linkKinds } from '../mail/links.ts';
import { type IndexedHeader, rereadHeader } from '../mail/parse.ts';
import { SEARCH_TEXT_VERSION } from '../query/search-text.ts';
import { linkBits } from './link-bits.ts';
import type { Database } from './mailbox-file.ts';
import { type SearchColumns, searchColumns } from './search-columns.ts';

interface StoredMail {
  readonly key: bigint;
  readonly subject: string;
  readonly header_block: Buffer;
  readonly text: Buffer;
  readonly html: Buffer | null;
}

/** Whether mails are still indexed by another version of the search text than the present one. Reads only. */
export function indexIsBehind(db: Database): boolean {
  const version = db.prepare("select value from meta where name = 'search_text'").pluck().get();
  return Number(version ?? 1) !== SEARCH_TEXT_VERSION;
}

export class IndexUpkeep {
  readonly #db: Database;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #step: (mails: number) => boolean;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepare(db);
    this.#step = db.transaction((mails: number) => this.#renew(mails)).immediate;
  }

  /** Whether there is something to do; a file without mail is brought up to date at once. */
  isBehind(): boolean {
    if (!indexIsBehind(this.#db)) return false;
    if (this.#sql.anyMail.get() !== undefined) return true;
    this.#sql.keep.run('search_text', String(SEARCH_TEXT_VERSION));
    return false;
  }

  /** Indexes the next mails, newest first, in one transaction; answers whether that was all. */
  step(mails: number): boolean {
    return this.#step(mails);
  }

  #renew(mails: number): boolean {
    const mark = JSON.parse((this.#sql.mark.get() as string | undefined) ?? '{}') as {
      version?: number;
      from?: string;
    };
    const from = mark.version === SEARCH_TEXT_VERSION && mark.from ? BigInt(mark.from) : ABOVE_ALL;
    const stored = this.#sql.below.all(from, mails) as StoredMail[];
    for (const mail of stored) {
      const text = unpacked(mail.text);
      const links = linkBits(linkKinds({ text, html: mail.html && unpacked(mail.html) }));
      this.#sql.unindex.run(mail.key);
      this.#sql.index.run({ key: mail.key, ...this.#columns(mail, text) });
      this.#sql.setLinks.run(links, mail.key, links);
    }
    const last = stored.at(-1);
    if (last && stored.length === mails) {
      this.#sql.keep.run('search_text_from', JSON.stringify({ version: SEARCH_TEXT_VERSION, from: String(last.key) }));
      return false;
    }
    this.#sql.forgetMark.run();
    this.#sql.keep.run('search_text', String(SEARCH_TEXT_VERSION));
    return true;
  }

  #columns({ key, subject, header_block }: StoredMail, text: string): SearchColumns {
    const header: IndexedHeader = rereadHeader(unpacked(header_block));
    const files = this.#sql.files.all(key) as string[];
    return searchColumns({ ...header, subject, text, attachments: files.map((filename) => ({ filename })) });
  }
}

const ABOVE_ALL = (1n << 63n) - 1n;

const unpacked = (bytes: Buffer): string => zstdDecompressSync(bytes).toString('utf8');

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    anyMail: sql('select 1 from messages limit 1'),
    keep: sql('insert into meta (name, value) values (?, ?) on conflict (name) do update set value = excluded.value'),
    mark: sql("select value from meta where name = 'search_text_from'").pluck(),
    forgetMark: sql("delete from meta where name = 'search_text_from'"),
    below: sql(
      `select m.key, m.subject, b.header_block, b.text, b.html from messages m join bodies b on b.message = m.key
       where m.key < ? order by m.key desc limit ?`,
    ),
    files: sql('select filename from parts where message = ? order by n').pluck(),
    unindex: sql('delete from fts where rowid = ?'),
    index: sql(
      `insert into fts (rowid, subject, sender, recipients, cc, bcc, body, files, list, delivered)
       values (:key, :subject, :sender, :recipients, :cc, :bcc, :body, :files, :list, :delivered)`,
    ),
    setLinks: sql('update messages set links = ? where key = ? and links <> ?'),
  };
}
