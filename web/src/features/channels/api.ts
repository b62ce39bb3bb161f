import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { countOf, request, requestPage } from '@/api/http';
import type {
  Channel,
  ChannelType,
  Delivery,
  Id,
  IssuedValues,
  Outcome,
  Source,
  ValidateResult,
  WebhookEvent,
} from '@/api/types';

export const channelKeys = {
  all: ['channels'] as const,
  types: () => ['channels', 'types'] as const,
  list: () => ['channels', 'list'] as const,
  one: (id: Id) => ['channels', 'one', id] as const,
  events: (id: Id) => ['channels', 'events', id] as const,
  eventList: (id: Id, outcome: string) => ['channels', 'events', id, outcome] as const,
  event: (id: Id) => ['channels', 'event', id] as const,
  deliveries: (id: Id) => ['channels', 'deliveries', id] as const,
  deliveryList: (id: Id, status: string) => ['channels', 'deliveries', id, status] as const,
  delivery: (id: Id) => ['channels', 'delivery', id] as const,
  freeSources: (type: string) => ['channels', 'sources', type] as const,
  effects: (id: Id) => ['channels', 'effects', id] as const,
};

export const typesQuery = queryOptions({
  queryKey: channelKeys.types(),
  queryFn: ({ signal }) => request<ChannelType[]>('/channel_types', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
export function useChannelTypes() {
  const query = useQuery(typesQuery);
  const byType = useMemo(() => new Map(query.data?.map((d) => [d.type, d])), [query.data]);
  return { query, byType };
}

export const channelsQuery = queryOptions({
  queryKey: channelKeys.list(),
  queryFn: ({ signal }) =>
    request<Channel[]>('/channel_accounts?order=name.asc,id.asc&limit=500', { signal }),
});
export const channelQuery = (id: Id) =>
  queryOptions({
    queryKey: channelKeys.one(id),
    queryFn: ({ signal }) => request<Channel>(`/channel_accounts/${id}`, { signal }),
  });

export interface ChannelInput {
  name: string;
  type: string;
  settings?: Record<string, unknown>;
  source_id?: Id;
  is_active: boolean;
}
export const createChannel = (input: ChannelInput) =>
  request<Channel>('/channel_accounts', { method: 'POST', body: input });
export const updateChannel = (id: Id, patch: Partial<Omit<ChannelInput, 'type'>>) =>
  request<Channel>(`/channel_accounts/${id}`, { method: 'PATCH', body: patch });
export const deleteChannel = (id: Id) => request<void>(`/channel_accounts/${id}`, { method: 'DELETE' });
const act = <T>(id: Id, action: string, body: unknown = {}) =>
  request<T>(`/channel_accounts/${id}/${action}`, { method: 'POST', body });
export const validateChannel = (id: Id) => act<ValidateResult>(id, 'validate');
export const subscribeChannel = (id: Id, on: boolean) => act<Channel>(id, on ? 'subscribe' : 'unsubscribe');
export const testMessage = (id: Id, to: string, text: string) =>
  act<{ provider_message_id: string | null }>(id, 'test_message', { to, text });
export const revealSource = (sourceId: Id) =>
  request<IssuedValues>(`/sources/${sourceId}/reveal`, { method: 'POST', body: {} });
export const rotateSource = (sourceId: Id) =>
  request<IssuedValues>(`/sources/${sourceId}/rotate`, { method: 'POST', body: {} });
export const challengeSource = (sourceId: Id) =>
  request<ValidateResult>(`/sources/${sourceId}/challenge`, { method: 'POST', body: {} });
export const freeSourcesQuery = (type: string) =>
  queryOptions({
    queryKey: channelKeys.freeSources(type),
    queryFn: ({ signal }) =>
      request<Source[]>(`/sources?type=eq.${type}&channel_id=is.null&order=created_at.desc&limit=100`, {
        signal,
      }),
  });
export const createSource = (type: string, settings: Record<string, unknown>) =>
  request<Source>('/sources', { method: 'POST', body: { type, settings } });
export const updateSource = (id: Id, settings: Record<string, unknown>) =>
  request<Source>(`/sources/${id}`, { method: 'PATCH', body: { settings } });

export const fetchDeliveries = (
  channelId: Id,
  status: string,
  cursor: string | null,
  signal?: AbortSignal,
) => {
  const filter = status === 'all' ? '' : `&status=eq.${status}`;
  return requestPage<Delivery>(
    `/deliveries${cursor ?? `?channel_id=eq.${channelId}${filter}&order=id.desc&limit=50`}`,
    { signal },
  );
};
export const fetchDelivery = (id: Id, signal?: AbortSignal) =>
  request<Delivery>(`/deliveries/${id}`, { signal });
export const actOnDelivery = (id: Id, action: 'replay' | 'cancel') =>
  request<Delivery>(`/deliveries/${id}/${action}`, { method: 'POST', body: {} });

export const fetchEvents = (
  channelId: Id,
  outcome: Outcome | 'all',
  cursor: string | null,
  signal?: AbortSignal,
) => {
  const filter = outcome === 'all' ? '' : `&outcome=eq.${outcome}`;
  return requestPage<WebhookEvent>(
    `/webhook_events${cursor ?? `?channel_id=eq.${channelId}${filter}&order=received_at.desc,id.desc&limit=50`}`,
    { signal },
  );
};
export const fetchEvent = (id: Id, signal?: AbortSignal) =>
  request<WebhookEvent>(`/webhook_events/${id}`, { signal });
export const replayEvent = (id: Id) =>
  request<WebhookEvent>(`/webhook_events/${id}/replay`, { method: 'POST', body: {} });

export interface Effects {
  conversations: number | null;
  openEnquiries: number | null;
}
/** What switching off or deleting would touch, so the dialog can name it. */
export async function fetchEffects(id: Id, signal?: AbortSignal): Promise<Effects> {
  const filter = `?channel_id=eq.${id}&limit=1`;
  const [conversations, openEnquiries] = await Promise.all([
    countOf(`/conversations${filter}`, signal).catch(() => null),
    countOf(`/enquiries${filter}&status=in.(open,ongoing,missed,followed_up)`, signal).catch(() => null),
  ]);
  return { conversations, openEnquiries };
}
