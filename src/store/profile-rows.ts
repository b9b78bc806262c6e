// Profiles, their tokens and what they are granted, in control.sqlite. Knows no token, only its hash.
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { AccountId, ProfileId, TokenId, UserId } from '../base/ids.ts';
import type { ControlTables } from './migrations/control.ts';

type AccountRow = Selectable<ControlTables['accounts']>;
export type ProfileRow = Selectable<ControlTables['profiles']>;
export type TokenRow = Selectable<ControlTables['profile_tokens']>;
/** Which sign-in of a remote client, and whose. */
export type SignInRow = Pick<TokenRow, 'id' | 'user_id' | 'profile_id'>;
/** A token with what its profile may do now. */
export type HeldToken = TokenRow & {
  readonly profile_permissions: string;
  readonly made_by: ProfileRow['made_by'];
};

export class ProfileRows {
  readonly #db: Kysely<ControlTables>;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  /** Makes the profile, or gives it another name and other permissions. */
  async put(row: Insertable<ControlTables['profiles']>): Promise<void> {
    const { name, permissions, made_by = 'app' } = row;
    await this.#db
      .insertInto('profiles')
      .values(row)
      .onConflict((conflict) => conflict.columns(['user_id', 'profile_id']).doUpdateSet({ name, permissions, made_by }))
      .execute();
  }

  async profile(user: UserId, profile: ProfileId): Promise<ProfileRow | undefined> {
    return this.#db
      .selectFrom('profiles')
      .selectAll()
      .where('user_id', '=', user)
      .where('profile_id', '=', profile)
      .executeTakeFirst();
  }

  /** By id, after the given one. */
  async profiles(user: UserId, limit: number, after: string | null): Promise<ProfileRow[]> {
    return this.#db
      .selectFrom('profiles')
      .selectAll()
      .where('user_id', '=', user)
      .where('profile_id', '>', (after ?? '') as ProfileId)
      .orderBy('profile_id')
      .limit(limit)
      .execute();
  }

  /** With its tokens and grants. The ids of those tokens. */
  async remove(user: UserId, profile: ProfileId): Promise<TokenId[]> {
    return this.#db.transaction().execute(async (tx) => {
      const tokens = await tx
        .selectFrom('profile_tokens')
        .select('id')
        .where('user_id', '=', user)
        .where('profile_id', '=', profile)
        .execute();
      await tx.deleteFrom('profiles').where('user_id', '=', user).where('profile_id', '=', profile).execute();
      return tokens.map(({ id }) => id);
    });
  }

  async addToken(row: Insertable<ControlTables['profile_tokens']>): Promise<void> {
    await this.#db.insertInto('profile_tokens').values(row).execute();
  }

  /** In the order in which they were made, after the given place. */
  async tokens(
    user: UserId,
    profile: ProfileId,
    limit: number,
    after: readonly [createdAt: number, id: string] | null,
  ): Promise<TokenRow[]> {
    const [createdAt, id] = after ?? [-1, ''];
    return this.#db
      .selectFrom('profile_tokens')
      .selectAll()
      .where('user_id', '=', user)
      .where('profile_id', '=', profile)
      .where(sql<boolean>`(created_at, id) > (${createdAt}, ${id})`)
      .orderBy('created_at')
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async tokenByHash(hash: string): Promise<HeldToken | undefined> {
    return this.#held().where('t.token_hash', '=', hash).executeTakeFirst();
  }

  async token(id: TokenId): Promise<HeldToken | undefined> {
    return this.#held().where('t.id', '=', id).executeTakeFirst();
  }

  /** False when there is none. */
  async removeToken(id: TokenId): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom('profile_tokens').where('id', '=', id).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** The newest sign-in of this client for the profile. */
  async signInOf(user: UserId, profile: ProfileId, client: string): Promise<TokenRow | undefined> {
    return this.#db
      .selectFrom('profile_tokens')
      .selectAll()
      .where('user_id', '=', user)
      .where('profile_id', '=', profile)
      .where('client_id', '=', client)
      .orderBy('created_at', 'desc')
      .executeTakeFirst();
  }

  async changeSignIn(
    id: TokenId,
    changes: Pick<TokenRow, 'permissions' | 'expires_at' | 'client_name' | 'redirect_host'>,
  ): Promise<void> {
    await this.#db.updateTable('profile_tokens').set(changes).where('id', '=', id).execute();
  }

  /** A sign-in that is used lasts longer. */
  async extendSignIn(hash: string, expiresAt: number): Promise<void> {
    await this.#db
      .updateTable('profile_tokens')
      .set({ expires_at: expiresAt })
      .where('token_hash', '=', hash)
      .where('client_id', 'is not', null)
      .execute();
  }

  /** By the hash of its grant; its id, when there was one. */
  async removeSignIn(hash: string): Promise<SignInRow | undefined> {
    return this.#db
      .deleteFrom('profile_tokens')
      .where('token_hash', '=', hash)
      .where('client_id', 'is not', null)
      .returning(['id', 'user_id', 'profile_id'])
      .executeTakeFirst();
  }

  async removeSignInsExpiredBefore(time: number): Promise<void> {
    await this.#db
      .deleteFrom('profile_tokens')
      .where('expires_at', '<', time)
      .where('client_id', 'is not', null)
      .execute();
  }

  /** Takes all tokens of the user away; their ids. */
  async removeTokensOf(user: UserId): Promise<TokenId[]> {
    const rows = await this.#db.deleteFrom('profile_tokens').where('user_id', '=', user).returning('id').execute();
    return rows.map(({ id }) => id);
  }

  async removeTokensExpiredBefore(time: number): Promise<void> {
    await this.#db.deleteFrom('profile_tokens').where('expires_at', '<', time).execute();
  }

  async setLastUsed(id: TokenId, at: number): Promise<void> {
    await this.#db.updateTable('profile_tokens').set({ last_used_at: at }).where('id', '=', id).execute();
  }

  /** Who may use the account: everybody of its user, or these. False, and nothing written, when one of them is no profile of the user's. */
  async setScope(account: AccountRow, scope: AccountRow['scope'], profiles: readonly ProfileId[]): Promise<boolean> {
    const { id: account_id, user_id } = account;
    return this.#db.transaction().execute(async (tx) => {
      const wanted = [...new Set(profiles)];
      for (const profile of wanted) {
        const known = tx.selectFrom('profiles').select('name').where('user_id', '=', user_id);
        if (!(await known.where('profile_id', '=', profile).executeTakeFirst())) return false;
      }
      await tx.updateTable('accounts').set({ scope }).where('id', '=', account_id).execute();
      await tx.deleteFrom('account_profiles').where('account_id', '=', account_id).execute();
      for (const profile_id of scope === 'agents' ? wanted : [])
        await tx.insertInto('account_profiles').values({ account_id, user_id, profile_id }).execute();
      return true;
    });
  }

  /** The profiles named for the account. */
  async grantsOf(account: AccountId): Promise<ProfileId[]> {
    const rows = await this.#db
      .selectFrom('account_profiles')
      .select('profile_id')
      .where('account_id', '=', account)
      .orderBy('profile_id')
      .execute();
    return rows.map(({ profile_id }) => profile_id);
  }

  /** The accounts that a profile may use, in the order in which they were connected. */
  async accountsFor(user: UserId, profile: ProfileId): Promise<AccountRow[]> {
    return this.#granted(user, profile).orderBy('position').execute();
  }

  async mayUse(account: AccountId, user: UserId, profile: ProfileId): Promise<boolean> {
    return (await this.#granted(user, profile).where('id', '=', account).executeTakeFirst()) !== undefined;
  }

  #granted(user: UserId, profile: ProfileId) {
    return this.#db
      .selectFrom('accounts')
      .selectAll()
      .where('user_id', '=', user)
      .where(({ or, eb, exists, selectFrom }) =>
        or([
          eb('scope', '=', 'all'),
          exists(
            selectFrom('account_profiles')
              .select('account_id')
              .whereRef('account_id', '=', 'accounts.id')
              .where('account_profiles.user_id', '=', user)
              .where('profile_id', '=', profile),
          ),
        ]),
      );
  }

  #held() {
    return this.#db
      .selectFrom('profile_tokens as t')
      .innerJoin('profiles as p', (join) =>
        join.onRef('p.user_id', '=', 't.user_id').onRef('p.profile_id', '=', 't.profile_id'),
      )
      .selectAll('t')
      .select(['p.permissions as profile_permissions', 'p.made_by']);
  }
}
