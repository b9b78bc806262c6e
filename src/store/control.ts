// People, accounts and their sealed credentials: control.sqlite. Knows no mail.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { type Insertable, Kysely, type Selectable, SqliteDialect, sql, type Updateable } from 'kysely';
import { Migrator } from 'kysely/migration';
import { AppError, type ErrorCode } from '../base/errors.ts';
import type { AccountId, ProfileId, UserId } from '../base/ids.ts';
import { ActivityRows } from './activity-rows.ts';
import { AuditRows } from './audit-rows.ts';
import { ConnectRows } from './connect-rows.ts';
import { ErasureRows, refusingErased } from './erasure-rows.ts';
import { LoginRows } from './login-rows.ts';
import { CONTROL_MIGRATIONS, type ControlTables } from './migrations/control.ts';
import { OAuthRows } from './oauth-rows.ts';
import { OutboxRows } from './outbox-rows.ts';
import { ProfileRows } from './profile-rows.ts';
import { SealedRows } from './sealed-rows.ts';
import { ServiceKeyRows } from './service-key-rows.ts';
import { UserRows } from './user-rows.ts';

export type AccountRow = Selectable<ControlTables['accounts']>;
/** An account stays its user's. */
export type AccountChanges = Omit<Updateable<ControlTables['accounts']>, 'id' | 'user_id'>;

export interface AccountFilter {
  readonly userId?: UserId;
  /** The position of the last one seen. */
  readonly after?: string;
  readonly limit?: number;
  /** To be connected again, or with a failure. */
  readonly inTrouble?: boolean;
  /** In the address or the user id, whatever the case. */
  readonly containing?: string;
}

/** A failure that an account carries until it is mended. */
export interface AccountError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cure: string;
  readonly at: number;
}

export class ControlStore {
  readonly outbox: OutboxRows;
  readonly profiles: ProfileRows;
  readonly links: ConnectRows;
  readonly audit: AuditRows;
  readonly activity: ActivityRows;
  readonly serviceKeys: ServiceKeyRows;
  readonly logins: LoginRows;
  readonly oauth: OAuthRows;
  readonly erasures: ErasureRows;
  readonly sealed: SealedRows;
  readonly users: UserRows;
  readonly #file: Database;
  readonly #db: Kysely<ControlTables>;

  private constructor(file: Database) {
    this.#file = file;
    this.#db = new Kysely<ControlTables>({ dialect: new SqliteDialect({ database: refusingErased(file) }) });
    this.outbox = new OutboxRows(this.#db);
    this.profiles = new ProfileRows(this.#db);
    this.links = new ConnectRows(this.#db);
    this.audit = new AuditRows(this.#db);
    this.activity = new ActivityRows(this.#db);
    this.serviceKeys = new ServiceKeyRows(this.#db);
    this.logins = new LoginRows(this.#db);
    this.oauth = new OAuthRows(this.#db);
    this.erasures = new ErasureRows(this.#db, file);
    this.sealed = new SealedRows(this.#db, file);
    this.users = new UserRows(this.#db);
  }

  /** Opens or makes `control.sqlite` in the folder and brings its schema up to date. */
  static async open(dataDir: string): Promise<ControlStore> {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const file = new SQLite(join(dataDir, 'control.sqlite'), { timeout: 10_000 });
    file.pragma('journal_mode = WAL');
    file.pragma('synchronous = FULL');
    file.pragma('foreign_keys = ON');
    file.pragma('secure_delete = ON');
    const store = new ControlStore(file);
    const provider = { getMigrations: async () => CONTROL_MIGRATIONS };
    const { error } = await new Migrator({ db: store.#db, provider }).migrateToLatest();
    if (error) throw error;
    store.erasures.guard();
    // What a process that was killed had taken away may still stand in the write-ahead log.
    store.foldLog();
    return store;
  }

  /**
   * For commands that only look, also beside the owner of the folder: a connection that cannot write, no migration. Null
   * when there is no such file. Throws `unavailable` when it was written by another version or cannot be read.
   */
  static async openForReading(dataDir: string): Promise<ControlStore | null> {
    const path = join(dataDir, 'control.sqlite');
    if (!existsSync(path)) return null;
    let file: Database | undefined;
    try {
      file = new SQLite(path, { readonly: true, fileMustExist: true, timeout: 10_000 });
      const seen = file.prepare('select name from kysely_migration order by name').pluck().all();
      if (seen.join() !== Object.keys(CONTROL_MIGRATIONS).toSorted().join())
        throw new AppError('unavailable', `${path} was written by another version of Mailroom.`, {
          hint: 'Start this version once with `mailroom serve`, or run the one that wrote it.',
        });
      return new ControlStore(file);
    } catch (cause) {
      file?.close();
      if (cause instanceof AppError) throw cause;
      throw new AppError('unavailable', `${path} cannot be read.`, {
        hint: 'Check the folder’s rights; if the file is damaged, put a backup in its place.',
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }

  /** True when the store answers. */
  async isAlive(): Promise<boolean> {
    return (await this.#db.selectFrom('accounts').select('id').limit(1).execute()) !== undefined;
  }

  /**
   * Writes account, credential and, for the scope `agents`, who may use it together: all or nothing. False, and nothing
   * written, when the user has the address already or, unless `shared`, anybody has.
   */
  async addAccount(
    row: Insertable<ControlTables['accounts']>,
    credential: Omit<ControlTables['credentials'], 'account_id'>,
    shared: boolean,
    agents: readonly ProfileId[] = [],
  ): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      const holders = await tx.selectFrom('accounts').select('user_id').where('email', '=', row.email).execute();
      if (holders.some(({ user_id }) => !shared || user_id === row.user_id)) return false;
      await tx.insertInto('accounts').values(row).execute();
      await tx
        .insertInto('credentials')
        .values({ account_id: row.id, ...credential })
        .execute();
      await grant(tx, row.id, row.user_id, agents);
      return true;
    });
  }

  /** Replaces the credential and clears what was wrong, in one step; with `agents` also who may use it. */
  async renewCredential(
    id: AccountId,
    credential: Omit<ControlTables['credentials'], 'account_id'>,
    changes: AccountChanges,
    agents: readonly ProfileId[] | null = null,
  ): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await tx.updateTable('credentials').set(credential).where('account_id', '=', id).execute();
      const row = await tx
        .updateTable('accounts')
        .set({ ...changes, ...(agents && { scope: 'agents' as const }) })
        .where('id', '=', id)
        .returning('user_id')
        .executeTakeFirst();
      if (!row || !agents) return;
      await tx.deleteFrom('account_profiles').where('account_id', '=', id).execute();
      await grant(tx, id, row.user_id, agents);
    });
  }

  /** Replaces the credential if it is still the one that was sealed so; false, and nothing changed, when it is not. */
  async replaceCredential(
    id: AccountId,
    sealed: string,
    credential: Omit<ControlTables['credentials'], 'account_id'>,
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('credentials')
      .set(credential)
      .where('account_id', '=', id)
      .where('sealed', '=', sealed)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /**
   * Notes that Google refuses the account for good; whose it is. With `sealed` only while that is its credential: a newer one
   * is not refused with it, and the answer is null.
   */
  async reject(id: AccountId, error: AccountError, sealed?: string): Promise<UserId | null> {
    let query = this.#db
      .updateTable('accounts')
      .set(({ fn, val, ref }) => ({
        status: 'needs_reauth' as const,
        last_error: JSON.stringify(error),
        reauth_since: fn.coalesce(ref('reauth_since'), val(error.at)),
      }))
      .where('id', '=', id);
    if (sealed !== undefined)
      query = query.where(({ exists, selectFrom }) =>
        exists(selectFrom('credentials').select('sealed').where('account_id', '=', id).where('sealed', '=', sealed)),
      );
    return (await query.returning('user_id').executeTakeFirst())?.user_id ?? null;
  }

  /** From now on for those of which nobody noted when. */
  async dateRejections(now: number): Promise<void> {
    await this.#db
      .updateTable('accounts')
      .set({ reauth_since: now })
      .where('status', '=', 'needs_reauth')
      .where('reauth_since', 'is', null)
      .execute();
  }

  /** Accounts that have had to be connected again since before `then`, or then. */
  async rejectedBefore(then: number): Promise<AccountRow[]> {
    return this.#db
      .selectFrom('accounts')
      .selectAll()
      .where('status', '=', 'needs_reauth')
      .where('reauth_since', '<=', then)
      .execute();
  }

  /** `of`: another user's is not even read, so that it takes as long as one that never was; null: anybody's. */
  async account(id: AccountId, of: UserId | null = null): Promise<AccountRow | undefined> {
    const rows = this.#db.selectFrom('accounts').selectAll().where('id', '=', id);
    return (of === null ? rows : rows.where('user_id', '=', of)).executeTakeFirst();
  }

  async accountOf(user: UserId, email: string): Promise<AccountRow | undefined> {
    return this.#db
      .selectFrom('accounts')
      .selectAll()
      .where('user_id', '=', user)
      .where('email', '=', email)
      .executeTakeFirst();
  }

  /** Of one user, all of them. */
  async accountsOf(user: UserId): Promise<AccountRow[]> {
    return this.#db.selectFrom('accounts').selectAll().where('user_id', '=', user).orderBy('position').execute();
  }

  /** Every user's account at this address. */
  async accountsAt(email: string): Promise<AccountRow[]> {
    return this.#db.selectFrom('accounts').selectAll().where('email', '=', email).limit(2).execute();
  }

  /** Whether an account, of any user but this one, lives by the grant of this person at Google. */
  async usesGrant(sub: string, but: UserId | null = null): Promise<boolean> {
    let query = this.#db
      .selectFrom('accounts')
      .select('id')
      .where('google_sub', '=', sub)
      .where('kind', '=', 'google_oauth');
    if (but !== null) query = query.where('user_id', '<>', but);
    return (await query.executeTakeFirst()) !== undefined;
  }

  /** Whether somebody else has connected this address. */
  async isTaken(email: string, user: UserId): Promise<boolean> {
    const row = await this.#db
      .selectFrom('accounts')
      .select('id')
      .where('email', '=', email)
      .where('user_id', '<>', user)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** In the order in which they came, after the given position; at most `limit`. */
  async accounts(filter: AccountFilter = {}): Promise<AccountRow[]> {
    let query = this.#db.selectFrom('accounts').selectAll().orderBy('position');
    if (filter.userId) query = query.where('user_id', '=', filter.userId);
    if (filter.after) query = query.where('position', '>', Number(filter.after));
    if (filter.inTrouble)
      query = query.where(({ or, eb }) => or([eb('status', '=', 'needs_reauth'), eb('last_error', 'is not', null)]));
    if (filter.containing !== undefined)
      query = query.where(sql<boolean>`instr(lower(email || ' ' || user_id), ${filter.containing.toLowerCase()}) > 0`);
    if (filter.limit) query = query.limit(filter.limit);
    return query.execute();
  }

  async updateAccount(id: AccountId, changes: AccountChanges): Promise<void> {
    await this.#db.updateTable('accounts').set(changes).where('id', '=', id).execute();
  }

  async setError(id: AccountId, error: AccountError | null): Promise<void> {
    await this.updateAccount(id, { last_error: error && JSON.stringify(error) });
  }

  /** Takes account and credential off the disk, the write-ahead log included. */
  async removeAccount(id: AccountId): Promise<void> {
    // The links that brought it are known for a day, without a word of whom.
    await this.#db
      .updateTable('connect_links')
      .set({ email: null, user_label: null, display_name: null })
      .where('account_id', '=', id)
      .execute();
    await this.#db.deleteFrom('accounts').where('id', '=', id).execute();
    this.foldLog();
  }

  /** Folds the write-ahead log into the file, so that nothing older than that is in it; false while another process reads. */
  foldLog(): boolean {
    const [{ busy } = { busy: 1 }] = this.#file.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    return busy === 0;
  }

  async credential(id: AccountId): Promise<ControlTables['credentials'] | undefined> {
    return this.#db.selectFrom('credentials').selectAll().where('account_id', '=', id).executeTakeFirst();
  }
}

/** Profiles that are gone by now are left out. */
async function grant(
  tx: Kysely<ControlTables>,
  account: AccountId,
  user: UserId,
  agents: readonly ProfileId[],
): Promise<void> {
  if (agents.length === 0) return;
  await tx
    .insertInto('account_profiles')
    .columns(['account_id', 'user_id', 'profile_id'])
    .expression(
      tx
        .selectFrom('profiles')
        .select(({ val }) => [val(account).as('account_id'), 'user_id', 'profile_id'])
        .where('user_id', '=', user)
        .where('profile_id', 'in', agents),
    )
    .execute();
}
