// The bytes of the database's files, and of nothing else that lies beside them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { databaseBytes } from './database-size.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailroom-size-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('counts control and mailboxes with their logs', () => {
  mkdirSync(join(folder, 'mailboxes'));
  for (const [path, bytes] of [
    ['control.sqlite', 10],
    ['control.sqlite-wal', 5],
    ['lock', 1000],
    ['mailboxes/a.sqlite', 7],
    ['mailboxes/a.sqlite-wal', 2],
    ['mailboxes/b.sqlite', 1],
  ] as const)
    writeFileSync(join(folder, path), 'x'.repeat(bytes));
  expect(databaseBytes(folder)).toEqual({ control: 15, mailboxes: 10 });
});

it('is nought where nothing is yet', () => {
  expect(databaseBytes(join(folder, 'nowhere'))).toEqual({ control: 0, mailboxes: 0 });
});
