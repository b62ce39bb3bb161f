import { keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Problem } from '@/api/http';
import type { Id, InboxTab } from '@/api/types';
import * as api from '../api';
import { flatten } from '../model/cache';
import { inboxKeys } from '../model/keys';

export function useConversations(tab: InboxTab) {
  const query = useInfiniteQuery({
    queryKey: inboxKeys.list(tab),
    queryFn: ({ pageParam, signal }) => api.fetchConversations(tab, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const rows = useMemo(() => flatten(query.data), [query.data]);
  return { query, rows };
}
export const countsQuery = queryOptions({
  queryKey: inboxKeys.counts(),
  queryFn: ({ signal }) => api.fetchCounts(signal),
  placeholderData: keepPreviousData,
});
export const useCounts = (enabled = true) => useQuery({ ...countsQuery, enabled });

export const conversationQuery = (id: Id) =>
  queryOptions({
    queryKey: inboxKeys.conversation(id),
    queryFn: ({ signal }) => api.fetchConversation(id, signal),
  });
export const isGone = (error: unknown) => error instanceof Problem && error.status === 404;

export function useMessages(conversationId: Id) {
  const query = useInfiniteQuery({
    queryKey: inboxKeys.messages(conversationId),
    queryFn: ({ pageParam, signal }) => api.fetchMessages(conversationId, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const messages = useMemo(() => flatten(query.data).reverse(), [query.data]);
  return { query, messages };
}
export const useContact = (id: Id) =>
  useQuery({ queryKey: inboxKeys.contact(id), queryFn: ({ signal }) => api.fetchContact(id, signal) });
