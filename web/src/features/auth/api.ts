import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { Problem, request } from '@/api/http';
import type { Me } from '@/api/types';

export const authKeys = { me: ['auth', 'me'] as const };

export const meQuery = queryOptions({
  queryKey: authKeys.me,
  queryFn: ({ signal }) => request<Me>('/auth/me', { signal }),
  staleTime: 5 * 60_000,
  retry: (failures, error) => !(error instanceof Problem) && failures < 1,
});
export const login = (email: string, password: string) =>
  request<Me>('/auth/login', { method: 'POST', body: { email, password } });
export const logout = () => request<void>('/auth/logout', { method: 'POST', body: {} });

/** Everything behind the login has it: the route loads it before anything is drawn. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}
export function useMay(permission: string): boolean {
  return useMe().permissions.includes(permission);
}
