// A client that says who it is by a document at its own address, and what the authorization server makes of that.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
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
const KEYS = 'https://client.example/oauth/jwks.json';
const DOCUMENT = { client_id: CLIENT, client_name: 'Example', redirect_uris: [REDIRECT], scope: 'read' };

const SIGNING = { ...DOCUMENT, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: KEYS };

let folder = '';
let store: ControlStore;
let server: AuthorizationServer;
let fetched: string[] = [];
let document: unknown = DOCUMENT;
let keys: unknown;

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
    onEnded: () => undefined,
    fetchDocument: async (address) => {
      fetched.push(address);
      if (address === KEYS) return { text: JSON.stringify(keys), cacheControl: undefined };
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
    answered: null,
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
  ['has to sign, with keys that are nowhere', { ...DOCUMENT, token_endpoint_auth_method: 'private_key_jwt' }],
  ['has keys at a plain address', { ...SIGNING, jwks_uri: 'http://client.example/oauth/jwks.json' }],
  ['signs with what is no key', { ...SIGNING, token_endpoint_auth_signing_alg: 'none' }],
  ['signs with a secret', { ...SIGNING, token_endpoint_auth_signing_alg: 'HS256' }],
  ['has no address to come back to', { ...DOCUMENT, redirect_uris: [] }],
  ['comes back by plain http', { ...DOCUMENT, redirect_uris: ['http://client.example/callback'] }],
  ['comes back elsewhere', { ...DOCUMENT, redirect_uris: ['https://client.example/other'] }],
])('is turned away, and sent nowhere, when its document %s', async (_what, given) => {
  document = given;
  const { status, location } = await begin(CLIENT);
  expect([status >= 400 && status < 500, location]).toEqual([true, null]);
});

it('that has keys must sign what it asks for, anew each time', async () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  keys = { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] };
  document = { ...SIGNING, token_endpoint_auth_signing_alg: 'RS256' };
  expect((await begin(CLIENT)).status).toBe(303);
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (more: object = {}, { privateKey } = pair): string => {
    const claims = {
      iss: CLIENT,
      sub: CLIENT,
      aud: `${ISSUER}/token`,
      jti: randomUUID(),
      iat: now,
      exp: now + 60,
      ...more,
    };
    const text = `${part({ alg: 'RS256', kid: 'k1' })}.${part(claims)}`;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  const ask = async (assertion?: string) => {
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: 'x'.repeat(43),
      ...(assertion === undefined
        ? { client_id: CLIENT }
        : { client_assertion: assertion, client_assertion_type: type }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await server.answer({ method: 'POST', path: '/token', headers, body: String(body), address: '::1' });
    return ((await answer.json()) as { error: string }).error;
  };
  const good = signed();
  // It is known then, and what it came with is not.
  expect(await ask(good)).toBe('invalid_grant');
  for (const aud of [ISSUER, [`${ISSUER}/token`]]) expect(await ask(signed({ aud }))).toBe('invalid_grant');
  const bad = [
    good,
    undefined,
    signed({}, stranger),
    signed({ aud: 'https://other.example/token' }),
    signed({ exp: now - 600 }),
    signed({ jti: undefined }),
    `${part({ alg: 'none' })}.${good.split('.')[1]}.`,
  ];
  for (const each of bad) expect(await ask(each)).toBe('invalid_client');
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

it('begins only so often in a minute from one address', async () => {
  const seen = new Set<number>();
  for (let i = 0; i < 120; i++) seen.add((await begin('https://user@client.example/client.json')).status);
  expect([...seen]).toEqual([400]);
  expect((await begin(CLIENT)).status).toBe(429);
  expect((await begin(CLIENT, {}, '203.0.113.2')).status).toBe(303);
});

it('is looked for only so often in a minute for one address', async () => {
  for (let i = 0; i < 30; i++) await begin(`https://client${i}.example/client.json`);
  expect(fetched).toHaveLength(20);
  await begin('https://client99.example/client.json', {}, '203.0.113.2');
  // The library looks again before it says that it found nothing.
  expect(fetched.length).toBeGreaterThan(20);
});
