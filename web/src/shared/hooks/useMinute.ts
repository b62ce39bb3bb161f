import { useSyncExternalStore } from 'react';

/* One timer for every countdown on the page; it stops when nothing on screen counts. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let now = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!timer) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const l of listeners) l();
    }, 20_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = null;
    }
  };
}
/** The present moment in milliseconds, refreshed by the shared timer. */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, () => now);
}
