/* Whether the server can be heard. The shell writes it, whoever has something to say about it reads it. */
import { useSyncExternalStore } from 'react';

export type LiveState = 'connecting' | 'live' | 'lost' | 'catching_up';
export interface Connection {
  state: LiveState;
  /** Since when the connection has been missing. */
  since: number | null;
}
let current: Connection = { state: 'connecting', since: null };
const listeners = new Set<() => void>();

export function setConnection(state: LiveState): void {
  current = { state, since: state === 'lost' ? (current.since ?? Date.now()) : null };
  for (const listener of listeners) listener();
}
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};
export const useConnection = () => useSyncExternalStore(subscribe, () => current);

function subscribeOnline(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}
/** What the device says of itself: no network at all, or some. */
export const useOnline = () => useSyncExternalStore(subscribeOnline, () => navigator.onLine);
