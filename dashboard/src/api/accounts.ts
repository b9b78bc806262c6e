// The person's accounts, and what can be done with one.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { all, call } from './call.ts';
import { SELDOM_MS, useIsLive } from './live.ts';
import type { Account, Profile } from './shapes.ts';

const WHILE_SYNCING_MS = 1500;
const OTHERWISE_MS = 15_000;

export const isSyncing = ({ status, sync }: Account): boolean => status === 'active' && sync.state !== 'up_to_date';

/** Asked again by itself, often while mail is being fetched and nobody tells how far it is. */
export function useAccounts(userId: string | undefined) {
  const isLive = useIsLive();
  return useQuery({
    queryKey: ['accounts', userId],
    queryFn: ({ signal }) => all<Account>('accounts', { parameters: { user_id: userId }, signal }),
    enabled: userId !== undefined,
    refetchInterval: ({ state }) =>
      isLive ? SELDOM_MS : state.data?.some(isSyncing) ? WHILE_SYNCING_MS : OTHERWISE_MS,
  });
}

export const useProfiles = (userId: string | undefined) =>
  useQuery({
    queryKey: ['profiles', userId],
    queryFn: ({ signal }) => all<Profile>(`users/${encodeURIComponent(userId ?? '')}/profiles`, { signal }),
    enabled: userId !== undefined,
  });

const at = ({ account_id }: Pick<Account, 'account_id'>): string => `accounts/${encodeURIComponent(account_id)}`;

/** Everything that changes an account; the list is asked for anew after each. */
export function useAccountChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ account, change }: { account: Account; change: Change }) => doing(account, change),
    onSettled: () => queries.invalidateQueries({ queryKey: ['accounts'] }),
  });
}

export type Change =
  | { readonly do: 'sync' }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' }
  | { readonly do: 'disconnect' }
  | { readonly do: 'grant'; readonly scope: 'all' | 'agents'; readonly profileIds: readonly string[] };

function doing(account: Account, change: Change): Promise<unknown> {
  switch (change.do) {
    case 'sync':
      return call('POST', `${at(account)}/fetch`, { body: {} });
    case 'pause':
      return call('PATCH', at(account), { body: { status: 'paused' } });
    case 'resume':
      return call('PATCH', at(account), { body: { status: 'active' } });
    case 'disconnect':
      return call('DELETE', at(account));
    case 'grant':
      return call('PUT', `${at(account)}/scope`, {
        body: { scope: change.scope, profile_ids: change.scope === 'agents' ? change.profileIds : [] },
      });
  }
}

/** Takes the browser to a page where the person connects an account; with `email`, that one. It comes back here. */
export function useConnect(userId: string) {
  return useMutation({
    mutationFn: () => connectLink(userId),
    onSuccess: ({ url }) => location.assign(url),
  });
}

export const connectLink = (userId: string, email?: string): Promise<{ url: string }> =>
  call('POST', 'connect-links', {
    body: { user_id: userId, ...(email && { email }), return_to: location.origin + location.pathname },
  });
