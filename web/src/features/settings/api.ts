import { queryOptions } from '@tanstack/react-query';
import { request, requestPage } from '@/api/http';
import type { components } from '@/api/schema';
import type { Id, Time } from '@/api/types';
import { organizationId } from '@/shared/lib/organization';

type Schemas = components['schemas'];
export type Organization = Schemas['Organization'];
export type Role = Schemas['MemberView']['role'];
export type Member = Omit<Schemas['MemberView'], 'last_sign_in_at'> & { last_sign_in_at: Time | null };
export type Team = Schemas['TeamView'];
export type MemberLogin = Schemas['MemberLogin'];
export type Invitation = Schemas['InvitationView'];
export type Invited = Schemas['Invited'];
export type Token = Omit<Schemas['TokenView'], 'expires_at' | 'last_used_at' | 'member_id'> & {
  expires_at: Time | null;
  last_used_at: Time | null;
  member_id: Id | null;
};
export type TokenMade = Token & { token: string };
export type Session = Schemas['SessionView'];
export type Login = Schemas['LoginView'];
export type RoleList = Schemas['RoleList'];
export type AuditEntry = Omit<Schemas['AuditView'], 'before' | 'after' | 'actor_id' | 'object_id'> & {
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  actor_id: Id | null;
  object_id: Id | null;
};

export const settingsKeys = {
  organization: (id: Id) => ['settings', 'organization', id] as const,
  members: ['settings', 'members'] as const,
  invitations: ['settings', 'invitations'] as const,
  teams: ['settings', 'teams'] as const,
  memberLogins: (id: Id) => ['settings', 'members', id, 'logins'] as const,
  roles: ['settings', 'roles'] as const,
  tokens: ['settings', 'tokens'] as const,
  sessions: ['settings', 'sessions'] as const,
  logins: ['settings', 'logins'] as const,
  audit: (filter: string) => ['settings', 'audit', filter] as const,
};

export const organizationQuery = (id: Id) =>
  queryOptions({
    queryKey: settingsKeys.organization(id),
    queryFn: ({ signal }) => request<Organization>(`/organizations/${id}`, { signal }),
  });
export const changeOrganization = (id: Id, patch: Partial<Omit<Organization, 'id'>>) =>
  request<Organization>(`/organizations/${id}`, { method: 'PATCH', body: patch });

export const membersQuery = queryOptions({
  queryKey: settingsKeys.members,
  queryFn: ({ signal }) => request<Member[]>('/users?order=name.asc,id.asc&limit=500', { signal }),
});
export const changeMember = (id: Id, patch: { role?: Role; name?: string; is_active?: boolean }) =>
  request<Member>(`/users/${id}`, { method: 'PATCH', body: patch });
export const removeMember = (id: Id) => request<void>(`/users/${id}`, { method: 'DELETE' });
export const invite = (email: string, role: Role) =>
  request<Invited>('/users/invite', { method: 'POST', body: { email, role } });
export const invitationsQuery = queryOptions({
  queryKey: settingsKeys.invitations,
  queryFn: ({ signal }) => request<Invitation[]>('/invitations?limit=500', { signal }),
});
export const revokeInvitation = (id: Id) => request<void>(`/invitations/${id}`, { method: 'DELETE' });
export const rolesQuery = queryOptions({
  queryKey: settingsKeys.roles,
  queryFn: ({ signal }) => request<RoleList>('/roles', { signal }),
});

export const teamsQuery = queryOptions({
  queryKey: settingsKeys.teams,
  queryFn: ({ signal }) => request<Team[]>('/teams?order=name.asc,id.asc&limit=500', { signal }),
});
export interface TeamDraft {
  name: string;
  member_ids: Id[];
}
export const createTeam = (draft: TeamDraft) => request<Team>('/teams', { method: 'POST', body: draft });
export const changeTeam = (id: Id, draft: TeamDraft) =>
  request<Team>(`/teams/${id}`, { method: 'PATCH', body: draft });
export const deleteTeam = (id: Id) => request<void>(`/teams/${id}`, { method: 'DELETE' });
export const fetchMemberLogins = (id: Id, cursor: string | null, signal?: AbortSignal) =>
  requestPage<MemberLogin>(`/users/${id}/logins${cursor ?? '?limit=20'}`, { signal });

export const tokensQuery = queryOptions({
  queryKey: settingsKeys.tokens,
  queryFn: ({ signal }) =>
    request<Token[]>('/api_tokens?order=created_at.desc,id.desc&limit=500', { signal }),
});
export const createToken = (input: { name: string; permissions: string[]; expires_at: Time | null }) =>
  request<TokenMade>('/api_tokens', { method: 'POST', body: input });
export const revokeToken = (id: Id) => request<void>(`/api_tokens/${id}`, { method: 'DELETE' });

export const sessionsQuery = queryOptions({
  queryKey: settingsKeys.sessions,
  queryFn: async ({ signal }) =>
    (await request<{ sessions: Session[] }>('/auth/sessions', { signal })).sessions,
});
export const loginsQuery = queryOptions({
  queryKey: settingsKeys.logins,
  queryFn: async ({ signal }) =>
    (await request<{ logins: Login[] }>('/auth/login_history', { signal })).logins,
});
export const endSession = (id: Id) => request<void>(`/auth/sessions/${id}`, { method: 'DELETE' });
export const endOtherSessions = () =>
  request<void>('/auth/sessions/revoke_others', { method: 'POST', body: {} });
export const changePassword = (current_password: string, password: string) =>
  request<void>('/auth/change_password', { method: 'POST', body: { current_password, password } });

export const fetchAudit = (filter: string, cursor: string | null, signal?: AbortSignal) =>
  requestPage<AuditEntry>(`/audit_log${cursor ?? `?limit=50${filter}`}`, { signal });

export const verifyAudit = () => request<Schemas['Verified']>('/audit_log/verify');
/** A link cannot send headers: the address names the organization. */
export const auditExportUrl = (format: 'csv' | 'json') =>
  `/rest/v1/audit_log/export?${new URLSearchParams({ format, organization_id: organizationId() ?? '' })}`;
