// What a busy, full or damaged disk, a limiting or silent server and a signal do to people who read: little, and not for long.
import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { makeMails } from '../../src/sandbox/mail-factory.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, ranMailroom, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';
import { failCalls, straceAvailable } from '../support/strace.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'ponmlkjihgfedcba' };
const MAILS = 60;
const folder = newFolder();
let gmail: Sandbox;
let env: Record<string, string>;
let room: Mailroom;
let jane: string;
let bob: string;

beforeAll(async () => {
  ({ gmail, env } = await startPretendGmail(folder, [JANE, BOB]));
  for (const mail of makeMails(5, MAILS, { owner: JANE.email })) gmail.user(JANE.email).deliver(mail.raw, mail);
  gmail.user(BOB.email).deliver(letter('First', { to: BOB.email }));
  room = await startMailroom({ folder, env });
  jane = await connected(room, JANE);
  bob = await connected(room, BOB, 'u2');
});
afterEach(async () => {
  gmail.script.clear();
  await upToDate(room, jane);
  await upToDate(room, bob);
  expect((await ranMailroom(['verify', '--server'], { folder, env })).out).toMatch(/^ok [^\n]*\nok [^\n]*\n$/);
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const account = async (id: string) => (await room.rest('GET', `/accounts/${id}`)).body;
const found = async (id: string, query: string): Promise<number> =>
  (await room.tool('search_emails', { account_id: id, query })).messages.length;
const mailboxOf = (id: string) => `${folder}/data/mailboxes/${id}.sqlite`;
const deliver = (subject: string, email = JANE.email) => gmail.user(email).deliver(letter(subject, { to: email }));
const nudge = async (id: string) => {
  await room.rest('PATCH', `/accounts/${id}`, { status: 'paused' });
  await room.rest('PATCH', `/accounts/${id}`, { status: 'active' });
};
const logged = (text: string) => room.log.filter((line) => line.includes(text)).length;

it('waits for a mailbox file that somebody holds, answers meanwhile, and loses nothing', async () => {
  const holder = new SQLite(mailboxOf(jane));
  holder.exec('begin exclusive');
  deliver('Held up');
  const asked = room.tool('fetch_inbox', { account_id: jane });
  await expect(asked).rejects.toThrow(/^unavailable: The mailbox file is busy\. /);
  expect((await account(jane)).last_error).toMatchObject({ code: 'unavailable', message: 'The mailbox file is busy.' });
  expect(await found(jane, 'in:anywhere')).toBeGreaterThan(0);
  deliver('For Bob', BOB.email);
  expect(await eventually(() => found(bob, 'subject:"for bob"'))).toBe(1);
  const before = logged('sync interrupted');
  await eventually(async () => logged('sync interrupted') > before, 20_000);
  holder.exec('rollback');
  holder.close();
  expect(await eventually(() => found(jane, 'subject:"held up"'), 20_000)).toBe(1);
  await eventually(async () => (await account(jane)).last_error === null);
  expect((await room.tool('fetch_inbox', { account_id: jane })).new_messages).toMatchObject([{ subject: 'Held up' }]);
}, 60_000);

it.skipIf(!straceAvailable())(
  'reads on with a full disk, says so, and goes on when there is room',
  async () => {
    const release = await failCalls(room.pid, 'pwrite64', 'error=ENOSPC');
    deliver('No room');
    const refused = await eventually(async () => {
      await room.tool('fetch_inbox', { account_id: jane }).catch(() => null);
      return logged('The disk does not take the mail.') > 0;
    });
    expect(refused).toBe(true);
    expect(await found(jane, 'in:anywhere')).toBeGreaterThan(0);
    expect((await room.rest('GET', '/health')).status).toBe(200);
    await release();
    expect(await eventually(() => found(jane, 'subject:"no room"'), 30_000)).toBe(1);
    await eventually(async () => (await account(jane)).last_error === null);
  },
  60_000,
);

it.each([
  ['overwritten', (path: string) => writeFileSync(path, 'This is no database. '.repeat(1000))],
  ['cut off', (path: string) => truncateSync(path, 8192)],
])(
  'names a mailbox file that was %s, serves the others, and fetches it again',
  async (_, damage) => {
    await room.end();
    damage(mailboxOf(jane));
    room = await startMailroom({ folder, env });
    const { last_error } = await eventually(async () => {
      const now = await account(jane);
      return now.last_error && now;
    });
    expect(last_error).toMatchObject({ code: 'unavailable', message: expect.stringContaining(mailboxOf(jane)) });
    expect(last_error.cure).toContain('Move it away');
    await expect(room.tool('search_emails', { account_id: jane, query: 'x' })).rejects.toThrow(mailboxOf(jane));
    deliver('Still served', BOB.email);
    expect(await eventually(() => found(bob, 'subject:"still served"'))).toBeGreaterThan(0);
    expect((await room.tool('list_gmail_accounts')).accounts).toHaveLength(2);
    const checked = await ranMailroom(['verify', '--account', jane], { folder, env });
    expect([checked.code, checked.out.includes(mailboxOf(jane))], checked.out).toEqual([1, true]);
    await room.end();
    for (const suffix of ['', '-wal', '-shm'])
      try {
        renameSync(mailboxOf(jane) + suffix, `${folder}/damaged${suffix}`);
      } catch {
        // SQLite had no need of that one.
      }
    room = await startMailroom({ folder, env });
    await upToDate(room, jane);
    expect((await account(jane)).last_error).toBeNull();
    expect((await account(jane)).sync.done).toBeGreaterThanOrEqual(MAILS);
  },
  60_000,
);

it('lets many callers have attachments at once without being refused by the server', async () => {
  const { body } = await room.rest('GET', `/accounts/${jane}/messages?q=has:attachment&limit=1`);
  const path = `/accounts/${jane}/messages/${body.messages[0].message_id}/attachments/1`;
  const before = gmail.log.filter(({ line }) => /^(LOGIN|AUTHENTICATE)/i.test(line)).length;
  const answers = await Promise.all(Array.from({ length: 50 }, () => room.rest('GET', path)));
  expect(new Set(answers.map(({ status, body: bytes }) => `${status} ${bytes.length}`)).size).toBe(1);
  expect(answers[0]!.status).toBe(200);
  expect(gmail.user(JANE.email).connections).toBeLessThanOrEqual(3);
  expect(gmail.log.filter(({ line }) => /^(LOGIN|AUTHENTICATE)/i.test(line)).length - before).toBeLessThanOrEqual(50);
}, 60_000);

it('leaves a server alone that wants it, tells until when, and asks for no attachment either', async () => {
  const { body } = await room.rest('GET', `/accounts/${jane}/messages?q=has:attachment&limit=1`);
  gmail.script.add(JANE.email, { kind: 'imap-login', answer: 'overquota' });
  await nudge(jane);
  await eventually(async () => (await account(jane)).last_error?.code === 'rate_limited');
  const logins = () =>
    gmail.log.filter(({ email, line }) => email === '' && /^(LOGIN|AUTHENTICATE)/i.test(line)).length;
  const before = logins();
  await nudge(jane);
  const fetched = await room.rest('POST', `/accounts/${jane}/fetch`);
  expect([fetched.status, fetched.body.code]).toEqual([429, 'rate_limited']);
  expect(Number(fetched.headers.get('retry-after'))).toBeGreaterThan(3000);
  const part = await room.rest('GET', `/accounts/${jane}/messages/${body.messages[0].message_id}/attachments/1`);
  expect(part.status).toBe(429);
  expect(await room.tool('search_emails', { account_id: jane, query: '' })).toMatchObject({ stale: true });
  expect(logins()).toBe(before);
  gmail.script.clear();
  // The pause is hours long; a new password is a new beginning.
  await room.tool('add_gmail_account', { user_id: 'u1', email: JANE.email, app_password: JANE.appPassword });
});

it('takes a passing trouble with logins for what it is', async () => {
  for (const answer of ['unavailable', 'lookup-failed'] as const) {
    gmail.script.add(JANE.email, { kind: 'imap-login', answer, times: 3 });
    await nudge(jane);
    await eventually(async () => (await account(jane)).last_error?.code === 'unavailable');
    await upToDate(room, jane);
    expect(await account(jane)).toMatchObject({ status: 'active', last_error: null });
  }
}, 60_000);

it('ends within ten seconds of SIGTERM whatever is under way, and loses nothing', async () => {
  await room.rest('PATCH', `/accounts/${bob}`, { status: 'paused' });
  for (const mail of makeMails(6, 600, { owner: BOB.email })) gmail.user(BOB.email).deliver(mail.raw, mail);
  gmail.script.add(BOB.email, { kind: 'slow', bytesPerSecond: 250_000 });
  gmail.script.add(JANE.email, { kind: 'silence' });
  const waiting = room.rest('POST', `/accounts/${jane}/fetch`).catch(() => null);
  await room.rest('PATCH', `/accounts/${bob}`, { status: 'active' });
  await eventually(async () => {
    const { state, done, total } = (await account(bob)).sync;
    return state === 'importing' && done < total;
  });
  const began = performance.now();
  expect(await room.end()).toBe(0);
  expect(performance.now() - began).toBeLessThan(10_000);
  await waiting;
  gmail.script.clear();
  room = await startMailroom({ folder, env });
  await upToDate(room, bob);
  expect((await account(bob)).sync.done).toBe(gmail.user(BOB.email).truth().length);
}, 90_000);
