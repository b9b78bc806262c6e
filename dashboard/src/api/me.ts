// Who is signed in.
import { useQuery } from '@tanstack/react-query';
import { call } from './call.ts';
import type { Me } from './shapes.ts';

export const useMe = () => useQuery({ queryKey: ['me'], queryFn: () => call<Me>('GET', 'me'), staleTime: 60_000 });
