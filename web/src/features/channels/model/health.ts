import type { Channel } from '@/api/types';

export type Condition = 'down' | 'degraded' | 'setup' | 'paused' | 'healthy';

/** One word for a channel: still being set up and switched off are no faults, whatever the axes say. */
export function conditionOf(c: Channel): Condition {
  if (!c.source_id && Object.keys(c.settings).length === 0) return 'setup';
  if (!c.is_active) return 'paused';
  return c.health;
}
const rank: Record<Condition, number> = { down: 0, degraded: 1, setup: 2, healthy: 3, paused: 4 };

/** Trouble on top, then by name: an administrator never opens a page to learn what is wrong. */
export function byAttention(list: Channel[]): Channel[] {
  return [...list].sort(
    (a, b) =>
      rank[conditionOf(a)] - rank[conditionOf(b)] || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1),
  );
}
export const lastMessageAt = (c: Channel): string | null => {
  return (
    [c.last_inbound_at, c.last_outbound_at]
      .filter((x) => x !== null)
      .sort()
      .at(-1) ?? null
  );
};
