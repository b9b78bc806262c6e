// What the authorization server keeps, in control.sqlite: sealed rows by kind and id. Knows no OAuth and opens nothing.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { ControlTables } from './migrations/control.ts';

export type OAuthRow = Selectable<ControlTables['oauth_rows']>;

export class OAuthRows {
  readonly #db: Kysely<ControlTables>;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  /** Writes it, or what it says now; a row that was used up stays so. */
  async put(row: Omit<OAuthRow, 'consumed_at'>): Promise<void> {
    const { wrapped_key, sealed, grant_hash, expires_at } = row;
    await this.#db
      .insertInto('oauth_rows')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['kind', 'id']).doUpdateSet({ wrapped_key, sealed, grant_hash, expires_at }),
      )
      .execute();
  }

  async find(kind: string, id: string): Promise<OAuthRow | undefined> {
    return this.#db
      .selectFrom('oauth_rows')
      .selectAll()
      .where('kind', '=', kind)
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** Uses it up; false when it is gone or was used up before. */
  async consume(kind: string, id: string, at: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('oauth_rows')
      .set({ consumed_at: at })
      .where('kind', '=', kind)
      .where('id', '=', id)
      .where('consumed_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async remove(kind: string, id: string): Promise<void> {
    await this.#db.deleteFrom('oauth_rows').where('kind', '=', kind).where('id', '=', id).execute();
  }

  async removeOfGrant(kind: string, grantHash: string): Promise<void> {
    await this.#db.deleteFrom('oauth_rows').where('kind', '=', kind).where('grant_hash', '=', grantHash).execute();
  }

  /** Somebody let the client in. */
  async keepClient(id: string, at: number, until: number): Promise<void> {
    await this.#db
      .updateTable('oauth_rows')
      .set(({ fn, ref, val }) => ({ consumed_at: fn.coalesce(ref('consumed_at'), val(at)), expires_at: until }))
      .where('kind', '=', 'Client')
      .where('id', '=', id)
      .execute();
  }

  /** Takes the oldest clients away that nobody has let in yet, until there are at most so many. */
  async thinClients(most: number): Promise<void> {
    await sql`
      delete from oauth_rows where kind = 'Client' and id in (
        select id from oauth_rows where kind = 'Client' and consumed_at is null
        order by created_at desc, id limit -1 offset ${most})`.execute(this.#db);
  }

  /** Takes away what expired before (of clients those that nobody is signed in with) and grants from before `then` without a sign-in. */
  async sweep(expiredBefore: number, then: number): Promise<void> {
    await this.#db
      .deleteFrom('oauth_rows')
      .where('kind', '=', 'Grant')
      .where('created_at', '<', then)
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('profile_tokens').select('id').whereRef('token_hash', '=', 'oauth_rows.id'))),
      )
      .execute();
    await this.#db
      .deleteFrom('oauth_rows')
      .where('expires_at', '<', expiredBefore)
      .where(({ eb, or, not, exists, selectFrom }) =>
        or([
          eb('kind', '<>', 'Client'),
          not(exists(selectFrom('profile_tokens').select('id').whereRef('client_id', '=', 'oauth_rows.id'))),
        ]),
      )
      .execute();
  }
}
