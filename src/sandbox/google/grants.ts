// What people have allowed clients: codes, refresh tokens and access tokens with their lives. Knows no HTTP.
import { createHash, randomBytes } from 'node:crypto';
import type { Clock, GoogleSettings } from './settings.ts';

/** One that was registered; there is only this one. */
export interface Client {
  readonly id: string;
  readonly secret: string;
}

/** What a person said yes to on the consent page. */
export interface Consent {
  readonly clientId: string;
  readonly email: string;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  /** S256 (RFC 7636); null when the client sent none. */
  readonly codeChallenge: string | null;
  readonly nonce: string | null;
  /** `access_type=offline`. */
  readonly offline: boolean;
  /** `prompt=consent`. */
  readonly forced: boolean;
  /** `include_granted_scopes=true`. */
  readonly includeGranted: boolean;
}

export interface AccessToken {
  readonly token: string;
  readonly email: string;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly offline: boolean;
  readonly expiresAt: number;
}

export interface Tokens {
  readonly access: AccessToken;
  readonly refreshToken?: string;
  readonly nonce?: string | null;
}

interface Grant {
  readonly clientId: string;
  readonly email: string;
  readonly scopes: Set<string>;
  /** Token → the scopes that it carries, oldest first. */
  readonly refreshTokens: Map<string, ReadonlySet<string>>;
}

/** Google lets one person and client have so many; one more, and the oldest is dead. */
const MOST_REFRESH_TOKENS = 100;

const secret = (prefix: string) => `${prefix}${randomBytes(48).toString('base64url')}`;

/** The grants of all people. */
export class Grants {
  readonly #settings: GoogleSettings;
  readonly #clock: Clock;
  readonly #codes = new Map<string, { readonly consent: Consent; readonly expiresAt: number }>();
  readonly #access = new Map<string, AccessToken>();
  readonly #grants = new Map<string, Grant>();

  constructor(settings: GoogleSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** A code for what was allowed; it is good once. */
  issueCode(consent: Consent): string {
    const code = secret('4/0A');
    this.#codes.set(code, { consent, expiresAt: this.#clock.now() + this.#settings.codeLifetimeMs });
    return code;
  }

  /** Uses a code up; null when there is none such, or it is too old. */
  takeCode(code: string): Consent | null {
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    return found && found.expiresAt > this.#clock.now() ? found.consent : null;
  }

  /** The tokens for a consent: a refresh token only offline, and only the first time or when consent was forced. */
  grant(consent: Consent): Tokens {
    const { clientId, email, offline } = consent;
    const known = this.#grants.get(keyOf(clientId, email));
    const grant = known ?? { clientId, email, scopes: new Set<string>(), refreshTokens: new Map() };
    this.#grants.set(keyOf(clientId, email), grant);
    const scopes = new Set(consent.includeGranted ? [...grant.scopes, ...consent.scopes] : consent.scopes);
    for (const scope of scopes) grant.scopes.add(scope);
    const access = this.#issueAccess(grant, scopes, offline);
    const first = grant.refreshTokens.size === 0;
    if (!offline || !(first || consent.forced)) return { access, nonce: consent.nonce };
    return { access, refreshToken: this.#issueRefresh(grant, scopes), nonce: consent.nonce };
  }

  /** Who gave a code, without using it up. */
  giverOf(code: string): string | null {
    return this.#codes.get(code)?.consent.email ?? null;
  }

  /** Whose refresh token this is; null when it is dead. */
  ownerOf(refreshToken: string): { readonly clientId: string; readonly email: string } | null {
    return this.#holder(refreshToken) ?? null;
  }

  /** A new access token for a living refresh token. `rotate` brings a new refresh token too, and kills the old one. */
  refresh(refreshToken: string, rotate: boolean): Tokens | null {
    const grant = this.#holder(refreshToken);
    if (!grant) return null;
    const scopes = grant.refreshTokens.get(refreshToken)!;
    const access = this.#issueAccess(grant, scopes, true);
    if (!rotate) return { access };
    grant.refreshTokens.delete(refreshToken);
    return { access, refreshToken: this.#issueRefresh(grant, scopes) };
  }

  /** A living access token. */
  find(token: string | undefined): AccessToken | null {
    const found = this.#access.get(token ?? '');
    return found && found.expiresAt > this.#clock.now() ? found : null;
  }

  /** Ends the whole grant to which this token of either kind belongs; whether there was one. */
  revoke(token: string): boolean {
    const owner = this.#holder(token) ?? this.find(token);
    return owner !== undefined && owner !== null && this.#end(owner.clientId, owner.email);
  }

  /** As the person does in the account's settings: nothing of theirs works any more. */
  revokeAll(email: string): void {
    for (const grant of [...this.#grants.values()]) if (grant.email === email) this.#end(grant.clientId, email);
  }

  /** Access tokens end before their time; refresh tokens live on. */
  expireAccess(email?: string): void {
    for (const [token, access] of this.#access)
      if (email === undefined || access.email === email) this.#access.delete(token);
  }

  /** What somebody has granted now; null when nothing. */
  granted(clientId: string, email: string): { readonly scopes: string[]; readonly refreshTokens: number } | null {
    const grant = this.#grants.get(keyOf(clientId, email));
    return grant ? { scopes: [...grant.scopes].sort(), refreshTokens: grant.refreshTokens.size } : null;
  }

  #holder(refreshToken: string): Grant | undefined {
    return [...this.#grants.values()].find((grant) => grant.refreshTokens.has(refreshToken));
  }

  #issueAccess({ clientId, email }: Grant, scopes: ReadonlySet<string>, offline: boolean): AccessToken {
    const expiresAt = this.#clock.now() + this.#settings.accessTokenLifetimeMs;
    const access = { token: secret('ya29.a0'), email, clientId, scopes, offline, expiresAt };
    this.#access.set(access.token, access);
    return access;
  }

  #issueRefresh(grant: Grant, scopes: ReadonlySet<string>): string {
    const token = secret('1//0');
    grant.refreshTokens.set(token, scopes);
    if (grant.refreshTokens.size > MOST_REFRESH_TOKENS) {
      const [oldest] = grant.refreshTokens.keys();
      grant.refreshTokens.delete(oldest!);
    }
    return token;
  }

  #end(clientId: string, email: string): boolean {
    for (const [token, access] of this.#access)
      if (access.clientId === clientId && access.email === email) this.#access.delete(token);
    return this.#grants.delete(keyOf(clientId, email));
  }
}

const keyOf = (clientId: string, email: string) => `${clientId}\n${email}`;

/** The `sub` of a person: 21 digits, the same for the same address. */
export function subjectOf(email: string): string {
  const digest = createHash('sha256').update(email).digest('hex').slice(0, 16);
  return `1${(BigInt(`0x${digest}`) % 10n ** 20n).toString().padStart(20, '0')}`;
}
