// Readers of events: what they are told, how they come back, and that a slow one costs nobody anything.
import { describe, expect, it } from 'vitest';
import type { Context } from '../actions/context.ts';
import type { AccountId, MessageId, ThreadId } from '../base/ids.ts';
import { createLogger } from '../base/log.ts';
import { ChangeFeed } from '../sync/change-feed.ts';
import { type EventLimits, EventLog } from './event-log.ts';

const account = 'acc_1' as AccountId;

function rig(limits: Partial<EventLimits> = {}) {
  const feed = new ChangeFeed(createLogger('silent'));
  const sync = { report: () => ({ state: 'importing', done: 3, total: 9 }) };
  const log = new EventLog({ feed, sync } as unknown as Context, limits);
  let dropped = 0;
  const open = (lastId?: string) => {
    const reader = log
      .open(lastId, () => void dropped++)
      .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .getReader();
    return { next: async () => (await reader.read()).value, cancel: () => reader.cancel() };
  };
  const tell = (what: 'added' | 'changed' | 'removed') => feed.tell({ kind: 'account', account, what });
  return { feed, log, open, tell, dropped: () => dropped };
}

const idOf = (frame: string | undefined): string => /^id: (\S+)$/m.exec(frame ?? '')![1]!;

describe('a reader of events', () => {
  it('is told what changes, by ids only', async () => {
    const { open, feed, tell } = rig();
    const reader = open();
    expect(await reader.next()).toBe('retry: 2000\n\n');
    tell('added');
    expect(await reader.next()).toMatch(
      /^event: account\nid: \S+\ndata: \{"account_id":"acc_1","change":"added"\}\n\n$/,
    );
    feed.tell({ kind: 'mail', account, added: [{ id: 'a1' as MessageId, threadId: 'b1' as ThreadId }] });
    expect(await reader.next()).toContain('"count":1,"messages":[{"message_id":"a1","thread_id":"b1"}]');
    feed.tell({ kind: 'sync', account });
    expect(await reader.next()).toContain('data: {"account_id":"acc_1","state":"importing","done":3,"total":9}');
  });

  it('who comes back is told what came meanwhile, once', async () => {
    const { open, tell } = rig();
    const first = open();
    await first.next();
    tell('added');
    const id = idOf(await first.next());
    await first.cancel();
    tell('changed');
    tell('removed');
    const again = open(id);
    const caughtUp = await again.next();
    expect(caughtUp?.match(/"change":"\w+"/g)).toEqual(['"change":"changed"', '"change":"removed"']);
    const last = caughtUp!.trim().split('\n\n').at(-1);
    expect(await open(idOf(last)).next()).toBe('retry: 2000\n\n');
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
    log.open(undefined, () => void gone++);
    const reader = open();
    await reader.next();
    for (let i = 0; i < 10; i++) {
      tell('changed');
      expect(await reader.next()).toContain('changed');
    }
    expect([gone, dropped()]).toEqual([1, 0]);
  });

  it('is one of a bounded number, and ends with the server', async () => {
    const { log, open } = rig({ readers: 1 });
    const reader = open();
    await reader.next();
    expect(() => open()).toThrow('Too many readers');
    log.close();
    expect(await reader.next()).toBeUndefined();
    open();
  });
});
