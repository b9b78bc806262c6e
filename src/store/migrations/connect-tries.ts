// How often a connect link was tried with a password, and the name that its account is to have in From. A migration never changes once it has been released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const connectTriesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table connect_links add column tries integer not null default 0`.execute(db);
    await sql`alter table connect_links add column display_name text`.execute(db);
  },
};
