// The list of accounts for one who looks after many: page by page, by trouble, by words.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountId, UserId } from '../base/ids.ts';
import { ControlStore } from './control.ts';

const folder = mkdtempSync(join(tmpdir(), 'accounts-test-'));
let store: ControlStore;

beforeAll(async () => {
  store = await ControlStore.open(folder);
  const rest = { kind: 'app_password' as const, display_name: '', timezone: 'UTC', inbox_seen: 0, created_at: 1 };
  for (let i = 0; i < 30; i++) {
    const state = {
      status: i === 7 ? ('needs_reauth' as const) : ('active' as const),
      last_error: i === 28 ? JSON.stringify({ code: 'unavailable', message: '', cure: '', at: 1 }) : null,
    };
    const who = { id: `acc_${i}` as AccountId, user_id: `Team_${i % 3}` as UserId, email: `p${i}%@gmail.com` };
    await store.addAccount({ ...rest, ...who, ...state }, { wrapped_key: 'k', sealed: 's' }, true);
  }
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const found = async (filter: Parameters<ControlStore['accounts']>[0]) =>
  (await store.accounts(filter)).map(({ email }) => email.replace('%@gmail.com', ''));

it('finds those in trouble, however far back they are', async () => {
  expect(await found({ inTrouble: true })).toEqual(['p7', 'p28']);
  expect(await found({ inTrouble: true, limit: 1 })).toEqual(['p7']);
  const [first] = await store.accounts({ inTrouble: true, limit: 1 });
  expect(await found({ inTrouble: true, limit: 1, after: String(first!.position) })).toEqual(['p28']);
  expect(await found({ inTrouble: true, userId: 'Team_1' as UserId })).toEqual(['p7', 'p28']);
  expect(await found({ inTrouble: true, userId: 'Team_0' as UserId })).toEqual([]);
});

it.each([
  ['P12', ['p12']],
  ['team_2', Array.from({ length: 10 }, (_, i) => `p${3 * i + 2}`)],
  ['1%@', ['p1', 'p11', 'p21']],
  ['p_2', []],
  ['%', Array.from({ length: 30 }, (_, i) => `p${i}`)],
  ["'", []],
])('takes words as they are written: %s', async (containing, expected) => {
  expect(await found({ containing })).toEqual(expected);
});
