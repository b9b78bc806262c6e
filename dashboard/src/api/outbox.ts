// What the person's accounts have sent or are to send.
import { useMutation, useQueries, useQueryClient } from '@tanstack/react-query';
import { call } from './call.ts';
import { SELDOM_MS, useIsLive } from './live.ts';
import type { Account, OutboxEntry } from './shapes.ts';

export interface Sending extends OutboxEntry {
  readonly account: Account;
}

const MOST_OF_EACH = 50;

/** Of all the accounts together, the newest first. */
export function useOutbox(accounts: readonly Account[]) {
  const isLive = useIsLive();
  return useQueries({
    queries: accounts.map((account) => ({
      queryKey: ['outbox', account.account_id],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Sending[]> => {
        const path = `accounts/${encodeURIComponent(account.account_id)}/outbox`;
        const parameters = { limit: MOST_OF_EACH };
        const { outbox } = await call<{ outbox: OutboxEntry[] }>('GET', path, { parameters, signal });
        return outbox.map((entry) => ({ ...entry, account }));
      },
      refetchInterval: isLive ? SELDOM_MS : 5000,
    })),
    combine: (results) => ({
      isPending: results.some(({ isPending }) => isPending),
      error: results.find(({ error }) => error)?.error ?? null,
      entries: results
        .flatMap(({ data }) => data ?? [])
        .toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at)),
    }),
  });
}

export function useSendingChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ entry, what }: { entry: Sending; what: 'retry' | 'drop' }) => {
      const path = `outbox/${encodeURIComponent(entry.outbox_id)}`;
      return what === 'retry' ? call('POST', `${path}/retry`, { body: {} }) : call('DELETE', path);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['outbox'] }),
  });
}
