import type { ChannelType, Conversation } from '@/api/types';
import { lengthOf } from '@/shared/lib/format';
import { type WindowState, windowOf } from './window';

export interface Counter {
  used: number;
  limit: number | null;
  tone: 'mute' | 'warn' | 'err';
  over: number;
}
/** Amber from 90 %, red beyond; without a limit there is only the count. */
export function counterOf(text: string, limit: number | undefined): Counter {
  const used = lengthOf(text);
  if (!limit) return { used, limit: null, tone: 'mute', over: 0 };
  const over = Math.max(0, used - limit);
  return { used, limit, over, tone: over ? 'err' : used >= limit * 0.9 ? 'warn' : 'mute' };
}

export type Block =
  | { reason: 'permission' }
  | { reason: 'inactive' }
  | { reason: 'disconnected' }
  | { reason: 'window'; hours: number };

/** Why nothing can be written here at all, if so. The first cause is the one to mend first. */
export function blockOf(
  conversation: Conversation,
  type: ChannelType | undefined,
  mayReply: boolean,
  now: number,
): { block: Block | null; window: WindowState } {
  const window = windowOf(conversation, type, now);
  if (!mayReply) return { block: { reason: 'permission' }, window };
  if (!conversation.channel.is_active) return { block: { reason: 'inactive' }, window };
  if (conversation.channel.connection === 'disconnected')
    return { block: { reason: 'disconnected' }, window };
  if (window.kind === 'closed') return { block: { reason: 'window', hours: window.hours }, window };
  return { block: null, window };
}
