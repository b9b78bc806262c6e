// The life of a mail in the outbox, on a real store with a scripted way to send and a clock of its own.
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACCEPTED, away, COPY, MINUTE, OutboxBed, RAW } from '../../test/support/outbox-bed.ts';
import type { SendOutcome } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import { isFinal } from './outbox.ts';

let bed: OutboxBed;
beforeEach(async () => {
  bed = await OutboxBed.start();
});
afterEach(() => bed.end());

describe('a mail', () => {
  it('is sent once, and its bytes are forgotten', async () => {
    const row = await bed.send();
    expect(await bed.become(row, isFinal)).toMatchObject({ state: 'sent', attempts: 1, reason: '' });
    expect(bed.tried).toEqual(['joe@gmail.com']);
    expect(await bed.control.outbox.mailOf(row.id)).toBeUndefined();
  });

  it('takes the ids of its copy in Sent as soon as that is seen', async () => {
    const row = await bed.send();
    await bed.become(row, isFinal);
    bed.inSent.add(row.message_id_header);
    bed.outbox.noticed(bed.account);
    expect(await bed.become(row, (each) => each.message_id !== null)).toMatchObject({
      message_id: 'abc',
      thread_id: 'def',
    });
  });

  it('has the ids that a server tells at once, and the Message-ID of its copy when that is here', async () => {
    const ids = { messageId: 'abc', threadId: 'def' };
    bed.answers = [
      async (beforeEnd) => {
        await beforeEnd();
        return { ...ACCEPTED, ids };
      },
    ];
    const row = await bed.send();
    const sent = await bed.become(row, isFinal);
    expect(sent).toMatchObject({ state: 'sent', message_id: 'abc', thread_id: 'def' });
    expect(sent).toMatchObject({ message_id_header: row.message_id_header, next_at: expect.any(Number) });
    bed.copies = [COPY];
    bed.outbox.noticed(bed.account);
    expect(await bed.become(row, ({ next_at }) => next_at === null)).toMatchObject({
      state: 'sent',
      message_id: 'abc',
      message_id_header: COPY.messageIdHeader,
    });
    expect(bed.tried).toHaveLength(1);
  });

  it('waits and says why when the server has no time, and gives up after two days', async () => {
    bed.answers = [async () => away(), async () => away(bed.now + 10 * MINUTE)];
    const row = await bed.send();
    const first = await bed.become(row, ({ attempts, state }) => attempts === 1 && state === 'queued');
    expect(first).toMatchObject({ next_at: bed.now + MINUTE, reason: 'The mail server has a temporary problem.' });
    await bed.later(MINUTE);
    expect(await bed.become(row, ({ attempts, state }) => attempts === 2 && state === 'queued')).toMatchObject({
      next_at: bed.now + 10 * MINUTE,
    });
    bed.answers = [async () => away()];
    await bed.later(48 * 60 * MINUTE);
    expect(await bed.become(row, isFinal)).toMatchObject({ state: 'failed', attempts: 3 });
  });

  it('fails with the reason when it is refused for good', async () => {
    const error = new AppError('invalid_input', 'Not sent: the mail server’s policy forbids it (550 5.7.1).');
    bed.answers = [async () => ({ kind: 'refused', temporary: false, forAll: false, refused: [], error })];
    expect(await bed.become(await bed.send(), isFinal)).toMatchObject({ state: 'failed', reason: error.message });
  });

  it('waits while its account cannot send, without using up a try', async () => {
    const paused = new AppError('account_rejected', 'The account is paused.');
    await bed.outbox.stop();
    bed.outbox = bed.make(() => Promise.reject(paused));
    await bed.outbox.recover();
    bed.outbox.start();
    const row = await bed.send();
    const waiting = await bed.become(row, ({ reason }) => reason !== '');
    expect(waiting).toMatchObject({ state: 'queued', attempts: 0, reason: paused.message, next_at: bed.now + MINUTE });
  });

  it('goes after the one before it, one try at a time', async () => {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    bed.answers = [
      async (beforeEnd) => {
        reached.resolve();
        await gate.promise;
        await beforeEnd();
        return ACCEPTED;
      },
    ];
    await bed.send({ recipients: '["a@b.c"]' });
    const second = await bed.send({ recipients: '["d@e.f"]' });
    await reached.promise;
    expect(await bed.control.outbox.find(second.id)).toMatchObject({ state: 'queued', attempts: 0 });
    gate.resolve();
    await bed.become(second, isFinal);
    expect(bed.tried).toEqual(['a@b.c', 'd@e.f']);
  });
});

describe('a mail that may have been taken', () => {
  const lost = async (beforeEnd: () => Promise<void>): Promise<SendOutcome> => {
    await beforeEnd();
    return { kind: 'unknown', error: new AppError('unavailable', 'The connection was lost.') };
  };

  it('is never sent again by itself, and looked for in Sent for a quarter of an hour', async () => {
    bed.answers = [lost];
    const row = await bed.send();
    expect(await bed.become(row, isFinal)).toMatchObject({ state: 'unknown', look_until: bed.now + 15 * MINUTE });
    await bed.become(row, ({ next_at }) => next_at !== null && next_at > bed.now);
    for (let minute = 0; minute < 20; minute++) {
      await bed.later(MINUTE);
      await bed.become(row, ({ next_at }) => next_at === null || next_at > bed.now);
    }
    expect(await bed.control.outbox.find(row.id)).toMatchObject({ state: 'unknown', next_at: null });
    expect(bed.tried).toHaveLength(1);
    expect(bed.looks).toBeGreaterThan(10);
    await bed.later(60 * MINUTE);
    expect(bed.tried).toHaveLength(1);
  });

  it('is sent once its copy turns up, however late', async () => {
    bed.answers = [lost];
    const row = await bed.send();
    await bed.become(row, isFinal);
    bed.now += 24 * 60 * MINUTE;
    bed.inSent.add(row.message_id_header);
    bed.outbox.noticed(bed.account);
    expect(await bed.become(row, ({ state }) => state === 'sent')).toMatchObject({ message_id: 'abc', reason: '' });
  });

  it('is sent once its copy turns up, also when other mail came while that it left was being written', async () => {
    bed.answers = [lost];
    const rows = bed.control.outbox;
    const change = rows.change.bind(rows);
    rows.change = async (id, from, changes) => {
      if (changes.state === 'unknown') {
        bed.outbox.noticed(bed.account);
        // Until that has been looked at.
        await rows.unseen(bed.account);
        await setImmediate();
      }
      return change(id, from, changes);
    };
    const row = await bed.send();
    await bed.become(row, ({ state }) => state === 'unknown');
    bed.inSent.add(row.message_id_header);
    bed.outbox.noticed(bed.account);
    expect(await bed.become(row, ({ state }) => state === 'sent')).toMatchObject({ state: 'sent', message_id: 'abc' });
  });

  it('is not taken for a copy that is another mail’s already, however alike', async () => {
    const alike = { ...COPY, isCertain: false };
    bed.copies = [alike];
    bed.answers = [lost, lost];
    const first = await bed.send();
    await bed.become(first, isFinal);
    bed.outbox.noticed(bed.account);
    expect(await bed.become(first, ({ state }) => state === 'sent')).toMatchObject({ message_id: 'abc' });
    const second = await bed.send();
    await bed.become(second, isFinal);
    bed.outbox.noticed(bed.account);
    await bed.later(MINUTE);
    await bed.become(second, ({ next_at }) => next_at !== null && next_at > bed.now);
    expect(await bed.control.outbox.find(second.id)).toMatchObject({ state: 'unknown', message_id: null });
    bed.copies = [alike, { ...alike, id: 'fed' as typeof alike.id }];
    bed.outbox.noticed(bed.account);
    expect(await bed.become(second, ({ state }) => state === 'sent')).toMatchObject({ message_id: 'fed' });
    expect(bed.tried).toHaveLength(2);
  });

  it('is not called sent when it was refused, because another mail is alike', async () => {
    bed.copies = [{ ...COPY, isCertain: false }];
    bed.answers = [
      async (beforeEnd) => {
        await beforeEnd();
        return away();
      },
    ];
    const row = await bed.send();
    await bed.become(row, ({ state, attempts }) => state === 'queued' && attempts === 1);
    await bed.later(MINUTE);
    expect(await bed.become(row, isFinal)).toMatchObject({ state: 'sent', attempts: 2 });
    expect(bed.tried).toHaveLength(2);
  });

  it('is sent anew only when somebody says so', async () => {
    bed.answers = [lost];
    const row = await bed.send();
    await bed.become(row, isFinal);
    expect(await bed.outbox.retry(row.id)).toBe(true);
    expect(await bed.become(row, ({ state }) => state === 'sent')).toMatchObject({ attempts: 2 });
    expect(bed.tried).toHaveLength(2);
    expect(await bed.outbox.retry(row.id)).toBe(false);
  });
});

describe('after a process that ended at any point', () => {
  it.each([
    ['queued', 'sent', 1],
    ['leaving', 'unknown', 0],
    ['sent', 'sent', 0],
    ['failed', 'failed', 0],
    ['unknown', 'unknown', 0],
  ] as const)('a mail that was %s becomes %s', async (state, becomes, tries) => {
    await bed.outbox.stop();
    const { row } = await bed.control.outbox.submit(
      bed.intent({ state, next_at: state === 'queued' ? bed.now : null }),
      RAW,
      null,
    );
    bed.outbox = bed.make();
    await bed.outbox.recover();
    bed.outbox.start();
    expect((await bed.become(row, isFinal))?.state).toBe(becomes);
    expect(bed.tried).toHaveLength(tries);
  });
});

describe('a repeat', () => {
  it('under one key is the first mail, a hundred times at once, and another mail is a conflict', async () => {
    const calls = Array.from({ length: 100 }, () =>
      bed.outbox.submit(bed.intent({ idempotency_key: 'k1' }), RAW, null),
    );
    const answered = await Promise.all(calls);
    expect(answered.filter(({ how }) => how === 'new')).toHaveLength(1);
    expect(new Set(answered.map(({ row }) => row.id)).size).toBe(1);
    await bed.become(answered[0]!.row, isFinal);
    expect(bed.tried).toHaveLength(1);
    const other = await bed.outbox.submit(bed.intent({ idempotency_key: 'k1', request_hash: 'other' }), RAW, null);
    expect(other.how).toBe('conflict');
    const elsewhere = { account_id: await bed.addAccount(), idempotency_key: 'k1' };
    expect((await bed.outbox.submit(bed.intent(elsewhere), RAW, null)).how).toBe('new');
  });

  it('of the same content is the first mail for a while, unless that failed or nobody minds', async () => {
    const content = { content_hash: 'the same' };
    const first = await bed.send(content);
    const since = () => bed.now - 10 * MINUTE;
    const again = await bed.outbox.submit(bed.intent(content), RAW, since());
    expect([again.how, again.row.id]).toEqual(['duplicate', first.id]);
    expect((await bed.outbox.submit(bed.intent(content), RAW, null)).how).toBe('new');
    bed.now += 11 * MINUTE;
    expect((await bed.outbox.submit(bed.intent(content), RAW, since())).how).toBe('new');
    const failed = await bed.control.outbox.submit(
      bed.intent({ content_hash: 'x', state: 'failed', next_at: null }),
      RAW,
      null,
    );
    expect(failed.how).toBe('new');
    expect((await bed.outbox.submit(bed.intent({ content_hash: 'x' }), RAW, since())).how).toBe('new');
  });
});

it('takes back what is not under way, and nothing else', async () => {
  bed.answers = [async () => away()];
  const row = await bed.send();
  await bed.become(row, ({ attempts, state }) => attempts === 1 && state === 'queued');
  expect(await bed.outbox.withdraw(row.id)).toBe(true);
  expect(await bed.control.outbox.find(row.id)).toBeUndefined();
  const sent = await bed.send();
  await bed.become(sent, isFinal);
  expect(await bed.outbox.withdraw(sent.id)).toBe(false);
});

it('does not let a mail leave whose account is taken away while it is on its way', async () => {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let left = false;
  bed.answers = [
    async (beforeEnd) => {
      reached.resolve();
      await gate.promise;
      try {
        await beforeEnd();
        left = true;
        return ACCEPTED;
      } catch (error) {
        return { kind: 'refused', temporary: false, forAll: false, refused: [], error: error as AppError };
      }
    },
  ];
  const row = await bed.send();
  await reached.promise;
  expect(await bed.outbox.withdraw(row.id)).toBe(false);
  await bed.control.removeAccount(bed.account);
  gate.resolve();
  await bed.outbox.standStill(bed.account, async () => undefined);
  expect(await bed.control.outbox.find(row.id)).toBeUndefined();
  expect(left).toBe(false);
});
