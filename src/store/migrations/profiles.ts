// The shape of profiles, their tokens and what they are granted in control.sqlite. A migration never changes once released.
import { type Generated, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { AccountId, ProfileId, TokenId, UserId } from '../../base/ids.ts';

/** Times are epoch milliseconds. */
export interface ProfileTables {
  profiles: {
    user_id: UserId;
    profile_id: ProfileId;
    name: string;
    /** `read`, `draft`, `send` with commas. */
    permissions: string;
    created_at: number;
    /** Whose permissions these are: the app's are a ceiling, a person may raise his own. */
    made_by: Generated<'app' | 'person'>;
  };
  profile_tokens: {
    id: TokenId;
    /** SHA-256 of the token, or of a remote client's grant, hex; the token itself is nowhere. */
    token_hash: string;
    user_id: UserId;
    profile_id: ProfileId;
    /** As of a profile; empty: whatever its profile may. */
    permissions: string;
    created_at: number;
    expires_at: number;
    last_used_at: number | null;
    /** JSON of what narrows it; null: nothing does. */
    narrowing: string | null;
    /** Of a remote client that a person signed in; else null. */
    client_id: string | null;
    client_name: string | null;
    /** Where it is sent back to. */
    redirect_host: string | null;
  };
  /** Who may use an account whose scope is `agents`. */
  account_profiles: {
    account_id: AccountId;
    user_id: UserId;
    profile_id: ProfileId;
  };
}

export const profilesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table profiles (
        user_id text not null,
        profile_id text not null,
        name text not null,
        permissions text not null,
        created_at integer not null,
        primary key (user_id, profile_id)
      ) strict, without rowid`.execute(db);
    await sql`
      create table profile_tokens (
        id text primary key,
        token_hash text not null unique,
        user_id text not null,
        profile_id text not null,
        permissions text not null,
        created_at integer not null,
        expires_at integer not null,
        last_used_at integer,
        foreign key (user_id, profile_id) references profiles (user_id, profile_id) on delete cascade
      ) strict`.execute(db);
    await sql`create index profile_tokens_profile on profile_tokens (user_id, profile_id)`.execute(db);
    await sql`
      create table account_profiles (
        account_id text not null references accounts (id) on delete cascade,
        user_id text not null,
        profile_id text not null,
        primary key (account_id, user_id, profile_id),
        foreign key (user_id, profile_id) references profiles (user_id, profile_id) on delete cascade
      ) strict, without rowid`.execute(db);
    await sql`create index account_profiles_profile on account_profiles (user_id, profile_id)`.execute(db);
    await sql`alter table accounts add column scope text not null default 'all'`.execute(db);
  },
};
