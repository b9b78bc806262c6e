// Giving grants back to Google, while nothing lives by them any more. Knows no page and no account's mail.
import { setTimeout as delay } from 'node:timers/promises';
import type { UserId } from '../base/ids.ts';
import { readHeld } from './connect-held.ts';
import type { House } from './context.ts';

const LONGEST_GOODBYE_MS = 3000;

/** What became of a grant: ended at Google, kept since another account lives by it, or not ended as far as we know. */
export type GrantEnd = 'revoked' | 'in_use' | 'not_revoked';

/**
 * Ends a grant at Google, unless an account lives by it, other than those of the user `but`. Google ends all that the person has
 * granted this client, so what other links hold of that is wiped: it could only become an account that is refused at once. Waits a
 * little, never rejects.
 */
export async function endGrant(
  house: House,
  refreshToken: string,
  sub: string,
  { but = null, waitMs = LONGEST_GOODBYE_MS }: { but?: UserId | null; waitMs?: number } = {},
): Promise<GrantEnd> {
  const { google } = house.connecting;
  if (!google) return 'not_revoked';
  if (await house.control.usesGrant(sub, but)) return 'in_use';
  for (const link of await house.control.links.waiting()) {
    const held = readHeld(house, link);
    if (held?.step === 'waiting' && held.sub === sub) await house.control.links.wipe(link.id);
  }
  const over = new AbortController();
  const revoked = google.revoke(refreshToken).then(
    () => 'revoked' as const,
    () => 'not_revoked' as const,
  );
  const waited = delay(waitMs, 'not_revoked' as const, { signal: over.signal }).catch(() => 'not_revoked' as const);
  const ended = await Promise.race([revoked, waited]);
  over.abort();
  return ended;
}

/** Wipes what the link holds; a grant among it is given back to Google. Null: there was none. */
export async function letGo(house: House, id: string, how?: Parameters<typeof endGrant>[3]): Promise<GrantEnd | null> {
  const row = await house.control.links.find('id', id);
  if (!row) return null;
  const what = readHeld(house, row);
  await house.control.links.wipe(id);
  return what?.step === 'waiting' ? endGrant(house, what.refreshToken, what.sub, how) : null;
}
