import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Channel } from '@/api/types';
import { toast } from '@/shared/ui/toast';
import { useExplain } from '@/shared/ui/useExplain';
import { channelKeys, updateChannel } from '../api';
import { putChannel } from '../live';

/** The switch follows the hand at once and goes back if the server refuses. */
export function useActive() {
  const client = useQueryClient();
  const explain = useExplain();
  const show = (id: string, is_active: boolean) => {
    const set = (c: Channel) => (c.id === id ? { ...c, is_active } : c);
    client.setQueryData<Channel[]>(channelKeys.list(), (list) => list?.map(set));
    client.setQueryData<Channel>(channelKeys.one(id), (c) => (c ? set(c) : c));
  };
  return useMutation({
    mutationFn: ({ channel, on }: { channel: Channel; on: boolean }) =>
      updateChannel(channel.id, { is_active: on }),
    onMutate: ({ channel, on }) => show(channel.id, on),
    onSuccess: (channel) => putChannel(client, channel),
    onError: (error, { channel, on }) => {
      show(channel.id, !on);
      const why = explain(error);
      toast({ tone: 'err', text: [why.detail, why.hint].filter(Boolean).join(' ') });
    },
  });
}
