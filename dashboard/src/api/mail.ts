// Searching and reading the mail of one account.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { addressOf, call } from './call.ts';
import type { Found, Message, Thread } from './shapes.ts';

const PAGE = 20;
const at = (accountId: string): string => `accounts/${encodeURIComponent(accountId)}`;

export const useSearch = (accountId: string | undefined, query: string) =>
  useInfiniteQuery({
    queryKey: ['search', accountId, query],
    queryFn: ({ pageParam, signal }) =>
      call<Found>('GET', `${at(accountId ?? '')}/messages`, {
        parameters: { q: query, limit: PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor ?? null,
    enabled: accountId !== undefined,
    placeholderData: (before) => before,
  });

export const messagePath = (accountId: string, messageId: string): string =>
  `${at(accountId)}/messages/${encodeURIComponent(messageId)}`;

export const useMessage = (accountId: string | undefined, messageId: string | undefined, offset: number) =>
  useQuery({
    queryKey: ['message', accountId, messageId, offset],
    queryFn: ({ signal }) =>
      call<Message>('GET', messagePath(accountId ?? '', messageId ?? ''), { parameters: { offset }, signal }),
    enabled: accountId !== undefined && messageId !== undefined,
  });

/** The whole conversation, as far as one answer holds it; quotes of what it holds are left out. */
export const useThread = (accountId: string, threadId: string, wanted: boolean) =>
  useQuery({
    queryKey: ['thread', accountId, threadId],
    queryFn: ({ signal }) =>
      call<Thread>('GET', `${at(accountId)}/threads/${encodeURIComponent(threadId)}`, { signal }),
    enabled: wanted,
  });

/** What the mail looks like to a person; for a frame that can run nothing. */
export const htmlAddress = (accountId: string, messageId: string): string =>
  addressOf(`${messagePath(accountId, messageId)}/html`);

export const attachmentAddress = (accountId: string, messageId: string, n: number): string =>
  addressOf(`${messagePath(accountId, messageId)}/attachments/${n}`);
