// A person signs in with Google: as whom, and who must not come in that way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { Browser } from '../support/browser.ts';
import { connectByGoogle } from '../support/google-account.ts';
import { type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { HOMES, linkFor, me, PASSWORD, withPassword } from '../support/person.ts';
import { connected, startPretendGmail } from '../support/pretend-gmail.ts';

const folder = newFolder();
let room: Mailroom;
let gmail: Sandbox;

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'abcdefghijklmnop' };

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  room = await startMailroom({ folder, env: { ...pretend.env, ...gmail.google.env } });
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

describe('Google', () => {
  /** The walk to Google and back, as this person there. */
  async function byGoogle(email: string, to = '', browser = new Browser()) {
    const begun = await browser.get(`${room.url}/sign-in/google?to=${encodeURIComponent(to)}`);
    const asked = new URL(begun.location!);
    const back = await gmail.google.consent(begun.location!, { email });
    return { browser, asked, back, came: await browser.get(back) };
  }

  it('signs in who has connected that address, asks for nothing but who it is, and ends no grant', async () => {
    const account = await connectByGoogle(room, gmail, JANE.email, 'u20');
    const { browser, asked, came, back } = await byGoogle(JANE.email, '/me');
    expect(asked.searchParams.get('scope')).toBe('openid email');
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
    expect(asked.searchParams.has('access_type')).toBe(false);
    expect([came.status, came.location]).toEqual([303, `${room.url}/me`]);
    expect((await me(room, browser)).body).toMatchObject({ user_id: 'u20', role: 'member' });
    expect(gmail.google.grants.granted(gmail.google.clientId, JANE.email)).not.toBeNull();
    expect((await room.rest('GET', `/accounts/${account}`)).body.status).toBe('active');
    // The answer counts once, and in the browser that was sent there.
    expect((await browser.get(back)).status).toBe(404);
    const begun = await new Browser().get(`${room.url}/sign-in/google`);
    const stolen = await gmail.google.consent(begun.location!, { email: JANE.email });
    const thief = new Browser();
    expect((await thief.get(stolen)).status).toBe(404);
    expect(thief.cookies).toEqual([]);
  });

  it('says what to do to whom nobody knows, to one of two, and makes nobody the owner by an account', async () => {
    const unknown = await byGoogle(BOB.email, '//evil.example');
    expect([unknown.came.status, unknown.browser.cookies.map(({ name }) => name)]).toEqual([401, []]);
    expect(unknown.came.text).toContain('Connect the account first');
    const owners = await connected(room, BOB, 'me');
    expect((await byGoogle(BOB.email)).came.status).toBe(401);
    const owner = new Browser();
    await owner.post(await linkFor(room, 'me'), {});
    await owner.post(`${room.url}/sign-in/ways`, { login: BOB.email, password: PASSWORD });
    const { browser, came } = await byGoogle(BOB.email);
    expect(HOMES).toContain(new URL(came.location!).pathname);
    expect((await me(room, browser)).body).toMatchObject({ role: 'owner', user_id: 'me' });
    await room.rest('DELETE', `/accounts/${owners}`);
  });

  it('leads nobody to a stranger who took the address for a login', async () => {
    const owners = (await room.rest('GET', '/accounts?user_id=u20')).body[0].account_id;
    await room.rest('DELETE', `/accounts/${owners}`);
    await withPassword(room, 'u21', JANE.email);
    const { browser, came } = await byGoogle(JANE.email);
    expect([came.status, browser.cookies.map(({ name }) => name)]).toEqual([401, []]);
  });

  it('that says no leads back to the page, which offers the other ways', async () => {
    const browser = new Browser();
    const begun = await browser.get(`${room.url}/sign-in/google?to=/me`);
    const back = await gmail.google.consent(begun.location!, { email: JANE.email, deny: true });
    const came = await browser.get(back);
    expect(came.status).toBe(401);
    expect(came.text).toContain('name="to" value="/me"');
  });
});
