// The shape of control.sqlite and how it came about. A migration never changes once it has been released.
import { type Generated, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { AccountId, UserId } from '../../base/ids.ts';
import { type ActivityTables, activityMigration } from './activity.ts';
import { type AuditTables, auditMigration } from './audit.ts';
import { auditByUserMigration } from './audit-by-user.ts';
import { connectTriesMigration } from './connect-tries.ts';
import { type ConnectingTables, connectingMigration } from './connecting.ts';
import { type EncryptionKeyTables, encryptionKeysMigration } from './encryption-keys.ts';
import { type ErasureTables, erasuresMigration } from './erasures.ts';
import { type OutboxTables, outboxMigration } from './outbox.ts';
import { outboxThreadMigration } from './outbox-thread.ts';
import { type PeopleTables, peopleMigration } from './people.ts';
import { type ProfileTables, profilesMigration } from './profiles.ts';
import { type RemoteClientTables, remoteClientsMigration } from './remote-clients.ts';
import { type SendLimitTables, sendLimitsMigration } from './send-limits.ts';
import { type ServiceKeyTables, serviceKeysMigration, serviceKeyUseMigration } from './service-keys.ts';
import { tokenNarrowingMigration } from './token-narrowing.ts';

/** Times are epoch milliseconds. */
export interface ControlTables
  extends ActivityTables,
    OutboxTables,
    ProfileTables,
    ConnectingTables,
    SendLimitTables,
    AuditTables,
    ServiceKeyTables,
    PeopleTables,
    RemoteClientTables,
    ErasureTables,
    EncryptionKeyTables {
  accounts: {
    position: Generated<number>;
    id: AccountId;
    user_id: UserId;
    email: string;
    display_name: string;
    kind: 'app_password' | 'google_oauth';
    status: 'active' | 'paused' | 'needs_reauth';
    timezone: string;
    created_at: number;
    /** The last arrival number that fetch_inbox has known. */
    inbox_seen: number;
    /** Arrival numbers up to there that have not been told: JSON list of [after, up to and with]. */
    inbox_left: Generated<string>;
    /** JSON of code, message, cure, at; null when all is well. */
    last_error: string | null;
    scope: Generated<'all' | 'agents'>;
    google_sub: Generated<string | null>;
    /** What the person granted, with blanks between; empty for an App Password. */
    granted_scopes: Generated<string>;
    /** When the account had to be connected again; null while it need not. */
    reauth_since: Generated<number | null>;
  };
  credentials: {
    account_id: AccountId;
    wrapped_key: string;
    sealed: string;
  };
}

const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table accounts (
        position integer primary key autoincrement,
        id text not null unique,
        user_id text not null,
        email text not null,
        display_name text not null default '',
        kind text not null,
        status text not null default 'active',
        timezone text not null default 'UTC',
        created_at integer not null,
        inbox_seen integer not null default 0,
        last_error text,
        unique (user_id, email)
      ) strict`.execute(db);
    await sql`create index accounts_email on accounts (email)`.execute(db);
    await sql`
      create table credentials (
        account_id text primary key references accounts (id) on delete cascade,
        wrapped_key text not null,
        sealed text not null
      ) strict`.execute(db);
  },
};

const second: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table accounts add column inbox_left text not null default '[]'`.execute(db);
  },
};

export const CONTROL_MIGRATIONS: Record<string, Migration> = {
  '001-accounts': first,
  '002-inbox-left': second,
  '003-outbox': outboxMigration,
  '004-profiles': profilesMigration,
  '005-connecting': connectingMigration,
  '006-outbox-thread': outboxThreadMigration,
  '007-connect-tries': connectTriesMigration,
  '008-send-limits': sendLimitsMigration,
  '009-audit': auditMigration,
  '010-token-narrowing': tokenNarrowingMigration,
  '011-service-keys': serviceKeysMigration,
  '012-people': peopleMigration,
  '013-remote-clients': remoteClientsMigration,
  '014-erasures': erasuresMigration,
  '015-activity': activityMigration,
  '016-service-key-use': serviceKeyUseMigration,
  '017-audit-by-user': auditByUserMigration,
  '018-encryption-keys': encryptionKeysMigration,
};
