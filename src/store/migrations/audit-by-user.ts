// An index by which what one user's agents called in a stretch of time is found, however much others call. A migration never changes
// once released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const auditByUserMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create index audit_user_at on audit (user_id, at)`.execute(db);
  },
};
