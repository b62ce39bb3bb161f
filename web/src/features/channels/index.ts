import { useQuery } from '@tanstack/react-query';
import { channelsQuery } from './api';
import { conditionOf } from './model/health';

export { channelKeys, channelsQuery, useChannelTypes } from './api';
export { applyChannelEvent } from './live';

/** How many channels are down, for the mark on the rail. */
export function useChannelTrouble(enabled: boolean): number {
  const { data } = useQuery({
    ...channelsQuery,
    enabled,
    select: (list) => list.filter((c) => conditionOf(c) === 'down').length,
  });
  return data ?? 0;
}
