import { QueryClient } from '@tanstack/react-query';
import { Problem } from '@/api/http';

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Live events keep the cache right, so nothing is fetched again just because a window got focus.
        staleTime: 60_000,
        gcTime: 15 * 60_000,
        refetchOnWindowFocus: false,
        networkMode: 'always',
        retry: (failures, error) => !(error instanceof Problem && error.status < 500) && failures < 2,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
