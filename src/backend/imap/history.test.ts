// Batches of one place: how they are bounded, and what becomes of a mail that the server lists and will not give.
import type { FetchQueryObject } from 'imapflow';
import { describe, expect, it } from 'vitest';
import type { Change, RawMessage } from '../../mail/change.ts';
import type { Connection } from './connection.ts';
import { extend, firstSight, isTold, readCursor } from './cursor.ts';
import { batches, foundKey } from './history.ts';
import { type BatchContext, beginPlace, type PlaceState } from './round.ts';

/** A mailbox of mails by UID, of these sizes; it refuses the text of some, and to list some at all. */
function context(
  sizes: ReadonlyMap<number, number>,
  refused: ReadonlySet<number> = new Set(),
  unlisted: ReadonlySet<number> = new Set(),
): BatchContext {
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
        if (unlisted.has(uid)) continue;
        if (query.source && refused.has(uid)) continue;
        yield {
          uid,
          size: sizes.get(uid),
          flags: new Set(['\\Seen']),
          internalDate: new Date(uid * 1000),
          ...(query.source ? { source: Buffer.from(`Subject: ${uid}\r\n\r\n`) } : {}),
          ...(query.bodyParts ? { headers: Buffer.from('A: b') } : {}),
        };
      }
      if (query.source && uids.some((uid) => refused.has(uid)))
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
  const listed = { place: { path: 'INBOX', label: null, messages: 0 }, view: false, status: null };
  return beginPlace(listed, firstSight({ uidValidity: 7, uidNext, highestModseq: 0n }, false));
}

async function all(steps: AsyncGenerator<Change<RawMessage>, void, void>): Promise<RawMessage[][]> {
  const found: RawMessage[][] = [];
  for await (const step of steps) if (step.kind === 'messages') found.push([...step.messages]);
  return found;
}

const uidsOf = (messages: readonly RawMessage[]): number[] => messages.map(({ copy }) => Number(copy.uid));

describe('the batches of a place', () => {
  it('hold no more than 4 MiB of text each, however many mails that is', async () => {
    const sizes = new Map(Array.from({ length: 90 }, (_, i) => [i + 1, 200 * 1024] as const));
    const found = await all(batches(context(sizes), place(91), 1));
    expect(found.map((batch) => batch.length)).toEqual([20, 20, 20, 20, 10]);
    expect(found.flatMap(uidsOf)).toEqual([...sizes.keys()].toReversed());
  });

  it('leave a mail that is refused for the next round and tell the others, twice; then they tell it without text', async () => {
    const world = context(new Map([1, 2, 3, 4].map((uid) => [uid, 10])), new Set([2]));
    let state = place(5);
    expect((await all(batches(world, state, 1))).flatMap(uidsOf)).toEqual([4, 3, 1]);
    expect(state.cursor).toMatchObject({ held: 3, todo: [{ from: 2, to: 3 }], refused: { 2: 1 } });
    expect(await all(batches(world, state, 1))).toEqual([]);
    state = beginPlace(state.listed, state.cursor);
    expect(await all(batches(world, state, 1))).toEqual([]);
    state = beginPlace(state.listed, state.cursor);
    const [last] = await all(batches(world, state, 1));
    expect(last).toMatchObject([{ copy: { uid: 2, flags: ['seen'] }, partial: true, sizeBytes: 10 }]);
    expect(last?.[0]?.source).toHaveLength(0);
    expect(state.cursor).toMatchObject({ held: 4, todo: [], refused: {} });
  });

  it('give a mail that cannot be had an identity that no other mail has, and the same again when it is told anew', async () => {
    const lost = async (path: string, uidValidity: number): Promise<RawMessage[]> => {
      const world = context(new Map([1, 2, 3].map((uid) => [uid, 10])), new Set([1, 2]));
      let state: PlaceState = place(4);
      const listed = { ...state.listed, place: { ...state.listed.place, path } };
      state = { ...state, listed, cursor: { ...state.cursor, uidValidity } };
      const told: RawMessage[] = [];
      for (let round = 0; round < 3; round++) {
        told.push(...(await all(batches(world, state, 1))).flat());
        state = beginPlace(listed, state.cursor);
      }
      return told.filter(({ source }) => source?.length === 0);
    };
    const first = await lost('INBOX', 7);
    expect(uidsOf(first)).toEqual([2, 1]);
    const others = [...(await lost('INBOX', 8)), ...(await lost('Work', 7))];
    expect(new Set([...first, ...others].map(({ identity }) => identity)).size).toBe(6);
    const again = await lost('INBOX', 7);
    expect(again.map(({ identity }) => identity)).toEqual(first.map(({ identity }) => identity));
  });

  it('do not pass over a mail that cannot be listed when the work is broken off before its batch is over', async () => {
    const sizes = new Map(Array.from({ length: 40 }, (_, i) => [i + 1, 200 * 1024] as const));
    const world = context(sizes, new Set(), new Set([38, 2]));
    const state = place(41);
    const batch = await batches(world, state, 1).next();
    const kept = readCursor((batch.value as { cursor: string }).cursor)!;
    expect(isTold(kept, 38)).toBe(false);
    expect(isTold(kept, 39)).toBe(true);
  });

  it('ask anew for the UIDs of a range that has grown since nothing was kept of it', async () => {
    const sizes = new Map([1, 2, 3].map((uid) => [uid, 10] as const));
    const world = context(sizes);
    world.found.set(foundKey('INBOX', 7, 1), { to: 4, uids: Uint32Array.of(1, 2, 3) });
    sizes.set(4, 10);
    expect((await all(batches(world, place(5), 1))).flatMap(uidsOf)).toEqual([4, 3, 2, 1]);
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
