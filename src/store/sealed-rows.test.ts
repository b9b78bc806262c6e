// Whatever is sealed in control.sqlite is known to a change of the key.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { ControlStore } from './control.ts';

const folder = mkdtempSync(join(tmpdir(), 'mailroom-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every table with a wrapped key is in the list, by its primary key', async () => {
  const control = await ControlStore.open(folder);
  const listed = control.sealed.tables();
  await control.close();
  const file = new SQLite(join(folder, 'control.sqlite'));
  const sealed = file
    .prepare(
      `select t.name from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table' and c.name = 'wrapped_key'`,
    )
    .pluck()
    .all();
  expect(listed.map(({ table }) => table).toSorted()).toEqual(sealed.toSorted());
  for (const { table, keys } of listed) {
    const columns = file.pragma(`table_info(${table})`) as { name: string; pk: number }[];
    const primary = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
    expect(
      primary.map(({ name }) => name),
      table,
    ).toEqual(keys);
  }
  file.close();
});
