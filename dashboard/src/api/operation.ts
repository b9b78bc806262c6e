// What the operator sees: all people and accounts, the server and its keys.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, page } from './call.ts';
import { SELDOM_MS, useIsLive } from './live.ts';
import type { Account, EncryptionKey, ServiceKey, System } from './shapes.ts';

const OFTEN_MS = 10_000;
const PAGE = 100;

export function useSystem() {
  const refetchInterval = useIsLive() ? SELDOM_MS : OFTEN_MS;
  return useQuery({ queryKey: ['system'], queryFn: () => call<System>('GET', 'system'), refetchInterval });
}

export const useEncryptionKeys = () =>
  useQuery({
    queryKey: ['keys'],
    queryFn: async () => (await call<{ encryption_keys: readonly EncryptionKey[] }>('GET', 'keys')).encryption_keys,
  });

export const useServiceKeys = () =>
  useQuery({
    queryKey: ['service-keys'],
    queryFn: async () => (await page<ServiceKey>('service-keys', { parameters: { limit: PAGE } })).items,
  });

/** Everybody's. */
export function useAllAccounts() {
  const refetchInterval = useIsLive() ? SELDOM_MS : OFTEN_MS;
  return useInfiniteQuery({
    queryKey: ['accounts', 'everybody'],
    queryFn: ({ pageParam, signal }) =>
      page<Account>('accounts', { parameters: { limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval,
  });
}

export function useDeleteServiceKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call('DELETE', `service-keys/${encodeURIComponent(id)}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['service-keys'] }),
  });
}

/** A one-time page that signs this person in; for whom the operator wants to let in. */
export const useSignInLink = () =>
  useMutation({
    mutationFn: (userId: string) =>
      call<{ url: string; expires_at: string }>('POST', `users/${encodeURIComponent(userId)}/sign-in-links`, {
        body: {},
      }),
  });
