// What profiles have sent lately, so that their limits hold over restarts. A migration never changes once it has been released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { AccountId, ProfileId, UserId } from '../../base/ids.ts';

/** Times are epoch milliseconds. */
export interface SendLimitTables {
  /** A row a mail, for a day. */
  profile_sends: {
    user_id: UserId;
    profile_id: ProfileId;
    sent_at: number;
    new_recipients: number;
  };
  /** To whom a profile was the first to write. */
  profile_recipients: {
    user_id: UserId;
    profile_id: ProfileId;
    /** Lower case. */
    address: string;
    account_id: AccountId;
  };
}

export const sendLimitsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    // Without the account: who connects it anew begins no new day.
    await sql`
      create table profile_sends (
        user_id text not null,
        profile_id text not null,
        sent_at integer not null,
        new_recipients integer not null,
        foreign key (user_id, profile_id) references profiles (user_id, profile_id) on delete cascade
      ) strict`.execute(db);
    await sql`create index profile_sends_time on profile_sends (user_id, profile_id, sent_at)`.execute(db);
    await sql`
      create table profile_recipients (
        user_id text not null,
        profile_id text not null,
        address text not null,
        account_id text not null references accounts (id) on delete cascade,
        primary key (user_id, profile_id, address, account_id),
        foreign key (user_id, profile_id) references profiles (user_id, profile_id) on delete cascade
      ) strict, without rowid`.execute(db);
    await sql`create index profile_recipients_account on profile_recipients (account_id)`.execute(db);
  },
};
