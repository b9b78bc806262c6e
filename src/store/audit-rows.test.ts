// What somebody who can write control.sqlite may do to the audit, and what a walk along its chain says of it.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from './audit-rows.ts';
import { ControlStore } from './control.ts';

const KEY = randomBytes(32);
const keyOf = (chain: number) => (chain === 1 ? KEY : null);
const DAY = 86_400_000;

let folder: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailroom-audit-'));
  now = 1000 * DAY;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function opened(onFailure = (error: unknown): void => expect.fail(`${error}`)): Promise<ControlStore> {
  const control = await ControlStore.open(folder);
  await control.audit.begin({
    chain: 1,
    key: KEY,
    keyOf,
    now: () => now,
    onFailure,
  });
  return control;
}

const entry = (called: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  at: now,
  caller: 'tok_1',
  profile_id: 'bot',
  user_id: 'u1',
  account_ids: 'acc_1',
  called,
  outcome: 'ok',
  count: 2,
  message_ids: '1a,1b',
  duration_ms: 3,
  ...more,
});

/** A store with so many rows, ended in order. */
async function written(count: number): Promise<void> {
  const control = await opened();
  for (let i = 1; i <= count; i++) control.audit.note(entry(`call ${i}`));
  await control.audit.end();
  await control.close();
}

function meddle(...statements: string[]): void {
  const file = new SQLite(join(folder, 'control.sqlite'));
  for (const each of statements) file.exec(each);
  file.close();
}

async function verdict() {
  const control = (await ControlStore.openForReading(folder))!;
  try {
    return await control.audit.verify(keyOf);
  } finally {
    await control.close();
  }
}

describe('a chain that nobody touched', () => {
  it('is whole, over several starts and many groups', async () => {
    await written(3);
    await written(1200);
    expect(await verdict()).toMatchObject({ rows: 1203, last: { seq: 1203 }, bad: null, open: false, unclean: [] });
  });

  it('is whole where nothing was ever called', async () => {
    expect((await ControlStore.open(folder).then((control) => control.close())) ?? null).toBeNull();
    expect(await verdict()).toMatchObject({ rows: 0, bad: null, open: false });
    await written(0);
    expect(await verdict()).toMatchObject({ rows: 0, bad: null, open: false });
  });

  it('is whole after a crash, which is told and is not called tampering', async () => {
    // Its last moment is tried for once more, and its file is closed by then.
    const control = await opened(() => undefined);
    control.audit.note(entry('kept'));
    await control.audit.flush();
    control.audit.note(entry('lost with the process'));
    await control.close();
    expect(await verdict()).toMatchObject({ rows: 1, bad: null, open: true });
    await written(1);
    expect(await verdict()).toMatchObject({ rows: 3, bad: null, open: false, unclean: [{ seq: 2 }] });
  });

  it('can be read while it is written', async () => {
    const control = await opened();
    for (let i = 0; i < 50; i++) {
      control.audit.note(entry(`call ${i}`));
      const [, seen] = await Promise.all([control.audit.flush(), verdict()]);
      expect(seen.bad).toBeNull();
    }
    await control.audit.end();
    await control.close();
    expect((await verdict()).rows).toBe(50);
  });
});

describe('a chain that somebody touched', () => {
  const CHANGED: Record<string, string> = {
    at: '1',
    caller: "'tok_2'",
    profile_id: 'null',
    user_id: "'u2'",
    account_ids: "''",
    called: "'call 9'",
    outcome: "'forbidden'",
    count: '1',
    message_ids: "'1a'",
    duration_ms: '4',
    chain: '2',
    hash: "'x'",
  };

  it('names the row of which any field was changed', async () => {
    await written(5);
    const file = new SQLite(join(folder, 'control.sqlite'));
    const columns = file.prepare("select name from pragma_table_info('audit')").pluck().all();
    expect(Object.keys(CHANGED).toSorted()).toEqual(columns.filter((name) => name !== 'seq').toSorted());
    for (const [column, value] of Object.entries(CHANGED)) {
      const before = file.prepare(`select ${column} from audit where seq = 3`).pluck().get();
      file.exec(`update audit set ${column} = ${value} where seq = 3`);
      expect((await verdict()).bad?.seq, column).toBe(3);
      file.prepare(`update audit set ${column} = ? where seq = 3`).run(before);
      expect((await verdict()).bad, column).toBeNull();
    }
    file.close();
  });

  it.each([
    ['a row was taken out', 3, ['delete from audit where seq = 3']],
    ['the first row was taken away', 1, ['delete from audit where seq = 1']],
    ['the last row was taken away', 5, ['delete from audit where seq = 5']],
    ['the last row and the head were taken away', 4, ['delete from audit where seq = 5', 'delete from audit_marks']],
    [
      'the last row was taken away and the head set back',
      4,
      [
        'delete from audit where seq = 5',
        'update audit_marks set seq = 4, hash = (select hash from audit where seq = 4)',
      ],
    ],
    [
      'two rows changed places',
      2,
      [
        'update audit set seq = 100 where seq = 2',
        'update audit set seq = 2 where seq = 3',
        'update audit set seq = 3 where seq = 100',
      ],
    ],
    [
      'the rows after one that was taken out moved up',
      3,
      [
        'delete from audit where seq = 3',
        'update audit set seq = 3 where seq = 4',
        'update audit set seq = 4 where seq = 5',
      ],
    ],
    [
      'a row was put behind the last',
      6,
      [
        'insert into audit select 6, at, caller, profile_id, user_id, account_ids, called, outcome, count, message_ids, duration_ms, chain, hash from audit where seq = 5',
      ],
    ],
    ['the goodbye was taken back', 5, ['update audit_marks set open = 1']],
    [
      'an anchor was made up',
      2,
      [
        "insert into audit_marks select 'anchor', seq, hash, at, 0, chain, 'x' from audit where seq = 2",
        'delete from audit where seq <= 2',
      ],
    ],
  ])('shows that %s', async (_, seq, statements) => {
    await written(5);
    meddle(...statements);
    expect((await verdict()).bad?.seq).toBe(seq);
    // Going on with it must not make it whole again.
    await written(2);
    expect((await verdict()).bad).not.toBeNull();
    const control = await opened();
    now += 10 * DAY;
    await control.audit.prune(now);
    await control.audit.end();
    await control.close();
    expect((await verdict()).bad).not.toBeNull();
  });

  it('cannot be made anew by who lacks the key', async () => {
    await written(2);
    const control = (await ControlStore.openForReading(folder))!;
    const { bad } = await control.audit.verify(() => randomBytes(32));
    expect(bad).toMatchObject({ seq: 2, what: 'the head was changed' });
    expect((await control.audit.verify(() => null)).bad?.what).toContain('no given key');
    await control.close();
  });
});

describe('old rows', () => {
  it('go, up to an anchor from which the chain is whole', async () => {
    await written(3);
    now += 10 * DAY;
    await written(2);
    const control = await opened();
    expect(await control.audit.prune(now - DAY)).toBe(true);
    expect(await control.audit.list({}, 10)).toHaveLength(2);
    await control.audit.end();
    await control.close();
    expect(await verdict()).toMatchObject({ rows: 2, last: { seq: 5 }, bad: null });
    meddle("delete from audit_marks where name = 'anchor'");
    expect((await verdict()).bad).toMatchObject({ seq: 1, what: 'this row is missing' });
  });

  it('go all, and the chain goes on', async () => {
    await written(3);
    now += 10 * DAY;
    const control = await opened();
    await control.audit.prune(now);
    expect(await control.audit.list({}, 10)).toEqual([]);
    await control.audit.end();
    await control.close();
    await written(1);
    expect(await verdict()).toMatchObject({ rows: 1, last: { seq: 4 }, bad: null });
  });
});

describe('the list', () => {
  it('is of one person, since a time, newest first, and knows what was called a moment ago', async () => {
    const control = await opened();
    control.audit.note(entry('old', { at: now - 5 }));
    control.audit.note(entry('of another', { user_id: 'u2' }));
    control.audit.note(entry('new'));
    const called = async (wanted: object) => (await control.audit.list(wanted, 10)).map((row) => row.called);
    expect(await called({ userId: 'u1' })).toEqual(['new', 'old']);
    expect(await called({ since: now })).toEqual(['new', 'of another']);
    expect(await called({ before: 2 })).toEqual(['old']);
    await control.audit.end();
    await control.close();
  });

  it('keeps what the disk does not take until it does', async () => {
    const control = await ControlStore.open(folder);
    const failures: unknown[] = [];
    await control.audit.begin({
      chain: 1,
      key: KEY,
      keyOf,
      now: () => now,
      onFailure: (error) => failures.push(error),
    });
    meddle("create trigger full before insert on audit begin select raise(abort, 'full'); end");
    control.audit.note(entry('waits'));
    await control.audit.flush();
    expect(failures).toHaveLength(1);
    meddle('drop trigger full');
    expect(await control.audit.list({}, 10)).toHaveLength(1);
    await control.audit.end();
    await control.close();
    expect((await verdict()).bad).toBeNull();
  });
});

it('finds what is rare, however far back and over gaps, while others come in between', async () => {
  await written(1);
  meddle(`
    insert into audit with recursive n(i) as (select 2 union all select i + 1 from n where i < 60000)
      select i * 3, at, caller, profile_id, user_id, account_ids, called, outcome, count, message_ids, duration_ms, chain, hash
      from n, audit where seq = 1`);
  meddle(
    `update audit set called = 'rare' where seq in (9000, 90000, 180000)`,
    `update audit set seq = 1e12 where seq = 180000`,
  );
  const control = await opened();
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  turn();
  const rows = await control.audit.list({ called: 'RARE' }, 10);
  isOver = true;
  expect(rows.map(({ seq }) => seq)).toEqual([1e12, 90_000, 9000]);
  expect(turns).toBeGreaterThan(10);
  expect((await control.audit.list({ called: 'rare', before: 90_000 }, 10)).map(({ seq }) => seq)).toEqual([9000]);
  expect(await control.audit.list({ userId: 'nobody' }, 10)).toEqual([]);
  expect((await control.audit.list({ before: 30_001 }, 3)).map(({ seq }) => seq)).toEqual([30_000, 29_997, 29_994]);
  await control.close();
});
