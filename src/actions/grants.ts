// Giving grants back to Google, while nothing lives by them any more. Knows no page and no account's mail.
import { setTimeout as delay } from 'node:timers/promises';
import { readHeld } from './connect-held.ts';
import type { House } from './context.ts';

const LONGEST_GOODBYE_MS = 3000;

/**
 * Ends a grant at Google, unless an account lives by it. Google ends all that the person has granted this client, so what
 * other links hold of that is wiped: it could only become an account that is refused at once. Waits a little, never rejects.
 */
export async function endGrant(house: House, refreshToken: string, sub: string): Promise<void> {
  const { google } = house.connecting;
  if (!google || (await house.control.usesGrant(sub))) return;
  for (const link of await house.control.links.waiting()) {
    const held = readHeld(house, link);
    if (held?.step === 'waiting' && held.sub === sub) await house.control.links.wipe(link.id);
  }
  const over = new AbortController();
  const revoked = google.revoke(refreshToken).catch(() => undefined);
  await Promise.race([revoked, delay(LONGEST_GOODBYE_MS, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}

/** Wipes what the link holds; a grant among it is given back to Google. */
export async function letGo(house: House, id: string): Promise<void> {
  const row = await house.control.links.find('id', id);
  if (!row) return;
  const what = readHeld(house, row);
  await house.control.links.wipe(id);
  if (what?.step === 'waiting') await endGrant(house, what.refreshToken, what.sub);
}
