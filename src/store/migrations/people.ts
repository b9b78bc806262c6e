// The shape of those who sign in with a browser, in control.sqlite. A migration never changes once released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { PersonId, UserId } from '../../base/ids.ts';

/** Times are epoch milliseconds. */
export interface PeopleTables {
  people: {
    id: PersonId;
    user_id: UserId;
    /** An address, lower case; null until one is chosen. */
    login: string | null;
    /** Argon2id with its parameters (PHC string); null: no password. */
    password_hash: string | null;
    role: 'owner' | 'member';
    created_at: number;
  };
  person_sessions: {
    id: string;
    /** SHA-256 of the cookie's value, hex; the value itself is nowhere. */
    secret_hash: string;
    person_id: PersonId;
    /** Which browser, in our words. */
    browser: string;
    created_at: number;
    last_used_at: number;
    expires_at: number;
  };
  passkeys: {
    id: string;
    person_id: PersonId;
    /** As the authenticator names it, base64url. */
    credential_id: string;
    /** COSE. */
    public_key: Uint8Array;
    /** Of signatures, where the authenticator counts them. */
    counter: number;
    /** How it is reached, with commas. */
    transports: string;
    name: string;
    created_at: number;
    last_used_at: number | null;
  };
  sign_in_links: {
    id: string;
    /** SHA-256 of the secret in the address, hex. */
    secret_hash: string;
    /** Whom it signs in. */
    user_id: UserId;
    /** Where the browser goes afterwards: a path here. */
    return_path: string | null;
    created_at: number;
    expires_at: number;
  };
}

export const peopleMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table people (
        id text primary key,
        user_id text not null unique,
        login text unique,
        password_hash text,
        role text not null,
        created_at integer not null
      ) strict`.execute(db);
    await sql`
      create table person_sessions (
        id text primary key,
        secret_hash text not null unique,
        person_id text not null references people (id) on delete cascade,
        browser text not null,
        created_at integer not null,
        last_used_at integer not null,
        expires_at integer not null
      ) strict`.execute(db);
    await sql`create index person_sessions_person on person_sessions (person_id)`.execute(db);
    await sql`
      create table passkeys (
        id text primary key,
        person_id text not null references people (id) on delete cascade,
        credential_id text not null unique,
        public_key blob not null,
        counter integer not null,
        transports text not null,
        name text not null,
        created_at integer not null,
        last_used_at integer
      ) strict`.execute(db);
    await sql`create index passkeys_person on passkeys (person_id)`.execute(db);
    await sql`
      create table sign_in_links (
        id text primary key,
        secret_hash text not null unique,
        user_id text not null,
        return_path text,
        created_at integer not null,
        expires_at integer not null
      ) strict`.execute(db);
    await sql`create index sign_in_links_user on sign_in_links (user_id)`.execute(db);
  },
};
