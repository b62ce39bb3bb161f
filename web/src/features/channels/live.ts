import type { QueryClient } from '@tanstack/react-query';
import type { Channel, LiveEvents, LiveKind } from '@/api/types';
import { channelKeys } from './api';

/** A newer state of one channel goes into the list and its page; an older one is dropped. */
export function putChannel(client: QueryClient, next: Channel): void {
  const newer = (old: Channel) => (old.updated_at > next.updated_at ? old : { ...old, ...next });
  client.setQueryData<Channel[]>(channelKeys.list(), (list) => {
    if (!list) return list;
    return list.some((c) => c.id === next.id)
      ? list.map((c) => (c.id === next.id ? newer(c) : c))
      : [...list, next];
  });
  client.setQueryData<Channel>(channelKeys.one(next.id), (old) => (old ? newer(old) : next));
}

export function applyChannelEvent<K extends LiveKind>(
  client: QueryClient,
  kind: K,
  data: LiveEvents[K],
): void {
  if (kind === 'channel.updated') {
    const { channel } = data as LiveEvents['channel.updated'];
    if (channel) putChannel(client, channel);
    else void client.invalidateQueries({ queryKey: channelKeys.list() });
  }
  if (kind === 'reset') void client.invalidateQueries({ queryKey: channelKeys.all });
}
