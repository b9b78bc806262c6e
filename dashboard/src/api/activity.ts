// What was called and done, one by one and over time.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call, page } from './call.ts';
import type { AuditRow, Statistics } from './shapes.ts';

const PAGE = 50;

export const useStatistics = (userId: string | undefined, lastSeconds: number) =>
  useQuery({
    queryKey: ['statistics', userId, lastSeconds],
    queryFn: ({ signal }) =>
      call<Statistics>('GET', 'statistics', {
        parameters: { user_id: userId, since: new Date(Date.now() - lastSeconds * 1000).toISOString() },
        signal,
      }),
    refetchInterval: 30_000,
    placeholderData: (before) => before,
  });

export const useAudit = (userId: string | undefined) =>
  useInfiniteQuery({
    queryKey: ['audit', userId],
    queryFn: ({ pageParam, signal }) =>
      page<AuditRow>('audit', { parameters: { user_id: userId, limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: 10_000,
  });
