// What a profile may send, on a real store: counted with the intent, over restarts, two calls at once and repeats.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MINUTE, OutboxBed, RAW } from '../../test/support/outbox-bed.ts';
import type { ProfileId, UserId } from '../base/ids.ts';
import type { SendLimits } from '../config/send-limits.ts';
import type { OutboxIntent } from '../store/outbox-rows.ts';
import type { Sending } from '../store/send-limits.ts';

const DAY = 24 * 60 * MINUTE;
const LIMITS: SendLimits = { mail: 3, minute: 2, day: 4, new_day: 3 };
let bed: OutboxBed;
beforeEach(async () => {
  bed = await OutboxBed.start();
  for (const profile_id of ['bot', 'other'] as ProfileId[])
    await bed.control.profiles.put({
      user_id: 'u' as UserId,
      profile_id,
      name: 'x',
      permissions: 'send',
      created_at: bed.now,
    });
});
afterEach(() => bed.end());

const sending = (changes: Partial<Sending> = {}): Sending => ({
  userId: 'u' as UserId,
  profileId: 'bot' as ProfileId,
  accountId: bed.account,
  limits: LIMITS,
  recipients: 1,
  strangers: [],
  now: bed.now,
  ...changes,
});
const send = (changes: Partial<Sending> = {}, intent: Partial<OutboxIntent> = {}, guardedSince: number | null = null) =>
  bed.outbox.submit(bed.intent(intent), RAW, guardedSince, sending(changes));
const rows = async () => (await bed.control.outbox.list(bed.account, 100, null)).length;

it('refuses more recipients in a mail than it may have, and says that waiting does not help', async () => {
  await send({ recipients: 3 });
  await expect(send({ recipients: 4 })).rejects.toMatchObject({
    code: 'rate_limited',
    message: expect.stringContaining('3 recipients a mail'),
    retryAt: undefined,
  });
  expect(await rows()).toBe(1);
});

it('frees a minute after the mail that filled it, also for another process', async () => {
  const begun = bed.now;
  await send();
  bed.now += 10_000;
  await send();
  await bed.later(10_000);
  await expect(send()).rejects.toMatchObject({
    code: 'rate_limited',
    message: expect.stringContaining('2 mails a minute'),
    retryAt: begun + MINUTE,
  });
  expect(await rows()).toBe(2);
  bed.now = begun + MINUTE - 1;
  await expect(send()).rejects.toMatchObject({ retryAt: begun + MINUTE });
  bed.now = begun + MINUTE;
  expect((await send()).how).toBe('new');
});

it('frees a day after, and names the limit that frees last', async () => {
  const begun = bed.now;
  for (let i = 0; i < 4; i++) {
    await send();
    bed.now += MINUTE;
  }
  await expect(send()).rejects.toMatchObject({
    message: expect.stringContaining('4 mails a day'),
    retryAt: begun + DAY,
  });
  expect((await send({ profileId: 'other' as ProfileId })).how).toBe('new');
  bed.now = begun + DAY;
  expect((await send()).how).toBe('new');
});

it('lets no two calls at once pass the last place', async () => {
  const tried = await Promise.allSettled(Array.from({ length: 20 }, () => send()));
  expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  expect(await rows()).toBe(2);
});

it('counts a stranger once, and each new one', async () => {
  await send({ strangers: ['a@x.example', 'b@x.example'], recipients: 2 });
  bed.now += MINUTE;
  await send({ strangers: ['a@x.example', 'c@x.example', 'c@x.example'], recipients: 2 });
  const full = bed.now - MINUTE + DAY;
  await expect(send({ strangers: ['d@x.example'] })).rejects.toMatchObject({
    message: expect.stringContaining('3 new recipients a day'),
    retryAt: full,
  });
  expect((await send({ strangers: ['a@x.example', 'b@x.example'] })).how).toBe('new');
  await expect(
    send({ limits: { ...LIMITS, new_day: 1, minute: 9 }, strangers: ['e@x.example', 'f@x.example'] }),
  ).rejects.toMatchObject({ code: 'rate_limited', retryAt: undefined });
});

it('does not count a repeat, a duplicate or a conflict, and answers them when the limit is reached', async () => {
  await send({}, { idempotency_key: 'k', content_hash: 'same' });
  await send({}, { content_hash: 'same too' });
  await expect(send()).rejects.toMatchObject({ code: 'rate_limited' });
  expect((await send({}, { idempotency_key: 'k' })).how).toBe('same');
  expect((await send({}, { idempotency_key: 'k', request_hash: 'other' })).how).toBe('conflict');
  expect((await send({}, { content_hash: 'same too' }, bed.now - MINUTE)).how).toBe('duplicate');
  bed.now += MINUTE;
  await send();
  expect((await send()).how).toBe('new');
});

it('binds nobody without a profile, and begins no new day with another account', async () => {
  for (let i = 0; i < 6; i++) await bed.outbox.submit(bed.intent(), RAW, null);
  await send();
  await send();
  const account_id = await bed.addAccount();
  await expect(send({ accountId: account_id }, { account_id })).rejects.toMatchObject({ code: 'rate_limited' });
  await bed.outbox.stop();
  await bed.control.removeAccount(bed.account);
  await expect(
    bed.control.outbox.submit(bed.intent({ account_id }), RAW, null, sending({ accountId: account_id })),
  ).rejects.toMatchObject({ code: 'rate_limited' });
});

it('refuses a profile that was removed meanwhile, and commits nothing', async () => {
  await bed.control.profiles.remove('u' as UserId, 'bot' as ProfileId);
  await expect(send()).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await rows()).toBe(0);
});
