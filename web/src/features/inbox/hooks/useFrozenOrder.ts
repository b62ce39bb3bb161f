import { useRef, useState } from 'react';
import type { Conversation } from '@/api/types';
import { holdOrder } from '../model/order';

interface Held {
  rows: Conversation[];
  newer: number;
  apply: () => void;
}

/**
 * While `frozen` the rows stay where they are and only their content follows; rows that left the tab stay
 * visible until the hand is gone. `scope` starts afresh, e.g. for another tab.
 */
export function useFrozenOrder(live: Conversation[], frozen: boolean, scope: string): Held {
  const shown = useRef<{ scope: string; ids: string[] }>({ scope: '', ids: [] });
  const known = useRef(new Map<string, Conversation>());
  const [, again] = useState(0);

  const ids = live.map((c) => c.id);
  for (const c of live) known.current.set(c.id, c);
  let newer = 0;
  if (!frozen || shown.current.scope !== scope || shown.current.ids.length === 0) {
    shown.current = { scope, ids };
    known.current = new Map(live.map((c) => [c.id, c]));
  } else {
    const held = holdOrder(shown.current.ids, ids);
    shown.current.ids = held.ids;
    newer = held.newer;
  }
  const rows = shown.current.ids.flatMap((id) => known.current.get(id) ?? []);
  const apply = () => {
    shown.current = { scope: '', ids: [] };
    again((n) => n + 1);
  };
  return { rows, newer, apply };
}
