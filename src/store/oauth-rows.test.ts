// What the authorization server keeps goes with what it belongs to, and not before.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newTokenId, type ProfileId, type UserId } from '../base/ids.ts';
import { ControlStore } from './control.ts';

let folder = '';
let store: ControlStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mailroom-oauth-'));
  store = await ControlStore.open(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const [USER, PROFILE] = ['u' as UserId, 'p' as ProfileId];
const row = (kind: string, id: string, more: object = {}) => ({
  kind,
  id,
  wrapped_key: 'v1.k',
  sealed: 'v1.s',
  grant_hash: null,
  created_at: 1,
  expires_at: 100,
  ...more,
});

async function signIn(hash: string, client: string, expires = 1000): Promise<ReturnType<typeof newTokenId>> {
  await store.profiles.put({ user_id: USER, profile_id: PROFILE, name: 'P', permissions: 'read', created_at: 1 });
  const id = newTokenId();
  const own = { id, token_hash: hash, user_id: USER, profile_id: PROFILE, permissions: 'read', created_at: 1 };
  await store.profiles.addToken({
    ...own,
    expires_at: expires,
    client_id: client,
    client_name: 'C',
    redirect_host: 'h',
  });
  return id;
}
const kept = async (kind: string, ...ids: string[]) =>
  (await Promise.all(ids.map((id) => store.oauth.find(kind, id)))).map((each) => each !== undefined);

it('is used up once, and stays so when it is written again', async () => {
  await store.oauth.put(row('RefreshToken', 'a'));
  expect(await store.oauth.consume('RefreshToken', 'a', 5)).toBe(true);
  expect(await store.oauth.consume('RefreshToken', 'a', 6)).toBe(false);
  expect(await store.oauth.consume('RefreshToken', 'none', 6)).toBe(false);
  await store.oauth.put(row('RefreshToken', 'a', { sealed: 'v1.t' }));
  expect(await store.oauth.find('RefreshToken', 'a')).toMatchObject({ consumed_at: 5, sealed: 'v1.t' });
});

it.each([
  ['its token', (id: ReturnType<typeof newTokenId>) => store.profiles.removeToken(id)],
  ['its profile', () => store.profiles.remove(USER, PROFILE)],
  ['its age', () => store.profiles.removeSignInsExpiredBefore(2000)],
  ['the client', () => store.profiles.removeSignIn('g1')],
])('goes with %s, and nothing of another sign-in does', async (_what, end) => {
  const id = await signIn('g1', 'c1');
  for (const grant of ['g1', 'g2']) {
    await store.oauth.put(row('Grant', grant, { grant_hash: grant }));
    await store.oauth.put(row('AccessToken', `of ${grant}`, { grant_hash: grant }));
  }
  await store.oauth.put(row('Client', 'c1'));
  await end(id);
  expect(await kept('Grant', 'g1', 'g2')).toEqual([false, true]);
  expect(await kept('AccessToken', 'of g1', 'of g2')).toEqual([false, true]);
  expect(await kept('Client', 'c1')).toEqual([true]);
});

it('goes by age: clients only when nobody is signed in with them, grants that never had a sign-in', async () => {
  await signIn('g1', 'used');
  await store.oauth.put(row('Client', 'used'));
  await store.oauth.put(row('Client', 'unused'));
  await store.oauth.put(row('Client', 'young', { expires_at: 300 }));
  await store.oauth.put(row('AccessToken', 'old'));
  await store.oauth.put(row('AccessToken', 'young', { expires_at: 300 }));
  await store.oauth.put(row('Grant', 'g1', { grant_hash: 'g1', expires_at: 9000 }));
  await store.oauth.put(row('Grant', 'alone', { grant_hash: 'alone', expires_at: 9000 }));
  await store.oauth.put(row('Grant', 'new', { grant_hash: 'new', expires_at: 9000, created_at: 60 }));
  await store.oauth.sweep(200, 50);
  expect(await kept('Client', 'used', 'unused', 'young')).toEqual([true, false, true]);
  expect(await kept('AccessToken', 'old', 'young')).toEqual([false, true]);
  expect(await kept('Grant', 'g1', 'alone', 'new')).toEqual([true, false, true]);
});

it('has room for so many clients that nobody let in: the oldest go', async () => {
  for (let i = 1; i <= 5; i++) await store.oauth.put(row('Client', `c${i}`, { created_at: i }));
  await store.oauth.keepClient('c1', 50, 500);
  await store.oauth.thinClients(2);
  expect(await kept('Client', 'c1', 'c2', 'c3', 'c4', 'c5')).toEqual([true, false, false, true, true]);
  expect(await store.oauth.find('Client', 'c1')).toMatchObject({ consumed_at: 50, expires_at: 500 });
});
