// What Google, and a server that stands in for it, may answer to a sign-in; and what is refused in it.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type AnswerServer, type Reply, startAnswers } from '../../test/support/google-answers.ts';
import type { AppError } from '../base/errors.ts';
import { readConfig } from '../config.ts';
import { GoogleOAuth } from './google.ts';

const GRANT = { access_token: 'at', token_type: 'Bearer', expires_in: 3599, refresh_token: 'rt', scope: 'a b' };

let server: AnswerServer;
let google: GoogleOAuth;
let reply: Reply;

beforeAll(async () => {
  server = await startAnswers(() => reply);
  const env = {
    GOOGLE_CLIENT_ID: 'id',
    GOOGLE_CLIENT_SECRET: 'secret',
    GOOGLE_TOKEN_URL: `${server.url}/token`,
    GOOGLE_USERINFO_URL: `${server.url}/userinfo`,
    GOOGLE_REVOKE_URL: `${server.url}/revoke`,
  };
  google = new GoogleOAuth(readConfig(env, '/').google!);
});
afterAll(() => server?.close());
beforeEach(() => {
  reply = {};
});

const exchange = () => google.exchange('code', 'http://127.0.0.1/api/gmail/callback', 'v'.repeat(43));
const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => expect.fail(),
    (error) => error,
  );

it.each([
  ['a lifetime as text', { expires_in: '3599' }, { lifetimeMs: 3_599_000 }],
  ['no lifetime', { expires_in: undefined }, { lifetimeMs: 300_000 }],
  ['a lifetime of null', { expires_in: null }, { lifetimeMs: 300_000 }],
  ['a lifetime in words', { expires_in: 'soon' }, { lifetimeMs: 300_000 }],
  ['a lifetime before now', { expires_in: -5 }, { lifetimeMs: 300_000 }],
  ['no lasting token', { refresh_token: undefined }, { refreshToken: null }],
  ['a lasting token of null', { refresh_token: null }, { refreshToken: null }],
  ['no word of scopes', { scope: undefined }, { scopes: null }],
  ['no word of the kind of token', { token_type: undefined }, { accessToken: 'at' }],
  ['an ID token of another issuer', { id_token: 'eyJhbGciOiJub25lIn0.eyJpc3MiOiJldmlsIn0.' }, { accessToken: 'at' }],
  ['an ID token that is none', { id_token: 42 }, { accessToken: 'at' }],
])('takes a grant with %s', async (_, more, expected) => {
  reply = { body: { ...GRANT, ...more } };
  expect(await exchange()).toMatchObject(expected);
});

it.each([
  ['in OpenID Connect', { sub: '7', email: 'Jane@Gmail.com', email_verified: true }],
  ['with its word as text', { sub: '7', email: 'jane@gmail.com', email_verified: 'true' }],
  ['by Google’s older page', { id: '7', email: 'jane@gmail.com', verified_email: true }],
  ['by number', { sub: 7, email: 'jane@gmail.com' }],
])('knows a person %s', async (_, body) => {
  reply = { body };
  expect(await google.whose('at')).toMatchObject({ sub: '7', email: 'jane@gmail.com' });
});

it.each([
  ['of its own', { email: 'jane@gmail.com', email_verified: true }, true],
  ['of an organisation with Google', { email: 'jane@firm.example', email_verified: true, hd: 'firm.example' }, true],
  ['that it once verified elsewhere', { email: 'jane@firm.example', email_verified: true }, false],
  ['that it says nothing of', { email: 'jane@gmail.com' }, false],
  ['that only looks like its own', { email: 'jane@gmail.com.evil.example', email_verified: true }, false],
])('knows whether Google gives out an address %s', async (_, body, isAuthoritative) => {
  reply = { body: { sub: '7', ...body } };
  expect(await google.whose('at')).toMatchObject({ isAuthoritative });
});

it.each([
  ['in OpenID Connect', { sub: '7', email: 'jane@gmail.com', email_verified: false }],
  ['by Google’s older page', { id: '7', email: 'jane@gmail.com', verified_email: false }],
])('takes no address that is not verified, %s', async (_, body) => {
  reply = { body };
  expect((await failure(google.whose('at'))).code).toBe('account_rejected');
});

it('does not promise a person who waits that it is tried again by itself', async () => {
  for (const status of [429, 500]) {
    reply = { status };
    for (const error of [await failure(exchange()), await failure(google.whose('at'))])
      expect(error.hint, String(status)).toMatch(/^Try again in a moment/);
    expect((await failure(google.refresh('rt'))).hint, String(status)).toMatch(/^It is tried again by itself/);
  }
});

it('repeats nothing of what was sent, also when the server does', async () => {
  reply = { status: 400, body: { error: 'bad 1//canary', error_description: '1//canary' } };
  const error = await failure(google.refresh('1//canary'));
  expect(error.code).toBe('unavailable');
  expect(JSON.stringify([error.message, error.hint, String(error.cause)])).not.toContain('canary');
});
