// Connect links in control.sqlite: who may connect what, and how far that is. Knows no secret in the clear, no Google, no page.
import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import type { AccountId, ProfileId, UserId } from '../base/ids.ts';
import type { ControlTables } from './migrations/control.ts';

export type ConnectRow = Selectable<ControlTables['connect_links']>;
export type ConnectChanges = Updateable<ControlTables['connect_links']>;
export type SettledStatus = 'connected' | 'declined' | 'failed';

/** Nothing secret is left of what was under way. */
const WIPED = { state_hash: null, wrapped_key: null, sealed: null };

export class ConnectRows {
  readonly #db: Kysely<ControlTables>;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  async add(row: Insertable<ControlTables['connect_links']>): Promise<void> {
    await this.#db.insertInto('connect_links').values(row).execute();
  }

  /** The link by its id, or by the hash of its secret, or of the OAuth state that is out. */
  async find(by: 'id' | 'secret_hash' | 'state_hash', value: string): Promise<ConnectRow | undefined> {
    return this.#db.selectFrom('connect_links').selectAll().where(by, '=', value).executeTakeFirst();
  }

  /** Binds a pending link to a browser; false when it is bound to another one. */
  async bind(id: string, browserHash: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('connect_links')
      .set({ browser_hash: browserHash })
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .where(({ eb, or }) => or([eb('browser_hash', 'is', null), eb('browser_hash', '=', browserHash)]))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Puts what is under way in the place of what was before, while the link is pending. */
  async hold(id: string, pending: Pick<ConnectRow, 'state_hash' | 'wrapped_key' | 'sealed'>): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('connect_links')
      .set(pending)
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Uses an OAuth state up, and what was held with it; false when it is used up already. */
  async takeState(id: string, stateHash: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('connect_links')
      .set(WIPED)
      .where('id', '=', id)
      .where('state_hash', '=', stateHash)
      .where('status', '=', 'pending')
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Counts one more try before it is made; how many it makes, or null, and nothing counted, when there were `most`. */
  async countTry(id: string, most: number): Promise<number | null> {
    const row = await this.#db
      .updateTable('connect_links')
      .set(({ eb }) => ({ tries: eb('tries', '+', 1) }))
      .where('id', '=', id)
      .where('tries', '<', most)
      .returning('tries')
      .executeTakeFirst();
    return row?.tries ?? null;
  }

  /** Ends a pending link and wipes what was under way; false when it has ended before. */
  async settle(id: string, status: SettledStatus, account: AccountId | null = null): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('connect_links')
      .set({ status, account_id: account, ...WIPED })
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Links that expired before `then` and still hold something. */
  async left(then: number): Promise<ConnectRow[]> {
    return this.#db
      .selectFrom('connect_links')
      .selectAll()
      .where('expires_at', '<', then)
      .where(({ eb, or }) => or([eb('sealed', 'is not', null), eb('state_hash', 'is not', null)]))
      .execute();
  }

  async of(user: UserId): Promise<ConnectRow[]> {
    return this.#db.selectFrom('connect_links').selectAll().where('user_id', '=', user).execute();
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('connect_links').where('id', '=', id).execute();
  }

  /** Links that hold something, with no OAuth state out: a grant waits for the person's word. */
  async waiting(): Promise<ConnectRow[]> {
    return this.#db
      .selectFrom('connect_links')
      .selectAll()
      .where('sealed', 'is not', null)
      .where('state_hash', 'is', null)
      .execute();
  }

  async wipe(id: string): Promise<void> {
    await this.#db.updateTable('connect_links').set(WIPED).where('id', '=', id).execute();
  }

  async removeExpired(before: number): Promise<void> {
    await this.#db.deleteFrom('connect_links').where('expires_at', '<', before).execute();
  }

  /** The user's profiles among these; all of them without `ids`. */
  async agents(user: UserId, ids: readonly ProfileId[] | null): Promise<{ profile_id: ProfileId; name: string }[]> {
    let query = this.#db.selectFrom('profiles').select(['profile_id', 'name']).where('user_id', '=', user);
    if (ids) query = query.where('profile_id', 'in', ids);
    return query.orderBy('name').execute();
  }
}
