// What the server's answers hold, as far as these pages read them. The whole is in openapi.json.

export interface Me {
  readonly person_id: string;
  readonly user_id: string;
  readonly login: string | null;
  readonly role: 'owner' | 'member';
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
