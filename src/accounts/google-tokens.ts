// Access tokens of accounts that came by Google: in memory only, renewed before they expire, once however many wait. Knows
// the credential's row, not what the tokens are used for.
import type { AccessTokens } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import type { ControlStore } from '../store/control.ts';
import type { GoogleOAuth } from './google.ts';
import type { Binding, Vault } from './vault.ts';

export interface GoogleTokensOptions {
  readonly control: Pick<ControlStore, 'credential' | 'replaceCredential'>;
  readonly vault: Vault;
  /** Null: no OAuth client is set up. */
  readonly google: Pick<GoogleOAuth, 'refresh'> | null;
  readonly now: () => number;
  /** Google says that the grant in the credential `sealed` is gone for good. */
  readonly onRefused: (account: AccountId, error: AppError, sealed: string) => Promise<void>;
}

/** A token is replaced this long before it expires. */
const BEFORE_EXPIRY_MS = 5 * 60_000;
/** While the one at hand is still good, a renewal that failed is not repeated sooner. */
const NEXT_TRY_MS = 15_000;
/** How often a row that changes under our hands is read again. */
const MOST_READINGS = 3;

interface Held {
  readonly token: string;
  readonly renewAt: number;
  readonly expiresAt: number;
}

export class GoogleTokens {
  readonly #options: GoogleTokensOptions;
  readonly #held = new Map<AccountId, Held>();
  readonly #renewing = new Map<AccountId, Promise<string>>();
  /** Credentials that Google refused: asking again could only lead to the same. */
  readonly #refused = new Map<AccountId, { readonly sealed: string; readonly error: AppError }>();

  constructor(options: GoogleTokensOptions) {
    this.#options = options;
  }

  of(account: AccountId): AccessTokens {
    return {
      current: () => this.#current(account),
      instead: (token) => {
        if (this.#held.get(account)?.token === token) this.#held.delete(account);
        return this.#current(account);
      },
    };
  }

  /** The account was connected anew or removed: what is known of its tokens counts no more. */
  forget(account: AccountId): void {
    this.#held.delete(account);
    this.#renewing.delete(account);
    this.#refused.delete(account);
  }

  async #current(account: AccountId): Promise<string> {
    const held = this.#held.get(account);
    if (held && this.#options.now() < held.renewAt) return held.token;
    const under = this.#renewing.get(account);
    if (under) return under;
    const renewing: Promise<string> = this.#renew(account, () => this.#renewing.get(account) === renewing)
      .catch((error: unknown) => this.#stillGood(account, error))
      .finally(() => {
        if (this.#renewing.get(account) === renewing) this.#renewing.delete(account);
      });
    this.#renewing.set(account, renewing);
    return renewing;
  }

  /** The token at hand, when Google cannot be asked for another one and it has not expired. */
  #stillGood(account: AccountId, error: unknown): string {
    const held = this.#held.get(account);
    const now = this.#options.now();
    const passing = error instanceof AppError && error.code !== 'account_rejected';
    if (!held || !passing || now >= held.expiresAt) throw error;
    this.#held.set(account, { ...held, renewAt: now + NEXT_TRY_MS });
    return held.token;
  }

  async #renew(account: AccountId, isWanted: () => boolean): Promise<string> {
    const { control, vault, google, now } = this.#options;
    if (!google)
      throw new AppError('unavailable', 'This server has no OAuth client any more.', {
        hint: 'The operator has to set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
      });
    for (let reading = 1; ; reading++) {
      const row = await control.credential(account);
      if (!row)
        throw new AppError('account_rejected', 'This account has no credential.', { hint: 'Connect it again.' });
      const refused = this.#refused.get(account);
      if (refused?.sealed === row.sealed) throw refused.error;
      const known = vault.open({ wrappedKey: row.wrapped_key, sealed: row.sealed }, refreshBinding(account));
      const askedAt = now();
      const grant = await google.refresh(known).catch(async (error: unknown) => {
        if (!(error instanceof AppError && error.definite)) throw error;
        // It may have been connected again while Google was asked about the old grant.
        const present = await control.credential(account);
        if (present?.sealed !== row.sealed && reading < MOST_READINGS) return null;
        if (isWanted()) this.#refused.set(account, { sealed: row.sealed, error });
        await this.#options.onRefused(account, error, row.sealed);
        throw error;
      });
      if (!grant) continue;
      if (grant.refreshToken !== null && grant.refreshToken !== known) {
        const { wrappedKey, sealed } = vault.seal(grant.refreshToken, refreshBinding(account));
        const replaced = await control.replaceCredential(account, row.sealed, { wrapped_key: wrappedKey, sealed });
        // A newer grant is there: this token belongs to one that counts no more.
        if (!replaced && reading < MOST_READINGS) continue;
      }
      const { accessToken: token, lifetimeMs } = grant;
      const expiresAt = askedAt + lifetimeMs;
      const renewAt = expiresAt - Math.min(BEFORE_EXPIRY_MS, lifetimeMs / 2);
      if (isWanted()) this.#held.set(account, { token, renewAt, expiresAt });
      return token;
    }
  }
}

/** What a refresh token's seal is bound to. */
export const refreshBinding = (account: AccountId): Binding => ({
  table: 'credentials',
  rowId: account,
  field: 'refresh_token',
});
