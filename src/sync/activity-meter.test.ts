// Counting by the minute, on a real store, and what the store tells of a stretch of time.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, OutboxBed, RAW } from '../../test/support/outbox-bed.ts';
import type { AccountId, MessageId, ThreadId, UserId } from '../base/ids.ts';
import { createLogger } from '../base/log.ts';
import type { Stretch, Whose } from '../store/activity-rows.ts';
import type { AuditEntry } from '../store/audit-rows.ts';
import { ActivityMeter } from './activity-meter.ts';
import { ChangeFeed } from './change-feed.ts';

const HOUR = 60 * MINUTE;
let bed: OutboxBed;
let feed: ChangeFeed;
let meter: ActivityMeter;
let email: string;
beforeEach(async () => {
  bed = await OutboxBed.start();
  email = (await bed.control.account(bed.account))!.email;
  feed = new ChangeFeed(createLogger('silent'));
  meter = new ActivityMeter(bed.control.activity, feed, () => bed.now);
});
afterEach(() => bed.end());

const added = (count: number, account: AccountId = bed.account): void =>
  feed.tell({
    kind: 'mail',
    account,
    user: 'u1' as UserId,
    added: Array.from({ length: count }, (_, i) => ({ id: `${i}` as MessageId, threadId: `${i}` as ThreadId })),
  });
const stretch = (changes: Partial<Stretch> = {}): Stretch => ({
  since: bed.now - HOUR,
  until: bed.now + HOUR,
  stepMs: MINUTE,
  userId: null,
  ...changes,
});
const told = async (changes: Partial<Stretch> = {}) => bed.control.activity.accounts(stretch(changes));

describe('what accounts do', () => {
  it('adds up within a minute, however often it is written', async () => {
    const at = Math.floor(bed.now / MINUTE) * MINUTE;
    added(2);
    meter.spent(email, 20);
    await meter.write();
    added(3);
    meter.spent(email, 5);
    await meter.write();
    expect(await told()).toEqual([{ at, account_id: bed.account, mails: 5, units: 25 }]);
  });

  it('is told in the steps that are asked for', async () => {
    added(1);
    await meter.write();
    bed.now += 2 * MINUTE;
    added(1);
    await meter.write();
    expect((await told()).map(({ mails }) => mails)).toEqual([1, 1]);
    const day = 24 * HOUR;
    bed.now = Math.floor(bed.now / day) * day;
    expect(await told({ since: bed.now - day, until: bed.now + day, stepMs: 2 * day })).toMatchObject([{ mails: 2 }]);
  });

  it('of one user is no other user’s', async () => {
    added(1);
    await meter.write();
    const { user_id } = (await bed.control.account(bed.account))!;
    expect(await told({ userId: user_id })).toHaveLength(1);
    expect(await told({ userId: 'somebody else' as UserId })).toEqual([]);
  });

  it('of an account that is gone is dropped, and the rest is kept', async () => {
    added(1, 'acc_gone' as AccountId);
    added(1);
    await meter.write();
    expect(await told()).toHaveLength(1);
  });

  it('under an address that two people share is neither’s', async () => {
    const { position: _, ...first } = (await bed.control.account(bed.account))!;
    const credential = { wrapped_key: 'w', sealed: 's' };
    const other = { ...first, id: 'acc_other' as AccountId, user_id: 'another' as UserId };
    expect(await bed.control.addAccount(other, credential, true)).toBe(true);
    meter.spent(email, 9);
    added(2);
    await meter.write();
    expect((await told()).map(({ account_id, mails, units }) => [account_id, mails, units])).toEqual([
      [bed.account, 2, 0],
    ]);
  });

  it('writes what is left when it ends, and hears nothing more', async () => {
    added(4);
    await meter.end();
    added(1);
    await meter.write();
    expect((await told()).map(({ mails }) => mails)).toEqual([4]);
  });

  it('is forgotten after 90 days', async () => {
    added(1);
    await meter.write();
    bed.now += 91 * 24 * HOUR;
    await meter.write();
    expect(await told({ since: bed.now - 99 * 24 * HOUR, stepMs: 24 * HOUR })).toEqual([]);
  });

  it('is kept by the hour after three days, and nothing of it is lost or told twice', async () => {
    bed.now = Math.ceil(bed.now / HOUR) * HOUR;
    const begun = bed.now;
    for (let i = 0; i < 90; i++) {
      added(1);
      meter.spent(email, 2);
      await meter.write();
      bed.now += MINUTE;
    }
    bed.now = begun + 72 * HOUR + 61 * MINUTE;
    for (const _ of 'twice') await meter.write();
    const rows = await told({ since: begun });
    expect(rows.slice(0, 2).map(({ at, mails, units }) => [at - begun, mails, units])).toEqual([
      [0, 60, 120],
      [HOUR, 1, 2],
    ]);
    bed.now += HOUR;
    // Another process knows nothing of what was done.
    for (const each of [meter, new ActivityMeter(bed.control.activity, feed, () => bed.now)]) await each.write();
    expect((await told({ since: begun })).map(({ at, mails }) => [at - begun, mails])).toEqual([
      [0, 60],
      [HOUR, 30],
    ]);
  });

  it('lets others come in between while a long stretch is told', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    await told({ since: bed.now - 60 * HOUR, stepMs: HOUR });
    isOver = true;
    expect(turns).toBeGreaterThan(50);
  });
});

describe('calls and mail sent', () => {
  const entry = (changes: Partial<AuditEntry>): AuditEntry => ({
    at: bed.now,
    caller: 'tok_1',
    profile_id: 'bot',
    user_id: 'u1',
    account_ids: '',
    called: 'gmail_search',
    outcome: 'ok',
    count: 0,
    message_ids: '',
    duration_ms: 1,
    ...changes,
  });
  beforeEach(async () => {
    const key = Buffer.alloc(32, 1);
    await bed.control.audit.begin({ chain: 1, key, keyOf: () => key, now: () => bed.now, onFailure: () => undefined });
  });

  it('are counted by tool and agent, errors apart, for one user or all', async () => {
    for (const changes of [{}, { outcome: 'not_found' }, { profile_id: 'other' }, { user_id: 'u2' }])
      bed.control.audit.note(entry(changes));
    await bed.control.audit.flush();
    const of = async (userId: string | null) =>
      (await bed.control.activity.calls(stretch({ userId: userId as UserId | null }))).map(
        ({ profile_id, calls, errors }) => [profile_id, calls, errors],
      );
    expect(await of('u1')).toEqual([
      ['bot', 2, 1],
      ['other', 1, 0],
    ]);
    expect(await of(null)).toEqual([
      ['bot', 3, 1],
      ['other', 1, 0],
    ]);
  });

  it('are those of agents, of one agent, or of people and apps', async () => {
    for (const [duration_ms, profile_id] of [
      [1, 'bot'],
      [5, 'other'],
      [100, null],
    ] as const)
      bed.control.audit.note(entry({ duration_ms, profile_id }));
    await bed.control.audit.flush();
    const { activity } = bed.control;
    const of = async (whose: Whose) => [
      (await activity.calls(stretch(), whose)).map(({ profile_id }) => profile_id),
      (await activity.latency(stretch(), whose)).map(({ p95_ms }) => p95_ms),
    ];
    expect(await of({ byAgents: true })).toEqual([['bot', 'other'], [5]]);
    expect(await of({ byAgents: false })).toEqual([[null], [100]]);
    expect(await of({ profileId: 'bot' })).toEqual([['bot'], [1]]);
  });

  it('are told by the step that they fall into, and by nothing finer', async () => {
    bed.now = Math.floor(bed.now / HOUR) * HOUR;
    for (const after of [1, 20_500, MINUTE - 1, MINUTE])
      bed.control.audit.note(entry({ at: bed.now + after, duration_ms: after % 7 }));
    await bed.control.audit.flush();
    const { activity } = bed.control;
    expect((await activity.calls(stretch())).map(({ at, calls }) => [at - bed.now, calls])).toEqual([
      [0, 3],
      [MINUTE, 1],
    ]);
    expect((await activity.latency(stretch())).map(({ at }) => at - bed.now)).toEqual([0, MINUTE]);
    // What lies before the stretch in its first step is not told.
    const [first] = await activity.calls(stretch({ since: bed.now + 2, stepMs: HOUR }));
    expect(first).toMatchObject({ at: bed.now, calls: 3 });
  });

  it('have a median and a 95th percentile by nearest rank', async () => {
    for (let i = 1; i <= 100; i++) bed.control.audit.note(entry({ duration_ms: i }));
    await bed.control.audit.flush();
    expect(await bed.control.activity.latency(stretch())).toEqual([
      { at: Math.floor(bed.now / MINUTE) * MINUTE, median_ms: 50, p95_ms: 95 },
    ]);
    expect(await bed.control.activity.latency(stretch({ userId: 'u2' as UserId }))).toEqual([]);
  });

  it('are counted by what became of them', async () => {
    const { row } = await bed.control.outbox.submit(bed.intent(), RAW, null);
    const states = async () => (await bed.control.activity.sends(stretch())).map(({ state, count }) => [state, count]);
    expect(await states()).toEqual([['queued', 1]]);
    await bed.control.outbox.change(row.id, ['queued'], { state: 'failed', settled_at: bed.now });
    expect(await states()).toEqual([['failed', 1]]);
  });
});
