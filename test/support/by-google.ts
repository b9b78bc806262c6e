// Connecting an account by Google's consent, as a person with a browser does it.
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { Browser } from './browser.ts';
import type { Mailroom } from './mailroom.ts';
import { upToDate } from './pretend-gmail.ts';

/** Waits until the account's mail is here; answers its id. `scopes`: what the person leaves ticked; all when left out. */
export async function connectedByGoogle(
  room: Mailroom,
  gmail: Sandbox,
  { email, user = 'u1', scopes }: { email: string; user?: string; scopes?: string[] },
): Promise<string> {
  const { body: link } = await room.rest('POST', '/connect-links', { user_id: user });
  const browser = new Browser();
  const begun = await browser.follow(await browser.post(link.url, { method: 'google' }));
  const back = await gmail.google.consent(begun.location!, { email, ...(scopes && { scopes }) });
  await browser.follow(await browser.get(back));
  await browser.post(`${link.url}/confirm`, { decision: 'yes', address: email, timezone: 'UTC' });
  const { body } = await room.rest('GET', `/connect-links/${link.link_id}`);
  if (body.status !== 'connected') throw new Error(`not connected: ${JSON.stringify(body)}`);
  await upToDate(room, body.account_id);
  return body.account_id;
}
