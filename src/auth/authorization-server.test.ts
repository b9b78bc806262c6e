// A client that says who it is by a document at its own address, and what the authorization server makes of that.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../base/log.ts';
import { ControlStore } from '../store/control.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { ProfileTokens } from './profile-tokens.ts';
import { Resources } from './resources.ts';

const ISSUER = 'https://mail.example.com';
const CLIENT = 'https://client.example/oauth/client.json';
const REDIRECT = 'https://client.example/callback';
const DOCUMENT = { client_id: CLIENT, client_name: 'Example', redirect_uris: [REDIRECT], scope: 'read' };

let folder = '';
let store: ControlStore;
let server: AuthorizationServer;
let fetched: string[] = [];
let document: unknown = DOCUMENT;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mailroom-as-'));
  store = await ControlStore.open(folder);
  const log = createLogger('silent');
  fetched = [];
  document = DOCUMENT;
  server = new AuthorizationServer({
    rows: store.oauth,
    profiles: store.profiles,
    profileTokens: new ProfileTokens(store.profiles, log),
    resources: new Resources(() => [ISSUER]),
    seal: (secret) => ({ wrappedKey: 'v1.k', sealed: secret }),
    open: ({ sealed }) => sealed,
    cookieKey: 'a key',
    url: () => ISSUER,
    now: Date.now,
    log,
    fetchDocument: async (address) => {
      fetched.push(address);
      if (document === undefined) throw new Error('cannot be had');
      return { text: typeof document === 'string' ? document : JSON.stringify(document), cacheControl: undefined };
    },
  });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function begin(clientId: string, more: Record<string, string> = {}, address = '203.0.113.1') {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    resource: `${ISSUER}/mcp`,
    ...more,
  });
  const answer = await server.answer({ method: 'GET', path: `/authorize?${query}`, headers: {}, address });
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return { status: answer.status, location: answer.headers.get('location'), cookie };
}

it('is known by its document, may ask for more than that says, and is asked for it once for a while', async () => {
  const { status, location, cookie } = await begin(CLIENT, { scope: 'read send' });
  expect(status).toBe(303);
  const uid = location!.split('/').at(-1)!;
  expect(await server.asked(cookie, uid)).toEqual({
    uid,
    clientId: CLIENT,
    clientName: 'Example',
    redirectUri: REDIRECT,
    scope: new Set(['read', 'send']),
    resources: [`${ISSUER}/mcp`],
    staysSignedIn: true,
  });
  expect(await server.asked('', uid)).toBeNull();
  expect(await server.asked(cookie, 'another')).toBeNull();
  await begin(CLIENT);
  expect(fetched).toEqual([CLIENT]);
});

it.each([
  ['cannot be had', undefined],
  ['is no JSON', '<html>'],
  ['is a list', []],
  ['is of another client', { ...DOCUMENT, client_id: 'https://other.example/client.json' }],
  ['has a secret', { ...DOCUMENT, token_endpoint_auth_method: 'client_secret_post' }],
  ['has keys', { ...DOCUMENT, token_endpoint_auth_method: 'private_key_jwt' }],
  ['has no address to come back to', { ...DOCUMENT, redirect_uris: [] }],
  ['comes back by plain http', { ...DOCUMENT, redirect_uris: ['http://client.example/callback'] }],
  ['comes back elsewhere', { ...DOCUMENT, redirect_uris: ['https://client.example/other'] }],
])('is turned away, and sent nowhere, when its document %s', async (_what, given) => {
  document = given;
  const { status, location } = await begin(CLIENT);
  expect([status >= 400 && status < 500, location]).toEqual([true, null]);
});

it.each([
  'http://client.example/client.json',
  'https://user:secret@client.example/client.json',
  'https://client.example/a/../client.json',
  'https://client.example/client.json#x',
  'file:///etc/passwd',
])('is not looked for at %s', async (address) => {
  const { status, location } = await begin(address);
  expect([status, location]).toEqual([400, null]);
  expect(fetched).toEqual([]);
});

it('is looked for only so often in a minute for one address', async () => {
  for (let i = 0; i < 30; i++) await begin(`https://client${i}.example/client.json`);
  expect(fetched).toHaveLength(20);
  await begin('https://client99.example/client.json', {}, '203.0.113.2');
  // The library looks again before it says that it found nothing.
  expect(fetched.length).toBeGreaterThan(20);
});
