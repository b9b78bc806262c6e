// The shape of the audit in control.sqlite: what was called, its chain and its marks. A migration never changes once released.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Times are epoch milliseconds. */
export interface AuditTables {
  audit: {
    /** One more than of the row before. */
    seq: number;
    at: number;
    /** Which key or token, not the key or token itself. */
    caller: string;
    profile_id: string | null;
    user_id: string | null;
    /** With commas; empty: none. */
    account_ids: string;
    /** The tool, or the route as a template. */
    called: string;
    /** `ok`, or the code of the error. */
    outcome: string;
    /** Mails that the answer names, else the length of its list. */
    count: number;
    /** The first of those mails, with commas. */
    message_ids: string;
    duration_ms: number;
    chain: number;
    hash: string;
  };
  /** The keys under which rows are chained, the last one writes. */
  audit_chains: {
    chain: number;
    wrapped_key: string;
    sealed: string;
  };
  audit_marks: {
    name: 'anchor' | 'head';
    seq: number;
    hash: string;
    at: number;
    /** Of the head: 1 while a process may still write. */
    open: number;
    chain: number;
    mac: string;
  };
}

export const auditMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table audit (
        seq integer primary key,
        at integer not null,
        caller text not null,
        profile_id text,
        user_id text,
        account_ids text not null,
        called text not null,
        outcome text not null,
        count integer not null,
        message_ids text not null,
        duration_ms integer not null,
        chain integer not null,
        hash text not null
      ) strict`.execute(db);
    await sql`create index audit_at on audit (at)`.execute(db);
    await sql`create index audit_user on audit (user_id, seq)`.execute(db);
    await sql`
      create table audit_chains (
        chain integer primary key,
        wrapped_key text not null,
        sealed text not null
      ) strict`.execute(db);
    await sql`
      create table audit_marks (
        name text primary key,
        seq integer not null,
        hash text not null,
        at integer not null,
        open integer not null,
        chain integer not null,
        mac text not null
      ) strict`.execute(db);
  },
};
