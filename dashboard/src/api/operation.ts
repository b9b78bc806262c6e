// What the operator sees: all people and accounts, the server and its keys.
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { all, call, page } from './call.ts';
import { SELDOM_MS, useIsLive } from './live.ts';
import type { Account, EncryptionKey, ServiceKey, System, User } from './shapes.ts';

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
    queryFn: ({ signal }) => all<ServiceKey>('service-keys', { signal }),
  });

export interface AccountWish {
  readonly inTrouble: boolean;
  /** In the address or the user id. */
  readonly words: string;
}

/** Everybody's. */
export function useAllAccounts({ inTrouble, words }: AccountWish) {
  const refetchInterval = useIsLive() ? SELDOM_MS : OFTEN_MS;
  return useInfiniteQuery({
    queryKey: ['accounts', 'everybody', inTrouble, words],
    queryFn: ({ pageParam, signal }) => {
      const parameters = { in_trouble: inTrouble || null, containing: words, limit: PAGE, cursor: pageParam };
      return page<Account>('accounts', { parameters, signal });
    },
    placeholderData: keepPreviousData,
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval,
  });
}

/** Everybody, by user id. */
export function useUsers(words: string) {
  const refetchInterval = useIsLive() ? SELDOM_MS : OFTEN_MS;
  return useInfiniteQuery({
    queryKey: ['users', words],
    queryFn: ({ pageParam, signal }) =>
      page<User>('users', { parameters: { containing: words, limit: PAGE, cursor: pageParam }, signal }),
    placeholderData: keepPreviousData,
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
