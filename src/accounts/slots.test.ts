// Slots are given in the order of asking, never more than there are, and come back also from those who left the queue.
import { describe, expect, it } from 'vitest';
import { newAccountId } from '../base/ids.ts';
import { Slots } from './slots.ts';

const account = newAccountId();
const patient = new AbortController().signal;

describe('slots', () => {
  it('are given up to their number, then in the order of asking', async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    const first = await slots.take(account, patient);
    const second = await slots.take(account, patient);
    const later = [3, 4, 5].map(async (n) => {
      const free = await slots.take(account, patient);
      order.push(n);
      return free;
    });
    expect(order).toEqual([]);
    first();
    first();
    (await later[0]!)();
    second();
    for (const each of later) (await each)();
    expect(order).toEqual([3, 4, 5]);
    const again = await Promise.all([slots.take(account, patient), slots.take(account, patient)]);
    for (const free of again) free();
  });

  it('do not wait for somebody who left, nor for another account', async () => {
    const slots = new Slots(1);
    const free = await slots.take(account, patient);
    const hasty = new AbortController();
    const left = slots.take(account, hasty.signal);
    const next = slots.take(account, patient);
    hasty.abort();
    await expect(left).rejects.toThrow(/left/);
    free();
    (await next)();
    await expect(slots.take(account, AbortSignal.abort())).rejects.toThrow(/left/);
    (await slots.take(newAccountId(), patient))();
  });
});
