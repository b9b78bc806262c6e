// The shape of connect links in control.sqlite, and what an account keeps of its grant. A migration never changes once released.
import { type Generated, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { AccountId, UserId } from '../../base/ids.ts';

/** Times are epoch milliseconds. Secrets are kept as SHA-256, hex. */
export interface ConnectingTables {
  connect_links: {
    id: string;
    secret_hash: string;
    user_id: UserId;
    /** Any other address is refused; null: whichever the person has. */
    email: string | null;
    method: 'google' | 'app_password' | null;
    return_to: string | null;
    /** The integrating app's own, given back to it. */
    app_state: string | null;
    user_label: string | null;
    /** JSON list; null: all agents. */
    profile_ids: string | null;
    status: 'pending' | 'connected' | 'declined' | 'failed';
    account_id: AccountId | null;
    /** Of the cookie of the browser that has begun; null before. */
    browser_hash: string | null;
    /** Of the OAuth state that is out; null when none is. */
    state_hash: string | null;
    /** Sealed: PKCE verifier, and after consent the refresh token that waits for the person's word; null when there is none. */
    wrapped_key: string | null;
    sealed: string | null;
    /** With a password. */
    tries: Generated<number>;
    /** In From; null: as it is. */
    display_name: Generated<string | null>;
    expires_at: number;
    created_at: number;
  };
}

export const connectingMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table connect_links (
        id text primary key,
        secret_hash text not null unique,
        user_id text not null,
        email text,
        method text,
        return_to text,
        app_state text,
        user_label text,
        profile_ids text,
        status text not null default 'pending',
        account_id text references accounts (id) on delete set null,
        browser_hash text,
        state_hash text unique,
        wrapped_key text,
        sealed text,
        expires_at integer not null,
        created_at integer not null
      ) strict`.execute(db);
    await sql`create index connect_links_expires on connect_links (expires_at)`.execute(db);
    // google_sub: Google's own id of the person. granted_scopes: with blanks between. reauth_since: when Google refused.
    await sql`alter table accounts add column google_sub text`.execute(db);
    await sql`alter table accounts add column granted_scopes text not null default ''`.execute(db);
    await sql`alter table accounts add column reauth_since integer`.execute(db);
  },
};
