// Everybody whom the store knows, whichever table knows him: page by page, and by words.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountId, PersonId, ProfileId, UserId } from '../base/ids.ts';
import { ControlStore } from './control.ts';

const folder = mkdtempSync(join(tmpdir(), 'users-test-'));
let store: ControlStore;

const user = (name: string) => name as UserId;
const account = (id: string, user_id: UserId, more: object = {}) =>
  store.addAccount(
    {
      id: id as AccountId,
      user_id,
      email: `${id}@gmail.com`,
      kind: 'app_password',
      display_name: '',
      status: 'active',
      timezone: 'UTC',
      inbox_seen: 0,
      created_at: 1,
      last_error: null,
      ...more,
    },
    { wrapped_key: 'k', sealed: 's' },
    true,
  );

beforeAll(async () => {
  store = await ControlStore.open(folder);
  await account('one', user('ann'));
  await account('two', user('ann'), { status: 'needs_reauth' });
  await account('three', user('ann'), { last_error: '{}' });
  await account('four', user('Zoë'));
  for (const name of ['a', 'b'])
    await store.profiles.put({
      user_id: user('bob'),
      profile_id: name as ProfileId,
      name,
      permissions: 'read',
      created_at: 1,
    });
  const person = { id: 'p1' as PersonId, user_id: user('cy'), login: 'cy@example.org', password_hash: null };
  await store.logins.personOf({ ...person, role: 'owner', created_at: 1 });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

it('tells each once, with what he has', async () => {
  const none = { login: null, role: null, accounts: 0, in_trouble: 0, profiles: 0, last_seen: null };
  expect(await store.users.list({ limit: 10 })).toEqual([
    { ...none, user_id: 'Zoë', accounts: 1 },
    { ...none, user_id: 'ann', accounts: 3, in_trouble: 2 },
    { ...none, user_id: 'bob', profiles: 2 },
    { ...none, user_id: 'cy', login: 'cy@example.org', role: 'owner' },
  ]);
});

it('goes on after the last one seen', async () => {
  const seen: string[] = [];
  for (let after = ''; ; ) {
    const [next] = await store.users.list({ limit: 1, after });
    if (!next) break;
    seen.push(next.user_id);
    after = next.user_id;
  }
  expect(seen).toEqual(['Zoë', 'ann', 'bob', 'cy']);
});

it.each([
  ['AN', ['ann']],
  ['example.org', ['cy']],
  ['%', []],
  ['o', ['Zoë', 'bob', 'cy']],
])('finds %s', async (containing, expected) => {
  expect((await store.users.list({ limit: 10, containing })).map(({ user_id }) => user_id)).toEqual(expected);
});
