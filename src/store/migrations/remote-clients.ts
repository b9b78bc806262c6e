// The shape of what remote clients sign in with, in control.sqlite. A migration never changes once it has been released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Times are epoch milliseconds. */
export interface RemoteClientTables {
  /** What the authorization server keeps. */
  oauth_rows: {
    /** As the server's library names it: `Client`, `Grant`, `AccessToken`, `RefreshToken`, `AuthorizationCode`, `Interaction`. */
    kind: string;
    /** SHA-256 of the id, hex, since whoever has it may enter with it; of a client the id itself, which is no secret. */
    id: string;
    wrapped_key: string;
    sealed: string;
    /** SHA-256 of the grant that it belongs to; a grant belongs to itself. */
    grant_hash: string | null;
    created_at: number;
    expires_at: number;
    /** When it was used up; of a client, when somebody first let it in. */
    consumed_at: number | null;
  };
}

export const remoteClientsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table oauth_rows (
        kind text not null,
        id text not null,
        wrapped_key text not null,
        sealed text not null,
        grant_hash text,
        created_at integer not null,
        expires_at integer not null,
        consumed_at integer,
        primary key (kind, id)
      ) strict, without rowid`.execute(db);
    await sql`create index oauth_rows_grant on oauth_rows (grant_hash) where grant_hash is not null`.execute(db);
    await sql`create index oauth_rows_expiry on oauth_rows (expires_at)`.execute(db);
    await sql`alter table profiles add column made_by text not null default 'app'`.execute(db);
    for (const column of ['client_id', 'client_name', 'redirect_host'])
      await sql`alter table profile_tokens add column ${sql.ref(column)} text`.execute(db);
    await sql`
      create index profile_tokens_client on profile_tokens (client_id) where client_id is not null`.execute(db);
    // Whatever takes a sign-in away takes its codes and tokens with it.
    await sql`
      create trigger sign_in_ends after delete on profile_tokens when old.client_id is not null
      begin delete from oauth_rows where grant_hash = old.token_hash; end`.execute(db);
  },
};
