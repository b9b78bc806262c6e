// Every table of control.sqlite is known to an erasure: it goes with the user, or what it keeps of him is said here.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import type { UserId } from '../base/ids.ts';
import { ControlStore } from './control.ts';
import { tablesBelow, tablesOfUsers } from './erasure-rows.ts';

/** What nobody's erasure has to reach, and why. */
const OF_NOBODY: Readonly<Record<string, string>> = {
  encryption_keys: 'ids and times of the server’s own',
  audit: 'gives ids of users and profiles up by itself',
  audit_chains: 'keys of the chain',
  audit_marks: 'ends of the chain',
  erasures: 'bears the id only while it is under way',
  kysely_migration: 'of the file',
  oauth_rows: 'go with the token of the sign-in that they hang on',
  kysely_migration_lock: 'of the file',
  sqlite_sequence: 'of the file',
};

const folder = mkdtempSync(join(tmpdir(), 'mailroom-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reaches every table of the file, or the table is named as nobody’s', async () => {
  await (await ControlStore.open(folder)).close();
  const file = new SQLite(join(folder, 'control.sqlite'));
  const all = file.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[];
  const reached = new Set(tablesOfUsers(file));
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    for (const { table } of tablesBelow(file, [...reached])) reached.add(table);
  }
  file.close();
  expect(reached).toContain('outbox_mails');
  expect(all.filter((table) => !reached.has(table) && !Object.hasOwn(OF_NOBODY, table))).toEqual([]);
});

it('refuses a row of a user who is being erased in any table that has users', async () => {
  const control = await ControlStore.open(folder);
  const user = 'u1' as UserId;
  const { id } = await control.erasures.begin(user, 'hash', 1);
  const profile = { user_id: user, profile_id: 'p' as never, name: '', permissions: '', created_at: 1 };
  await expect(control.profiles.put(profile)).rejects.toMatchObject({ code: 'conflict' });
  const made = { created_at: 1, expires_at: null, last_used_at: null };
  const key = { id: 'k', key_hash: 'h', name: '', user_id: user, can: '', ...made };
  await expect(control.serviceKeys.add(key)).rejects.toMatchObject({ code: 'conflict' });
  await control.serviceKeys.add({ ...key, user_id: null });
  await control.erasures.finish(id, '{}', 2);
  await control.profiles.put(profile);
  expect(control.erasures.knows(user)).toBe(true);
  await control.close();
});
