// Signing in at the pretend Google, with an independent client as the judge of what it answers.
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import type { Google } from './google.ts';

const JANE = 'jane@gmail.example';
const JOE = 'joe@gmail.example';
const CALLBACK = 'http://127.0.0.1:8000/api/gmail/callback';
const GMAIL = 'https://www.googleapis.com/auth/gmail.';
const READ = `${GMAIL}readonly`;
const SEND = `${GMAIL}send`;
const VERIFIER = oidc.randomPKCECodeVerifier();

let sandbox: Sandbox;
let google: Google;
let client: oidc.Configuration;

beforeAll(async () => {
  sandbox = await startSandbox({ users: [JANE, JOE].map((email) => ({ email, appPassword: 'abcdefghijklmnop' })) });
  google = sandbox.google;
});
afterAll(() => sandbox?.close());
beforeEach(() => {
  const { env } = google;
  client = new oidc.Configuration(
    {
      issuer: 'https://accounts.google.com',
      authorization_endpoint: env.GOOGLE_AUTH_URL!,
      token_endpoint: env.GOOGLE_TOKEN_URL!,
      revocation_endpoint: env.GOOGLE_REVOKE_URL!,
      userinfo_endpoint: env.GOOGLE_USERINFO_URL!,
      jwks_uri: env.GOOGLE_JWKS_URL!,
    },
    google.clientId,
    google.clientSecret,
  );
  oidc.allowInsecureRequests(client);
});
afterEach(() => {
  sandbox.script.clear();
  google.grants.revokeAll(JANE);
  google.grants.revokeAll(JOE);
});

const asked = async (more: Record<string, string> = {}) =>
  oidc.buildAuthorizationUrl(client, {
    redirect_uri: CALLBACK,
    scope: `openid email ${READ} ${SEND}`,
    state: 'the state',
    code_challenge: await oidc.calculatePKCECodeChallenge(VERIFIER),
    code_challenge_method: 'S256',
    access_type: 'offline',
    ...more,
  }).href;

const exchange = (back: string, verifier = VERIFIER) =>
  oidc.authorizationCodeGrant(client, new URL(back), { pkceCodeVerifier: verifier, expectedState: 'the state' });

const signIn = async (more: Record<string, string> = {}, email = JANE) =>
  exchange(await google.consent(await asked(more), { email }));

async function token(form: Record<string, string>, headers: Record<string, string> = {}) {
  const mine = { client_id: google.clientId, client_secret: google.clientSecret };
  const body = new URLSearchParams(headers.authorization ? form : { ...mine, ...form });
  const response = await fetch(`${google.origin}/token`, { method: 'POST', body, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const refresh = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token });
const DEAD = { status: 400, body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' } };

describe('signing in', () => {
  it('brings an independent client through code, PKCE, id_token, userinfo and refresh', async () => {
    const tokens = await signIn();
    expect(tokens.expires_in).toBe(3599);
    expect(tokens.scope?.split(' ').sort()).toEqual(
      [READ, SEND, 'https://www.googleapis.com/auth/userinfo.email', 'openid'].sort(),
    );
    const claims = tokens.claims()!;
    expect(claims).toMatchObject({ email: JANE, email_verified: true, aud: google.clientId });
    const keys = createRemoteJWKSet(new URL(google.env.GOOGLE_JWKS_URL!));
    const { protectedHeader } = await jwtVerify(tokens.id_token!, keys, {
      issuer: 'https://accounts.google.com',
      audience: google.clientId,
    });
    expect(protectedHeader.alg).toBe('RS256');
    expect(await oidc.fetchUserInfo(client, tokens.access_token, claims.sub)).toMatchObject({ email: JANE });
    const again = await oidc.refreshTokenGrant(client, tokens.refresh_token!);
    expect(again.access_token).not.toBe(tokens.access_token);
    expect(again.refresh_token).toBeUndefined();
  });

  it('shows a page with everybody, the hinted one chosen, and a box for each scope', async () => {
    const page = await (await fetch(await asked({ login_hint: JOE.toUpperCase() }))).text();
    expect(page).toContain(`value="${JOE}" checked`);
    expect(page).toContain(`value="${JANE}">`);
    expect([...page.matchAll(/type="checkbox" name="scope" value="([^"]*)"/g)].map(([, scope]) => scope)).toEqual([
      READ,
      SEND,
    ]);
  });

  it('lets the person untick a scope, but not who they are', async () => {
    const back = await google.consent(await asked(), { email: JANE, scopes: [READ] });
    const tokens = await exchange(back);
    expect(tokens.scope).not.toContain(SEND);
    expect(tokens.scope).toContain(READ);
    expect(tokens.claims()?.email).toBe(JANE);
  });

  it('tells the client of a no', async () => {
    const back = new URL(await google.consent(await asked(), { email: JANE, deny: true }));
    expect(Object.fromEntries(back.searchParams)).toEqual({ state: 'the state', error: 'access_denied' });
  });

  it('gives a refresh token the first time only, or when consent is forced', async () => {
    expect((await signIn()).refresh_token).toBeDefined();
    expect((await signIn()).refresh_token).toBeUndefined();
    expect((await signIn({ prompt: 'consent' })).refresh_token).toBeDefined();
    expect((await signIn({ access_type: 'online', prompt: 'consent' })).refresh_token).toBeUndefined();
  });

  it('adds what was granted before when asked to', async () => {
    await signIn();
    const more = { scope: `openid ${GMAIL}labels`, prompt: 'consent' };
    expect((await signIn(more)).scope).not.toContain(READ);
    expect((await signIn({ ...more, include_granted_scopes: 'true' })).scope).toContain(READ);
  });

  it.each([
    [{ client_id: 'someone-else' }, 'invalid_client'],
    [{ redirect_uri: 'https://evil.example/api/gmail/callback' }, 'redirect_uri_mismatch'],
    [{ response_type: 'token' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ scope: 'openid https://www.googleapis.com/auth/gmial.readonly' }, 'invalid_scope'],
    [{ scope: '' }, 'invalid_request'],
  ])('refuses to the person, never to the client: %o', async (wrong, reason) => {
    const response = await fetch(await asked(wrong), { redirect: 'manual' });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(`Error 400: ${reason}`)]);
    const posted = await fetch(await asked(wrong), { method: 'POST', body: 'decision=allow', redirect: 'manual' });
    expect(posted.headers.get('location')).toBeNull();
  });

  it('knows exact redirect URIs when they are registered', async () => {
    google.settings.redirectUris = [CALLBACK];
    try {
      expect((await fetch(await asked())).status).toBe(200);
      expect((await fetch(await asked({ redirect_uri: `${CALLBACK}/` }))).status).toBe(400);
    } finally {
      google.settings.redirectUris = null;
    }
  });
});

describe('a code', () => {
  const code = async () => new URL(await google.consent(await asked(), { email: JANE })).searchParams.get('code')!;
  const form = (more: Record<string, string>) => ({
    grant_type: 'authorization_code',
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
    ...more,
  });

  it('is good once', async () => {
    const once = await code();
    expect((await token(form({ code: once }))).status).toBe(200);
    expect(await token(form({ code: once }))).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('lives ten minutes', async () => {
    const old = await code();
    google.advance(10 * 60_000);
    expect(await token(form({ code: old }))).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it.each([
    [{ code_verifier: 'x'.repeat(43) }, 400, 'invalid_grant'],
    [{ code_verifier: '' }, 400, 'invalid_grant'],
    [{ redirect_uri: 'http://127.0.0.1:8000/elsewhere' }, 400, 'redirect_uri_mismatch'],
    [{ code: 'never-given' }, 400, 'invalid_grant'],
    [{ code: '' }, 400, 'invalid_request'],
    [{ client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ client_id: 'wrong' }, 401, 'invalid_client'],
    [{ client_secret: '' }, 400, 'invalid_request'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('is refused with %o', async (wrong, status, error) => {
    expect(await token(form({ code: await code(), ...wrong }))).toMatchObject({ status, body: { error } });
  });

  it('is taken from a client that shows its secret by Basic', async () => {
    const basic = Buffer.from(`${google.clientId}:${google.clientSecret}`).toString('base64');
    expect((await token(form({ code: await code() }), { authorization: `Basic ${basic}` })).status).toBe(200);
  });
});

describe('tokens', () => {
  it('expire, and are refreshed', async () => {
    const { accessToken, refreshToken } = google.allow(JANE);
    const info = () => fetch(`${google.origin}/tokeninfo?access_token=${accessToken}`);
    expect(await (await info()).json()).toMatchObject({ email: JANE, aud: google.clientId, access_type: 'offline' });
    const byHeader = await fetch(`${google.origin}/tokeninfo`, { method: 'POST', ...bearer(accessToken) });
    expect(((await byHeader.json()) as { email: string }).email).toBe(JANE);
    google.advance(3_599_000);
    expect((await info()).status).toBe(400);
    expect((await fetch(google.env.GOOGLE_USERINFO_URL!, bearer(accessToken))).status).toBe(401);
    const { access_token } = (await refresh(refreshToken)).body;
    expect((await fetch(google.env.GOOGLE_USERINFO_URL!, bearer(String(access_token)))).status).toBe(200);
  });

  it('live as long as a test says', async () => {
    google.settings.accessTokenLifetimeMs = 60_000;
    const { refreshToken } = google.allow(JANE);
    expect((await refresh(refreshToken)).body.expires_in).toBe(60);
    google.settings.accessTokenLifetimeMs = 3_599_000;
  });

  it.each(['accessToken', 'refreshToken'] as const)('end all together when the %s is revoked', async (which) => {
    const mine = google.allow(JANE);
    const theirs = google.allow(JOE);
    await oidc.tokenRevocation(client, mine[which]);
    expect(await refresh(mine.refreshToken)).toEqual(DEAD);
    expect((await fetch(google.env.GOOGLE_USERINFO_URL!, bearer(mine.accessToken))).status).toBe(401);
    expect((await refresh(theirs.refreshToken)).status).toBe(200);
    const again = await fetch(`${google.origin}/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: mine[which] }),
    });
    expect([again.status, await again.json()]).toMatchObject([400, { error: 'invalid_token' }]);
  });

  it('end when the person takes access away', async () => {
    const { refreshToken } = google.allow(JANE);
    google.grants.revokeAll(JANE);
    expect(await refresh(refreshToken)).toEqual(DEAD);
  });

  it('lose the oldest of a hundred and one', async () => {
    const all = Array.from({ length: 101 }, () => google.allow(JANE).refreshToken);
    expect(await refresh(all[0]!)).toEqual(DEAD);
    expect((await refresh(all[1]!)).status).toBe(200);
  });

  it('rotate when that is scripted, once', async () => {
    sandbox.script.add(JANE, { kind: 'google-rotate' });
    const { refreshToken } = google.allow(JANE);
    const next = String((await refresh(refreshToken)).body.refresh_token);
    expect(await refresh(refreshToken)).toEqual(DEAD);
    expect((await refresh(next)).body.refresh_token).toBeUndefined();
  });
});

const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

describe('faults of the sign-in', () => {
  it('answers a refresh with an error as often as told, to one person only', async () => {
    const { refreshToken } = google.allow(JANE);
    const other = google.allow(JOE);
    sandbox.script.add(JANE, { kind: 'google-answer', operation: 'token.refresh', status: 503, times: 1 });
    expect((await refresh(other.refreshToken)).status).toBe(200);
    expect(await refresh(refreshToken)).toEqual({ status: 503, body: { error: 'internal_failure' } });
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('drops an answer after the token was rotated, so that the old one is dead and nobody has the new one', async () => {
    const { refreshToken } = google.allow(JANE);
    sandbox.script.add(JANE, { kind: 'google-rotate' });
    sandbox.script.add(JANE, { kind: 'google-drop', operation: 'token.refresh', stage: 'after' });
    await expect(refresh(refreshToken)).rejects.toThrow('fetch failed');
    expect(await refresh(refreshToken)).toEqual(DEAD);
  });

  it('drops a request before it did anything', async () => {
    const { refreshToken } = google.allow(JANE);
    sandbox.script.add(JANE, { kind: 'google-rotate' });
    sandbox.script.add(JANE, { kind: 'google-drop', operation: 'token.refresh', stage: 'before' });
    await expect(refresh(refreshToken)).rejects.toThrow('fetch failed');
    expect((await refresh(refreshToken)).body.refresh_token).toBeDefined();
  });

  it('never answers, and goes on with others', async () => {
    const { refreshToken } = google.allow(JANE);
    sandbox.script.add(JANE, { kind: 'google-mute', operation: 'token.refresh', stage: 'before' });
    const end = new AbortController();
    const asking = fetch(`${google.origin}/token`, {
      method: 'POST',
      signal: end.signal,
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    }).catch(() => 'ended');
    expect((await refresh(google.allow(JOE).refreshToken)).status).toBe(200);
    end.abort();
    expect(await asking).toBe('ended');
  });
});

describe('what is remembered of requests', () => {
  it('counts them by operation and person, and keeps no secret', async () => {
    const before = google.count('token.refresh', JANE);
    const tokens = await signIn();
    await refresh(tokens.refresh_token!);
    expect(google.count('token.refresh', JANE)).toBe(before + 1);
    expect(google.requests.at(-1)).toEqual({
      method: 'POST',
      path: '/token',
      operation: 'token.refresh',
      email: JANE,
      inBatch: false,
      units: 0,
      status: 200,
    });
    const kept = JSON.stringify(google.requests);
    for (const secret of [tokens.refresh_token!, tokens.access_token, VERIFIER, google.clientSecret])
      expect(kept).not.toContain(secret);
  });
});
