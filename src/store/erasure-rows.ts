// Taking a user out of control.sqlite, table by table as the file has them, and keeping others from adding to him meanwhile. Knows
// no file of mail, no server and no key.
import { randomBytes } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { type Kysely, type Selectable, sql } from 'kysely';
import { AppError } from '../base/errors.ts';
import type { AccountId, UserId } from '../base/ids.ts';
import type { ControlTables } from './migrations/control.ts';

export type ErasureRow = Selectable<ControlTables['erasures']>;

/** Rows that bear a user's id and outlive him: the audit gives the id up by itself, an erasure when it is done. */
const OUTLIVING = ['audit', 'erasures'];
const BEING_ERASED = 'the user is being erased';

/** Every other table with a column `user_id`, as the file is now. */
export function tablesOfUsers(file: Database): string[] {
  const tables = file.prepare("select name from sqlite_schema where type = 'table' order by name").pluck().all();
  return (tables as string[]).filter((table) => !OUTLIVING.includes(table) && hasColumn(file, table, 'user_id'));
}

/** Tables whose rows go with a row of these: table, its column, and the column that this points to. */
export function tablesBelow(file: Database, parents: readonly string[]): Below[] {
  const tables = file.prepare("select name from sqlite_schema where type = 'table' order by name").pluck().all();
  return (tables as string[]).flatMap((table) =>
    (file.pragma(`foreign_key_list(${table})`) as ForeignKey[])
      .filter(({ table: parent, on_delete }) => parents.includes(parent) && on_delete === 'CASCADE')
      .map(({ table: parent, from, to }) => ({ table, column: from, parent, key: to })),
  );
}

interface Below {
  readonly table: string;
  readonly column: string;
  readonly parent: string;
  readonly key: string;
}
interface ForeignKey {
  readonly table: string;
  readonly from: string;
  readonly to: string;
  readonly on_delete: string;
}

const hasColumn = (file: Database, table: string, column: string): boolean =>
  (file.pragma(`table_info(${table})`) as { name: string }[]).some(({ name }) => name === column);

export class ErasureRows {
  readonly #db: Kysely<ControlTables>;
  readonly #file: Database;

  constructor(db: Kysely<ControlTables>, file: Database) {
    this.#db = db;
    this.#file = file;
  }

  /** From here on this connection adds nothing to a user who is being erased, in whichever table. */
  guard(): void {
    this.#file.pragma('temp_store = memory');
    const refuse = `begin select raise(abort, '${BEING_ERASED}'); end`;
    const erased = 'when exists (select 1 from erasures where user_id = new.user_id)';
    for (const table of tablesOfUsers(this.#file))
      this.#file.exec(`create temp trigger "${table}_of_erased" before insert on main."${table}" ${erased} ${refuse}`);
    // An account that is connected again keeps its row.
    this.#file.exec(
      `create temp trigger accounts_renewed_of_erased before update of kind on main.accounts ${erased} ${refuse}`,
    );
  }

  /** The erasure of this user that is under way, begun when there is none. */
  async begin(userId: UserId, userHash: string, now: number): Promise<ErasureRow> {
    const id = `ers_${randomBytes(16).toString('hex')}`;
    await this.#db
      .insertInto('erasures')
      .values({ id, user_id: userId, user_hash: userHash, report: '{}', begun_at: now, done_at: null })
      .onConflict((conflict) => conflict.column('user_id').doNothing())
      .execute();
    return this.#db.selectFrom('erasures').selectAll().where('user_id', '=', userId).executeTakeFirstOrThrow();
  }

  /** Those that a process before did not end. */
  async unfinished(): Promise<ErasureRow[]> {
    return this.#db.selectFrom('erasures').selectAll().where('user_id', 'is not', null).execute();
  }

  async save(id: string, report: string): Promise<void> {
    await this.#db.updateTable('erasures').set({ report }).where('id', '=', id).execute();
  }

  /** From here on the same id may begin anew. */
  async finish(id: string, report: string, now: number): Promise<void> {
    await this.#db.updateTable('erasures').set({ user_id: null, report, done_at: now }).where('id', '=', id).execute();
  }

  /** The last one of this user that has ended. */
  async last(userHash: string): Promise<ErasureRow | undefined> {
    return this.#db
      .selectFrom('erasures')
      .selectAll()
      .where('user_hash', '=', userHash)
      .where('done_at', 'is not', null)
      .orderBy('done_at', 'desc')
      .executeTakeFirst();
  }

  async forget(doneBefore: number): Promise<void> {
    await this.#db.deleteFrom('erasures').where('done_at', '<', doneBefore).execute();
  }

  /** Whether anything is kept of the user. */
  knows(userId: UserId): boolean {
    return tablesOfUsers(this.#file).some(
      (table) => this.#file.prepare(`select 1 from "${table}" where user_id = ? limit 1`).get(userId) !== undefined,
    );
  }

  /** How many mails the account's outbox has. */
  outboxOf(account: AccountId): number {
    return Number(this.#file.prepare('select count(*) from outbox where account_id = ?').pluck().get(account));
  }

  /** How many rows of the user there are by table, those that go with them among these; accounts and what is theirs aside. */
  async count(userId: UserId): Promise<Record<string, number>> {
    const tables = tablesOfUsers(this.#file).filter((table) => table !== 'accounts');
    const counts = tables.map((table) => [table, sql`${sql.ref('user_id')} = ${userId}`] as const);
    const below = tablesBelow(this.#file, tables)
      .filter(({ table }) => !tables.includes(table))
      .map(({ table, column, parent, key }) => {
        const parents = sql`select ${sql.ref(key)} from ${sql.table(parent)} where user_id = ${userId}`;
        return [table, sql`${sql.ref(column)} in (${parents})`] as const;
      });
    const rows: Record<string, number> = {};
    for (const [table, condition] of [...counts, ...below]) {
      const { rows: found } = await sql<{ n: number }>`
        select count(*) as n from ${sql.table(table)} where ${condition}`.execute(this.#db);
      if (found[0]!.n > 0) rows[table] = (rows[table] ?? 0) + found[0]!.n;
    }
    return rows;
  }

  /** Takes every row of the user away, and with them the rows that hang on them. */
  async clear(userId: UserId): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      for (const table of tablesOfUsers(this.#file))
        await sql`delete from ${sql.table(table)} where user_id = ${userId}`.execute(tx);
    });
  }
}

/** The file as kysely uses it; what the guard refuses becomes `conflict`. */
export function refusingErased(file: Database) {
  return {
    close: (): void => void file.close(),
    prepare(text: string) {
      const statement = file.prepare(text);
      return {
        reader: statement.reader,
        all: (values: readonly unknown[]) => refused(() => statement.all(values)),
        run: (values: readonly unknown[]) => refused(() => statement.run(values)),
        iterate: (values: readonly unknown[]) => statement.iterate(values),
      };
    },
  };
}

function refused<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || error.message !== BEING_ERASED) throw error;
    throw new AppError('conflict', 'This user is just being erased.', {
      hint: 'Once that is done the same user_id may begin anew.',
    });
  }
}
