// What the server's answers hold, as far as these pages read them. The whole is in openapi.json.

export interface Me {
  readonly person_id: string;
  readonly user_id: string;
  readonly login: string | null;
  readonly role: 'owner' | 'member';
  readonly has_password: boolean;
  readonly passkeys: number;
}

export interface Account {
  readonly account_id: string;
  readonly user_id: string;
  readonly email: string;
  readonly display_name: string;
  readonly kind: 'app_password' | 'google_oauth';
  readonly status: 'active' | 'paused' | 'needs_reauth';
  readonly scope: 'all' | 'agents';
  readonly profile_ids: readonly string[];
  readonly timezone: string;
  readonly created_at: string;
  readonly sync: {
    readonly state: string;
    readonly done: number;
    readonly total: number;
    readonly per_second: number;
    readonly eta_seconds: number | null;
    readonly as_of: string | null;
  };
  readonly last_error: {
    readonly code: string;
    readonly message: string;
    readonly cure: string;
    readonly at: string;
  } | null;
}

export type Permission = 'read' | 'draft' | 'send';

export interface Profile {
  readonly user_id: string;
  readonly profile_id: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly created_at: string;
}

/** What a token may see of its profile's mail, and to whom it may write. */
export interface Narrowing {
  readonly labels?: readonly string[];
  readonly senders?: readonly string[];
  readonly newer_than?: string;
  readonly recipients?: readonly string[];
}

export interface Token {
  readonly token_id: string;
  readonly profile_id: string;
  readonly permissions: readonly Permission[];
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
  readonly only?: Narrowing;
  /** Of a client that a person signed in with; a token that was made has none. */
  readonly client?: { readonly name: string; readonly redirect_host: string };
}

export interface Minted extends Token {
  readonly token: string;
}

export interface OutboxEntry {
  readonly outbox_id: string;
  readonly status: 'sent' | 'queued' | 'failed' | 'unknown';
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc?: readonly string[];
  readonly subject: string;
  readonly reason?: string;
  readonly refused?: readonly { readonly address: string; readonly reason: string }[];
  readonly next_try_at?: string;
  readonly attempts: number;
  readonly created_at: string;
  readonly settled_at: string | null;
}

export interface Summary {
  readonly message_id: string;
  readonly thread_id: string;
  readonly sender?: string;
  readonly subject?: string;
  readonly date: string;
  readonly snippet?: string;
  readonly labels?: readonly string[];
  readonly unread?: boolean;
  readonly has_attachment?: boolean;
}

export interface Found {
  readonly messages: readonly Summary[];
  readonly next_cursor?: string;
  readonly hints?: readonly string[];
  readonly warnings?: readonly string[];
  readonly complete: boolean;
  readonly reaches_back_to?: string;
  readonly as_of: string | null;
  readonly stale?: boolean;
}

export interface Message extends Summary {
  readonly from?: string;
  readonly to?: readonly string[];
  readonly cc?: readonly string[];
  readonly reply_to?: readonly string[];
  readonly body?: string;
  readonly body_truncated?: string;
  readonly hidden_text_removed?: number;
  readonly attachments?: readonly {
    readonly n: number;
    readonly filename?: string;
    readonly content_type: string;
    readonly size: number;
  }[];
  readonly sender_verdicts?: { readonly spf: string; readonly dkim: string; readonly dmarc: string };
  readonly first_time_sender?: boolean;
  readonly lookalike?: { readonly resembles: string; readonly by: string };
  readonly reply_to_mismatch?: string;
  readonly notes?: readonly string[];
}

export interface Thread {
  readonly thread_id: string;
  readonly message_count: number;
  readonly messages: readonly Message[];
  readonly next_cursor?: string;
}

export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly caller: string;
  readonly user_id: string | null;
  readonly profile_id: string | null;
  readonly account_ids: readonly string[];
  readonly called: string;
  readonly outcome: string;
  readonly count: number;
  readonly duration_ms: number;
}

/** Steps in which there was nothing are left out. */
export interface Statistics {
  readonly since: string;
  readonly until: string;
  readonly step_seconds: number;
  readonly calls: readonly {
    readonly at: string;
    readonly called: string;
    readonly profile_id: string | null;
    readonly calls: number;
    readonly errors: number;
  }[];
  readonly latency: readonly { readonly at: string; readonly median_ms: number; readonly p95_ms: number }[];
  readonly accounts: readonly {
    readonly at: string;
    readonly account_id: string;
    readonly mails: number;
    readonly units: number;
  }[];
  readonly sends: readonly { readonly at: string; readonly state: string; readonly count: number }[];
}

export interface Session {
  readonly session_id: string;
  readonly browser: string;
  readonly current: boolean;
  readonly last_used_at: string;
  readonly expires_at: string;
}

export interface System {
  readonly version: string;
  readonly node: string;
  readonly started_at: string;
  readonly memory_bytes: number;
  readonly database: { readonly kind: string; readonly control_bytes: number; readonly mailboxes_bytes: number };
  readonly users: number;
  readonly accounts: Readonly<Record<'active' | 'paused' | 'needs_reauth' | 'in_trouble', number>>;
  readonly outbox: Readonly<Record<'queued' | 'sent' | 'failed' | 'unknown', number>>;
  readonly limits: {
    readonly default_permissions: readonly Permission[];
    readonly recipients_a_mail: number;
    readonly sends_a_minute: number;
    readonly sends_a_day: number;
    readonly new_recipients_a_day: number;
  };
  readonly google_sign_in: boolean;
}

export interface User {
  readonly user_id: string;
  readonly login: string | null;
  readonly role: 'owner' | 'member' | null;
  readonly accounts: number;
  readonly accounts_in_trouble: number;
  readonly profiles: number;
  readonly last_seen_at: string | null;
}

export interface EncryptionKey {
  readonly key_id: string;
  readonly writes: boolean;
  readonly given: boolean;
  readonly sealed: number;
  /** Null: it was never given. */
  readonly since: string | null;
}

export interface ServiceKey {
  readonly key_id: string;
  readonly name: string;
  readonly user_id: string | null;
  readonly can: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}
