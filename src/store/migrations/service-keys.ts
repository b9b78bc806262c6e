// The shape of narrower service keys in control.sqlite. A migration never changes once released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { UserId } from '../../base/ids.ts';

/** Times are epoch milliseconds. */
export interface ServiceKeyTables {
  service_keys: {
    id: string;
    /** SHA-256 of the key, hex; the key itself is nowhere. */
    key_hash: string;
    name: string;
    /** The only user whose things it may see; null: everybody's. */
    user_id: UserId | null;
    /** `accounts`, `profiles`, `mail` with commas. */
    can: string;
    created_at: number;
    /** Null: until it is deleted. */
    expires_at: number | null;
    /** Null: not since this is noted. */
    last_used_at: number | null;
  };
}

export const serviceKeysMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table service_keys (
        id text primary key,
        key_hash text not null unique,
        name text not null,
        user_id text,
        can text not null,
        created_at integer not null,
        expires_at integer
      ) strict`.execute(db);
  },
};

export const serviceKeyUseMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table service_keys add column last_used_at integer`.execute(db);
  },
};
