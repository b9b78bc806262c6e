// A person signs in with a browser: by the owner's link, by an app's link, by a password; and everything that must not let anybody in.
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLock } from '../../src/store/lock.ts';
import { Browser } from '../support/browser.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import * as person from '../support/person.ts';
import { PASSWORD } from '../support/person.ts';

const folder = newFolder();
let room: Mailroom;
// Everybody asks from one address here: the proxy in front says which.
const env = { TRUST_PROXY: '1' };
/** Everything that must never be written down. */
const secrets: string[] = [];
const logs: string[] = [];

const ownerLinks = (lines: readonly string[]): { url: string; expires_at: string }[] =>
  lines.filter((line) => line.includes('become the owner')).map((line) => JSON.parse(line));

async function linkFor(user: string, more: object = {}): Promise<string> {
  const url = await person.linkFor(room, user, more);
  secrets.push(url.split('/').at(-1)!);
  return url;
}

async function signedIn(user: string): Promise<Browser> {
  const browser = new Browser();
  expect((await browser.post(await linkFor(user), {})).status).toBe(303);
  secrets.push(browser.cookies[0]!.value);
  return browser;
}

const me = (browser: Browser) => person.me(room, browser);

async function withPassword(user: string, login: string): Promise<Browser> {
  const browser = await person.withPassword(room, user, login);
  secrets.push(browser.cookies[0]!.value);
  return browser;
}

beforeAll(async () => {
  room = await startMailroom({ folder, env });
});
afterAll(async () => {
  await room?.end();
  removeFolder(folder);
});

describe('the owner’s link', () => {
  const owner: Browser['cookies'] = [];

  it('is made anew at each start, is not used up by looking, and works once', async () => {
    const [first] = ownerLinks(room.log);
    expect(Date.parse(first!.expires_at) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    logs.push(...room.log);
    await room.end();
    room = await startMailroom({ folder, env });
    const [second] = ownerLinks(room.log);
    const url = room.url + new URL(second!.url).pathname;
    const browser = new Browser();
    expect((await browser.get(room.url + new URL(first!.url).pathname)).status).toBe(404);
    for (let i = 0; i < 3; i++) expect((await browser.get(url)).text).toContain('Become the owner');
    expect(browser.cookies).toEqual([]);
    const came = await browser.post(url, {});
    expect(new URL(came.location!).pathname).toBe('/sign-in/ways');
    expect((await me(browser)).body).toMatchObject({ role: 'owner', user_id: 'me', login: null, has_password: false });
    expect((await new Browser().post(url, {})).status).toBe(404);
    expect(
      (await browser.post(`${room.url}/sign-in/ways`, { login: 'boss@example.org', password: PASSWORD })).status,
    ).toBe(303);
    expect((await me(browser)).body).toMatchObject({ login: 'boss@example.org', has_password: true });
    expect((await browser.ask('GET', `${room.url}/service-keys`)).status).toBe(200);
    owner.push(...browser.cookies);
  }, 60_000);

  it('is printed no more once the owner can come back, whose session outlives the process', async () => {
    logs.push(...room.log);
    await room.end();
    room = await startMailroom({ folder, env });
    expect(ownerLinks(room.log)).toEqual([]);
    // A cookie knows no port, and its session outlives the process.
    const again = new Browser();
    again.cookies.push({ ...owner[0]!, host: new URL(room.url).host });
    expect((await me(again)).body.role).toBe('owner');
  }, 60_000);
});

describe('a password', () => {
  it('signs in under a new cookie that scripts and other sites do not get', async () => {
    await withPassword('u1', 'jane@example.org');
    const browser = new Browser();
    const wrong = await browser.post(`${room.url}/sign-in`, { login: 'jane@example.org', password: 'wrong' });
    expect(wrong.status).toBe(401);
    expect(browser.cookies).toEqual([]);
    const right = await browser.post(`${room.url}/sign-in`, {
      login: ' Jane@Example.org ',
      password: PASSWORD,
      to: '/me',
    });
    expect([right.status, right.location]).toEqual([303, `${room.url}/me`]);
    const [cookie] = browser.cookies;
    expect(cookie).toMatchObject({ name: 'mailroom_session', path: '/' });
    expect(cookie!.attributes).toMatch(/HttpOnly/);
    expect(cookie!.attributes).toMatch(/SameSite=Lax/);
    expect((await me(browser)).body).toMatchObject({ user_id: 'u1', role: 'member', login: 'jane@example.org' });
    const again = await browser.post(`${room.url}/sign-in`, { login: 'jane@example.org', password: PASSWORD });
    expect(again.status).toBe(303);
    expect(browser.cookies[0]!.value).not.toBe(cookie!.value);
    const old = new Browser();
    old.cookies.push(cookie!);
    expect((await me(old)).status).toBe(401);
  });

  it('is asked for again when sign-out has ended the session, everywhere if wanted', async () => {
    const one = await withPassword('u2', 'bob@example.org');
    const other = new Browser();
    await other.post(`${room.url}/sign-in`, { login: 'bob@example.org', password: PASSWORD });
    expect((await me(other)).status).toBe(200);
    await other.post(`${room.url}/sign-out`, {});
    expect([(await me(other)).status, (await me(one)).status]).toEqual([401, 200]);
    await other.post(`${room.url}/sign-in`, { login: 'bob@example.org', password: PASSWORD });
    const link = await linkFor('u2');
    await one.post(`${room.url}/sign-out`, { everywhere: 'yes' });
    expect([(await me(other)).status, (await me(one)).status]).toEqual([401, 401]);
    expect((await new Browser().post(link, {})).status).toBe(404);
  });
});

describe('a cookie', () => {
  it('counts on REST for our own pages only, and never over MCP', async () => {
    const browser = await signedIn('u1');
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
    ] as Record<string, string>[])
      for (const method of ['GET', 'PUT'])
        expect(
          (await browser.ask(method, `${room.url}/me${method === 'PUT' ? '/login' : ''}`, undefined, headers)).status,
          JSON.stringify(headers),
        ).toBe(403);
    const { name, value } = browser.cookies[0]!;
    const bare = { cookie: `${name}=${value}` };
    expect((await fetch(`${room.url}/me`, { headers: bare })).status).toBe(200);
    expect((await fetch(`${room.url}/connect-links`, { method: 'POST', headers: bare })).status).toBe(403);
    for (const path of ['/mcp', '/mcp/sse', '/mcp/gmail'])
      expect((await browser.ask('POST', room.url + path, { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status).toBe(
        401,
      );
    expect((await browser.ask('GET', `${room.url}/me`, undefined, { authorization: 'Bearer sk_wrong' })).status).toBe(
      401,
    );
    expect((await room.rest('GET', '/me')).status).toBe(403);
  });

  it('counts also when a proxy in front has the browser send a password of its own', async () => {
    const browser = await signedIn('u1');
    const authorization = `Basic ${Buffer.from('guest:guest').toString('base64')}`;
    expect((await browser.ask('GET', `${room.url}/me`, undefined, { authorization })).status).toBe(200);
    const foreign = { authorization, 'sec-fetch-site': 'cross-site' };
    expect((await browser.ask('GET', `${room.url}/me`, undefined, foreign)).status).toBe(403);
  });
});

/** One try from an address. */
const guess = (login: string, password: string, from: string) =>
  fetch(`${room.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': from,
    },
    body: String(new URLSearchParams({ login, password })),
  });

/** Changes rows behind the server's back, as time would. */
function inStore(sql: string, ...values: unknown[]): void {
  const file = new SQLite(join(folder, 'data', 'control.sqlite'));
  file.prepare(sql).run(...values);
  file.close();
}

describe('one who guesses', () => {
  it('is slowed down and told when to go on, while the person comes in from elsewhere', async () => {
    await withPassword('u5', 'amy@example.org');
    expect((await guess('amy@example.org', PASSWORD, '198.51.100.7')).status).toBe(303);
    const began = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => guess('amy@example.org', `no ${i}`, '203.0.113.9')),
    );
    // Five at once, then one after 2 seconds, 4 more, 8 more: a slow machine has let some of that go by.
    const most = 5 + Math.floor(Math.log2((Date.now() - began) / 2000 + 1));
    const made = answers.filter(({ status }) => status === 401).length;
    expect(made).toBeGreaterThanOrEqual(5);
    expect(made).toBeLessThanOrEqual(most);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(100 - made);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.text()).toMatch(/Wait (a second|\d+ (seconds|minutes))/);
    // From a thousand addresses: the login itself is slowed down, also for the right password, but not for whom it knows.
    let tried = 0;
    for (let i = 0; i < 1000; i += 50) {
      const some = Array.from({ length: 50 }, (_, k) =>
        guess('amy@example.org', 'no', `10.0.${(i + k) >> 8}.${(i + k) & 255}`),
      );
      tried += (await Promise.all(some)).filter(({ status }) => status === 401).length;
    }
    expect(tried).toBeLessThan(60);
    const right = [];
    // Each wrong one that is let in doubles the wait for the next.
    for (let i = 1; i < 12 && right.at(-1) !== 429; i++) {
      await guess('amy@example.org', 'no', `192.0.2.${i}`);
      right.push((await guess('amy@example.org', PASSWORD, `192.0.2.${100 + i}`)).status);
    }
    expect(right.at(-1)).toBe(429);
    expect((await guess('amy@example.org', PASSWORD, '198.51.100.7')).status).toBe(303);
    expect((await guess('other@example.org', PASSWORD, '192.0.2.99')).status).toBe(401);
  }, 60_000);

  it('learns from neither words nor headers whether a login is known', async () => {
    await withPassword('u6', 'known@example.org');
    const answers = [];
    for (const [i, login] of ['known@example.org', 'nobody@example.org'].entries()) {
      const answer = await guess(login, 'wrong password', `192.0.2.${10 + i}`);
      answers.push(`${answer.status} ${(await answer.text()).replaceAll(login, '…')}`);
    }
    expect(answers[0]).toBe(answers[1]);
  });
});

describe('a link that an app makes', () => {
  it('signs its person in once, and leads on only within this server', async () => {
    const url = await linkFor('u7', { to: '/settings?tab=1#x' });
    const browser = new Browser();
    expect((await browser.get(url)).text).toContain('u7');
    const came = await browser.post(url, {});
    expect(came.location).toBe(`${room.url}/sign-in/ways?to=${encodeURIComponent('/settings?tab=1#x')}`);
    expect((await new Browser().post(url, {})).status).toBe(404);
    for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example', 'settings', '/.//evil.example'])
      expect((await room.rest('POST', '/users/u7/sign-in-links', { to })).body.field, to).toBe('to');
  });

  it('is over after its time, in foreign forms, and when the person signs out everywhere', async () => {
    const url = await linkFor('u7', { expires_in: 600 });
    const browser = new Browser();
    expect((await browser.post(url, {}, 'https://evil.example')).status).toBe(403);
    expect((await browser.get(url)).status).toBe(200);
    inStore('update sign_in_links set expires_at = ?', Date.now() - 1);
    expect((await browser.get(url)).status).toBe(404);
    expect((await browser.post(url, {})).status).toBe(404);
    expect(browser.cookies).toEqual([]);
  });

  it('is not made by a key that may less than the person could', async () => {
    const key = async (can: string[]) =>
      (await room.rest('POST', '/service-keys', { name: 'k', can })).body.key as string;
    const [profiles, whole] = [await key(['profiles']), await key(['accounts', 'profiles', 'mail'])];
    const ask = (token: string, user: string) =>
      room.rest('POST', `/users/${user}/sign-in-links`, {}, { authorization: `Bearer ${token}` });
    expect((await ask(profiles, 'u7')).status).toBe(403);
    expect((await ask(whole, 'u7')).status).toBe(201);
    expect((await ask(whole, 'me')).status).toBe(403);
    expect((await room.rest('POST', '/users/me/sign-in-links', {})).status).toBe(201);
  });
});

describe('a session', () => {
  it('ends with what is open on it when the person signs out everywhere', async () => {
    const url = await linkFor('me');
    const owner = new Browser();
    await owner.post(url, {});
    const { name, value } = owner.cookies[0]!;
    const stream = await fetch(`${room.url}/events`, {
      headers: { cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' },
    });
    expect(stream.status).toBe(200);
    const ended = stream.text().then(
      () => true,
      () => true,
    );
    await owner.post(`${room.url}/sign-out`, { everywhere: 'yes' });
    expect(await ended).toBe(true);
    expect((await fetch(`${room.url}/me`, { headers: { cookie: `${name}=${value}` } })).status).toBe(401);
  });

  it('is over after a week without use, and after a month', async () => {
    const browser = await signedIn('u8');
    const day = 24 * 3_600_000;
    inStore('update person_sessions set last_used_at = ?', Date.now() - 7 * day);
    expect((await me(browser)).status).toBe(401);
    const other = await signedIn('u8');
    inStore('update person_sessions set expires_at = ?', Date.now());
    expect((await me(other)).status).toBe(401);
    expect((await me(await signedIn('u8'))).body.expires_at).toBe(
      new Date((await lastSession()) + 30 * day).toISOString().replace('.000Z', 'Z'),
    );
  });

  it('is listed with its browser, and ended from another one, but not a stranger’s', async () => {
    const [one, two, stranger] = [await signedIn('u9'), await signedIn('u9'), await signedIn('u10')];
    const listed = JSON.parse((await one.ask('GET', `${room.url}/me/sessions`)).text);
    expect(listed).toHaveLength(2);
    const other = listed.find(({ current }: { current: boolean }) => !current);
    expect(other).toMatchObject({ browser: expect.any(String), session_id: expect.stringMatching(/^ses_/) });
    const end = (browser: Browser, id: string) => browser.ask('DELETE', `${room.url}/me/sessions/${id}`);
    const foreign = await end(stranger, other.session_id);
    expect([foreign.status, foreign.text]).toEqual([404, (await end(stranger, 'ses_0')).text]);
    expect((await end(one, other.session_id)).status).toBe(200);
    expect([(await me(one)).status, (await me(two)).status]).toEqual([200, 401]);
    const third = await signedIn('u9');
    expect(JSON.parse((await one.ask('DELETE', `${room.url}/me/sessions`)).text)).toEqual({
      status: 'signed_out',
      sessions: 1,
    });
    expect([(await me(one)).status, (await me(third)).status]).toEqual([200, 401]);
  });

  it('that is old changes no password without the one so far', async () => {
    const browser = await withPassword('u11', 'eve@example.org');
    const other = new Browser();
    await other.post(`${room.url}/sign-in`, { login: 'eve@example.org', password: PASSWORD });
    const change = async (more: object) => {
      const { status, text } = await browser.ask('PUT', `${room.url}/me/login`, { login: 'eve@example.org', ...more });
      return { status, field: JSON.parse(text).field };
    };
    inStore('update person_sessions set created_at = created_at - 3600000');
    const link = await browser.ask('POST', `${room.url}/users/u11/sign-in-links`, {});
    expect([link.status, JSON.parse(link.text).detail]).toEqual([403, 'It is a while since you signed in.']);
    const password = 'another long password';
    expect(await change({ password })).toEqual({ status: 400, field: 'current_password' });
    expect(await change({ password, current_password: 'wrong' })).toEqual({ status: 400, field: 'current_password' });
    expect(await change({ password: 'short', current_password: PASSWORD })).toEqual({ status: 400, field: 'password' });
    expect((await change({ password, current_password: PASSWORD })).status).toBe(200);
    expect([(await me(browser)).status, (await me(other)).status]).toEqual([200, 401]);
    for (let i = 0; i < 6; i++)
      expect(
        (await browser.ask('POST', `${room.url}/me/passkeys/options`, { current_password: password })).status,
      ).toBe(403);
    expect((await guess('eve@example.org', PASSWORD, '192.0.2.77')).status).toBe(401);
    expect((await guess('eve@example.org', password, '192.0.2.77')).status).toBe(303);
    const taken = await (await signedIn('u12')).ask('PUT', `${room.url}/me/login`, {
      login: 'eve@example.org',
      password,
    });
    expect([taken.status, JSON.parse(taken.text).field]).toEqual([409, 'login']);
  });
});

/** When the newest session began. */
async function lastSession(): Promise<number> {
  const file = new SQLite(join(folder, 'data', 'control.sqlite'), { readonly: true });
  const at = file.prepare('select max(created_at) from person_sessions').pluck().get() as number;
  file.close();
  return at;
}

describe('behind a proxy', () => {
  it.each([
    ['https://mail.example', '__Host-mailroom_session', '/'],
    ['https://mail.example/box', 'mailroom_session', '/box'],
  ])('as %s the cookie is named and kept as that allows', async (publicUrl, name, path) => {
    const proxied = await startMailroom({ env: { PUBLIC_URL: publicUrl } });
    try {
      const { url: local } = readLock(join(proxied.folder, 'data'))!;
      const [owner] = ownerLinks(proxied.log);
      expect(owner!.url.startsWith(`${publicUrl}/sign-in/`)).toBe(true);
      const browser = new Browser();
      const came = await browser.post(`${local}/sign-in/${owner!.url.split('/').at(-1)}`, {}, local);
      expect(new URL(came.location!).pathname).toBe(`${path === '/' ? '' : path}/sign-in/ways`);
      expect(browser.cookies).toMatchObject([{ name, path }]);
      expect(browser.cookies[0]!.attributes).toMatch(/Secure/);
    } finally {
      await proxied.end();
      removeFolder(proxied.folder);
    }
  });
});

describe('the audit', () => {
  it('keeps what a person changed on a page, and what was refused there', async () => {
    const browser = await withPassword('u30', 'audited@example.org');
    expect((await browser.post(`${room.url}/sign-in/ways`, { login: 'x', password: PASSWORD })).status).toBe(400);
    expect((await browser.post(`${room.url}/sign-in/ways`, { remove_passkey: 'pk_0' })).status).toBe(404);
    const rows = (await room.rest('GET', '/audit?user_id=u30')).body as { called: string; outcome: string }[];
    expect(rows.map(({ called, outcome }) => `${called}: ${outcome}`)).toEqual([
      'sign-in page: remove a passkey: not_found',
      'sign-in page: set the login: invalid_input',
      'sign-in page: set the login: ok',
      'sign-in page: link: ok',
      'POST /users/{user_id}/sign-in-links: ok',
    ]);
  });
});

describe('what nobody may read', () => {
  it('is nowhere in the log', async () => {
    await eventually(async () => (await room.rest('GET', '/audit')).body.length > 0);
    const said = [...logs, ...room.log].filter((line) => !line.includes('become the owner')).join('\n');
    for (const secret of [...secrets, PASSWORD]) expect(said).not.toContain(secret);
  });
});
