// The stream of what changes, one for the whole page while somebody looks at it, and the queries that each event concerns. Knows
// no page.
import { type Query, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { addressOf } from './call.ts';
import { Refresher } from './refresh.ts';
import type { Account } from './shapes.ts';

/** While the stream is there, what it tells of is asked for by itself only so often. */
export const SELDOM_MS = 30_000;
const TRY_AGAIN_MS = 30_000;

type Fits = (query: Query) => boolean;
interface Told {
  readonly account_id: string;
}

const begins = ({ queryKey }: Query, ...with_: readonly string[]): boolean =>
  with_.every((each, i) => queryKey[i] === each);

/** What an event may have changed. */
const CONCERNED: Readonly<Record<string, (told: Told) => Fits>> = {
  sync: (told) => (query) => begins(query, 'accounts') && lists(query, told.account_id),
  account: () => (query) => ['accounts', 'system', 'users'].some((each) => begins(query, each)),
  mail: (told) => (query) => begins(query, 'search', told.account_id),
  outbox: (told) => (query) => begins(query, 'outbox', told.account_id) || begins(query, 'system'),
};
const all: Fits = (query) => ['accounts', 'search', 'outbox', 'system', 'users'].some((each) => begins(query, each));

/** Whether the account is in the answer, or there is none yet. */
function lists({ state }: Query, id: string): boolean {
  const data = state.data as readonly Account[] | { readonly pages: readonly { readonly items: readonly Account[] }[] };
  if (!data) return true;
  const accounts = 'pages' in data ? data.pages.flatMap(({ items }) => items) : data;
  return accounts.some(({ account_id }) => account_id === id);
}

let isLive = false;
const watchers = new Set<() => void>();

function setLive(now: boolean): void {
  if (isLive === now) return;
  isLive = now;
  for (const tell of watchers) tell();
}

function watch(tell: () => void): () => void {
  watchers.add(tell);
  return () => watchers.delete(tell);
}

/** Whether changes are told; while they are not, they have to be asked for. */
export const useIsLive = (): boolean => useSyncExternalStore(watch, () => isLive);

/** Listens from when somebody is signed in until the page is left. */
export function useLive(isSignedIn: boolean): void {
  const queries = useQueryClient();
  useEffect(() => (isSignedIn ? listen(queries) : undefined), [isSignedIn, queries]);
}

function listen(queries: QueryClient): () => void {
  const refresher = new Refresher(queries);
  let source: EventSource | null = null;
  let later: ReturnType<typeof setTimeout> | undefined;
  const close = (): void => {
    clearTimeout(later);
    source?.close();
    source = null;
    setLive(false);
  };
  const open = (): void => {
    close();
    const stream = new EventSource(addressOf('events'));
    source = stream;
    // What happened while nobody listened; a stream that broke off is told that by itself.
    stream.addEventListener('open', () => refresher.refresh(all), { once: true });
    stream.addEventListener('open', () => setLive(true));
    stream.addEventListener('missed', () => refresher.refresh(all));
    for (const [kind, concerned] of Object.entries(CONCERNED))
      stream.addEventListener(kind, ({ data }) => refresher.refresh(concerned(JSON.parse(data) as Told)));
    stream.addEventListener('error', () => {
      setLive(false);
      // Otherwise it comes back by itself.
      if (stream.readyState !== EventSource.CLOSED) return;
      close();
      later = setTimeout(look, TRY_AGAIN_MS);
      // Whoever is signed out by now is sent to sign in.
      void queries.invalidateQueries({ queryKey: ['me'] });
    });
  };
  // A browser has few connections to one server for all its tabs: those that nobody sees keep none.
  const look = (): void => (document.visibilityState === 'visible' ? open() : close());
  // Signing out: the stream ends with the session, which is no fault.
  const leave = ({ defaultPrevented }: Event): void => (defaultPrevented ? undefined : close());
  document.addEventListener('visibilitychange', look);
  window.addEventListener('submit', leave);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    window.removeEventListener('submit', leave);
    close();
  };
}
