/* Finding conversations by who they are with. */
import type { QueryClient } from '@tanstack/react-query';
import { request } from '@/api/http';
import type { Contact, Conversation, Id } from '@/api/types';
import { flatten, type Pages } from './model/cache';
import { inboxKeys } from './model/keys';

const most = 20;
const newest = 'order=last_message_at.desc,id.desc';

/** Every list that was looked at already: these answer before the server does. */
export const knownConversations = (client: QueryClient): Conversation[] => [
  ...new Map(
    client
      .getQueriesData<Pages<Conversation>>({ queryKey: inboxKeys.lists() })
      .flatMap(([, data]) => flatten(data))
      .map((c) => [c.id, c]),
  ).values(),
];

/** Words in this order anywhere in the name; what the pattern language knows itself is left out. */
export const pattern = (text: string) =>
  `*${text
    .replace(/[*%_\\"]/g, ' ')
    .trim()
    .replace(/\s+/g, '*')}*`;

/** Conversations with contacts of that name, the latest first. */
export async function searchConversations(text: string, signal?: AbortSignal): Promise<Conversation[]> {
  const name = pattern(text);
  if (name === '**') return [];
  const contacts = await request<Contact[]>(
    `/contacts?name=ilike.${encodeURIComponent(name)}&limit=${most}`,
    { signal },
  );
  if (contacts.length === 0) return [];
  const ids = contacts.map((c) => c.id).join(',');
  return request<Conversation[]>(`/conversations?contact_id=in.(${ids})&${newest}&limit=${most}`, { signal });
}
export const conversationsOf = (ids: Id[], signal?: AbortSignal) =>
  request<Conversation[]>(`/conversations?id=in.(${ids.join(',')})&limit=${ids.length}`, { signal });

/** Who has waited longest, other than the one already open. */
export async function nextWaiting(open: Id | null): Promise<Id | null> {
  const waiting = await request<Conversation[]>(
    '/conversations?tab=waiting&order=last_message_at.asc,id.asc&limit=2',
  );
  return waiting.find((c) => c.id !== open)?.id ?? null;
}
