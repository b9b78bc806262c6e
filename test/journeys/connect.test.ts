// A person connects an account by a one-time link, as a browser does it; and everything that must not work on the way.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { readLock } from '../../src/store/lock.ts';
import { Browser, type Seen } from '../support/browser.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'canaryjanepasswd' };
const BOB = { email: 'bob@gmail.com', appPassword: 'canarybobpasswrd' };
const APP = 'https://app.example.com';
const GMAIL = 'https://www.googleapis.com/auth/gmail.';

const folder = newFolder();
let gmail: Sandbox;
let env: Record<string, string>;
let room: Mailroom;
/** Everything that must never be written down. */
const secrets: string[] = [];
/** Of earlier processes. */
const logs: string[] = [];

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  for (const { email } of [JANE, BOB]) gmail.user(email).deliver(letter(`To ${email}`, { to: email }));
  env = { ...pretend.env, ...gmail.google.env, RETURN_TO_ORIGINS: APP };
  room = await startMailroom({ folder, env });
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});
afterEach(async () => {
  gmail.script.clear();
  for (const { account_id } of (await room.rest('GET', '/accounts')).body)
    await room.rest('DELETE', `/accounts/${account_id}`);
  for (const { email } of [JANE, BOB]) gmail.google.grants.revokeAll(email);
});

interface Link {
  readonly link_id: string;
  readonly url: string;
  readonly expires_at: string;
}

async function newLink(more: object = {}): Promise<Link> {
  const { status, body } = await room.rest('POST', '/connect-links', { user_id: 'u1', ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  secrets.push(body.url.split('/').at(-1));
  return body;
}

const statusOf = async ({ link_id }: Link) => (await room.rest('GET', `/connect-links/${link_id}`)).body;
const accounts = async () => (await room.rest('GET', '/accounts')).body;

/** From the page to Google's consent page, whose address it answers. */
async function toGoogle(browser: Browser, { url }: Link): Promise<string> {
  const begun = await browser.follow(await browser.post(url, { method: 'google' }));
  expect(begun.status, begun.text).toBe(302);
  secrets.push(new URL(begun.location!).searchParams.get('state')!);
  return begun.location!;
}

/** Through Google's consent and back to our page. */
async function signedIn(
  browser: Browser,
  link: Link,
  answer: { email?: string; scopes?: string[] } = {},
): Promise<Seen> {
  const back = await gmail.google.consent(await toGoogle(browser, link), { email: JANE.email, ...answer });
  secrets.push(new URL(back).searchParams.get('code')!);
  return browser.follow(await browser.get(back));
}

const sayYes = (browser: Browser, { url }: Link, address = JANE.email): Promise<Seen> =>
  browser.post(`${url}/confirm`, { decision: 'yes', address, timezone: 'Europe/Berlin' });

async function connectedByGoogle(more: object = {}): Promise<{ account_id: string }> {
  const browser = new Browser();
  const link = await newLink(more);
  await signedIn(browser, link);
  await sayYes(browser, link);
  return statusOf(link);
}

describe('by Google', () => {
  it('a person consents, sees the address, says yes, and is sent back to the app', async () => {
    const browser = new Browser();
    const link = await newLink({ return_to: `${APP}/done?tab=1`, state: 'of the app', user_label: 'Jane Doe' });
    expect(Date.parse(link.expires_at) - Date.now()).toBeGreaterThan(9.5 * 60_000);
    const page = await browser.get(link.url);
    expect(page.status).toBe(200);
    for (const words of ['app.example.com', 'Jane Doe', 'Continue with Google', 'App Password'])
      expect(page.text).toContain(words);
    expect(browser.cookies).toEqual([]);

    const consent = new URL(await toGoogle(browser, link));
    const asked = Object.fromEntries(consent.searchParams);
    expect(asked).toMatchObject({
      response_type: 'code',
      redirect_uri: `${room.url}/api/gmail/callback`,
      access_type: 'offline',
      prompt: 'consent',
      include_granted_scopes: 'true',
      code_challenge_method: 'S256',
    });
    expect(asked.scope!.split(' ').toSorted()).toEqual(
      [
        'openid',
        'https://www.googleapis.com/auth/userinfo.email',
        `${GMAIL}readonly`,
        `${GMAIL}send`,
        `${GMAIL}compose`,
      ].toSorted(),
    );
    const back = await gmail.google.consent(consent.href, { email: JANE.email });
    const shown = await browser.follow(await browser.get(back));
    expect(shown.status).toBe(200);
    expect(shown.text).toContain('Is this the right account?');
    expect(shown.text).toContain(JANE.email);
    expect(await accounts()).toEqual([]);
    expect(await statusOf(link)).toEqual({ status: 'pending' });

    const done = await sayYes(browser, link);
    expect(done.status).toBe(303);
    const [account] = await accounts();
    expect(account).toMatchObject({
      email: JANE.email,
      user_id: 'u1',
      kind: 'google_oauth',
      status: 'active',
      timezone: 'Europe/Berlin',
    });
    const returned = new URL(done.location!);
    expect(returned.origin + returned.pathname).toBe(`${APP}/done`);
    expect(Object.fromEntries(returned.searchParams)).toEqual({
      tab: '1',
      status: 'connected',
      account_id: account.account_id,
      state: 'of the app',
    });
    expect(await statusOf(link)).toEqual({ status: 'connected', account_id: account.account_id });
  });

  it('asks nobody but the configured servers, each as often as it must', async () => {
    const before = gmail.google.requests.length;
    const browser = new Browser();
    const link = await newLink();
    await signedIn(browser, link);
    const asked = gmail.google.requests.slice(before).map(({ operation }) => operation);
    expect(asked).toEqual(['auth.page', 'auth.decision', 'token.code', 'userinfo']);
  });

  it('says what is not allowed when a box was left unticked, and connects without it', async () => {
    const browser = new Browser();
    const link = await newLink();
    const shown = await signedIn(browser, link, { scopes: [`${GMAIL}readonly`] });
    expect(shown.text).toContain('send mail or to prepare drafts');
    await sayYes(browser, link);
    expect((await statusOf(link)).status).toBe('connected');
  });

  it('connects nothing without the box for reading, says which it is, and lets the person try again', async () => {
    const browser = new Browser();
    const link = await newLink();
    const shown = await signedIn(browser, link, { scopes: [`${GMAIL}send`] });
    expect(shown.status).toBe(422);
    expect(shown.text).toContain('View your email messages and settings');
    expect(gmail.google.grants.granted(gmail.google.clientId, JANE.email)).toBeNull();
    expect((await sayYes(browser, link)).status).toBe(409);
    expect(await accounts()).toEqual([]);
    await signedIn(browser, link);
    await sayYes(browser, link);
    expect((await statusOf(link)).status).toBe('connected');
  });

  it('takes a no at Google, and a no at the end, for a no; what was granted is given back', async () => {
    for (const at of ['Google', 'the end', 'the start']) {
      const browser = new Browser();
      const link = await newLink({ return_to: `${APP}/done`, state: 's' });
      let last: Seen;
      if (at === 'Google') {
        const back = await gmail.google.consent(await toGoogle(browser, link), { email: JANE.email, deny: true });
        last = await browser.get(back);
      } else if (at === 'the end') {
        await signedIn(browser, link);
        last = await browser.post(`${link.url}/confirm`, { decision: 'no', address: JANE.email });
      } else last = await browser.post(link.url, { method: 'decline' });
      expect(last.location, at).toBe(`${APP}/done?status=declined&state=s`);
      expect(await statusOf(link), at).toEqual({ status: 'declined' });
      expect(gmail.google.grants.granted(gmail.google.clientId, JANE.email), at).toBeNull();
      expect((await browser.post(link.url, { method: 'google' })).status, at).toBe(409);
    }
    expect(await accounts()).toEqual([]);
  });

  it('lets the person choose another account before the last word', async () => {
    const browser = new Browser();
    const link = await newLink();
    await signedIn(browser, link, { email: BOB.email });
    const start = await browser.follow(
      await browser.post(`${link.url}/confirm`, { decision: 'other', address: BOB.email }),
    );
    expect(start.text).toContain('Continue with Google');
    expect(gmail.google.grants.granted(gmail.google.clientId, BOB.email)).toBeNull();
    await signedIn(browser, link);
    // The word that was meant for the first address does not count for the second.
    expect((await sayYes(browser, link, BOB.email)).status).toBe(409);
    expect(await accounts()).toEqual([]);
    await sayYes(browser, link);
    expect((await accounts())[0].email).toBe(JANE.email);
  });

  it('refuses another address than the one that the link is for', async () => {
    const browser = new Browser();
    const link = await newLink({ email: 'JANE@gmail.com' });
    expect(new URL(await toGoogle(browser, link)).searchParams.get('login_hint')).toBe(JANE.email);
    const shown = await signedIn(browser, link, { email: BOB.email });
    expect(shown.status).toBe(409);
    expect(shown.text).toContain(`This link is for ${JANE.email}`);
    expect(gmail.google.grants.granted(gmail.google.clientId, BOB.email)).toBeNull();
    await signedIn(browser, link);
    await sayYes(browser, link);
    expect((await statusOf(link)).status).toBe('connected');
  });

  it('refuses an address that another user has, without a word of whose it is', async () => {
    await connectedByGoogle({ user_id: 'somebody' });
    const browser = new Browser();
    const link = await newLink();
    const shown = await signedIn(browser, link);
    expect(shown.status).toBe(409);
    expect(shown.text).toContain('connected already');
    expect(shown.text).not.toContain('somebody');
    // The other user's account lives by the same grant.
    expect(gmail.google.grants.granted(gmail.google.clientId, JANE.email)).not.toBeNull();
    expect((await room.rest('POST', '/connect-links', { user_id: 'u1', email: JANE.email })).body.code).toBe(
      'conflict',
    );
  });

  it('asks for another sign-in where the one that waits has ended with the grant of another link', async () => {
    const [first, second] = [new Browser(), new Browser()];
    const links = [await newLink(), await newLink()] as const;
    await signedIn(first, links[0]);
    await signedIn(second, links[1]);
    await first.post(`${links[0].url}/confirm`, { decision: 'no', address: JANE.email });
    const late = await sayYes(second, links[1]);
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('Continue with Google')]);
    expect(await accounts()).toEqual([]);
    await signedIn(second, links[1]);
    await sayYes(second, links[1]);
    expect((await statusOf(links[1])).status).toBe('connected');
  });

  it('leaves no word of the person on the disk when the account is removed', async () => {
    const { account_id } = await connectedByGoogle({ email: JANE.email, user_label: 'Canary Jane' });
    await upToDate(room, account_id);
    await room.rest('DELETE', `/accounts/${account_id}`);
    for (const name of readdirSync(join(folder, 'data')).filter((each) => each.startsWith('control.sqlite'))) {
      const bytes = readFileSync(join(folder, 'data', name));
      expect(bytes.includes('Canary Jane'), name).toBe(false);
    }
  });

  it('revokes the grant when the account is removed, and removes it also when Google does not answer', async () => {
    const first = await connectedByGoogle();
    await room.rest('DELETE', `/accounts/${first.account_id}`);
    expect(gmail.google.grants.granted(gmail.google.clientId, JANE.email)).toBeNull();
    const second = await connectedByGoogle();
    gmail.script.add('', { kind: 'google-answer', operation: 'revoke', status: 503 });
    expect((await room.rest('DELETE', `/accounts/${second.account_id}`)).body.status).toBe('deleted');
    expect(await accounts()).toEqual([]);
  });
});

describe('by App Password', () => {
  it('a person connects, sees how far the first sync is, and that all is here', async () => {
    const browser = new Browser();
    const link = await newLink();
    const form = {
      method: 'app_password',
      email: ' Jane@Gmail.com ',
      app_password: 'cana ryja nepa sswd',
      timezone: 'Asia/Tokyo',
    };
    const shown = await browser.follow(await browser.post(link.url, form));
    expect(shown.text).toContain(`${JANE.email} is connected`);
    const { account_id } = await statusOf(link);
    expect((await accounts())[0]).toMatchObject({ account_id, kind: 'app_password', timezone: 'Asia/Tokyo' });
    await upToDate(room, account_id);
    const later = await browser.get(link.url);
    expect(later.text).toContain('All 1 mails are here');
    expect(later.text).not.toContain('http-equiv');
    // Who only has the link is told nothing of the account.
    const stranger = await new Browser().get(link.url);
    expect(stranger.text).toContain('has been used');
    expect(stranger.text).not.toContain(JANE.email);
  });

  it('may be tried again after a wrong one, a few times', async () => {
    const browser = new Browser();
    const link = await newLink({ return_to: `${APP}/done` });
    const wrong = { method: 'app_password', email: JANE.email, app_password: 'abcdefghijklmnop' };
    for (let i = 1; i < 5; i++) {
      const shown = await browser.post(link.url, wrong);
      expect(shown.status).toBe(422);
      expect(shown.text).toContain('role="alert"');
      expect(shown.text).toContain(`value="${JANE.email}"`);
      expect(shown.text).not.toContain(wrong.app_password);
    }
    const last = await browser.post(link.url, wrong);
    expect(last.location).toBe(`${APP}/done?status=failed`);
    expect(await statusOf(link)).toEqual({ status: 'failed' });
    expect((await browser.post(link.url, { ...wrong, app_password: JANE.appPassword })).status).toBe(409);
    expect(await accounts()).toEqual([]);
  });

  it('is the only way where the link says so, and Google the only one where it says that', async () => {
    const browser = new Browser();
    const password = await newLink({ method: 'app_password', email: JANE.email });
    const page = await browser.get(password.url);
    expect(page.text).not.toContain('Continue with Google');
    expect(page.text).toContain(`value="${JANE.email}" readonly`);
    expect((await browser.follow(await browser.post(password.url, { method: 'google' }))).status).toBe(403);
    const wrong = await browser.post(password.url, {
      method: 'app_password',
      email: BOB.email,
      app_password: BOB.appPassword,
    });
    expect(wrong.status).toBe(409);
    const google = await newLink({ method: 'google' });
    expect((await browser.get(google.url)).text).not.toContain('name="app_password"');
    const given = { method: 'app_password', email: JANE.email, app_password: JANE.appPassword };
    expect((await browser.post(google.url, given)).status).toBe(403);
    expect(await accounts()).toEqual([]);
  });
});

describe('the same user and address again', () => {
  it('renews the credential and keeps id and mail, also when the kind changes', async () => {
    const { account_id } = await room.tool('add_gmail_account', {
      user_id: 'u1',
      email: JANE.email,
      app_password: JANE.appPassword,
    });
    await upToDate(room, account_id);
    const [{ message_id }] = (await room.tool('search_emails', { account_id })).messages;
    expect((await connectedByGoogle()).account_id).toBe(account_id);
    expect((await accounts())[0]).toMatchObject({ account_id, kind: 'google_oauth', status: 'active' });
    const [kept] = (await room.tool('search_emails', { account_id })).messages;
    expect(kept.message_id).toBe(message_id);
    const back = await room.tool('add_gmail_account', {
      user_id: 'u1',
      email: JANE.email,
      app_password: JANE.appPassword,
    });
    expect(back).toMatchObject({ account_id, kind: 'app_password' });
    await upToDate(room, account_id);
    // Nothing lives by that grant any more.
    expect(gmail.google.grants.granted(gmail.google.clientId, JANE.email)).toBeNull();
  });
});

describe('a link', () => {
  it('is bound to the browser that began, by a cookie that no script and no other path can read', async () => {
    const [mine, other] = [new Browser(), new Browser()];
    const link = await newLink();
    await mine.post(link.url, { method: 'google' });
    expect(mine.cookies.map(({ path }) => path).toSorted()).toEqual(['/api/gmail', '/connect']);
    for (const { attributes } of mine.cookies) {
      expect(attributes).toMatch(/HttpOnly/);
      expect(attributes).toMatch(/SameSite=Lax/);
    }
    secrets.push(mine.cookies[0]!.value);
    expect((await other.get(link.url)).text).toContain('another browser');
    const given = { method: 'app_password', email: JANE.email, app_password: JANE.appPassword };
    for (const form of [{ method: 'google' }, given, { method: 'decline' }])
      expect((await other.post(link.url, form)).status).toBe(403);
    const secret = link.url.split('/').at(-1);
    expect((await other.get(`${room.url}/api/gmail/connect?link=${secret}`)).status).toBe(403);
    await signedIn(mine, link);
    expect((await other.get(link.url)).text).not.toContain(JANE.email);
    expect((await sayYes(other, link)).status).toBe(403);
    expect(await statusOf(link)).toEqual({ status: 'pending' });
    await sayYes(mine, link);
    expect((await statusOf(link)).status).toBe('connected');
  });

  it('is used up by the form, never by looking, and only once', async () => {
    const browser = new Browser();
    const link = await newLink();
    for (let i = 0; i < 3; i++) expect((await new Browser().get(link.url)).status).toBe(200);
    await signedIn(browser, link);
    await sayYes(browser, link);
    const again = await sayYes(browser, link);
    expect((await browser.follow(again)).text).toContain('is connected');
    expect((await browser.post(link.url, { method: 'google' })).status).toBe(409);
    expect(await accounts()).toHaveLength(1);
  });

  it('is as unknown as one that never was, whatever is put in its place', async () => {
    for (const secret of ['x', 'a'.repeat(43), '..%2f..%2fhealth', '%00', "'or'1"]) {
      const seen = await new Browser().get(`${room.url}/connect/${secret}`);
      expect([seen.status, seen.headers.get('content-type')], secret).toEqual([404, 'text/html; charset=utf-8']);
      expect((await new Browser().post(`${room.url}/connect/${secret}`, { method: 'google' })).status, secret).toBe(
        404,
      );
    }
    expect((await room.rest('GET', '/connect-links/lnk_0')).status).toBe(404);
    expect((await room.rest('GET', '/connect-links/lnk_0', undefined, { authorization: '' })).status).toBe(401);
    expect((await room.rest('POST', '/connect-links', { user_id: 'u1' }, { authorization: '' })).status).toBe(401);
  });

  it('takes no form from another site', async () => {
    const browser = new Browser();
    const link = await newLink();
    for (const origin of ['https://evil.example', 'null', APP]) {
      expect((await browser.post(link.url, { method: 'decline' }, origin)).status, origin).toBe(403);
    }
    expect(await statusOf(link)).toEqual({ status: 'pending' });
  });

  it('leads back to no place that the operator has not allowed', async () => {
    for (const return_to of [
      'https://evil.example/',
      'http://app.example.com/',
      'https://app.example.com:444/',
      'https://app.example.com@evil.example/',
      'https://me:pw@app.example.com/',
      'https://app.example.com.evil.example/',
      'javascript:alert(1)//app.example.com',
      '//app.example.com/',
      '/settings',
      'data:text/html,x',
    ]) {
      const { status, body } = await room.rest('POST', '/connect-links', { user_id: 'u1', return_to });
      expect([status, body.code, body.field], return_to).toEqual([400, 'invalid_input', 'return_to']);
    }
    const { body } = await room.rest('POST', '/connect-links', { user_id: 'u1', return_to: 'https://evil.example/' });
    expect(body.hint).toContain('RETURN_TO_ORIGINS');
    await newLink({ return_to: `${room.url}/anywhere` });
  });

  it('names the agents that it is for, and grants the account to them alone', async () => {
    await room.rest('PUT', '/users/u1/profiles/bot', { name: 'The <b>bot</b>' });
    for (const profile_ids of [['nobody'], ['bot', 'nobody']]) {
      const { status, body } = await room.rest('POST', '/connect-links', { user_id: 'u1', profile_ids });
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
    expect((await room.rest('POST', '/connect-links', { user_id: 'u2', profile_ids: ['bot'] })).status).toBe(404);
    const link = await newLink({ profile_ids: ['bot'] });
    expect((await new Browser().get(link.url)).text).toContain('Only the agent <strong>The &lt;b&gt;bot');
    expect((await new Browser().get((await newLink()).url)).text).toContain('All agents');
    const browser = new Browser();
    await signedIn(browser, link);
    await sayYes(browser, link);
    expect((await accounts())[0]).toMatchObject({ scope: 'agents', profile_ids: ['bot'] });
    // Connecting again without a word of agents widens nothing.
    await connectedByGoogle();
    expect((await accounts())[0]).toMatchObject({ scope: 'agents', profile_ids: ['bot'] });
  });
});

describe('the state', () => {
  it('is good once, and its code with it', async () => {
    const browser = new Browser();
    const link = await newLink();
    const back = await gmail.google.consent(await toGoogle(browser, link), { email: JANE.email });
    expect((await browser.get(back)).status).toBe(303);
    const asked = gmail.google.count('token.code');
    const replayed = await browser.get(back);
    expect(replayed.status).toBe(404);
    expect(replayed.text).toContain('over');
    expect(gmail.google.count('token.code')).toBe(asked);
  });

  it('is refused in another browser, and still good in its own', async () => {
    const browser = new Browser();
    const link = await newLink();
    const back = await gmail.google.consent(await toGoogle(browser, link), { email: JANE.email });
    expect((await new Browser().get(back)).status).toBe(403);
    expect((await browser.follow(await browser.get(back))).text).toContain(JANE.email);
  });

  it('of one link does not carry the code of another', async () => {
    const [victim, attacker] = [new Browser(), new Browser()];
    const [theirs, evil] = [await newLink(), await newLink({ user_id: 'u2' })];
    const state = new URL(await toGoogle(victim, theirs)).searchParams.get('state')!;
    const stolen = await gmail.google.consent(await toGoogle(attacker, evil), { email: BOB.email });
    const forged = new URL(stolen);
    forged.searchParams.set('state', state);
    const seen = await victim.get(forged.href);
    expect(seen.status).toBe(422);
    expect(seen.text).toContain('did not accept this sign-in');
    expect(await accounts()).toEqual([]);
  });

  it.each([
    '',
    'state=',
    'state=x',
    'code=x',
    'state=x&code=y',
    'error=access_denied',
  ])('that is none leads nowhere: %s', async (query) => {
    const seen = await new Browser().get(`${room.url}/api/gmail/callback?${query}`);
    expect(seen.status).toBe(404);
  });

  it('of an earlier try counts no more', async () => {
    const browser = new Browser();
    const link = await newLink();
    const first = await toGoogle(browser, link);
    await toGoogle(browser, link);
    expect((await browser.get(await gmail.google.consent(first, { email: JANE.email }))).status).toBe(404);
  });
});

describe('Google in trouble', () => {
  it.each([
    ['token.code', 'hangs up', { kind: 'google-drop', stage: 'before', times: 1 }],
    ['token.code', 'answers 503', { kind: 'google-answer', status: 503, times: 1 }],
    ['userinfo', 'answers 500', { kind: 'google-answer', status: 500, times: 1 }],
  ] as const)('at %s, which %s, leaves the link to be tried again', async (operation, _, fault) => {
    const browser = new Browser();
    const link = await newLink();
    gmail.script.add('', { ...fault, operation });
    const shown = await signedIn(browser, link);
    expect(shown.status).toBe(503);
    expect(shown.text).toContain('Continue with Google');
    await signedIn(browser, link);
    await sayYes(browser, link);
    expect((await statusOf(link)).status).toBe('connected');
  });

  it('at userinfo keeps no grant that nobody knows of, and ends none that an account lives by', async () => {
    const again = { kind: 'google-answer', operation: 'userinfo', status: 500, times: 1 } as const;
    gmail.script.add('', again);
    expect((await signedIn(new Browser(), await newLink())).status).toBe(503);
    expect(gmail.google.grants.granted(gmail.google.clientId, JANE.email)).toBeNull();
    const [browser, link] = [new Browser(), await newLink()];
    await signedIn(browser, link);
    await sayYes(browser, link);
    gmail.script.add('', again);
    expect((await signedIn(new Browser(), await newLink())).status).toBe(503);
    expect(gmail.google.grants.granted(gmail.google.clientId, JANE.email)).not.toBeNull();
  });
});

describe('behind a proxy, under a path of an https address', () => {
  it('everything leads there, and the cookie travels nowhere else', async () => {
    const proxied = await startMailroom({ env: { ...env, PUBLIC_URL: 'https://mail.example/box/' } });
    const { url: local } = readLock(join(proxied.folder, 'data'))!;
    const made = await fetch(`${local}/connect-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${proxied.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: 'u1' }),
    });
    const { url } = (await made.json()) as Link;
    expect(url).toMatch(/^https:\/\/mail\.example\/box\/connect\/[\w-]{43}$/);
    const path = new URL(url).pathname.slice('/box'.length);
    const browser = new Browser();
    expect((await browser.get(local + path)).text).toContain(`action="/box${path}"`);
    const begun = await browser.post(local + path, { method: 'google' });
    expect(begun.location).toBe(`${local}/box/api/gmail/connect?link=${path.split('/').at(-1)}`);
    expect(browser.cookies.map((cookie) => cookie.path).toSorted()).toEqual(['/box/api/gmail', '/box/connect']);
    for (const { attributes } of browser.cookies) expect(attributes).toMatch(/Secure/);
    await proxied.end();
    removeFolder(proxied.folder);
  });
});

describe('after its ten minutes', () => {
  it('a link is over, what it held is wiped, and what was granted is given back', async () => {
    const browser = new Browser();
    const [fresh, waiting] = [await newLink({ return_to: `${APP}/done` }), await newLink()];
    await signedIn(browser, waiting);
    const file = new SQLite(join(folder, 'data', 'control.sqlite'));
    file
      .prepare('update connect_links set expires_at = ? where id in (?, ?)')
      .run(Date.now() - 1, fresh.link_id, waiting.link_id);
    const page = await browser.get(fresh.url);
    expect([page.status, await statusOf(fresh)]).toEqual([410, { status: 'expired' }]);
    expect(page.text).toContain(`href="${APP}/done"`);
    expect((await browser.post(fresh.url, { method: 'google' })).status).toBe(409);
    expect((await sayYes(browser, waiting)).status).toBe(410);
    const held = file.prepare('select sealed, state_hash from connect_links where id = ?');
    expect(held.get(waiting.link_id)).toMatchObject({ sealed: expect.any(String) });
    // The sweep begins with the process.
    await room.end();
    logs.push(...room.log);
    room = await startMailroom({ folder, env });
    await eventually(async () => gmail.google.grants.granted(gmail.google.clientId, JANE.email) === null);
    expect(held.get(waiting.link_id)).toEqual({ sealed: null, state_hash: null });
    file.close();
    expect(await statusOf(waiting)).toEqual({ status: 'expired' });
    expect(await accounts()).toEqual([]);
  });
});

describe('each page', () => {
  it('lets in nothing from elsewhere, is kept nowhere, and escapes what others wrote', async () => {
    const browser = new Browser();
    const link = await newLink({ return_to: `${APP}/x`, user_label: '👨‍👩‍👧 <img src=x onerror=alert(1)>"\'' });
    const page = await browser.get(link.url);
    expect(page.text).not.toContain('<img');
    expect(page.text).toContain('&lt;img');
    const confirming = await signedIn(browser, link);
    const missing = await browser.get(`${room.url}/connect/none`);
    for (const { headers, text } of [page, confirming, missing]) {
      const policy = headers.get('content-security-policy')!;
      expect(policy).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; form-action 'self'/,
      );
      expect(policy).toMatch(/frame-ancestors 'none'; base-uri 'none'$/);
      expect(policy).not.toMatch(/unsafe|\*|data:/);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(text).not.toMatch(/<[^>]* (src|on\w+|style)=/);
    }
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${gmail.google.origin} ${APP};`);
    expect(missing.headers.get('content-security-policy')).toContain("form-action 'self';");
  });

  it('is answered only under our own name', async () => {
    const { createConnection } = await import('node:net');
    const { hostname, port } = new URL(room.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = createConnection(Number(port), hostname, () =>
        socket.write('GET /connect/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1.1 403/);
  });
});

describe('at the end', () => {
  it('no secret of a link, of a cookie or of Google stands in the log or on the disk', async () => {
    const { account_id } = await connectedByGoogle();
    const token = gmail.google.allow(JANE.email);
    secrets.push(token.refreshToken, gmail.google.clientSecret, JANE.appPassword);
    await eventually(async () => (await room.rest('GET', `/accounts/${account_id}`)).body.kind === 'google_oauth');
    const log = [...logs, ...room.log].join('\n');
    for (const secret of secrets) expect(log).not.toContain(secret);
    expect(log).not.toMatch(/1\/\/0|ya29|4\/0A/);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(`${parentPath}/${name}`).toString('latin1');
      for (const secret of secrets) expect(bytes.includes(secret), name).toBe(false);
      expect(bytes, name).not.toMatch(/1\/\/0[\w-]{20}|ya29\.a0[\w-]{20}|4\/0A[\w-]{20}/);
    }
  });
});
