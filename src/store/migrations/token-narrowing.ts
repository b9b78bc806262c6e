// What narrows a token beneath its profile. A migration never changes once it has been released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const tokenNarrowingMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table profile_tokens add column narrowing text`.execute(db);
  },
};
