// The pages that people open, and what they may do once they have signed in: cookies that are swapped, forms of other sites, what a
// browser keeps, and another person's ids under one's own cookie.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/routes.ts';
import { Browser } from '../support/browser.ts';
import { canariesIn } from '../support/canaries.ts';
import { ask, steady } from '../support/raw-request.ts';
import { consentPage, personOf, RemoteClient } from '../support/remote-client.ts';
import { mustBe, type Neighbourhood, type Person, startNeighbourhood } from '../support/three-people.ts';
import { NAMING, NOWHERE, stateOf } from './ids.ts';

let house: Neighbourhood;
let a: Person;
let b: Person;

beforeAll(async () => {
  house = await startNeighbourhood();
  ({ a, b } = house.people);
});
afterAll(() => house?.end());

/** The page behind this person's detector. */
const at = (person: Person, url: string): string => person.wire.url + new URL(url).pathname;

async function connectLink(person: Person): Promise<string> {
  const asked = { user_id: person.userId, user_label: `${person.userId.slice(0, 5)}0n77` };
  return at(person, (await mustBe(201, house.room.rest('POST', '/connect-links', asked))).body.url);
}

async function signedIn(person: Person): Promise<Browser> {
  const link = await mustBe(201, house.room.rest('POST', `/users/${person.userId}/sign-in-links`, {}));
  const browser = new Browser();
  expect((await browser.post(at(person, link.body.url), {})).status).toBe(303);
  return browser;
}

const cookieOf = ({ cookies }: Browser) => `${cookies[0]!.name}=${cookies[0]!.value}`;

describe('a page to connect on', () => {
  it('that is begun in one browser is closed to another, whatever cookie of its own that one shows', async () => {
    const [mine, theirs] = [await connectLink(a), await connectLink(b)];
    const [own, other] = [new Browser(), new Browser()];
    const wrong = { method: 'app_password', email: 'cnrya1n1@gmail.com', app_password: 'wrongwrongwrong1' };
    await own.post(mine, wrong);
    await other.post(theirs, { ...wrong, email: 'cnryb1n1@gmail.com' });
    const [mineAt, theirsAt] = [own.cookies[0]!, other.cookies[0]!];
    // b's page behind a's detector: what a's browser gets to see of it.
    const path = new URL(theirs).pathname;
    for (const cookie of [
      '',
      `${mineAt.name}=${mineAt.value}`,
      `${theirsAt.name}=${mineAt.value}`,
      `${theirsAt.name}=${mineAt.value}; ${theirsAt.name}=`,
    ]) {
      const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
      const looked = await ask(a.wire.url, 'GET', path, { headers });
      expect(looked.status, cookie).toBe(403);
      expect(looked.text).not.toMatch(/cnryb/);
      const posted = await ask(a.wire.url, 'POST', path, { headers, body: 'method=decline' });
      expect(posted.status, cookie).toBe(403);
      const confirmed = await ask(a.wire.url, 'POST', `${path}/confirm`, { headers, body: 'decision=yes&address=x' });
      expect([400, 403], cookie).toContain(confirmed.status);
    }
    expect((await other.get(theirs)).status).toBe(200);
    expect(a.wire.leaks).toEqual([]);
  });
});

describe('every page', () => {
  it('is kept by nobody, and takes no form of another site', async () => {
    const browser = await signedIn(a);
    const cookie = cookieOf(browser);
    const link = await connectLink(a);
    const pages = [
      new URL(link).pathname,
      '/sign-in',
      '/sign-in/ways',
      '/sign-out',
      '/sign-in/nothing',
      '/connect/nothing',
      '/me',
    ];
    for (const path of pages) {
      const { headers } = await ask(a.wire.url, 'GET', path, { headers: { cookie, 'sec-fetch-site': 'same-origin' } });
      expect(headers['cache-control'], path).toBe('no-store');
      expect(headers['service-worker-allowed'], path).toBeUndefined();
      expect(headers['access-control-allow-origin'], path).toBeUndefined();
    }
    const form = 'application/x-www-form-urlencoded';
    for (const path of pages.filter((each) => each !== '/me'))
      for (const foreign of [
        { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'null' },
        { origin: a.wire.url.replace('127.0.0.1', 'localhost') },
      ]) {
        const headers = { cookie, 'content-type': form, ...foreign } as Record<string, string>;
        const told = await ask(a.wire.url, 'POST', path, { headers, body: 'everywhere=on&method=decline' });
        expect([403, 404], `${path} ${JSON.stringify(foreign)}`).toContain(told.status);
      }
    // Nothing of it took effect.
    expect((await ask(a.wire.url, 'GET', '/me', { headers: { cookie, 'sec-fetch-site': 'same-origin' } })).status).toBe(
      200,
    );
  });
});

describe('a person who has signed in', () => {
  it('finds another person’s things as unknown as what never was, at every route, and changes none', async () => {
    const browser = await signedIn(a);
    const cookie = cookieOf(browser);
    const before = await stateOf(house.room, b);
    const nowhere: Record<string, string> = { ...unknownIds, email: NOWHERE.person };
    for (const { method, path, input } of ROUTES) {
      if (!path.includes('{')) continue;
      const answers = [];
      for (const of of [(name: string) => NAMING[name]?.(b) ?? 'x', (name: string) => nowhere[name] ?? 'x']) {
        const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(name === 'n' ? '1' : of(name)));
        const given = { name: 'x', scope: 'all', to: 'x@to.example', subject: 'x', body: 'x' };
        const body = Object.fromEntries(Object.entries(given).filter(([name]) => name in input.shape));
        const { status, text } = await ask(a.wire.url, method.toUpperCase(), url, {
          headers: { cookie, 'sec-fetch-site': 'same-origin', origin: a.wire.url },
          ...(!['get', 'delete'].includes(method) && { body }),
        });
        answers.push(`${status} ${steady(text)}`);
      }
      expect(answers[0], `${method} ${path}`).toBe(answers[1]);
      expect(answers[0], `${method} ${path}`).toMatch(/^4/);
    }
    const own = await ask(a.wire.url, 'GET', '/accounts', { headers: { cookie, 'sec-fetch-site': 'same-origin' } });
    expect(own.text.match(/"account_id"/g)).toHaveLength(2);
    expect(await stateOf(house.room, b)).toBe(before);
    expect(a.wire.leaks).toEqual([]);
  });

  it('is nobody at MCP, to a foreign page and after signing out, and is not whom another cookie names', async () => {
    const [browser, other] = [await signedIn(a), await signedIn(b)];
    const cookie = cookieOf(browser);
    const same = { 'sec-fetch-site': 'same-origin' };
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    for (const path of ['/mcp', '/mcp/sse', '/mcp/gmail'])
      expect((await ask(a.wire.url, 'POST', path, { headers: { cookie, ...same }, body: list })).status, path).toBe(
        401,
      );
    for (const site of ['cross-site', 'same-site'])
      expect((await ask(a.wire.url, 'GET', '/accounts', { headers: { cookie, 'sec-fetch-site': site } })).status).toBe(
        403,
      );
    // Two of them: never more than one person's, and a's detector hears nothing of b.
    const both = await ask(a.wire.url, 'GET', '/me', { headers: { cookie: `${cookie}; ${cookieOf(other)}`, ...same } });
    expect([both.status === 401 || both.text.includes(a.userId), both.text.includes(b.userId)]).toEqual([true, false]);
    await browser.post(`${a.wire.url}/sign-out`, {});
    for (const path of ['/me', '/accounts', `/accounts/${a.accounts[0].id}/messages`])
      expect((await ask(a.wire.url, 'GET', path, { headers: { cookie, ...same } })).status, path).toBe(401);
    expect((await ask(b.wire.url, 'GET', '/me', { headers: { cookie: cookieOf(other), ...same } })).text).toContain(
      b.userId,
    );
    for (const { wire } of [a, b]) expect(wire.leaks).toEqual([]);
  });
});

describe('a page on which a client is let in', () => {
  it('is closed to another person, and lets a client in to nobody’s mail but that of the person who says so', async () => {
    const { url } = house.room;
    const registered = await ask(url, 'POST', '/register', {
      body: {
        client_name: 'Claude',
        redirect_uris: ['http://127.0.0.1:33418/callback'],
        token_endpoint_auth_method: 'none',
      },
    });
    const asked = new URLSearchParams({
      client_id: JSON.parse(registered.text).client_id,
      redirect_uri: 'http://127.0.0.1:33418/callback',
      response_type: 'code',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      scope: 'read',
      resource: `${url}/mcp`,
      state: 'x',
    });
    const [mine, theirs] = [await personOf(house.room, a.userId), await personOf(house.room, b.userId)];
    const page = await consentPage(theirs, `${url}/authorize?${asked}`);
    expect(page.text).toMatch(/cnryb/);
    const path = new URL(page.url).pathname;
    const stolen = theirs.cookies
      .filter(({ name }) => !name.includes('session'))
      .map((each) => `${each.name}=${each.value}`);
    const same = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
    const form = `decision=allow&permission=read&profile=${b.userId.replace(/1$/, '2')}`;
    for (const cookie of [cookieOf(mine), [cookieOf(mine), ...stolen].join('; ')]) {
      const looked = await ask(a.wire.url, 'GET', path, { headers: { cookie, ...same } });
      expect(looked.text).not.toMatch(/cnryb/);
      const posted = await ask(a.wire.url, 'POST', path, { headers: { cookie, ...same }, body: form });
      expect(posted.status).toBeGreaterThanOrEqual(400);
    }
    const tokens = await house.room.rest('GET', `/users/${b.userId}/profiles/${b.userId.replace(/1$/, '2')}/tokens`);
    expect(tokens.body).toHaveLength(1);

    const client = await new RemoteClient(mine).connect(`${url}/mcp`);
    for (const answer of [
      await client.listTools(),
      await client.listResources(),
      await client.callTool({ name: 'gmail_search', arguments: { query: 'commonword' } }),
      await client.callTool({ name: 'gmail_read_message', arguments: { message_id: b.accounts[0].mails[0]!.id } }),
    ])
      expect([...canariesIn(JSON.stringify(answer))].filter(({ person }) => person !== 'a')).toEqual([]);
    const found = await client.callTool({ name: 'gmail_search', arguments: { query: 'commonword' } });
    expect(JSON.stringify(found)).toMatch(/cnrya/);
    await client.close();
    expect(a.wire.leaks).toEqual([]);
  }, 60_000);
});

const unknownIds = {
  account_id: NOWHERE.account,
  message_id: NOWHERE.id,
  thread_id: NOWHERE.id,
  user_id: 'nobody',
  profile_id: 'noprofile',
  outbox_id: 'out_00000000000000000000000000',
  token_id: 'tok_00000000000000000000000000',
  link_id: 'lnk_00000000000000000000000000000000',
  key_id: 'key_00000000000000000000000000000000',
};
