import { useCallback, useSyncExternalStore } from 'react';

/** Answer is right in the first render, so nothing jumps from one layout to the other. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}
export const usePhone = () => useMediaQuery('(max-width: 767px)');
export const useNarrow = () => useMediaQuery('(max-width: 1279px)');
