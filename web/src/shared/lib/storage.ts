/* localStorage that never throws, with a signal for the same tab (the browser only tells other tabs). */
type Listener = (key: string) => void;
const listeners = new Set<Listener>();
/** What storage would not take, because it is full or switched off: kept while the tab lives. */
const unstored = new Map<string, string>();

export function readItem(key: string): string | null {
  const own = unstored.get(key);
  if (own !== undefined) return own;
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
export function writeItem(key: string, value: string | null): void {
  unstored.delete(key);
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    if (value !== null) unstored.set(key, value);
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
