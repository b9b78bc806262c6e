// What keeps mail in the outbox: accounts that cannot send, a standstill, a mail that was there after all, the end.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACCEPTED, away, MINUTE, OutboxBed, RAW } from '../../test/support/outbox-bed.ts';
import type { MailSender, SendOutcome } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import { isFinal } from './outbox.ts';

let bed: OutboxBed;
beforeEach(async () => {
  bed = await OutboxBed.start();
});
afterEach(() => bed.end());

describe('an account that cannot send', () => {
  const limit = (): SendOutcome => ({
    kind: 'refused',
    temporary: true,
    forAll: true,
    refused: [],
    error: new AppError('rate_limited', 'Gmail takes no more mail from this bed.account today.', {
      retryAt: bed.now + 24 * 60 * MINUTE,
    }),
  });

  it('is tried with one mail, and the others wait with it, later ones too', async () => {
    bed.answers = [async () => limit()];
    const held = [await bed.send(), await bed.send(), await bed.send()];
    for (const row of held) {
      const { state, next_at, reason } = (await bed.become(row, (each) => each.reason !== ''))!;
      expect([state, next_at, reason]).toEqual([
        'queued',
        bed.now + 24 * 60 * MINUTE,
        expect.stringMatching(/^Gmail takes/),
      ]);
    }
    const late = await bed.become(await bed.send(), (each) => each.reason !== '');
    expect(late).toMatchObject({ next_at: bed.now + 24 * 60 * MINUTE, attempts: 0 });
    expect(bed.tried).toHaveLength(1);
    const other = await bed.send({ account_id: await bed.addAccount() });
    expect((await bed.become(other, isFinal))?.state).toBe('sent');
    bed.now += 24 * 60 * MINUTE;
    bed.outbox.start();
    for (const row of [...held, late!]) expect((await bed.become(row, isFinal))?.state).toBe('sent');
    expect(bed.tried).toHaveLength(6);
  });

  it('waits as long as a limit names, and longer when it comes again', async () => {
    const named = (): SendOutcome => {
      const error = new AppError('rate_limited', 'Not so fast.', { retryAt: bed.now + 5000, definite: true });
      return { kind: 'refused', temporary: true, forAll: true, refused: [], error };
    };
    bed.answers = [async () => named(), async () => named()];
    const row = await bed.send();
    expect(await bed.become(row, ({ reason }) => reason !== '')).toMatchObject({ next_at: bed.now + 5000 });
    bed.now += 5000;
    bed.outbox.start();
    const again = await bed.become(row, ({ attempts, state }) => attempts === 2 && state === 'queued');
    expect(again!.next_at).toBeGreaterThan(bed.now + MINUTE);
  });

  it('tries the rest as soon as somebody has mended it', async () => {
    bed.answers = [async () => ({ ...limit(), error: new AppError('account_rejected', 'No.') })];
    const rows = [await bed.send(), await bed.send()];
    for (const row of rows) await bed.become(row, ({ reason }) => reason !== '');
    await bed.outbox.standStill(bed.account, async () => expect(bed.tried).toHaveLength(1));
    for (const row of rows) expect((await bed.become(row, isFinal))?.state).toBe('sent');
  });

  it('gives up every mail that has waited for two days', async () => {
    bed.answers = [async () => limit(), async () => limit()];
    const rows = [await bed.send(), await bed.send()];
    for (const row of rows) await bed.become(row, ({ reason }) => reason !== '');
    bed.now += 49 * 60 * MINUTE;
    bed.outbox.start();
    for (const row of rows) expect((await bed.become(row, isFinal))?.state).toBe('failed');
    expect(bed.tried).toHaveLength(2);
  });

  it('sends nothing while it stands still, and ends what does not end by itself', async () => {
    await bed.outbox.stop();
    const cut = Promise.withResolvers<SendOutcome>();
    const hangs: MailSender = {
      send: async ({ recipients }, beforeEnd) => {
        bed.tried.push(recipients.join());
        if (bed.tried.length === 1) return cut.promise;
        await beforeEnd();
        return ACCEPTED;
      },
      close: async () => cut.resolve(away()),
    };
    bed.outbox = bed.make(async () => hangs, 20);
    bed.outbox.start();
    const row = await bed.send();
    await bed.outbox.standStill(bed.account, async () => {
      expect(await bed.control.outbox.find(row.id)).toMatchObject({ state: 'queued', attempts: 1 });
      await bed.send();
      expect(bed.tried).toHaveLength(1);
    });
  });
});

describe('a mail that is to be tried again', () => {
  it('is not, when its copy has turned up meanwhile', async () => {
    bed.answers = [
      async (beforeEnd) => {
        await beforeEnd();
        return away();
      },
    ];
    const row = await bed.send();
    await bed.become(row, ({ reason }) => reason !== '');
    bed.inSent.add(row.message_id_header);
    expect(await bed.outbox.retry(row.id)).toBe(true);
    expect(await bed.become(row, isFinal)).toMatchObject({ state: 'sent', message_id: 'abc', attempts: 1 });
    expect(bed.looks).toBeGreaterThan(0);
    expect(bed.tried).toHaveLength(1);
    expect(await bed.control.outbox.mailOf(row.id)).toBeUndefined();
  });
});

it('tries a mail that becomes due just while it is looked what is due', async () => {
  bed.answers = [async () => away()];
  const row = await bed.send();
  const waits = await bed.become(row, ({ reason }) => reason !== '');
  const { outbox } = bed.control;
  const due = outbox.due.bind(outbox);
  vi.spyOn(outbox, 'due').mockImplementationOnce(async (now) => {
    const found = await due(now);
    bed.now = waits!.next_at!;
    return found;
  });
  bed.outbox.start();
  expect((await bed.become(row, isFinal))?.state).toBe('sent');
});

it('looks for copies in a mailbox that cannot be read no more often than in another', async () => {
  bed.unreadable = true;
  const row = await bed.send();
  await bed.become(row, isFinal);
  bed.now += 1000;
  bed.outbox.start();
  await bed.become(row, ({ next_at }) => next_at !== null && next_at > bed.now);
  expect(bed.looks).toBe(1);
});

it('commits what comes together, and undoes none of it for what one of them broke', async () => {
  const { outbox } = bed.control;
  const gone = bed.intent({ account_id: 'acc_nobody' as AccountId });
  const [first, broken, second] = await Promise.allSettled([
    outbox.submit(bed.intent(), RAW, null),
    outbox.submit(gone, RAW, null),
    outbox.submit(bed.intent(), RAW, null),
  ]);
  expect([first.status, second.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(broken).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  expect(await outbox.list(bed.account, 10, null)).toHaveLength(2);
  for (const { id } of await outbox.list(bed.account, 10, null)) expect(await outbox.mailOf(id)).toEqual(RAW);
});

it('answers who waits when it ends', async () => {
  const reached = Promise.withResolvers<void>();
  await bed.outbox.stop();
  bed.outbox = bed.make(async () => {
    reached.resolve();
    return new Promise<never>(() => undefined);
  }, 20);
  bed.outbox.start();
  const row = await bed.send();
  await reached.promise;
  const waiting = bed.outbox.settled(row.id, isFinal, 60_000);
  await bed.outbox.stop();
  expect(await waiting).toMatchObject({ state: 'queued', attempts: 0 });
});
