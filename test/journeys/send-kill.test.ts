// A send that is killed at system call after system call, and at any moment: taken at most once, never lost, told truly.
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { connectByGoogle } from '../support/google-account.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';
import { killCalls, straceAvailable } from '../support/strace.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'ponmlkjihgfedcba' };

interface Entry {
  readonly subject: string;
  readonly status: string;
  readonly message_id: string | null;
  readonly reason?: string;
}

const KINDS = ['App Password', 'Google'] as const;
/** How many calls are passed over between two that kill; what the two kinds write to the disk differs little. */
const STEPS = { 'App Password': { fsync: 1, write: 5, pwrite64: 8 }, Google: { fsync: 2, write: 16, pwrite64: 40 } };

describe.skipIf(!straceAvailable()).each(KINDS)('a process killed while it sends, by %s', (kind) => {
  const folder = newFolder();
  let gmail: Sandbox;
  let env: Record<string, string>;
  let room: Mailroom;
  let jane: string;
  /** What was meant to be sent, and what the caller was told if he was. */
  const meant = new Map<string, string | null>();
  /** What became of mails whose process was killed at a call. */
  const ends = new Set<string>();

  beforeAll(async () => {
    ({ gmail, env } = await startPretendGmail(folder, [JANE, BOB]));
    env = { ...env, ...gmail.google.env };
    room = await startMailroom({ folder, env });
    jane = await (kind === 'Google' ? connectByGoogle(room, gmail, JANE.email, 'u1') : connected(room, JANE));
    await upToDate(room, jane);
  });
  afterAll(async () => {
    await room?.end();
    await gmail?.close();
    removeFolder(folder);
  });

  const taken = (subject: string): number =>
    gmail.submissions.filter(({ raw }) => raw.includes(`Subject: ${subject}\r\n`)).length;

  async function entry(subject: string): Promise<Entry | undefined> {
    const { body } = await room.rest('GET', `/accounts/${jane}/outbox?limit=100`);
    return body.outbox.find((each: Entry) => each.subject === subject);
  }

  /** Begins to send; the answer is what the caller was told, null when the process ended first. */
  function send(subject: string): Promise<string | null> {
    meant.set(subject, null);
    const mail = { to: BOB.email, subject, body: 'Once.' };
    return room.rest('POST', `/accounts/${jane}/messages`, mail).then(
      ({ body }) => {
        meant.set(subject, body.status);
        return body.status;
      },
      () => null,
    );
  }

  /** What the outbox says in the end, and whether it is so. */
  async function isTrue(subject: string): Promise<string> {
    const end = await eventually(async () => {
      const row = await entry(subject);
      if (!row) return { status: 'never meant', message_id: null };
      if (row.status === 'sent') return row.message_id !== null && row;
      return row.status !== 'queued' && taken(subject) === 0 && row;
    });
    expect([subject, end.status, taken(subject)]).toEqual([subject, end.status, end.status === 'sent' ? 1 : 0]);
    expect(end.status).not.toBe('failed');
    if (end.status === 'never meant') expect(meant.get(subject)).toBeNull();
    if (end.status === 'unknown') expect((end as Entry).reason).toContain('not sent again by itself');
    // Nothing else ever comes to this mailbox than the copies that the server files.
    expect(gmail.user(JANE.email).truth()).toHaveLength(gmail.submissions.length);
    return end.status;
  }

  async function anew(): Promise<void> {
    room = await startMailroom({ folder, env });
    const files = readdirSync(`${folder}/data/mailboxes`).filter((name) => name.endsWith('.sqlite'));
    for (const path of ['control.sqlite', ...files.map((name) => `mailboxes/${name}`)]) {
      const db = new SQLite(`${folder}/data/${path}`, { readonly: true });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      db.close();
    }
  }

  // On the thread that sends: each commit of control is writes to its log and one fsync; write is every word to the server.
  it.each(['fsync', 'write', 'pwrite64'] as const)('at %s, every call or every few', async (call) => {
    for (let n = 1; ; n += STEPS[kind][call]) {
      const subject = `At ${call} ${n}`;
      const killed = room.ended;
      const release = await killCalls(room.pid, call, n);
      const told = await Promise.race([send(subject), killed.then(() => null)]);
      if (told !== null) {
        await release();
        expect(told).toBe('sent');
        expect(await isTrue(subject)).toBe('sent');
        break;
      }
      await killed;
      await anew();
      ends.add(await isTrue(subject));
    }
  }, 120_000);

  // How many calls there are differs from run to run, so only all of them together must have met both.
  it('at some call had sent the mail already, and at some had not begun', () => {
    expect([...ends]).toEqual(expect.arrayContaining(['sent', 'never meant']));
  });

  it('at any moment', async () => {
    for (let i = 0; i < 6; i++) {
      const subject = `At moment ${i}`;
      const asked = send(subject);
      await delay(i * i * 3);
      process.kill(room.pid, 'SIGKILL');
      await room.ended;
      await asked;
      await anew();
      const end = await isTrue(subject);
      if (meant.get(subject) === 'sent') expect(end).toBe('sent');
    }
  }, 120_000);

  it('sends none of them again, however often it is started', async () => {
    await room.end();
    await anew();
    for (const subject of meant.keys()) await isTrue(subject);
    expect(gmail.submissions.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw.toString())![1]).toSorted()).toEqual(
      [...meant.keys()].filter((subject) => taken(subject) > 0).toSorted(),
    );
  });
});
