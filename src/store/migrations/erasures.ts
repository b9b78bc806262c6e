// The shape of erasures in control.sqlite: who is being taken off the disk, and what was reported. A migration never changes once released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { UserId } from '../../base/ids.ts';

/** Times are epoch milliseconds. */
export interface ErasureTables {
  erasures: {
    id: string;
    /** Whose things are being taken away; null once they are gone. */
    user_id: UserId | null;
    /** By which the same id is known again, and which tells nothing of it. */
    user_hash: string;
    /** JSON of how far it is, and at the end of what was done: numbers and ids of ours only. */
    report: string;
    begun_at: number;
    done_at: number | null;
  };
}

export const erasuresMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table erasures (
        id text primary key,
        user_id text unique,
        user_hash text not null,
        report text not null,
        begun_at integer not null,
        done_at integer
      ) strict`.execute(db);
    await sql`create index erasures_hash on erasures (user_hash, done_at)`.execute(db);
  },
};
