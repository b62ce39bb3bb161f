import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { LiveEvents } from '@/api/types';
import { meQuery, useMe } from '@/features/auth';
import { applyChannelEvent } from '@/features/channels';
import { applyInboxEvent, pumpOutbox } from '@/features/inbox';
import { type LiveState, startLive } from './connection';

interface Live {
  state: LiveState;
  /** Since when the connection has been missing. */
  since: number | null;
}
const Context = createContext<Live>({ state: 'connecting', since: null });
export const useLive = () => useContext(Context);

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const memberId = useMe().member.id;
  const [live, setLive] = useState<Live>({ state: 'connecting', since: null });

  useEffect(() => {
    pumpOutbox(client);
    return startLive({
      event: (kind, data) => {
        applyInboxEvent(client, memberId, kind, data as LiveEvents[typeof kind]);
        applyChannelEvent(client, kind, data as LiveEvents[typeof kind]);
      },
      state: (state) => {
        setLive((old) => ({ state, since: state === 'lost' ? (old.since ?? Date.now()) : null }));
        if (state === 'live') pumpOutbox(client);
      },
      refused: () => void client.invalidateQueries({ queryKey: meQuery.queryKey }),
    });
  }, [client, memberId]);

  return <Context.Provider value={live}>{children}</Context.Provider>;
}
