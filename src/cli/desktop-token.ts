// A token for programs of the person at this machine, asked of the Mailroom that owns the mail. Knows no store.
import { AppError } from '../base/errors.ts';
import type { Caller } from './caller.ts';

/** Whose programs they are when nothing else is said; `mailroom connect` connects accounts of the same user. */
export const DESKTOP = { user: 'me', profile: 'desktop' } as const;

export interface MadeToken {
  readonly token: string;
  readonly token_id: string;
}

/** A fresh token of the profile, which is made with read and draft when there is none. */
export async function tokenFor(
  caller: Caller,
  { user, profile }: { readonly user: string; readonly profile: string },
  seconds: number,
): Promise<MadeToken> {
  const path = `/users/${encodeURIComponent(user)}/profiles/${encodeURIComponent(profile)}`;
  if (!(await caller.has(path))) {
    const name = profile === DESKTOP.profile ? 'Desktop' : profile;
    await caller.rest('PUT', path, { name, permissions: ['read', 'draft'] });
  }
  const { token, token_id } = (await caller.rest('POST', `${path}/tokens`, { expires_in: seconds })).body;
  if (typeof token !== 'string' || typeof token_id !== 'string')
    throw new AppError('unavailable', 'The address answers without a token and is no Mailroom.');
  return { token, token_id };
}

const LASTS_S = 30 * 24 * 3600;
const RENEWED_BEFORE_MS = 24 * 3_600_000;

/** The token of this process as the desktop's profile: in memory alone, made when it is first needed, ended with the process. */
export class DesktopToken {
  #made: { readonly token: Promise<MadeToken>; readonly until: number; readonly caller: Caller } | null = null;

  /** `caller`: the operator, at the Mailroom that owns the mail now. Rejects when no token could be made there. */
  async at(caller: Caller): Promise<string> {
    if (!this.#made || Date.now() > this.#made.until - RENEWED_BEFORE_MS) {
      const token = tokenFor(caller, DESKTOP, LASTS_S);
      this.#made = { token, until: Date.now() + LASTS_S * 1000, caller };
      token.catch(() => {
        if (this.#made?.token === token) this.#made = null;
      });
    }
    this.#made = { ...this.#made, caller };
    return (await this.#made.token).token;
  }

  /** Best effort: one that could not be ended expires. */
  async end(): Promise<void> {
    const made = this.#made;
    if (!made) return;
    try {
      await made.caller.rest('DELETE', `/tokens/${(await made.token).token_id}`);
    } catch {
      // Its owner has gone before.
    }
  }
}
