// Access tokens against the pretend Google: renewed early, once, and what each refusal means for the grant.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../base/errors.ts';
import { type AccountId, newAccountId, type UserId } from '../base/ids.ts';
import { type GoogleConfig, readConfig } from '../config.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { ControlStore } from '../store/control.ts';
import { GoogleOAuth } from './google.ts';
import { GoogleTokens, refreshBinding } from './google-tokens.ts';
import { Vault } from './vault.ts';

const JANE = 'jane@gmail.com';
const MINUTE_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'mailroom-tokens-'));
const vault = new Vault([randomBytes(32)]);

let sandbox: Sandbox;
let control: ControlStore;
let config: GoogleConfig;
let account: AccountId;
let tokens: GoogleTokens;
let refused: AppError[];
let now: number;

const count = () => sandbox.google.count('token.refresh');

async function connect(refreshToken: string): Promise<AccountId> {
  const id = newAccountId();
  const { wrappedKey, sealed } = vault.seal(refreshToken, refreshBinding(id));
  const row = { id, user_id: id as string as UserId, email: JANE, display_name: '', kind: 'google_oauth' as const };
  await control.addAccount(
    { ...row, status: 'active', timezone: 'UTC', created_at: now, inbox_seen: 0, last_error: null },
    { wrapped_key: wrappedKey, sealed },
    true,
  );
  return id;
}

async function reconnect(refreshToken: string): Promise<void> {
  const { wrappedKey, sealed } = vault.seal(refreshToken, refreshBinding(account));
  await control.renewCredential(account, { wrapped_key: wrappedKey, sealed }, { status: 'active' });
}

const fresh = (google = new GoogleOAuth(config)) =>
  new GoogleTokens({
    control,
    vault,
    google,
    now: () => now,
    onRefused: async (id, error, sealed) => {
      refused.push(error);
      await control.reject(id, { code: error.code, message: error.message, cure: error.hint, at: now }, sealed);
    },
  });

const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => expect.fail(),
    (error) => error,
  );

beforeAll(async () => {
  sandbox = await startSandbox({ users: [{ email: JANE, appPassword: 'abcdefghijklmnop' }] });
  control = await ControlStore.open(folder);
  config = readConfig({ ...sandbox.google.env, DATA_DIR: folder, KEY_DIR: `${folder}-keys` }, folder).google!;
});
afterAll(async () => {
  await control?.close();
  await sandbox?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  sandbox.script.clear();
  sandbox.google.grants.revokeAll(JANE);
  sandbox.google.settings.accessTokenLifetimeMs = 3_599_000;
  now = Date.now();
  refused = [];
  account = await connect(sandbox.google.allow(JANE).refreshToken);
  tokens = fresh();
});

describe('access tokens', () => {
  it('are asked for once by fifty who wait, and again only five minutes before they expire', async () => {
    const before = count();
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.of(account).current()));
    expect(new Set(all).size).toBe(1);
    expect(count() - before).toBe(1);
    now += 54 * MINUTE_MS;
    expect(await tokens.of(account).current()).toBe(all[0]);
    now += 1 * MINUTE_MS;
    const next = await Promise.all(Array.from({ length: 50 }, () => tokens.of(account).current()));
    expect(new Set(next).size).toBe(1);
    expect(next[0]).not.toBe(all[0]);
    expect(count() - before).toBe(2);
  });

  it('that live shortly are used for half of their life', async () => {
    sandbox.google.settings.accessTokenLifetimeMs = 60_000;
    const first = await tokens.of(account).current();
    now += 29_000;
    expect(await tokens.of(account).current()).toBe(first);
    now += 2000;
    expect(await tokens.of(account).current()).not.toBe(first);
  });

  it('that the API refused are replaced once, however many were refused it', async () => {
    const first = await tokens.of(account).current();
    const before = count();
    const others = await Promise.all(Array.from({ length: 20 }, () => tokens.of(account).instead(first)));
    expect(new Set(others).size).toBe(1);
    expect(others[0]).not.toBe(first);
    expect(await tokens.of(account).instead(first)).toBe(others[0]);
    expect(count() - before).toBe(1);
  });

  it('stand in no file', async () => {
    const token = await tokens.of(account).current();
    const known = vault.open(
      await control.credential(account).then((row) => ({ wrappedKey: row!.wrapped_key, sealed: row!.sealed })),
      refreshBinding(account),
    );
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name));
      for (const secret of [token, known]) expect(bytes.includes(secret), name).toBe(false);
    }
  });
});

describe('a grant that is gone', () => {
  it('is definite at once, noted on the account, and not asked about again', async () => {
    sandbox.google.grants.revokeAll(JANE);
    const before = count();
    const error = await failure(tokens.of(account).current());
    expect(error).toMatchObject({
      code: 'account_rejected',
      definite: true,
      hint: expect.stringMatching(/^Connect it again: .*connect-links/),
    });
    expect((await failure(tokens.of(account).current())).code).toBe('account_rejected');
    expect(count() - before).toBe(1);
    expect(refused).toHaveLength(1);
    const row = (await control.account(account))!;
    expect(row).toMatchObject({ status: 'needs_reauth', reauth_since: now });
    expect(await control.credential(account)).toBeDefined();
  });

  it('does not condemn the one that came in its place while Google was asked', async () => {
    sandbox.google.grants.revokeAll(JANE);
    const google = new GoogleOAuth(config);
    let swapped = false;
    tokens = new GoogleTokens({
      control,
      vault,
      now: () => now,
      onRefused: async (_, error) => void refused.push(error),
      google: {
        refresh: async (token) => {
          if (!swapped) await reconnect(sandbox.google.allow(JANE).refreshToken);
          swapped = true;
          return google.refresh(token);
        },
      },
    });
    expect(await tokens.of(account).current()).toMatch(/^ya29/);
    expect(refused).toEqual([]);
    expect((await control.account(account))!.status).toBe('active');
  });

  it('is asked for again after the account was connected anew', async () => {
    sandbox.google.grants.revokeAll(JANE);
    await failure(tokens.of(account).current());
    await reconnect(sandbox.google.allow(JANE).refreshToken);
    tokens.forget(account);
    expect(await tokens.of(account).current()).toMatch(/^ya29/);
  });
});

describe('a refresh token that Google replaces', () => {
  it('is kept before its access token is used', async () => {
    sandbox.script.add(JANE, { kind: 'google-rotate' });
    const before = (await control.credential(account))!.sealed;
    await tokens.of(account).current();
    expect((await control.credential(account))!.sealed).not.toBe(before);
    expect(await fresh().of(account).current()).toMatch(/^ya29/);
  });

  it('never takes the place of a newer one', async () => {
    const google = new GoogleOAuth(config);
    const newer = sandbox.google.allow(JANE).refreshToken;
    let swapped = false;
    tokens = new GoogleTokens({
      control,
      vault,
      now: () => now,
      onRefused: async (_, error) => void refused.push(error),
      google: {
        refresh: async (token) => {
          if (!swapped) sandbox.script.add(JANE, { kind: 'google-rotate' });
          const grant = await google.refresh(token);
          if (!swapped) await reconnect(newer);
          swapped = true;
          return grant;
        },
      },
    });
    expect(await tokens.of(account).current()).toMatch(/^ya29/);
    const { wrapped_key, sealed } = (await control.credential(account))!;
    expect(vault.open({ wrappedKey: wrapped_key, sealed }, refreshBinding(account))).toBe(newer);
  });

  it('whose answer was lost makes the account one to be connected again, no more', async () => {
    sandbox.script.add(JANE, { kind: 'google-rotate' });
    sandbox.script.add(JANE, { kind: 'google-drop', operation: 'token.refresh', stage: 'after' });
    expect((await failure(tokens.of(account).current())).code).toBe('unavailable');
    expect(refused).toEqual([]);
    expect((await failure(tokens.of(account).current())).code).toBe('account_rejected');
    expect(refused).toHaveLength(1);
  });
});

describe('a token endpoint in trouble', () => {
  it.each([
    ['answers 500', { kind: 'google-answer', operation: 'token.refresh', status: 500 }, 'unavailable'],
    ['answers 503', { kind: 'google-answer', operation: 'token.refresh', status: 503 }, 'unavailable'],
    [
      'says 500 and invalid_grant',
      { kind: 'google-answer', operation: 'token.refresh', status: 500, reason: 'invalid_grant' },
      'unavailable',
    ],
    ['hangs up', { kind: 'google-drop', operation: 'token.refresh', stage: 'before', times: 1 }, 'unavailable'],
    [
      'wants patience',
      { kind: 'google-answer', operation: 'token.refresh', status: 429, retryAfter: '77' },
      'rate_limited',
    ],
    [
      'does not know the client',
      { kind: 'google-answer', operation: 'token.refresh', status: 401, reason: 'invalid_client' },
      'unavailable',
    ],
  ] as const)('that %s leaves the grant as it is', async (_, fault, code) => {
    sandbox.script.add(JANE, fault);
    const error = await failure(tokens.of(account).current());
    expect(error.code).toBe(code);
    if (code === 'rate_limited') expect(error.retryAt! - Date.now()).toBeGreaterThan(70_000);
    expect(error.hint).not.toBe('');
    expect(refused).toEqual([]);
    expect((await control.account(account))!.status).toBe('active');
    sandbox.script.clear();
    expect(await tokens.of(account).current()).toMatch(/^ya29/);
  });

  it('is not felt while the token at hand is still good', async () => {
    const first = await tokens.of(account).current();
    now += 56 * MINUTE_MS;
    sandbox.script.add(JANE, { kind: 'google-answer', operation: 'token.refresh', status: 503 });
    const before = count();
    for (let i = 0; i < 5; i++) expect(await tokens.of(account).current()).toBe(first);
    expect(count() - before).toBe(1);
    now += 5 * MINUTE_MS;
    expect((await failure(tokens.of(account).current())).code).toBe('unavailable');
  });

  it('that is not there leaves the grant as it is', async () => {
    const lost = fresh(new GoogleOAuth({ ...config, tokenUrl: `${sandbox.google.origin}/nowhere` }));
    expect((await failure(lost.of(account).current())).code).toBe('unavailable');
  });

  it('is not followed elsewhere, and no secret goes along', async () => {
    const { createServer } = await import('node:http');
    let followed = 0;
    const server = createServer((request, response) => {
      if (request.url === '/elsewhere') followed++;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const led = fresh(new GoogleOAuth({ ...config, tokenUrl: `http://127.0.0.1:${port}/token` }));
    expect((await failure(led.of(account).current())).code).toBe('unavailable');
    expect(followed).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });
});
