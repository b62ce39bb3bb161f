import { request } from '@/api/http';
import type { components } from '@/api/schema';
import type { Me } from '@/api/types';

export type InvitationInfo = components['schemas']['InvitationInfo'];
export type Forgotten = components['schemas']['Forgotten'];

const post = <T>(path: string, body: unknown) => request<T>(`/auth/${path}`, { method: 'POST', body });
export const forgotPassword = (email: string) => post<Forgotten>('forgot_password', { email });
export const resetPassword = (token: string, password: string) =>
  post<void>('reset_password', { token, password });
export const readInvitation = (token: string) => post<InvitationInfo>('invitation', { token });
export const acceptInvitation = (token: string, name: string | undefined, password: string) =>
  post<Me>('accept_invitation', { token, name, password });
