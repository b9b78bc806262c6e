// Batches of one place: how they are bounded, and what becomes of a mail that the server lists and will not give.
import type { FetchQueryObject } from 'imapflow';
import { describe, expect, it } from 'vitest';
import type { Change, RawMessage } from '../../mail/change.ts';
import type { Connection } from './connection.ts';
import { extend, firstSight } from './cursor.ts';
import { type BatchContext, batches, type PlaceState } from './history.ts';

/** A mailbox of mails by UID, of these sizes; it refuses the text of some. */
function context(sizes: ReadonlyMap<number, number>, refused: ReadonlySet<number> = new Set()): BatchContext {
  const inSet = (set: string): number[] =>
    [...sizes.keys()].filter((uid) =>
      set.split(',').some((run) => {
        const [first, last = first] = run.split(':').map(Number);
        return uid >= first! && uid <= last!;
      }),
    );
  const client = {
    usable: true,
    search: async ({ uid }: { uid: string }) => inSet(uid),
    async *fetch(set: string, query: FetchQueryObject) {
      const uids = inSet(set);
      for (const uid of uids) {
        if (query.size)
          yield { uid, size: sizes.get(uid), flags: new Set(['\\Seen']), internalDate: new Date(uid * 1000) };
        else if (!refused.has(uid))
          yield { uid, source: Buffer.from(`Subject: ${uid}\r\n\r\n`), headers: Buffer.from('A: b') };
      }
      if (!query.size && uids.some((uid) => refused.has(uid)))
        throw Object.assign(new Error('Command failed'), {
          responseStatus: 'NO',
          responseText: '[CANNOT] not that one',
        });
    },
  };
  const connection = { client, inMailbox: (_path: string, work: () => unknown) => work() };
  return {
    connection: connection as unknown as Connection,
    dialect: { gmailIds: false, utf8: false },
    knows: async () => new Set(),
    signal: new AbortController().signal,
    found: new Map(),
  };
}

function place(uidNext: number): PlaceState {
  return {
    listed: { place: { path: 'INBOX', label: null, messages: 0 }, view: false, status: null },
    cursor: firstSight({ uidValidity: 7, uidNext, highestModseq: 0n }, false),
    looked: false,
  };
}

async function all(steps: AsyncGenerator<Change<RawMessage>, void, void>): Promise<RawMessage[][]> {
  const found: RawMessage[][] = [];
  for await (const step of steps) if (step.kind === 'messages') found.push([...step.messages]);
  return found;
}

const uidsOf = (messages: readonly RawMessage[]): number[] => messages.map(({ copy }) => copy.uid);

describe('the batches of a place', () => {
  it('hold no more than 4 MiB of text each, however many mails that is', async () => {
    const sizes = new Map(Array.from({ length: 90 }, (_, i) => [i + 1, 200 * 1024] as const));
    const found = await all(batches(context(sizes), place(91), 1));
    expect(found.map((batch) => batch.length)).toEqual([20, 20, 20, 20, 10]);
    expect(found.flatMap(uidsOf)).toEqual([...sizes.keys()].toReversed());
  });

  it('leave a mail that is refused for the next round and tell the others, twice; then they tell it without text', async () => {
    const world = context(new Map([1, 2, 3, 4].map((uid) => [uid, 10])), new Set([2]));
    const state = place(5);
    expect((await all(batches(world, state, 1))).flatMap(uidsOf)).toEqual([4, 3, 1]);
    expect(state.cursor).toMatchObject({ held: 3, todo: [{ from: 2, to: 3 }], refused: { 2: 1 } });
    expect(await all(batches(world, state, 1))).toEqual([]);
    const [last] = await all(batches(world, state, 1));
    expect(last).toMatchObject([{ copy: { uid: 2, flags: ['seen'] }, partial: true, sizeBytes: 10 }]);
    expect(last?.[0]?.source).toHaveLength(0);
    expect(state.cursor).toMatchObject({ held: 4, todo: [], refused: {} });
  });

  it('are an outage rather than a refusal when nothing at all is given', async () => {
    const world = context(new Map([1, 2, 3].map((uid) => [uid, 10])), new Set([1, 2, 3]));
    await expect(all(batches(world, place(4), 1))).rejects.toMatchObject({ responseStatus: 'NO' });
  });

  it('pass over a range in which nothing lies', async () => {
    const state = place(2_000_000);
    expect(await all(batches(context(new Map()), state, 1))).toEqual([]);
    expect(state.cursor.todo).toEqual([]);
  });

  it('are live from the first sight on, and history before', async () => {
    const state = place(3);
    state.cursor = extend(state.cursor, 5);
    const world = context(new Map([1, 2, 3, 4].map((uid) => [uid, 10])));
    const lives = [];
    for await (const step of batches(world, state, 1))
      if (step.kind === 'messages') lives.push([step.live, uidsOf(step.messages)]);
    expect(lives).toEqual([
      [true, [4, 3]],
      [false, [2, 1]],
    ]);
  });

  it('go from the newest down to a bound, and leave what is below for later', async () => {
    const state = place(3);
    state.cursor = extend(state.cursor, 5);
    const world = context(new Map([1, 2, 3, 4].map((uid) => [uid, 10])));
    expect((await all(batches(world, state, 3))).flatMap(uidsOf)).toEqual([4, 3]);
    expect(state.cursor.todo).toEqual([{ from: 1, to: 3 }]);
  });
});
