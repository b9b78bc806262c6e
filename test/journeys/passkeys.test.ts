// A person makes passkeys and signs in with them, by an authenticator in software; and answers that are not good.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator } from '../support/authenticator.ts';
import { Browser } from '../support/browser.ts';
import { type Answer, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';

type Answered = Pick<Answer, 'status' | 'body'>;

const folder = newFolder();
let room: Mailroom;
let origin: string;

/** One that was free a moment ago: a name that people find the server by holds its port. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function signedIn(user: string): Promise<Browser> {
  const browser = new Browser();
  const { url } = (await room.rest('POST', `/users/${user}/sign-in-links`)).body;
  expect((await browser.post(url, {})).status).toBe(303);
  return browser;
}

async function ask(browser: Browser, method: string, path: string, body?: unknown): Promise<Answered> {
  const { status, text } = await browser.ask(method, origin + path, body);
  return { status, body: JSON.parse(text) };
}

/** A browser whose authenticator has a passkey of that user. */
async function withPasskey(user: string): Promise<{ browser: Browser; device: Authenticator; id: string }> {
  const browser = await signedIn(user);
  const device = new Authenticator();
  const { options } = (await ask(browser, 'POST', '/me/passkeys/options', {})).body;
  expect(options.authenticatorSelection).toMatchObject({ residentKey: 'required', userVerification: 'preferred' });
  const made = await ask(browser, 'POST', '/me/passkeys', {
    credential: device.create(options, origin),
    name: 'phone',
  });
  expect([made.status, made.body.name], JSON.stringify(made.body)).toEqual([201, 'phone']);
  return { browser, device, id: made.body.passkey_id };
}

const request = async (browser: Browser) => (await ask(browser, 'POST', '/sign-in/passkey-request', {})).body.options;
const use = (browser: Browser, credential: unknown, more: object = {}) =>
  ask(browser, 'POST', '/sign-in/passkey', { credential, ...more });

beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  room = await startMailroom({ folder, env: { PORT: String(port), PUBLIC_URL: origin } });
});
afterAll(async () => {
  await room?.end();
  removeFolder(folder);
});

describe('a passkey', () => {
  it('signs its person in without a login being typed, under a new cookie', async () => {
    const { device } = await withPasskey('u1');
    for (let i = 0; i < 2; i++) {
      const browser = new Browser();
      const options = await request(browser);
      expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'preferred' });
      expect(options.allowCredentials ?? []).toEqual([]);
      const used = await use(browser, device.get(options, origin), { to: '/me?x=1' });
      expect(used, JSON.stringify(used.body)).toEqual({ status: 200, body: { to: '/me?x=1' } });
      expect((await ask(browser, 'GET', '/me')).body).toMatchObject({
        user_id: 'u1',
        passkeys: 1,
        has_password: false,
      });
    }
    const led = await use(new Browser(), device.get(await request(new Browser()), origin), { to: '//evil.example' });
    expect(['/', '/sign-in/ways']).toContain(led.body.to);
  });

  it('opens nothing with an answer that was given before, elsewhere, by another key, or is of nobody', async () => {
    const { device } = await withPasskey('u2');
    const stranger = new Authenticator();
    stranger.create({ rp: { id: 'localhost' }, challenge: 'x' }, origin);
    const browser = new Browser();
    const good = device.get(await request(browser), origin);
    expect((await use(browser, good)).status).toBe(200);
    const forged = { ...device.passkeys[0]!, key: stranger.passkeys[0]!.key };
    const behind = { ...device.passkeys[0]!, counter: 0 };
    const wrong = [
      good,
      device.get(await request(browser), 'https://evil.example'),
      device.get(await request(browser), origin, { ...device.passkeys[0]!, site: 'evil.example' }),
      device.get({ challenge: 'AAAA' }, origin),
      device.get(await request(browser), origin, forged),
      device.get(await request(browser), origin, behind),
      stranger.get(await request(browser), origin),
      {},
      null,
    ];
    for (const [i, each] of wrong.entries()) {
      const other = new Browser();
      const answer = await use(other, each);
      expect([answer.status, answer.body.code], String(i)).toEqual([401, 'unauthenticated']);
      expect(other.cookies).toEqual([]);
    }
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const crossed = await new Browser().ask('POST', `${origin}/sign-in/passkey`, { credential: good }, foreign);
    expect(crossed.status).toBe(403);
  });

  it('is made for whom it was asked, once, and is its person’s alone', async () => {
    const { browser: jane, id, device } = await withPasskey('u3');
    const bob = await signedIn('u4');
    const { options } = (await ask(jane, 'POST', '/me/passkeys/options', {})).body;
    expect(options.excludeCredentials).toHaveLength(1);
    expect(JSON.stringify(options)).not.toContain('password_hash');
    const credential = new Authenticator().create(options, origin);
    expect((await ask(bob, 'POST', '/me/passkeys', { credential })).status).toBe(400);
    // The question counted once.
    expect((await ask(jane, 'POST', '/me/passkeys', { credential })).body.field).toBe('credential');
    const known = device.create((await ask(jane, 'POST', '/me/passkeys/options', {})).body.options, origin);
    expect((await ask(jane, 'POST', '/me/passkeys', { credential: known })).status).toBe(201);
    const foreign = await ask(bob, 'DELETE', `/me/passkeys/${id}`);
    expect(foreign).toEqual(await ask(bob, 'DELETE', '/me/passkeys/pk_00000000000000000000000000000000'));
    expect(foreign.status).toBe(404);
    expect((await ask(bob, 'PATCH', `/me/passkeys/${id}`, { name: 'x' })).status).toBe(404);
    expect((await ask(jane, 'PATCH', `/me/passkeys/${id}`, { name: 'my phone' })).body.name).toBe('my phone');
    expect((await ask(jane, 'GET', '/me/passkeys')).body).toHaveLength(2);
    expect((await ask(jane, 'DELETE', `/me/passkeys/${id}`)).status).toBe(200);
    const gone = device.get(await request(jane), origin);
    expect((await use(new Browser(), gone)).status).toBe(401);
    expect((await use(new Browser(), device.get(await request(jane), origin, device.passkeys[1]))).status).toBe(200);
  });

  it('is offered on the page by a script of ours alone, and named in the policy', async () => {
    const page = await new Browser().get(`${origin}/sign-in`);
    expect(page.text).toContain('id="passkey-sign-in"');
    expect(page.text).toContain('<script src="/sign-in/passkeys.js" defer></script>');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toMatch(/script-src 'sha256-[^']+' 'self';/);
    expect(policy).not.toContain('unsafe');
    const script = await new Browser().get(`${origin}/sign-in/passkeys.js`);
    expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(() => new Function(script.text)).not.toThrow();
  });
});

describe('where people find the server by an IP address', () => {
  it('no passkey is offered or taken', async () => {
    const other = await startMailroom({ env: {} });
    try {
      expect((await new Browser().get(`${other.url}/sign-in`)).text).not.toContain('passkey');
      const asked = await new Browser().ask('POST', `${other.url}/sign-in/passkey-request`, {});
      expect([asked.status, JSON.parse(asked.text).code]).toEqual([403, 'forbidden']);
    } finally {
      await other.end();
      removeFolder(other.folder);
    }
  });
});
