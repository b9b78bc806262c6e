// A person signs in with a browser: by the owner's link, by an app's link, by a password; and everything that must not let anybody in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';

const folder = newFolder();
let room: Mailroom;
/** Everything that must never be written down. */
const secrets: string[] = [];
const logs: string[] = [];

const PASSWORD = 'correct horse battery staple';

const ownerLinks = (lines: readonly string[]): { url: string; expires_at: string }[] =>
  lines.filter((line) => line.includes('become the owner')).map((line) => JSON.parse(line));

async function linkFor(user: string, more: object = {}): Promise<string> {
  const { status, body } = await room.rest('POST', `/users/${user}/sign-in-links`, more);
  expect(status, JSON.stringify(body)).toBe(201);
  secrets.push(body.url.split('/').at(-1));
  return body.url;
}

/** A browser in which that user has signed in by a link. */
async function signedIn(user: string): Promise<Browser> {
  const browser = new Browser();
  expect((await browser.post(await linkFor(user), {})).status).toBe(303);
  secrets.push(browser.cookies[0]!.value);
  return browser;
}

const me = async (browser: Browser) => {
  const { status, text } = await browser.ask('GET', `${room.url}/me`);
  return { status, body: JSON.parse(text) };
};

async function withPassword(user: string, login: string, password = PASSWORD): Promise<Browser> {
  const browser = await signedIn(user);
  const set = await browser.post(`${room.url}/sign-in/ways`, { login, password });
  expect(set.status, set.text).toBe(303);
  return browser;
}

beforeAll(async () => {
  room = await startMailroom({ folder, env: {} });
});
afterAll(async () => {
  await room?.end();
  removeFolder(folder);
});

describe('the owner’s link', () => {
  it('is printed at each start until an owner has a way back in, is not used up by looking, and works once', async () => {
    const [first] = ownerLinks(room.log);
    expect(Date.parse(first!.expires_at) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    logs.push(...room.log);
    await room.end();
    room = await startMailroom({ folder, env: {} });
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
    logs.push(...room.log);
    await room.end();
    room = await startMailroom({ folder, env: {} });
    expect(ownerLinks(room.log)).toEqual([]);
    // A cookie knows no port, and its session outlives the process.
    const again = new Browser();
    again.cookies.push({ ...browser.cookies[0]!, host: new URL(room.url).host });
    expect((await me(again)).body.role).toBe('owner');
  });
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
});

describe('what nobody may read', () => {
  it('is nowhere in the log', async () => {
    await eventually(async () => (await room.rest('GET', '/audit')).body.length > 0);
    const said = [...logs, ...room.log].filter((line) => !line.includes('become the owner')).join('\n');
    for (const secret of [...secrets, PASSWORD]) expect(said).not.toContain(secret);
  });
});
