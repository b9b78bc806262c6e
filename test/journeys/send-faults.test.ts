// A full disk, a signal, a limit, and accounts that are paused or removed while they send: nothing lost, nothing twice.
import SQLite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, startPretendGmail } from '../support/pretend-gmail.ts';
import { failCalls, straceAvailable } from '../support/strace.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'ponmlkjihgfedcba' };
const folder = newFolder();
let gmail: Sandbox;
let env: Record<string, string>;
let room: Mailroom;
let jane: string;

beforeAll(async () => {
  ({ gmail, env } = await startPretendGmail(folder, [JANE, BOB]));
  room = await startMailroom({ folder, env });
  jane = await connected(room, JANE);
});
afterEach(() => gmail.script.clear());
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

interface Entry {
  readonly outbox_id: string;
  readonly subject: string;
  readonly status: string;
  readonly attempts: number;
  readonly reason?: string;
  readonly next_try_at?: string;
}
const mail = (subject: string, to = BOB.email) => ({ to, subject, body: 'Once.' });
const send = (subject: string, account = jane) => room.rest('POST', `/accounts/${account}/messages`, mail(subject));
const taken = (subject: string): number =>
  gmail.submissions.filter(({ raw }) => raw.includes(`Subject: ${subject}\r\n`)).length;
const entries = async (account = jane): Promise<Entry[]> =>
  (await room.rest('GET', `/accounts/${account}/outbox?limit=100`)).body.outbox;
const entry = async (subject: string) => (await entries()).find((each) => each.subject === subject);
const sent = (subject: string) => eventually(async () => (await entry(subject))?.status === 'sent', 30_000);
const spoken = () => gmail.log.filter(({ protocol }) => protocol === 'smtp').length;
const logged = (text: string) => room.log.filter((line) => line.includes(text)).length;

it.skipIf(!straceAvailable()).each([
  ['pwrite64', 1],
  ['pwrite64', 2],
  ['pwrite64', 5],
  ['fsync', 1],
])(
  'refuses a mail that a full disk does not take, before a word to the server (%s %i)',
  async (call, n) => {
    const subject = `No room ${call} ${n}`;
    const before = spoken();
    const release = await failCalls(room.pid, call, `error=ENOSPC:when=${n}+`);
    const { status, body } = await send(subject);
    expect([status, body.code, body.hint]).toEqual([503, 'unavailable', expect.stringContaining('Free some space')]);
    await release();
    expect(await entry(subject)).toBeUndefined();
    expect([taken(subject), spoken()]).toEqual([0, before]);
    expect((await send(subject)).body.status).toBe('sent');
    expect(taken(subject)).toBe(1);
    const db = new SQLite(`${folder}/data/control.sqlite`, { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  },
  30_000,
);

/** A mail that has come so far, with a disk that takes nothing from then on; `there` says when that has shown. */
async function fillDiskAt(subject: string, stage: 'mail' | 'end', there: () => Promise<unknown>) {
  const goOn = gmail.script.add(JANE.email, { kind: 'smtp-hold', stage });
  const before = logged('could not be written');
  const asked = send(subject);
  await eventually(async () => Boolean(await there()));
  const release = await failCalls(room.pid, 'fsync', 'error=ENOSPC');
  goOn();
  await eventually(async () => logged('could not be written') > before);
  await release();
  return (await asked).body;
}

it.skipIf(!straceAvailable())(
  'holds a mail before its last bytes while the disk is full, and sends it once',
  async () => {
    const body = await fillDiskAt('Held', 'mail', () => entry('Held'));
    expect(body).toMatchObject({ status: 'queued', reason: expect.stringContaining('not sent') });
    expect(taken('Held')).toBe(0);
    await room.rest('POST', `/outbox/${body.outbox_id}/retry`);
    await sent('Held');
    expect(taken('Held')).toBe(1);
  },
);

it.skipIf(!straceAvailable())('writes down that a mail was taken as soon as the disk has room again', async () => {
  const body = await fillDiskAt('Taken', 'end', async () => taken('Taken') === 1);
  expect([body.status, taken('Taken')]).toEqual(['sent', 1]);
});

it('tries one mail against a daily limit, holds the others and says so', async () => {
  const text = '550 5.4.5 Daily user sending limit exceeded. For more information go to https://support.google.com';
  gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'rcpt', text });
  const [first] = await Promise.all([send('Limit 1'), send('Limit 2'), send('Limit 3')]);
  expect(first.body).toMatchObject({ status: 'queued', reason: expect.stringContaining('no more mail') });
  const held = await eventually(async () => {
    const all = (await entries()).filter(({ subject }) => subject.startsWith('Limit'));
    return all.every(({ reason }) => reason) && all;
  });
  expect(held.map(({ attempts }) => attempts).toSorted()).toEqual([0, 0, 1]);
  for (const { status, next_try_at } of held) {
    expect(status).toBe('queued');
    expect(Date.parse(next_try_at!)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  }
  const before = spoken();
  const late = await send('Limit 4');
  expect(late.body).toMatchObject({ status: 'queued', next_try_at: first.body.next_try_at });
  expect(spoken()).toBe(before);
  gmail.script.clear();
  // Somebody says that it is over: what waits goes out with the account's next good word.
  await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
  for (let i = 1; i <= 4; i++) await sent(`Limit ${i}`);
});

it('holds the mail of a login that was refused until a new password comes', async () => {
  gmail.user(JANE.email).changePassword('zzzzyyyyxxxxwwww');
  await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
  const { body } = await send('Old password');
  expect(body).toMatchObject({ status: 'queued', reason: expect.any(String) });
  expect(taken('Old password')).toBe(0);
  const renewed = { user_id: 'u1', email: JANE.email, app_password: 'zzzzyyyyxxxxwwww' };
  await room.tool('add_gmail_account', renewed);
  await sent('Old password');
});

it('sends nothing while the account is paused, not even over an open connection', async () => {
  expect((await send('Before the pause')).body.status).toBe('sent');
  gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'mail', text: '451 4.3.0 Later.', times: 1 });
  expect((await send('Paused')).body.status).toBe('queued');
  await room.rest('PATCH', `/accounts/${jane}`, { status: 'paused' });
  await room.rest('POST', `/outbox/${(await entry('Paused'))!.outbox_id}/retry`);
  await eventually(async () => (await entry('Paused'))?.reason?.includes('paused'));
  expect(taken('Paused')).toBe(0);
  await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
  await sent('Paused');
  expect(taken('Paused')).toBe(1);
});

it('removes an account whose mail hangs at the server, in time and with its queue', async () => {
  const bob = await connected(room, BOB, 'u2');
  gmail.script.add(BOB.email, { kind: 'smtp-mute' });
  const hanging = room.rest('POST', `/accounts/${bob}/messages`, mail('Hangs', JANE.email));
  await eventually(async () => taken('Hangs') === 1);
  const waiting = room.rest('POST', `/accounts/${bob}/messages`, mail('Behind it', JANE.email));
  await eventually(async () => (await entries(bob)).length === 2);
  const begun = performance.now();
  expect((await room.rest('DELETE', `/accounts/${bob}`)).body.status).toBe('deleted');
  expect(performance.now() - begun).toBeLessThan(9000);
  for (const answer of [await hanging, await waiting])
    expect(answer.body.status === 'unknown' || answer.status === 404, JSON.stringify(answer.body)).toBe(true);
  expect([taken('Hangs'), taken('Behind it')]).toEqual([1, 0]);
  const db = new SQLite(`${folder}/data/control.sqlite`, { readonly: true });
  expect(db.prepare('select count(*) from outbox where account_id = ?').pluck().get(bob)).toBe(0);
  expect(db.prepare('select count(*) from outbox_mails').pluck().get()).toBe(0);
  db.close();
}, 30_000);

it.each([
  ['a mail that is leaving', 'smtp-mute', 'sent'],
  ['mail after mail', null, 'sent'],
] as const)(
  'ends within ten seconds of SIGTERM with %s, and goes on from there',
  async (name, fault, becomes) => {
    if (fault) gmail.script.add(JANE.email, { kind: fault });
    const subjects = Array.from({ length: fault ? 2 : 40 }, (_, i) => `Term ${name} ${i}`);
    const asked = subjects.map((subject) => send(subject).catch(() => null));
    await eventually(async () => taken(subjects[0]!) === 1);
    const begun = performance.now();
    expect(await room.end()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(10_000);
    const told = (await Promise.all(asked)).map((answer) => answer?.body.status);
    expect(told.filter((status) => status === 'failed')).toEqual([]);
    gmail.script.clear();
    room = await startMailroom({ folder, env });
    const meant = (await entries()).filter(({ subject }) => subject.startsWith(`Term ${name}`));
    for (const { subject } of meant) {
      await eventually(async () => (await entry(subject))?.status === becomes, 30_000);
      expect([subject, taken(subject)]).toEqual([subject, 1]);
    }
    expect(meant.length).toBeGreaterThanOrEqual(told.filter(Boolean).length);
  },
  60_000,
);
