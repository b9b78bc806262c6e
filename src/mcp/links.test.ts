// How long a connection lives and how many there may be.
import { describe, expect, it } from 'vitest';
import type { Session } from '../auth/session.ts';
import { Links } from './links.ts';

const LIMITS = { most: 4, mostOfOne: 2, idleMs: 1000, oldestMs: 10_000 };
const of = (id: string): Session => ({ kind: 'service', id });

function rig() {
  const closed: string[] = [];
  const time = { now: 0 };
  const links = new Links(() => time.now, LIMITS);
  const open = (id: string, owner = 'a') => {
    links.admit(of(owner));
    links.add(id, of(owner), { close: async () => void closed.push(id) });
    time.now += 1;
  };
  return { links, closed, time, open };
}

describe('a connection', () => {
  it('is found by its own key only', () => {
    const { links, open } = rig();
    open('one');
    expect(links.find('one', of('b'))).toBeNull();
    expect(links.find('two', of('a'))).toBeNull();
    expect(links.find('one', of('a'))).not.toBeNull();
  });

  it('ends when it is idle, unless a stream is open on it', async () => {
    const { links, closed, time, open } = rig();
    open('idle');
    open('streaming');
    const over = Promise.withResolvers<void>();
    links.streams('streaming', over.promise);
    time.now = 1500;
    links.sweep();
    expect(closed).toEqual(['idle']);
    over.resolve();
    await over.promise;
    await Promise.resolve();
    time.now = 3000;
    links.sweep();
    expect(closed).toEqual(['idle', 'streaming']);
  });

  it('lives on while it is used, but not for ever', () => {
    const { links, closed, time, open } = rig();
    open('used');
    for (; time.now <= 9000; time.now += 900) {
      links.find('used', of('a'));
      links.sweep();
    }
    expect(closed).toEqual([]);
    time.now = 10_500;
    links.find('used', of('a'));
    links.sweep();
    expect(closed).toEqual(['used']);
  });

  it('makes way for a new one of the same key when that has enough', () => {
    const { closed, open, links } = rig();
    open('a1');
    open('b1', 'b');
    open('a2');
    links.find('a1', of('a'));
    open('a3');
    expect(closed).toEqual(['a2']);
    expect(links.size).toBe(3);
  });

  it('is refused when all that could make way are in use', () => {
    const { open, links } = rig();
    for (const owner of ['a', 'a', 'b', 'b']) {
      const id = `${owner}${links.size}`;
      open(id, owner);
      links.streams(id, new Promise(() => undefined));
    }
    expect(() => links.admit(of('c'))).toThrow('Too many connections');
  });
});
