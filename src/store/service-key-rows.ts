// Narrower service keys in control.sqlite. Knows no key, only its hash.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { UserId } from '../base/ids.ts';
import type { ControlTables } from './migrations/control.ts';

export type ServiceKeyRow = Selectable<ControlTables['service_keys']>;

export class ServiceKeyRows {
  readonly #db: Kysely<ControlTables>;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  async add(row: ServiceKeyRow): Promise<void> {
    await this.#db.insertInto('service_keys').values(row).execute();
  }

  async find(by: 'id' | 'key_hash', value: string): Promise<ServiceKeyRow | undefined> {
    return this.#db.selectFrom('service_keys').selectAll().where(by, '=', value).executeTakeFirst();
  }

  /** In the order in which they were made, after the given place. */
  async list(limit: number, after: readonly [createdAt: number, id: string] | null): Promise<ServiceKeyRow[]> {
    const [createdAt, id] = after ?? [-1, ''];
    return this.#db
      .selectFrom('service_keys')
      .selectAll()
      .where(sql<boolean>`(created_at, id) > (${createdAt}, ${id})`)
      .orderBy('created_at')
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async setLastUsed(id: string, at: number): Promise<void> {
    await this.#db.updateTable('service_keys').set({ last_used_at: at }).where('id', '=', id).execute();
  }

  /** Takes the keys away that are for this user alone; their ids. */
  async removeOf(user: UserId): Promise<string[]> {
    const rows = await this.#db.deleteFrom('service_keys').where('user_id', '=', user).returning('id').execute();
    return rows.map(({ id }) => id);
  }

  /** False when there is none. */
  async remove(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom('service_keys').where('id', '=', id).executeTakeFirst();
    return numDeletedRows > 0n;
  }
}
