// Changing the encryption key while calls go on: everything opens before, meanwhile and afterwards, whatever ends the process; and
// what somebody moved from row to row opens under no key.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { keyId } from '../../src/accounts/vault.ts';
import { Browser } from '../support/browser.ts';
import { connectByGoogle } from '../support/google-account.ts';
import { type Mailroom, newFolder, ranMailroom, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, type PretendGmail, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';
import { killCalls, straceAvailable } from '../support/strace.ts';

vi.setConfig({ testTimeout: 240_000 });

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const JOE = { email: 'joe@gmail.com', appPassword: 'qrstuvwxyzabcdef' };
const BOB = { email: 'bob@gmail.com', appPassword: 'ponmlkjihgfedcba' };

const certificates = newFolder();
let pretend: PretendGmail;
let env: Record<string, string>;
let folder: string;
let room: Mailroom;
let accounts: string[];

beforeAll(async () => {
  pretend = await startPretendGmail(certificates, [JANE, JOE, BOB]);
});
afterAll(async () => {
  await pretend.gmail.close();
  removeFolder(certificates);
});

async function begin(more: Record<string, string> = {}): Promise<void> {
  folder = newFolder();
  env = { ...pretend.env, ...pretend.gmail.google.env, ...more };
  room = await startMailroom({ folder, env });
  accounts = [await connected(room, JANE, 'u1'), await connected(room, JOE, 'u2')];
  accounts.push(await connectByGoogle(room, pretend.gmail, BOB.email, 'u3'));
  await upToDate(room, accounts[2]!);
  // A sign-in on its way, which holds something sealed.
  const link = (await room.rest('POST', '/connect-links', { user_id: 'u4' })).body;
  const browser = new Browser();
  await browser.follow(await browser.post(link.url, { method: 'google' }));
}
async function end(): Promise<void> {
  await room.end();
  removeFolder(folder);
}

const keyFile = () => join(folder, 'keys', 'encryption.key');
const keysIn = (path: string) => readFileSync(path, 'utf8').trim().split('\n');
const keysInFile = () => keysIn(keyFile());
const idOf = (text: string) => keyId(Buffer.from(text, 'base64url'));

/** Under which keys anything is sealed. */
function sealedUnder(): Set<string> {
  const file = new SQLite(join(folder, 'data', 'control.sqlite'), { readonly: true });
  const wrapped = ['credentials', 'connect_links', 'audit_chains'].flatMap((table) =>
    file.prepare(`select wrapped_key from ${table} where wrapped_key is not null`).pluck().all(),
  ) as string[];
  file.close();
  return new Set(wrapped.map((each) => each.split('.')[1]!));
}

/** Each account is got into anew and sends a mail. */
async function allOpens(): Promise<void> {
  for (const account of accounts) {
    const sent = await room.tool('send_email', {
      account_id: account,
      to: 'amy@example.org',
      subject: `Sent ${randomBytes(4).toString('hex')}`,
      body: 'Text.',
    });
    expect(sent.status, JSON.stringify(sent)).toBe('sent');
  }
}

describe('a key in KEY_DIR', () => {
  beforeAll(() => begin());
  afterAll(end);

  it('is for the operator alone', async () => {
    const can = ['accounts', 'profiles', 'mail'];
    const { key } = (await room.rest('POST', '/service-keys', { name: 'narrow', can })).body;
    const refused = await room.rest('POST', '/keys/rotate', undefined, { authorization: `Bearer ${key}` });
    expect(refused.status).toBe(403);
    expect(existsSync(join(folder, 'keys', 'retired'))).toBe(false);
  });

  it('is changed beside calls and sends, and the old one opens nothing here any more', async () => {
    const [before = ''] = keysInFile();
    const calls = { over: false, bad: [] as number[] };
    const load = (async () => {
      while (!calls.over) {
        const { status } = await room.rest('POST', `/accounts/${accounts[0]}/fetch`);
        if (status !== 200) calls.bad.push(status);
      }
    })();
    const begun = Date.now();
    const { code, out, err } = await ranMailroom(['keys', 'rotate'], { env, folder });
    await allOpens();
    calls.over = true;
    await load;
    expect([code, err, calls.bad]).toEqual([0, '', []]);
    expect(out).toMatch(/credentials: 3 wrapped anew, 0 were already\n/);
    expect(out).toMatch(/connect_links: 1 wrapped anew.*audit_chains: 1 wrapped anew/s);
    const [after, ...others] = keysInFile();
    expect([others, after === before]).toEqual([[], false]);
    expect(sealedUnder()).toEqual(new Set([idOf(after!)]));
    expect(out).toContain(`Key ${idOf(before)} seals nothing any more.`);
    for (const text of [out, room.log.join('\n')]) expect(text).not.toContain(after);
    const retired = join(folder, 'keys', 'retired');
    expect(readdirSync(retired)).toEqual([`${idOf(before)}.key`]);
    expect(keysIn(join(retired, `${idOf(before)}.key`))).toEqual([before]);
    for (const path of [keyFile(), join(retired, `${idOf(before)}.key`)])
      expect(statSync(path).mode & 0o777).toBe(0o600);
    const { body } = await room.rest('GET', '/keys');
    const since = expect.any(String);
    expect(body.encryption_keys).toEqual([{ key_id: idOf(after!), writes: true, given: true, sealed: 5, since }]);
    expect(Date.parse(body.encryption_keys[0].since)).toBeGreaterThan(begun);
    await room.end();
    room = await startMailroom({ folder, env });
    await allOpens();
    expect(await ranMailroom(['audit', 'verify'], { env, folder })).toMatchObject({ code: 0 });
  });

  it('is changed by the command itself where no server runs', async () => {
    const before = idOf(keysInFile()[0]!);
    await room.end();
    const { code, err } = await ranMailroom(['keys', 'rotate'], { env, folder });
    expect([code, err]).toEqual([0, '']);
    expect(sealedUnder()).toEqual(new Set([idOf(keysInFile()[0]!)]));
    expect(sealedUnder()).not.toContain(before);
    room = await startMailroom({ folder, env });
    await allOpens();
  });
});

describe.skipIf(!straceAvailable())('a change that is killed', () => {
  // One house for all of them: each change begins where the one before has ended.
  beforeAll(() => begin());
  afterAll(end);

  it.each([
    ['fsync', 1],
    ['fsync', 3],
    ['fsync', 5],
    ['rename', 1],
    ['rename', 2],
    ['rename', 3],
  ] as const)('at %s %i leaves everything to be opened, and goes on', async (call, n) => {
    const letGo = await killCalls(room.pid, call, n);
    const answer = await room.rest('POST', '/keys/rotate').catch(() => null);
    if (answer === null) await room.ended;
    await letGo();
    if (answer === null) room = await startMailroom({ folder, env });
    await allOpens();
    expect((await room.rest('POST', '/keys/rotate')).status).toBe(200);
    expect(sealedUnder()).toEqual(new Set(keysInFile().map(idOf)));
    expect(keysInFile()).toHaveLength(1);
    await allOpens();
  });
});

describe('keys of the environment', () => {
  afterEach(end);

  it('are gone to in their order, with one line of what to do when there is one only', async () => {
    const [old, fresh] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    await begin({ ENCRYPTION_KEY: old });
    const alone = await ranMailroom(['keys', 'rotate'], { env, folder });
    expect([alone.code, alone.err.trim().split('\n')]).toEqual([1, [expect.stringContaining('one key only')]]);
    await room.end();
    env = { ...env, ENCRYPTION_KEY: `${fresh},${old}` };
    room = await startMailroom({ folder, env });
    const { code, out } = await ranMailroom(['keys', 'rotate'], { env, folder });
    expect(code).toBe(0);
    expect(out).toMatch(/credentials: 3 wrapped anew.*Take the keys that are not needed out of ENCRYPTION_KEY/s);
    expect(out).toContain(`Key ${keyId(Buffer.from(old, 'base64'))} seals nothing any more.`);
    expect(existsSync(keyFile())).toBe(false);
    await room.end();
    env = { ...env, ENCRYPTION_KEY: fresh };
    room = await startMailroom({ folder, env });
    await allOpens();
  });
});

describe('a seal that was moved to another row', () => {
  afterEach(end);

  it('opens there under no key, is told by the audit, and is named when the key is changed', async () => {
    await begin();
    await room.end();
    const file = new SQLite(join(folder, 'data', 'control.sqlite'));
    const [jane, joe] = accounts;
    const joes = file.prepare('select wrapped_key, sealed from credentials where account_id = ?').get(joe) as object;
    file
      .prepare('update credentials set wrapped_key = @wrapped_key, sealed = @sealed where account_id = @jane')
      .run({ ...joes, jane });
    file.close();
    room = await startMailroom({ folder, env });
    const report = await room.rest('POST', '/keys/rotate');
    expect(report.body.tables.credentials).toEqual({ rewrapped: 2, already: 0, unopenable: [jane] });
    expect(report.body.not_needed).toEqual([]);
    expect(keysInFile()).toHaveLength(2);
    const { status, reason } = await room.tool('send_email', {
      account_id: jane,
      to: 'amy@example.org',
      subject: 'As Joe',
      body: 'Text.',
    });
    expect(status, reason).not.toBe('sent');
    const rows = (await room.rest('GET', '/audit?limit=1000')).body as { called: string; account_ids: string[] }[];
    expect(rows.filter(({ called }) => called === 'a seal in credentials is broken')).toMatchObject([
      { account_ids: [jane] },
    ]);
    const { code, out } = await ranMailroom(['keys', 'rotate'], { env, folder });
    expect([code, out]).toEqual([1, expect.stringContaining(`does NOT open: ${jane}`)]);
  });
});
