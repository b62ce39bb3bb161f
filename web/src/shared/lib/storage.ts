/* localStorage that never throws, with a signal for the same tab (the browser only tells other tabs). */
type Listener = (key: string) => void;
const listeners = new Set<Listener>();

export function readItem(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
export function writeItem(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full or switched off: what was typed stays on screen, it only does not survive a reload.
  }
  for (const listener of listeners) listener(key);
}
export function onItem(listener: Listener): () => void {
  const other = (event: StorageEvent) => event.key && listener(event.key);
  listeners.add(listener);
  window.addEventListener('storage', other);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', other);
  };
}
