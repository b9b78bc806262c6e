// The person's agents, their tokens, and what can be done with them.
import { type UseMutationOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { all, call } from './call.ts';
import type { Minted, Narrowing, Permission, Profile, Token } from './shapes.ts';

export const profilePath = (userId: string, profileId?: string): string =>
  `users/${encodeURIComponent(userId)}/profiles${profileId === undefined ? '' : `/${encodeURIComponent(profileId)}`}`;

export const useProfile = (userId: string | undefined, profileId: string) =>
  useQuery({
    queryKey: ['profiles', userId, profileId],
    queryFn: () => call<Profile>('GET', profilePath(userId ?? '', profileId)),
    enabled: userId !== undefined,
  });

export const useTokens = (userId: string | undefined, profileId: string) =>
  useQuery({
    queryKey: ['profiles', userId, profileId, 'tokens'],
    queryFn: ({ signal }) => all<Token>(`${profilePath(userId ?? '', profileId)}/tokens`, { signal }),
    enabled: userId !== undefined,
    refetchInterval: 15_000,
  });

/** Everything about profiles is asked for anew afterwards. */
function useChange<T, V>(mutationFn: (given: V) => Promise<T>, options: UseMutationOptions<T, Error, V> = {}) {
  const queries = useQueryClient();
  return useMutation({
    ...options,
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: ['profiles'] }),
  });
}

export interface ProfileWish {
  readonly profileId: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** Makes it, or changes its name and what it may do. */
export const usePutProfile = (userId: string) =>
  useChange(({ profileId, name, permissions }: ProfileWish) =>
    call<Profile>('PUT', profilePath(userId, profileId), { body: { name, permissions } }),
  );

export const useRemoveProfile = (userId: string) =>
  useChange((profileId: string) => call('DELETE', profilePath(userId, profileId)));

export interface TokenWish {
  readonly permissions: readonly Permission[];
  readonly expires_in: number;
  readonly only?: Narrowing;
}

export const useMint = (userId: string, profileId: string) =>
  useChange((wish: TokenWish) => call<Minted>('POST', `${profilePath(userId, profileId)}/tokens`, { body: wish }));

export const useRevoke = () => useChange((tokenId: string) => call('DELETE', `tokens/${encodeURIComponent(tokenId)}`));

/** A new id for an agent that is called so: what can be read of it in ASCII, and something nobody else has. */
export function newProfileId(name: string): string {
  const readable = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return `${readable || 'agent'}-${Math.floor(Math.random() * 36 ** 4).toString(36)}`;
}
