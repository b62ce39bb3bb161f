import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { LiveEvents } from '@/api/types';
import { meQuery, useMe } from '@/features/auth';
import { applyChannelEvent } from '@/features/channels';
import { applyInboxEvent, pumpOutbox } from '@/features/inbox';
import { setConnection } from '@/shared/lib/connection';
import { startLive } from './connection';

/** Keeps what is on screen as the server has it, and sends on what could not be sent before. */
export function useLive(): void {
  const client = useQueryClient();
  const memberId = useMe().member.id;
  useEffect(() => {
    pumpOutbox(client);
    return startLive({
      event: (kind, data) => {
        applyInboxEvent(client, memberId, kind, data as LiveEvents[typeof kind]);
        applyChannelEvent(client, kind, data as LiveEvents[typeof kind]);
        // His role or teams may be others now.
        if (kind === 'reset') void client.invalidateQueries({ queryKey: meQuery.queryKey });
      },
      state: (state) => {
        setConnection(state);
        if (state === 'live') pumpOutbox(client);
      },
      refused: () => void client.invalidateQueries({ queryKey: meQuery.queryKey }),
    });
  }, [client, memberId]);
}
