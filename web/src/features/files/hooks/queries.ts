import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Id, StoredMedia } from '@/api/types';
import * as api from '../api';

export const filesKeys = {
  list: (conversationId: Id) => ['files', conversationId] as const,
};
/** Files of a conversation, the newest first. */
export function useFiles(conversationId: Id) {
  const query = useInfiniteQuery({
    queryKey: filesKeys.list(conversationId),
    queryFn: ({ pageParam, signal }) => api.fetchFiles(conversationId, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const files = useMemo(() => {
    const seen = new Map<Id, StoredMedia>();
    for (const page of query.data?.pages ?? [])
      for (const f of page.items) if (!seen.has(f.id)) seen.set(f.id, f);
    return [...seen.values()];
  }, [query.data]);
  return { query, files };
}
