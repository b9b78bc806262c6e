// Connecting an account by Google at a running Mailroom, as a person does with a browser.
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { Browser } from './browser.ts';
import type { Mailroom } from './mailroom.ts';

/** Answers the account's id; its mail is still to come. `scopes`: what the person leaves ticked; all when left out. */
export async function connectByGoogle(
  room: Mailroom,
  gmail: Sandbox,
  email: string,
  user: string,
  scopes?: readonly string[],
): Promise<string> {
  const link = (await room.rest('POST', '/connect-links', { user_id: user })).body;
  const browser = new Browser();
  const begun = await browser.follow(await browser.post(link.url, { method: 'google' }));
  const back = await gmail.google.consent(begun.location!, { email, ...(scopes && { scopes }) });
  await browser.follow(await browser.get(back));
  await browser.post(`${link.url}/confirm`, { decision: 'yes', address: email, timezone: 'UTC' });
  const { status, account_id } = (await room.rest('GET', `/connect-links/${link.link_id}`)).body;
  if (status !== 'connected') throw new Error(`the link is ${status}`);
  return account_id;
}
