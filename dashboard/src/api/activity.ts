// What was called and done, one by one and over time.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call, page } from './call.ts';
import type { AuditRow, Statistics } from './shapes.ts';

const PAGE = 50;

/** Whose calls; nothing in it: everybody's. */
export interface Whose {
  readonly profile_id?: string;
  readonly by?: 'agents' | 'others';
}

export const useStatistics = (userId: string | undefined, lastSeconds: number, whose: Whose) =>
  useQuery({
    queryKey: ['statistics', userId, lastSeconds, whose],
    queryFn: ({ signal }) =>
      call<Statistics>('GET', 'statistics', {
        parameters: { user_id: userId, ...whose, since: new Date(Date.now() - lastSeconds * 1000).toISOString() },
        signal,
      }),
    refetchInterval: 30_000,
    placeholderData: (before) => before,
  });

export interface AuditWish extends Whose {
  readonly user_id: string | undefined;
  readonly called: string;
  readonly errors_only: boolean;
}

export const useAudit = (wish: AuditWish) =>
  useInfiniteQuery({
    queryKey: ['audit', wish],
    queryFn: ({ pageParam, signal }) =>
      page<AuditRow>('audit', { parameters: { ...wish, limit: PAGE, cursor: pageParam }, signal }),
    placeholderData: (before) => before,
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: 10_000,
  });
