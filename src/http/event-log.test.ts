// Readers of events: what they are told, that nothing tells them of others, how they come back, and that a slow one costs nobody
// anything.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../actions/context.ts';
import { GROUPS, type Group, type ServiceSession } from '../auth/session.ts';
import type { AccountId, MessageId, OutboxId, PersonId, ThreadId, UserId } from '../base/ids.ts';
import { createLogger } from '../base/log.ts';
import { ChangeFeed } from '../sync/change-feed.ts';
import { type EventLimits, EventLog } from './event-log.ts';

const account = 'acc_1' as AccountId;
const operator: ServiceSession = { kind: 'service', id: 'operator' };
const keyOf = (user: string | null, can: readonly Group[] = GROUPS): ServiceSession => ({
  kind: 'service',
  id: `key of ${user} for ${can.join()}`,
  narrow: { userId: user as UserId | null, can: new Set(can), expiresAt: null },
});
const personOf = (user: string, sessionId: string): ServiceSession => ({
  ...keyOf(user),
  id: `person:${user}`,
  person: { id: user as PersonId, sessionId, expiresAt: 0 },
});

function rig(limits: Partial<EventLimits> = {}) {
  const feed = new ChangeFeed(createLogger('silent'));
  const sync = { report: () => ({ state: 'importing', done: 3, total: 9 }) };
  const log = new EventLog({ feed, sync } as unknown as Context, limits);
  let dropped = 0;
  const open = (lastId?: string, session = operator) => {
    const reader = log
      .open(session, lastId, () => void dropped++)
      .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .getReader();
    return { next: async () => (await reader.read()).value, cancel: () => reader.cancel() };
  };
  const tell = (what: 'added' | 'changed' | 'removed', user = 'u1') =>
    feed.tell({ kind: 'account', account: `acc_${user}` as AccountId, user: user as UserId, what });
  const tellAll = (user: string) => {
    const of = { account: `acc_${user}` as AccountId, user: user as UserId };
    feed.tell({ ...of, kind: 'account', what: 'added' });
    feed.tell({ ...of, kind: 'sync' });
    feed.tell({ ...of, kind: 'mail', added: [{ id: 'a1' as MessageId, threadId: 'b1' as ThreadId }] });
    feed.tell({ ...of, kind: 'outbox', outbox: `out_${user}` as OutboxId, state: 'sent' });
    feed.tell({ ...of, kind: 'account', what: 'removed' });
  };
  return { feed, log, open, tell, tellAll, dropped: () => dropped };
}

const idOf = (frame: string | undefined): string => /^id: (\S+)$/m.exec(frame ?? '')![1]!;
const numberOf = (frame: string | undefined): number => Number(idOf(frame).split('-')[1]);

describe('a reader of events', () => {
  it('is told what changes, by ids only', async () => {
    const { open, feed, tell } = rig();
    const reader = open();
    expect(await reader.next()).toBe('retry: 2000\n\n');
    tell('added');
    expect(await reader.next()).toMatch(
      /^event: account\nid: \S+\ndata: \{"account_id":"acc_u1","change":"added"\}\n\n$/,
    );
    const user = 'u1' as UserId;
    feed.tell({ kind: 'mail', account, user, added: [{ id: 'a1' as MessageId, threadId: 'b1' as ThreadId }] });
    expect(await reader.next()).toContain('"count":1,"messages":[{"message_id":"a1","thread_id":"b1"}]');
    feed.tell({ kind: 'sync', account, user });
    expect(await reader.next()).toContain('data: {"account_id":"acc_1","state":"importing","done":3,"total":9}');
  });

  it('who comes back is told what came meanwhile, once', async () => {
    const { open, tell } = rig();
    for (const session of [operator, personOf('u1', 's1')]) {
      const first = open(undefined, session);
      await first.next();
      tell('added');
      const id = idOf(await first.next());
      await first.cancel();
      tell('changed');
      tell('removed');
      const again = open(id, session);
      const caughtUp = await again.next();
      expect(caughtUp?.match(/"change":"\w+"/g)).toEqual(['"change":"changed"', '"change":"removed"']);
      const last = caughtUp!.trim().split('\n\n').at(-1);
      expect(await open(idOf(last), session).next()).toBe('retry: 2000\n\n');
    }
  });

  it('learns that it missed something when that is not known any more', async () => {
    const { open, tell } = rig({ kept: 2 });
    const first = open();
    await first.next();
    tell('added');
    const id = idOf(await first.next());
    for (let i = 0; i < 3; i++) tell('changed');
    for (const lastId of [id, 'of-another-process', '']) expect(await open(lastId).next()).toContain('event: missed\n');
  });

  it('hears that the server is alive', async () => {
    const reader = rig({ heartbeatMs: 1 }).open();
    await reader.next();
    expect(await reader.next()).toBe(': alive\n\n');
  });

  it('is dropped when it does not keep up, and others are not', async () => {
    const { log, tell, open, dropped } = rig({ waiting: 4 });
    let gone = 0;
    log.open(operator, undefined, () => void gone++);
    const reader = open();
    await reader.next();
    for (let i = 0; i < 10; i++) {
      tell('changed');
      expect(await reader.next()).toContain('changed');
    }
    expect([gone, dropped()]).toEqual([1, 0]);
  });

  it('ends with the server', async () => {
    const { log, open } = rig();
    const readers = [open(), open(undefined, personOf('u1', 's1'))];
    for (const reader of readers) await reader.next();
    log.close();
    for (const reader of readers) expect(await reader.next()).toBeUndefined();
  });
});

describe('one who may read a part', () => {
  it('of one user is told nothing of another, live or by coming back, and no id counts it', async () => {
    const { open, tellAll } = rig({ kept: 20 });
    for (const session of [personOf('u1', 's1'), keyOf('u1')]) {
      const reader = open(undefined, session);
      await reader.next();
      tellAll('u1');
      const first = [];
      for (let i = 0; i < 5; i++) first.push(await reader.next());
      // More than are kept: what others do pushes nothing out.
      for (let i = 0; i < 10; i++) tellAll('u2');
      tellAll('u1');
      const then = [];
      for (let i = 0; i < 5; i++) then.push(await reader.next());
      const all = [...first, ...then];
      expect(all.join('')).not.toContain('u2');
      expect(all.map(numberOf)).toEqual(all.map((_, i) => numberOf(all[0]) + i));
      for (let i = 0; i < 10; i++) tellAll('u2');
      expect(await open(idOf(all[4]), session).next()).toBe(`retry: 2000\n\n${then.join('')}`);
      expect(await open(idOf(all[9]), session).next()).toBe('retry: 2000\n\n');
      await reader.cancel();
    }
  });

  it('is told the same by an id of another reader as by one that never was', async () => {
    const { open, tellAll } = rig();
    const other = open(undefined, personOf('u2', 's2'));
    const whole = open();
    for (const reader of [other, whole]) await reader.next();
    const own = open(undefined, personOf('u1', 's1'));
    await own.next();
    tellAll('u1');
    tellAll('u2');
    const foreign = [idOf(await other.next()), idOf(await whole.next())];
    const told = async (lastId: string) => open(lastId, personOf('u1', 's1')).next();
    expect(await told('of-nobody-1')).toMatch(/^retry: 2000\n\nevent: missed\nid: \w+-5\ndata: \{\}\n\n$/);
    for (const id of foreign) expect(await told(id)).toBe(await told('of-nobody-1'));
  });

  it.each([
    [keyOf('u1', ['mail']), ['mail', 'outbox']],
    [keyOf('u1', ['accounts', 'profiles']), ['account', 'sync', 'account']],
    [keyOf(null, ['mail']), ['mail', 'outbox', 'mail', 'outbox']],
  ] as const)('is told only the kinds that it may read: $0.id', async (session, kinds) => {
    const { open, tellAll } = rig();
    const reader = open(undefined, session);
    await reader.next();
    tellAll('u1');
    tellAll('u2');
    const told: string[] = [];
    while (told.length < kinds.length) told.push((await reader.next()) ?? '');
    expect(told.map((frame) => /^event: (\w+)/.exec(frame)?.[1])).toEqual(kinds);
    expect(told.map(numberOf)).toEqual(kinds.map((_, i) => i + 1));
    expect(await open(idOf(told.at(-1)), session).next()).toBe('retry: 2000\n\n');
  });
});

describe('readers', () => {
  it('are few of one person, whatever he signs in with, and take no other’s place', async () => {
    const { open } = rig({ ofOne: 2, ofOthers: 3, ofOperator: 1 });
    const first = open(undefined, personOf('u1', 's1'));
    await first.next();
    await open(undefined, personOf('u1', 's2')).next();
    expect(() => open(undefined, personOf('u1', 's3'))).toThrow('Too many readers');
    const other = open(undefined, personOf('u2', 's4'));
    await other.next();
    expect(() => open(undefined, keyOf('u3'))).toThrow('Too many readers');
    await open().next();
    expect(() => open()).toThrow('Too many readers');
    await first.cancel();
    await open(undefined, keyOf('u3')).next();
  });

  it('that were dropped or were slow give their place back once', async () => {
    const { log, tell, open } = rig({ ofOne: 1, waiting: 1 });
    const who = personOf('u1', 's1');
    for (let i = 0; i < 3; i++) {
      const stream = log.open(who, undefined, () => undefined);
      expect(() => open(undefined, who)).toThrow('Too many readers');
      tell('changed');
      await stream.cancel();
    }
    open(undefined, who);
    expect(() => open(undefined, who)).toThrow('Too many readers');
  });
});

describe('what nobody reads any more', () => {
  afterEach(() => void vi.useRealTimers());

  it('is kept for a while for who comes back, then forgotten', async () => {
    vi.useFakeTimers();
    const { open, tell } = rig({ lingerMs: 60_000 });
    const who = personOf('u1', 's1');
    const first = open(undefined, who);
    await first.next();
    tell('added');
    const id = idOf(await first.next());
    await first.cancel();
    vi.advanceTimersByTime(59_000);
    tell('changed');
    const second = open(id, who);
    expect(await second.next()).toContain('"change":"changed"');
    vi.advanceTimersByTime(120_000);
    await second.cancel();
    vi.advanceTimersByTime(60_000);
    expect(await open(id, who).next()).toContain('event: missed\n');
  });
});
