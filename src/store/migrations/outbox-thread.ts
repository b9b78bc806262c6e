// What the outbox keeps of a reply for servers that thread by id. A migration never changes once it has been released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const outboxThreadMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table outbox add column reply_thread_id text`.execute(db);
  },
};
