// Who is signed in.
import { useQuery } from '@tanstack/react-query';
import { call } from './call.ts';
import type { Me } from './shapes.ts';

const AGAIN_MS = 5000;

/** While nobody answers it is asked again by itself. */
export const useMe = () =>
  useQuery({
    queryKey: ['me'],
    queryFn: () => call<Me>('GET', 'me'),
    staleTime: 60_000,
    refetchInterval: ({ state: { status, data } }) => status === 'error' && !data && AGAIN_MS,
  });
