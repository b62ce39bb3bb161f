import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { Problem, request } from '@/api/http';
import type { Id, Me, ServerInfo } from '@/api/types';

export const authKeys = {
  me: ['auth', 'me'] as const,
  server: ['auth', 'server'] as const,
  organizations: ['auth', 'organizations'] as const,
};

/** Who chose no name to be shown is shown by his own. */
const named = (me: Me): Me => ({
  ...me,
  user: { ...me.user, display_name: me.user.display_name || me.user.name },
});

export const meQuery = queryOptions({
  queryKey: authKeys.me,
  queryFn: async ({ signal }) => named(await request<Me>('/auth/me', { signal })),
  staleTime: 5 * 60_000,
  retry: (failures, error) => !(error instanceof Problem) && failures < 1,
});
/** What may be said before anybody signs in: whom to ask, and the demo's people. */
export const serverQuery = queryOptions({
  queryKey: authKeys.server,
  queryFn: ({ signal }) => request<ServerInfo>('/auth/server', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
/** What a session may choose from, before anything is chosen. */
export const organizationsQuery = queryOptions({
  queryKey: authKeys.organizations,
  queryFn: async ({ signal }) =>
    (await request<{ organizations: { id: Id; name: string }[] }>('/auth/organizations', { signal }))
      .organizations,
});
export const login = async (email: string, password: string) =>
  named(await request<Me>('/auth/login', { method: 'POST', body: { email, password } }));
export const logout = () => request<void>('/auth/logout', { method: 'POST', body: {} });

/** Everything behind the login has it: the route loads it before anything is drawn. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}
export function useMay(permission: string): boolean {
  return useMe().permissions.includes(permission);
}
