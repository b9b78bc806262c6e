// The shape of what each account does over time, in control.sqlite. A migration never changes once released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { AccountId } from '../../base/ids.ts';

export interface ActivityTables {
  /** One row an account and minute in which there was something. */
  activity: {
    account_id: AccountId;
    /** Epoch milliseconds, the minute's beginning. */
    at: number;
    /** Stored in the copy. */
    mails: number;
    /** Of Google's quota. */
    units: number;
  };
}

export const activityMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table activity (
        account_id text not null references accounts (id) on delete cascade,
        at integer not null,
        mails integer not null,
        units integer not null,
        primary key (at, account_id)
      ) strict, without rowid`.execute(db);
    await sql`create index activity_account on activity (account_id)`.execute(db);
    await sql`create index outbox_created on outbox (created_at)`.execute(db);
  },
};
