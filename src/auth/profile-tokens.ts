// The tokens of profiles: made once, kept as a hash, turned into a session that says what its profile may do now. Knows no door.
import { createHash } from 'node:crypto';
import type { ProfileId, TokenId, UserId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { HeldToken, ProfileRows } from '../store/profile-rows.ts';
import type { Narrowing } from './narrowing.ts';
import { PERMISSIONS, type Permission, type ProfileSession, permissionsIn, type SignIn } from './session.ts';
import { isToken } from './token-form.ts';
import { UseNotes } from './use-notes.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class ProfileTokens {
  readonly #rows: ProfileRows;
  readonly #uses: UseNotes<TokenId>;
  readonly #listeners = new Set<(user: UserId, profile: ProfileId) => void>();
  readonly #holders = new Map<TokenId, Set<() => void>>();

  constructor(rows: ProfileRows, log: Logger) {
    this.#rows = rows;
    this.#uses = new UseNotes((id, at) => rows.setLastUsed(id, at), log);
  }

  /** The session of a token that is known and not expired, else null. */
  async enter(token: string, now: number): Promise<ProfileSession | null> {
    if (!isToken(token)) return null;
    const row = await this.#rows.tokenByHash(hashOf(token));
    if (!row || row.expires_at <= now) return null;
    this.#uses.note(row.id, now);
    return sessionOf(row);
  }

  /** The session of a remote client's access token, by the hash of the grant that it belongs to. */
  async enterSignIn(grantHash: string, by: Omit<SignIn, 'reach'>, now: number): Promise<ProfileSession | null> {
    const row = await this.#rows.tokenByHash(grantHash);
    if (!row || row.client_id !== by.clientId || row.expires_at <= now) return null;
    this.#uses.note(row.id, now);
    return sessionOf(row, by);
  }

  /** The session as it is now; null when its token was revoked or has expired. */
  async renewed({ id, signIn }: ProfileSession, now: number): Promise<ProfileSession | null> {
    const row = await this.#rows.token(id);
    return row && row.expires_at > now ? sessionOf(row, signIn) : null;
  }

  /** `end` is called when the token ends; the answer takes that back. */
  hold({ id, expiresAt, signIn }: ProfileSession, now: number, end: () => void): () => void {
    const holders = this.#holders.get(id) ?? new Set();
    this.#holders.set(id, holders.add(end));
    const until = Math.min(expiresAt, signIn?.until ?? expiresAt);
    const expiry = setTimeout(end, Math.min(until - now, LONGEST_TIMER_MS)).unref();
    return () => {
      clearTimeout(expiry);
      holders.delete(end);
      if (holders.size === 0) this.#holders.delete(id);
    };
  }

  /** Tells when the session's profile was changed, until the answer is called. */
  listen({ userId, profileId }: ProfileSession, tell: () => void): () => void {
    const listener = (user: UserId, profile: ProfileId): void => {
      if (user === userId && profile === profileId) tell();
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be called once the row is written. */
  changed(user: UserId, profile: ProfileId): void {
    for (const listener of [...this.#listeners]) listener(user, profile);
  }

  /** To be called once the rows are gone. */
  ended(tokens: readonly TokenId[]): void {
    for (const id of tokens) {
      this.#uses.forget(id);
      for (const end of [...(this.#holders.get(id) ?? [])]) end();
    }
  }
}

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

function sessionOf(row: HeldToken, by?: Omit<SignIn, 'reach'>): ProfileSession {
  const { id, user_id, profile_id, permissions, profile_permissions, made_by, expires_at, narrowing } = row;
  const ofProfile = permissionsIn(profile_permissions);
  const own = permissions === '' ? null : permissionsIn(permissions);
  const allowed = [...ofProfile].filter((each) => (own?.has(each) ?? true) && (by?.scope.has(each) ?? true));
  const reach = made_by === 'person' ? new Set<Permission>(PERMISSIONS) : ofProfile;
  return {
    kind: 'profile',
    id,
    userId: user_id,
    profileId: profile_id,
    permissions: new Set(allowed),
    only: narrowing === null ? null : (JSON.parse(narrowing) as Narrowing),
    expiresAt: expires_at,
    ...(by && { signIn: { clientId: by.clientId, scope: by.scope, until: by.until, reach } }),
  };
}
