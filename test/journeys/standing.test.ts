// What is said of an account whose sync does not run, and what commands leave alone that only look.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keyId } from '../../src/accounts/vault.ts';
import { makeMails } from '../../src/sandbox/mail-factory.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, ranMailroom, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const MAILS = 260;
const folder = newFolder();
let gmail: Sandbox;
let env: Record<string, string>;
let room: Mailroom;
let jane: string;

const account = async () => (await room.rest('GET', `/accounts/${jane}`)).body;
const set = (status: string) => room.rest('PATCH', `/accounts/${jane}`, { status });
const search = () => room.tool('search_emails', { account_id: jane, query: '' });
const restart = async () => {
  await room.end();
  room = await startMailroom({ folder, env });
};

beforeAll(async () => {
  ({ gmail, env } = await startPretendGmail(folder, [JANE]));
  for (const mail of makeMails(3, MAILS, { owner: JANE.email })) gmail.user(JANE.email).deliver(mail.raw, mail);
  room = await startMailroom({ folder, env });
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

it('says of an import that was broken off that it is not complete, also after a restart', async () => {
  gmail.script.add(JANE.email, { kind: 'slow', bytesPerSecond: 60_000 });
  const { account_id } = await room.tool('add_gmail_account', {
    user_id: 'u1',
    email: JANE.email,
    app_password: JANE.appPassword,
  });
  jane = account_id;
  const { sync } = await eventually(async () => {
    const now = await account();
    return now.sync.done > 0 && now;
  });
  expect(sync).toMatchObject({ state: 'importing' });
  await set('paused');
  gmail.script.clear();
  const half = (await account()).sync;
  expect(half).toMatchObject({ state: 'stopped', per_second: 0, eta_seconds: null });
  expect(half.done).toBeGreaterThan(0);
  expect(half.done).toBeLessThan(half.total);
  await restart();
  expect((await account()).sync).toMatchObject({ state: 'stopped', done: half.done, total: half.total });
  const answer = await search();
  expect(answer).toMatchObject({ complete: false, stale: true, as_of: null });
  expect(answer.reaches_back_to).toMatch(/Z$/);
});

it('logs how an import begins and ends, with counts and without mail', async () => {
  await set('active');
  await upToDate(room, jane);
  const lines = room.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.startsWith('import'));
  expect(lines.map(({ msg }) => msg)).toEqual(['import begun', 'import finished']);
  const last = lines.at(-1);
  expect(last).toMatchObject({ level: 'info', account: jane, done: last.total });
  expect(last.durationMs).toBeGreaterThan(0);
  expect(Object.keys(lines[0]).toSorted()).toEqual(
    ['account', 'done', 'etaSeconds', 'level', 'msg', 'perSecond', 'time', 'total'].toSorted(),
  );
});

it('says of a whole copy that it is complete while it is paused, and after a restart', async () => {
  const whole = (await account()).sync;
  expect(whole.done).toBe(whole.total);
  await set('paused');
  const paused = (await account()).sync;
  expect(paused).toMatchObject({ state: 'stopped', done: whole.done, total: whole.total });
  expect(paused.as_of).toMatch(/Z$/);
  expect(await search()).toMatchObject({ complete: true, as_of: paused.as_of });
  await restart();
  expect((await account()).sync).toMatchObject({ state: 'stopped', done: whole.done, total: whole.total });
  expect(await search()).toMatchObject({ complete: true, stale: true });
});

it('tells the truth before the first look of a new process too', async () => {
  await set('active');
  await upToDate(room, jane);
  const before = (await account()).sync.done;
  gmail.script.add(JANE.email, { kind: 'silence' });
  await restart();
  expect((await account()).sync).toMatchObject({ state: 'starting', done: before, total: before });
  expect(await search()).toMatchObject({ complete: true, stale: true });
  gmail.script.clear();
});

it('says what is wrong with an account that Google lets in no more, and is healed by a new password', async () => {
  gmail.user(JANE.email).changePassword('qrstuvwxyzabcdef');
  await restart();
  const refused = await eventually(async () => {
    const now = await account();
    return now.status === 'needs_reauth' && now;
  });
  expect(refused.last_error).toMatchObject({ code: 'account_rejected' });
  expect(refused.last_error.cure).toContain('https://myaccount.google.com/apppasswords');
  expect(refused.sync).toMatchObject({ state: 'stopped', done: refused.sync.total });
  expect(await search()).toMatchObject({ complete: true, stale: true });
  await expect(room.tool('fetch_inbox', { account_id: jane })).rejects.toThrow(/^account_rejected: /);
  for (const status of ['active', 'paused'] as const) expect((await set(status)).status).toBe(422);
  expect((await account()).status).toBe('needs_reauth');
  expect(await connected(room, { ...JANE, appPassword: 'qrst uvwx yzab cdef' })).toBe(jane);
  expect(await account()).toMatchObject({ status: 'active', last_error: null });
});

/** What lies in the folder: names and bytes. SQLite's own index of a log is remade by whoever opens it. */
function fingerprint(): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/-(shm|wal)$/.test(entry.name),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const bytes = readFileSync(`${parentPath}/${name}`);
      return [`${parentPath}/${name}`, createHash('sha256').update(bytes).digest('hex')];
    }),
  );
}

it('lets doctor and verify look beside a running server, and after it, and changes nothing', async () => {
  await set('paused');
  const doctor = await ranMailroom(['doctor'], { folder, env });
  expect(doctor.out).toContain(`Process ${room.pid} serves`);
  expect((await ranMailroom(['verify'], { folder, env })).out).toMatch(/^ok .* mails/);
  await room.end();
  const before = fingerprint();
  for (const command of [['doctor'], ['verify'], ['verify', '--server']]) {
    const { code, out, err } = await ranMailroom(command, { folder, env });
    expect([code, err], out).toEqual([0, '']);
  }
  expect(fingerprint()).toEqual(before);
});

it('lets doctor say what is to be registered at Google, as it will stand there', async () => {
  const google = { ...gmail.google.env, GOOGLE_TOKEN_URL: 'http://[::1]:1/token' };
  const told = async (more: Record<string, string>) =>
    ranMailroom(['doctor'], { folder, env: { ...env, ...google, PUBLIC_URL: '', ...more } });
  const { out, err } = await told({ HOST: '::1', PORT: '8100' });
  expect(out).toMatch(/^ +http:\/\/\[::1\]:8100\/api\/gmail\/callback$/m);
  expect(out).toMatch(/Google’s tokens at ::1:1 cannot be reached \((ECONNREFUSED|EADDRNOTAVAIL)\)/);
  expect(err).toBe('');
  expect(await told({ PORT: '0' })).toMatchObject({ code: 1, out: expect.stringContaining('Set PORT or PUBLIC_URL') });
});

it('refuses keys that do not open what is stored, and doctor agrees with it', async () => {
  await room.end();
  const other = Buffer.alloc(32, 7).toString('base64');
  const wrong = { folder, env: { ...env, ENCRYPTION_KEY: other } };
  const served = await ranMailroom(['serve'], wrong);
  expect([served.code, served.err]).toEqual([1, expect.stringContaining('Add that key to ENCRYPTION_KEY')]);
  const looked = await ranMailroom(['doctor'], wrong);
  expect([looked.code, looked.out]).toEqual([1, expect.stringContaining('Add that key to ENCRYPTION_KEY')]);
  const kept = readFileSync(`${folder}/keys/encryption.key`, 'utf8').trim();
  const right = { folder, env: { ...env, ENCRYPTION_KEY: `${other},${kept}` } };
  expect(await ranMailroom(['doctor'], right)).toMatchObject({ code: 0 });
});

it('misses the key of whatever is sealed, also where no account is connected, and makes no other in its place', async () => {
  const fresh = newFolder();
  try {
    await (await startMailroom({ folder: fresh, env })).end();
    const file = join(fresh, 'keys', 'encryption.key');
    const id = keyId(Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url'));
    renameSync(file, join(fresh, 'kept'));
    for (const more of [env, { ...env, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') }]) {
      const served = await ranMailroom(['serve'], { folder: fresh, env: more });
      expect([served.code, served.err]).toEqual([
        1,
        expect.stringContaining(`sealed under key ${id}, which is not given`),
      ]);
      expect(existsSync(file)).toBe(false);
    }
    renameSync(join(fresh, 'kept'), file);
    await (await startMailroom({ folder: fresh, env })).end();
  } finally {
    removeFolder(fresh);
  }
}, 120_000);

it('keeps the mail from other people of the machine, whatever DATA_DIR itself allows', () => {
  const files = readdirSync(`${folder}/data`, { recursive: true, withFileTypes: true });
  expect(files.some(({ name }) => name === 'control.sqlite')).toBe(true);
  for (const { parentPath, name } of files) expect(statSync(`${parentPath}/${name}`).mode & 0o077, name).toBe(0);
});

it('says that there is nothing yet where DATA_DIR does not exist, and makes nothing', async () => {
  const nowhere = `${folder}/nowhere`;
  for (const command of ['doctor', 'verify']) {
    const { code, out } = await ranMailroom([command], { folder, env: { ...env, DATA_DIR: nowhere } });
    expect([code, out.includes(nowhere)], out).toEqual([0, true]);
    expect(existsSync(nowhere)).toBe(false);
  }
});
