import type { ChannelType, Conversation } from '@/api/types';

export type WindowState =
  | { kind: 'none' }
  | { kind: 'open'; minutes: number; hours: number }
  | { kind: 'closed'; hours: number };

/** The span in which the platform takes free replies; without one on the type there is nothing to run out. */
export function windowOf(
  conversation: Pick<Conversation, 'window_expires_at'>,
  type: Pick<ChannelType, 'window'> | undefined,
  now: number,
): WindowState {
  const hours = type?.window?.hours;
  if (!hours) return { kind: 'none' };
  if (!conversation.window_expires_at) return { kind: 'closed', hours };
  const minutes = Math.floor((Date.parse(conversation.window_expires_at) - now) / 60_000);
  return minutes < 0 || Number.isNaN(minutes) ? { kind: 'closed', hours } : { kind: 'open', minutes, hours };
}
export type WindowTone = 'line' | 'warn' | 'err' | 'mute';
export function windowTone(state: WindowState): WindowTone {
  if (state.kind !== 'open') return 'mute';
  if (state.minutes < 60) return 'err';
  return state.minutes <= 240 ? 'warn' : 'line';
}
