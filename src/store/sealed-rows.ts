// Everything in control.sqlite that is sealed under the key ring, table by table, as far as changing the ring needs it. Opens nothing.
import type { Database } from 'better-sqlite3';
import { type Kysely, sql } from 'kysely';
import type { ControlTables } from './migrations/control.ts';

/** A table with `wrapped_key`: what names a row in its seal (with blanks between), and the fields that a row may be sealed as. */
export interface SealedTable {
  readonly table: string;
  readonly keys: readonly string[];
  readonly fields: readonly string[];
}

const SEALED: readonly SealedTable[] = [
  { table: 'credentials', keys: ['account_id'], fields: ['app_password', 'refresh_token'] },
  { table: 'connect_links', keys: ['id'], fields: ['held'] },
  { table: 'audit_chains', keys: ['chain'], fields: ['key'] },
  { table: 'oauth_rows', keys: ['kind', 'id'], fields: ['sealed'] },
];

/** A row as the list above names it. */
export interface SealedRow {
  readonly names: readonly (string | number)[];
  readonly wrappedKey: string;
}

export class SealedRows {
  readonly #db: Kysely<ControlTables>;
  readonly #file: Database;

  constructor(db: Kysely<ControlTables>, file: Database) {
    this.#db = db;
    this.#file = file;
  }

  tables(): SealedTable[] {
    const known = this.#file.prepare("select name from sqlite_schema where type = 'table'").pluck().all();
    return SEALED.filter(({ table }) => known.includes(table));
  }

  /** How many rows of the table each key has wrapped, by the key's id. */
  counts({ table }: SealedTable): Map<string, number> {
    const rows = this.#file
      .prepare(`select wrapped_key from "${table}" where wrapped_key is not null`)
      .pluck()
      .iterate();
    const counts = new Map<string, number>();
    for (const wrapped of rows as IterableIterator<string>) {
      const id = wrapped.split('.')[1] ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  /** The ids of all keys that are needed to open what is stored. */
  keyIds(): string[] {
    return [...new Set(this.tables().flatMap((table) => [...this.counts(table).keys()]))];
  }

  /** Those that are noted already keep their time. */
  async noteKeys(ids: readonly string[], now: number): Promise<void> {
    for (const id of ids)
      await this.#db
        .insertInto('encryption_keys')
        .values({ id, since: now })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
  }

  /** When each key was first noted, in epoch milliseconds. */
  keysSince(): Map<string, number> {
    const rows = this.#file.prepare('select id, since from encryption_keys').raw().all();
    return new Map(rows as [string, number][]);
  }

  /** Rows that another key than this one has wrapped, in the order of their names, after the given one. */
  async under(
    other: string,
    { table, keys }: SealedTable,
    after: SealedRow | null,
    limit: number,
  ): Promise<SealedRow[]> {
    const beginning = `v1.${other}.`;
    const columns = sql.join(keys.map((key) => sql.ref(key)));
    const later = after ? sql`(${columns}) > (${sql.join(after.names)})` : sql`true`;
    const { rows } = await sql<Record<string, string | number>>`
      select ${columns}, wrapped_key from ${sql.table(table)}
      where wrapped_key is not null and substr(wrapped_key, 1, ${beginning.length}) <> ${beginning} and ${later}
      order by ${columns} limit ${limit}`.execute(this.#db);
    return rows.map((row) => ({ names: keys.map((key) => row[key]!), wrappedKey: String(row.wrapped_key) }));
  }

  /** All in one step; a row that was sealed anew meanwhile is left as it is. Answers how many were changed. */
  async rewrap({ table, keys }: SealedTable, changes: readonly (readonly [SealedRow, string])[]): Promise<number> {
    return this.#db.transaction().execute(async (tx) => {
      let changed = 0n;
      for (const [{ names, wrappedKey }, fresh] of changes) {
        const { numAffectedRows } = await sql`
          update ${sql.table(table)} set wrapped_key = ${fresh}
          where (${sql.join(keys.map((key) => sql.ref(key)))}) = (${sql.join([...names])})
          and wrapped_key = ${wrappedKey}`.execute(tx);
        changed += numAffectedRows ?? 0n;
      }
      return Number(changed);
    });
  }
}
