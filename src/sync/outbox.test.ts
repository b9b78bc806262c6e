// The life of a mail in the outbox, on a real store with a scripted way to send and a clock of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailSender, SendOutcome } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import { type AccountId, type MessageId, newAccountId, newOutboxId, type ThreadId, type UserId } from '../base/ids.ts';
import { createLogger } from '../base/log.ts';
import { ControlStore } from '../store/control.ts';
import type { OutboxIntent, OutboxRow } from '../store/outbox-rows.ts';
import { isFinal, Outbox } from './outbox.ts';

const MINUTE = 60_000;
const RAW = Buffer.from('Subject: Tea\r\n\r\nHello.\r\n');
const ACCEPTED: SendOutcome = { kind: 'accepted', refused: [] };
const away = (retryAt?: number): SendOutcome => ({
  kind: 'refused',
  temporary: true,
  refused: [],
  error: new AppError('unavailable', 'The mail server has a temporary problem.', retryAt ? { retryAt } : {}),
});

let folder: string;
let control: ControlStore;
let outbox: Outbox;
let account: AccountId;
let now: number;
/** What the server does with the tries to come; without more it accepts. */
let answers: ((beforeEnd: () => Promise<void>) => Promise<SendOutcome>)[];
let tried: string[];
let inSent: Set<string>;
let looks: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-test-'));
  now = Date.UTC(2030, 0, 1);
  answers = [];
  tried = [];
  inSent = new Set();
  looks = 0;
  control = await ControlStore.open(folder);
  account = await addAccount();
  outbox = make();
  await outbox.recover();
  outbox.start();
});
afterEach(async () => {
  await outbox.stop();
  await control.close();
  rmSync(folder, { recursive: true });
});

async function addAccount(): Promise<AccountId> {
  const id = newAccountId();
  const row = { id, user_id: 'u' as UserId, email: `${id}@gmail.com`, kind: 'app_password' as const, created_at: now };
  const rest = { display_name: '', status: 'active' as const, timezone: 'UTC', inbox_seen: 0, last_error: null };
  await control.addAccount({ ...row, ...rest }, { wrapped_key: 'k', sealed: 's' }, true);
  return id;
}

function make(openSender?: () => Promise<MailSender>): Outbox {
  const sender: MailSender = {
    async send({ recipients }, beforeEnd) {
      tried.push(recipients.join());
      const answer = answers.shift();
      if (answer) return answer(beforeEnd);
      await beforeEnd();
      return ACCEPTED;
    },
    close: () => Promise.resolve(),
  };
  return new Outbox({
    rows: control.outbox,
    openSender: openSender ?? (() => Promise.resolve(sender)),
    look: async () => void looks++,
    findSent: (_account, header) =>
      inSent.has(header) ? { id: 'abc' as MessageId, threadId: 'def' as ThreadId } : null,
    now: () => now,
    log: createLogger('silent'),
  });
}

/** So much time passes, with another process at the end of it. */
async function later(ms: number): Promise<void> {
  await outbox.stop();
  now += ms;
  outbox = make();
  await outbox.recover();
  outbox.start();
}

function intent(changes: Partial<OutboxIntent> = {}): OutboxIntent {
  const id = newOutboxId();
  return {
    id,
    account_id: account,
    idempotency_key: null,
    request_hash: 'request',
    content_hash: `content of ${id}`,
    state: 'queued',
    message_id_header: `${id}@gmail.com`,
    envelope_from: 'jane@gmail.com',
    recipients: JSON.stringify(['joe@gmail.com']),
    addressees: JSON.stringify({ to: ['joe@gmail.com'], cc: [], bcc: [] }),
    subject: 'Tea',
    next_at: now,
    created_at: now,
    ...changes,
  };
}

async function send(changes?: Partial<OutboxIntent>): Promise<OutboxRow> {
  return (await outbox.submit(intent(changes), RAW, null)).row;
}

const become = (row: OutboxRow, done: (row: OutboxRow) => boolean) => outbox.settled(row.id, done, 5000);

describe('a mail', () => {
  it('is sent once, and its bytes are forgotten', async () => {
    const row = await send();
    expect(await become(row, isFinal)).toMatchObject({ state: 'sent', attempts: 1, reason: '' });
    expect(tried).toEqual(['joe@gmail.com']);
    expect(await control.outbox.mailOf(row.id)).toBeUndefined();
  });

  it('takes the ids of its copy in Sent as soon as that is seen', async () => {
    const row = await send();
    await become(row, isFinal);
    inSent.add(row.message_id_header);
    outbox.noticed(account);
    expect(await become(row, (each) => each.message_id !== null)).toMatchObject({
      message_id: 'abc',
      thread_id: 'def',
    });
  });

  it('waits and says why when the server has no time, and gives up after two days', async () => {
    answers = [async () => away(), async () => away(now + 10 * MINUTE)];
    const row = await send();
    const first = await become(row, ({ attempts, state }) => attempts === 1 && state === 'queued');
    expect(first).toMatchObject({ next_at: now + MINUTE, reason: 'The mail server has a temporary problem.' });
    await later(MINUTE);
    expect(await become(row, ({ attempts, state }) => attempts === 2 && state === 'queued')).toMatchObject({
      next_at: now + 10 * MINUTE,
    });
    answers = [async () => away()];
    await later(48 * 60 * MINUTE);
    expect(await become(row, isFinal)).toMatchObject({ state: 'failed', attempts: 3 });
  });

  it('fails with the reason when it is refused for good', async () => {
    const error = new AppError('invalid_input', 'Not sent: the mail server’s policy forbids it (550 5.7.1).');
    answers = [async () => ({ kind: 'refused', temporary: false, refused: [], error })];
    expect(await become(await send(), isFinal)).toMatchObject({ state: 'failed', reason: error.message });
  });

  it('waits while its account cannot send, without using up a try', async () => {
    const paused = new AppError('account_rejected', 'The account is paused.');
    await outbox.stop();
    outbox = make(() => Promise.reject(paused));
    await outbox.recover();
    outbox.start();
    const row = await send();
    const waiting = await become(row, ({ reason }) => reason !== '');
    expect(waiting).toMatchObject({ state: 'queued', attempts: 0, reason: paused.message, next_at: now + MINUTE });
  });

  it('goes after the one before it, one try at a time', async () => {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    answers = [
      async (beforeEnd) => {
        reached.resolve();
        await gate.promise;
        await beforeEnd();
        return ACCEPTED;
      },
    ];
    await send({ recipients: '["a@b.c"]' });
    const second = await send({ recipients: '["d@e.f"]' });
    await reached.promise;
    expect(await control.outbox.find(second.id)).toMatchObject({ state: 'queued', attempts: 0 });
    gate.resolve();
    await become(second, isFinal);
    expect(tried).toEqual(['a@b.c', 'd@e.f']);
  });
});

describe('a mail that may have been taken', () => {
  const lost = async (beforeEnd: () => Promise<void>): Promise<SendOutcome> => {
    await beforeEnd();
    return { kind: 'unknown', error: new AppError('unavailable', 'The connection was lost.') };
  };

  it('is never sent again by itself, and looked for in Sent for a quarter of an hour', async () => {
    answers = [lost];
    const row = await send();
    expect(await become(row, isFinal)).toMatchObject({ state: 'unknown', look_until: now + 15 * MINUTE });
    await become(row, ({ next_at }) => next_at !== null && next_at > now);
    for (let minute = 0; minute < 20; minute++) {
      await later(MINUTE);
      await become(row, ({ next_at }) => next_at === null || next_at > now);
    }
    expect(await control.outbox.find(row.id)).toMatchObject({ state: 'unknown', next_at: null });
    expect(tried).toHaveLength(1);
    expect(looks).toBeGreaterThan(10);
    await later(60 * MINUTE);
    expect(tried).toHaveLength(1);
  });

  it('is sent once its copy turns up, however late', async () => {
    answers = [lost];
    const row = await send();
    await become(row, isFinal);
    now += 24 * 60 * MINUTE;
    inSent.add(row.message_id_header);
    outbox.noticed(account);
    expect(await become(row, ({ state }) => state === 'sent')).toMatchObject({ message_id: 'abc', reason: '' });
  });

  it('is sent anew only when somebody says so', async () => {
    answers = [lost];
    const row = await send();
    await become(row, isFinal);
    expect(await outbox.retry(row.id)).toBe(true);
    expect(await become(row, ({ state }) => state === 'sent')).toMatchObject({ attempts: 2 });
    expect(tried).toHaveLength(2);
    expect(await outbox.retry(row.id)).toBe(false);
  });
});

describe('after a process that ended at any point', () => {
  it.each([
    ['queued', 'sent', 1],
    ['sending', 'sent', 1],
    ['leaving', 'unknown', 0],
    ['sent', 'sent', 0],
    ['failed', 'failed', 0],
    ['unknown', 'unknown', 0],
  ] as const)('a mail that was %s becomes %s', async (state, becomes, tries) => {
    await outbox.stop();
    const { row } = await control.outbox.submit(intent({ state, next_at: state === 'queued' ? now : null }), RAW, null);
    outbox = make();
    await outbox.recover();
    outbox.start();
    expect((await become(row, isFinal))?.state).toBe(becomes);
    expect(tried).toHaveLength(tries);
  });
});

describe('a repeat', () => {
  it('under one key is the first mail, a hundred times at once, and another mail is a conflict', async () => {
    const calls = Array.from({ length: 100 }, () => outbox.submit(intent({ idempotency_key: 'k1' }), RAW, null));
    const answered = await Promise.all(calls);
    expect(answered.filter(({ how }) => how === 'new')).toHaveLength(1);
    expect(new Set(answered.map(({ row }) => row.id)).size).toBe(1);
    await become(answered[0]!.row, isFinal);
    expect(tried).toHaveLength(1);
    const other = await outbox.submit(intent({ idempotency_key: 'k1', request_hash: 'other' }), RAW, null);
    expect(other.how).toBe('conflict');
    const elsewhere = { account_id: await addAccount(), idempotency_key: 'k1' };
    expect((await outbox.submit(intent(elsewhere), RAW, null)).how).toBe('new');
  });

  it('of the same content is the first mail for a while, unless that failed or nobody minds', async () => {
    const content = { content_hash: 'the same' };
    const first = await send(content);
    const since = () => now - 10 * MINUTE;
    const again = await outbox.submit(intent(content), RAW, since());
    expect([again.how, again.row.id]).toEqual(['duplicate', first.id]);
    expect((await outbox.submit(intent(content), RAW, null)).how).toBe('new');
    now += 11 * MINUTE;
    expect((await outbox.submit(intent(content), RAW, since())).how).toBe('new');
    const failed = await control.outbox.submit(
      intent({ content_hash: 'x', state: 'failed', next_at: null }),
      RAW,
      null,
    );
    expect(failed.how).toBe('new');
    expect((await outbox.submit(intent({ content_hash: 'x' }), RAW, since())).how).toBe('new');
  });
});

it('takes back what is not under way, and nothing else', async () => {
  answers = [async () => away()];
  const row = await send();
  await become(row, ({ attempts, state }) => attempts === 1 && state === 'queued');
  expect(await outbox.withdraw(row.id)).toBe(true);
  expect(await control.outbox.find(row.id)).toBeUndefined();
  const sent = await send();
  await become(sent, isFinal);
  expect(await outbox.withdraw(sent.id)).toBe(false);
});

it('does not let a mail leave whose account is taken away while it is on its way', async () => {
  const gate = Promise.withResolvers<void>();
  answers = [
    async (beforeEnd) => {
      await gate.promise;
      return beforeEnd().then(
        () => ACCEPTED,
        (error: unknown) => ({ kind: 'refused', temporary: false, refused: [], error: error as AppError }),
      );
    },
  ];
  const row = await send();
  await become(row, ({ state }) => state === 'sending');
  await control.removeAccount(account);
  gate.resolve();
  await outbox.release(account);
  expect(await control.outbox.find(row.id)).toBeUndefined();
});
