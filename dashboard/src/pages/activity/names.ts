// How agents and accounts are called where only their ids are known. Knows no page.
import { useMemo } from 'react';
import { useAccounts, useProfiles } from '../../api/accounts.ts';

/** How agents and accounts are called. */
export interface Names {
  readonly agent: (profileId: string | null) => string;
  readonly account: (accountId: string) => string;
  /** Ids and names. */
  readonly agents: readonly (readonly [string, string])[];
}

export function useNames(userId: string | undefined): Names {
  const profiles = useProfiles(userId);
  const accounts = useAccounts(userId);
  return useMemo(
    () => ({
      agent: (id) =>
        id === null ? 'people and apps' : (profiles.data?.find(({ profile_id }) => profile_id === id)?.name ?? id),
      agents: profiles.data?.map(({ profile_id, name }) => [profile_id, name] as const) ?? [],
      account: (id) => accounts.data?.find(({ account_id }) => account_id === id)?.email ?? 'another account',
    }),
    [profiles.data, accounts.data],
  );
}
