// Since when each encryption key is in use here. A migration never changes once released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export interface EncryptionKeyTables {
  encryption_keys: {
    /** As in what it seals; the key itself is in no table. */
    id: string;
    since: number;
  };
}

export const encryptionKeysMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table encryption_keys (
        id text primary key,
        since integer not null
      ) strict`.execute(db);
  },
};
