// The shape of the outbox in control.sqlite. A migration never changes once it has been released.
import { type Generated, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { AccountId, OutboxId } from '../../base/ids.ts';

/**
 * `queued`: a try is due at `next_at`, or under way and the mail cannot have been taken yet. `leaving`: its last bytes are
 * on the way. `sent`, `failed`, `unknown`: as the contract of a send has them.
 */
export type OutboxState = 'queued' | 'leaving' | 'sent' | 'failed' | 'unknown';

/** Times are epoch milliseconds. */
export interface OutboxTables {
  outbox: {
    position: Generated<number>;
    id: OutboxId;
    account_id: AccountId;
    /** The caller's own, unique in the account; null when there was none. */
    idempotency_key: string | null;
    /** Of what the caller asked for, to tell a repeat from another mail under the same key. */
    request_hash: string;
    /** Of what was made of it, to tell a second mail from one that was sent twice by mistake. */
    content_hash: string;
    state: OutboxState;
    /** Without angle brackets. */
    message_id_header: string;
    envelope_from: string;
    /** JSON list of addr-specs: RCPT TO. */
    recipients: string;
    /** JSON of to, cc and bcc as they are shown. */
    addressees: string;
    subject: string;
    attempts: Generated<number>;
    /** When something is to be done next: a try, or a look for the copy in Sent; null when nothing is. */
    next_at: number | null;
    /** Until when the copy in Sent is looked for; null while the last bytes have never left. */
    look_until: number | null;
    /** Why it is not sent yet or at all, in our words. */
    reason: Generated<string>;
    /** JSON list of recipients whom the server did not take. */
    refused: Generated<string>;
    created_at: number;
    settled_at: number | null;
    /** Gmail's copy, once it has been seen. */
    message_id: string | null;
    thread_id: string | null;
    /** The thread that is answered, hex; null when none is. */
    reply_thread_id: Generated<string | null>;
  };
  outbox_mails: {
    outbox_id: OutboxId;
    raw: Uint8Array;
  };
}

export const outboxMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table outbox (
        position integer primary key autoincrement,
        id text not null unique,
        account_id text not null references accounts (id) on delete cascade,
        idempotency_key text,
        request_hash text not null,
        content_hash text not null,
        state text not null check (state in ('queued', 'leaving', 'sent', 'failed', 'unknown')),
        message_id_header text not null,
        envelope_from text not null,
        recipients text not null,
        addressees text not null,
        subject text not null default '',
        attempts integer not null default 0,
        next_at integer,
        look_until integer,
        reason text not null default '',
        refused text not null default '[]',
        created_at integer not null,
        settled_at integer,
        message_id text,
        thread_id text
      ) strict`.execute(db);
    await sql`
      create unique index outbox_key on outbox (account_id, idempotency_key) where idempotency_key is not null`.execute(
      db,
    );
    await sql`create index outbox_content on outbox (account_id, content_hash, created_at)`.execute(db);
    await sql`create index outbox_state on outbox (account_id, state, position)`.execute(db);
    await sql`create index outbox_next on outbox (next_at) where next_at is not null`.execute(db);
    await sql`
      create table outbox_mails (
        outbox_id text primary key references outbox (id) on delete cascade,
        raw blob not null
      ) strict`.execute(db);
  },
};
