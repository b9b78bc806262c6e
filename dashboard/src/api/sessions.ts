// Where the person is signed in.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, page } from './call.ts';
import type { Session } from './shapes.ts';

export const useSessions = () =>
  useQuery({ queryKey: ['sessions'], queryFn: async () => (await page<Session>('me/sessions')).items });

/** One of them, or every other one. */
export function useEndSession() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string | null) =>
      call('DELETE', id === null ? 'me/sessions' : `me/sessions/${encodeURIComponent(id)}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
}
