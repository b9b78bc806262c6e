// What has changed is asked anew: soon, to the last change, and however much happens not in a storm.
import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refresher } from '../../dashboard/src/api/refresh.ts';

const KEY = ['list'];
let queries: QueryClient;
let refresher: Refresher;
let ends: (() => void)[];
/** What the server has now, and how long it takes to say so. */
let now: number;
let takesMs: number;
let asked: number;

beforeEach(() => {
  vi.useFakeTimers();
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  refresher = new Refresher(queries);
  ends = [];
  now = 0;
  takesMs = 20;
  asked = 0;
});
afterEach(() => {
  for (const end of ends) end();
  queries.clear();
  vi.useRealTimers();
});

async function answer(): Promise<number> {
  asked++;
  const told = now;
  await new Promise((resolve) => setTimeout(resolve, takesMs));
  return told;
}

/** Somebody looks at it, and has its first answer. */
async function looked(queryKey = KEY): Promise<void> {
  ends.push(new QueryObserver(queries, { queryKey, queryFn: answer, staleTime: 5000 }).subscribe(() => undefined));
  await vi.advanceTimersByTimeAsync(takesMs);
}

const change = (): void => {
  now++;
  refresher.refresh(({ queryKey }) => queryKey[0] === KEY[0]);
};
const shown = (key = KEY): unknown => queries.getQueryData(key);

describe('a query of which something changed', () => {
  it('is asked at once, and others are not', async () => {
    await looked();
    await looked(['other']);
    change();
    await vi.advanceTimersByTimeAsync(takesMs);
    expect([shown(), shown(['other']), asked]).toEqual([1, 0, 3]);
  });

  it('is asked once a second in a storm, and shows the last change soon after it', async () => {
    await looked();
    for (let i = 0; i < 5000; i++) {
      change();
      await vi.advanceTimersByTimeAsync(2);
    }
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(asked).toBeLessThanOrEqual(12);
    await vi.advanceTimersByTimeAsync(1000 + takesMs);
    expect(shown()).toBe(5000);
    const then = asked;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(then);
  });

  it('is asked again when the answer under way may be from before', async () => {
    ends.push(new QueryObserver(queries, { queryKey: KEY, queryFn: answer }).subscribe(() => undefined));
    takesMs = 300;
    await vi.advanceTimersByTimeAsync(1);
    change();
    await vi.advanceTimersByTimeAsync(1000);
    expect([shown(), asked]).toEqual([1, 2]);
  });

  it('is left as much time as its answers take', async () => {
    await looked();
    takesMs = 4000;
    for (let i = 0; i < 400; i++) {
      change();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked).toBeLessThanOrEqual(7);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(shown()).toBe(400);
  });

  it('that fails is asked again at the next change', async () => {
    const fails = vi.fn(() => Promise.reject(new Error('not now')));
    ends.push(new QueryObserver(queries, { queryKey: KEY, queryFn: fails, retry: false }).subscribe(() => undefined));
    await vi.advanceTimersByTimeAsync(1);
    for (let i = 0; i < 3; i++) {
      change();
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(fails).toHaveBeenCalledTimes(4);
  });

  it('and that nobody looks at is asked when somebody does', async () => {
    await looked();
    for (const end of ends) end();
    change();
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked).toBe(1);
    await looked();
    expect([shown(), asked]).toEqual([1, 2]);
  });

  it.each([
    ['that was gone through page by page: a second for each', true, 3],
    ['whose answer is not whole yet: Gmail is asked each time', false, 10],
  ])('%s', async (_, complete, everySeconds) => {
    const pages = complete ? 3 : 1;
    const list = new InfiniteQueryObserver(queries, {
      queryKey: KEY,
      queryFn: async () => ({ told: await answer(), complete }),
      initialPageParam: 1,
      getNextPageParam: (_last, all) => (all.length < 3 ? all.length + 1 : null),
    });
    ends.push(list.subscribe(() => undefined));
    await vi.advanceTimersByTimeAsync(takesMs);
    for (let i = 1; i < pages; i++) {
      void list.fetchNextPage();
      await vi.advanceTimersByTimeAsync(takesMs);
    }
    expect(asked).toBe(pages);
    for (let i = 0; i < 300; i++) {
      change();
      await vi.advanceTimersByTimeAsync(100);
    }
    const rounds = (asked - pages) / pages;
    expect(rounds).toBeGreaterThanOrEqual(30 / everySeconds);
    expect(rounds).toBeLessThanOrEqual(30 / everySeconds + 1);
  });
});
