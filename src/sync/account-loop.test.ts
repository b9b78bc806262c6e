// One account's loop when its server limits, refuses or is away: how often it knocks, and what is told. Knows no IMAP, no SQL.
import { afterEach, describe, expect, it } from 'vitest';
import { type LoopRig, loopOver } from '../../test/support/loop.ts';
import { AppError } from '../base/errors.ts';
import { Patience } from './patience.ts';

const HOUR = 3_600_000;
let rig: LoopRig;
afterEach(() => rig.loop.stop());

const away = () => new AppError('unavailable', 'away');
const wrong = () => new AppError('account_rejected', 'no longer let in', { hint: 'a new password' });
/** What a server says that wants to be left alone for an hour from now. */
const overQuota = () => new AppError('rate_limited', 'too much was read', { retryAt: rig.clock.now() + HOUR });

describe('a server that limits', () => {
  it('is asked less and less while the limit comes again, at most six times in a day', async () => {
    let limited = true;
    rig = loopOver((login) => (login === 0 ? away() : limited ? overQuota() : []));
    await rig.clock.pass(24 * HOUR);
    const limits = rig.logins.slice(1);
    expect(limits.length).toBeGreaterThan(2);
    expect(limits.length).toBeLessThanOrEqual(6);
    const pauses = limits.slice(1).map((at, i) => at - limits[i]!);
    for (const [i, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(HOUR * 2 ** i);
    await rig.clock.pass(10 * 24 * HOUR);
    const late = rig.logins.slice(-2);
    expect(late[1]! - late[0]!).toBeGreaterThanOrEqual(24 * HOUR);
    limited = false;
    await rig.clock.pass(27 * HOUR);
    expect(rig.troubles.at(-1)).toBeNull();
    expect(rig.loop.report()).toMatchObject({ state: 'up_to_date', complete: true });
  });

  it('is not forgotten by rounds that go well in between, but by a day of them', () => {
    const patience = new Patience();
    const limit = (at: number) => new AppError('rate_limited', 'too much', { retryAt: at + HOUR });
    expect(patience.after(limit(0), 0, 0)).toBe(HOUR);
    patience.wentWell();
    expect(patience.after(limit(2 * HOUR), 2 * HOUR, 0)).toBe(4 * HOUR);
    patience.wentWell();
    const later = 4 * HOUR + 25 * HOUR;
    expect(patience.after(limit(later), later, 0)).toBe(later + HOUR);
  });

  it('is taken at its word when it names the time itself, and backed off from when it comes again at once', () => {
    const patience = new Patience();
    const limit = (retryAt: number) => new AppError('rate_limited', 'wait', { retryAt, definite: true });
    for (let at = 0; at < 10 * HOUR; at += HOUR) {
      expect(patience.after(limit(at + 20_000), at, 0.9)).toBe(at + 20_000);
      expect(patience.limit(at)).toMatchObject({ until: at + 20_000 });
      patience.wentWell();
    }
    const pauses = Array.from({ length: 8 }, () => patience.after(limit(0), 0, 0.5));
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBeGreaterThan(60_000);
  });

  it('is sat out by the loop that follows when the account is paused and goes on', async () => {
    const patience = new Patience();
    rig = loopOver(() => overQuota(), { patience });
    await rig.clock.idle();
    await rig.loop.stop();
    const { clock } = rig;
    rig = loopOver(() => [], { patience, clock });
    await clock.idle();
    await expect(rig.loop.look()).rejects.toMatchObject({ code: 'rate_limited' });
    expect(rig.logins).toEqual([]);
    await clock.pass(1.2 * HOUR);
    expect(rig.logins).toHaveLength(1);
  });

  it('tells those who ask at once, with when to ask again', async () => {
    rig = loopOver(() => overQuota());
    await rig.clock.idle();
    const error = await rig.loop.look().catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code: 'rate_limited', message: 'too much was read' });
    expect((error as AppError).retryAt).toBeGreaterThanOrEqual(rig.clock.now() + HOUR);
  });
});

describe('a server that refuses the login', () => {
  it('is asked twice and not again, and the account carries the cure', async () => {
    rig = loopOver(() => wrong());
    await rig.clock.pass(0);
    await Promise.race([rig.gaveUp, rig.clock.pass(1000)]);
    await rig.gaveUp;
    await expect(rig.loop.look()).rejects.toMatchObject({ code: 'account_rejected' });
    expect(rig.logins).toHaveLength(2);
    expect(rig.rejected).toMatchObject([{ code: 'account_rejected', hint: 'a new password' }]);
    expect(rig.loop.report()).toMatchObject({ state: 'stopped' });
  });

  it('is asked again when only one of two answers was a refusal', async () => {
    rig = loopOver((login) => (login === 0 ? wrong() : []));
    await rig.clock.pass(60_000);
    expect(rig.rejected).toEqual([]);
    expect(rig.troubles).toMatchObject([{ code: 'account_rejected' }, null]);
  });

  it('is not taken for one that has a passing trouble with its own logins', async () => {
    rig = loopOver(() => away());
    await rig.clock.pass(24 * HOUR);
    expect(rig.rejected).toEqual([]);
    expect(rig.logins.length).toBeGreaterThan(24 * 4);
  });
});

describe('a server that is away', () => {
  it('makes those who ask no wait', async () => {
    rig = loopOver(() => away());
    await rig.clock.idle();
    await expect(rig.loop.look()).rejects.toMatchObject({ code: 'unavailable', message: 'away' });
  });

  it('is asked by a thousand accounts no more often than they poll, and not by all at once when it is back', async () => {
    const fault = away();
    const accounts = 1000;
    const attempts = new Map<number, number>();
    const returns: number[] = [];
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let account = 0; account < accounts; account++) {
      const patience = new Patience();
      let now = 0;
      while (now < HOUR) {
        const minute = Math.floor(now / 60_000);
        attempts.set(minute, (attempts.get(minute) ?? 0) + 1);
        now = patience.after(fault, now, random());
      }
      returns.push(now - HOUR);
    }
    const late = [...attempts].filter(([minute]) => minute >= 15).map(([, count]) => count);
    expect(Math.max(...late)).toBeLessThan(accounts);
    returns.sort((a, b) => a - b);
    expect(returns.at(-1)!).toBeLessThanOrEqual(15 * 60_000);
    expect(returns[Math.floor(accounts * 0.95)]! - returns[Math.floor(accounts * 0.05)]!).toBeGreaterThan(5 * 60_000);
  });
});

describe('an account with an old trouble', () => {
  it('loses it with the first round that goes well', async () => {
    rig = loopOver(() => [], { troubled: true });
    await rig.clock.idle();
    expect(rig.troubles).toEqual([null]);
  });

  it('syncs on although its fault cannot be written down', async () => {
    let notes = 0;
    rig = loopOver((login) => (login === 0 ? away() : []), {
      onTrouble: async () => {
        notes++;
        throw new Error('busy');
      },
    });
    await rig.clock.pass(2000);
    expect(notes).toBe(2);
    expect(rig.loop.report()).toMatchObject({ state: 'up_to_date' });
  });
});
