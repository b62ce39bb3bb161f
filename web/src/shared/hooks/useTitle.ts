import { useEffect, useSyncExternalStore } from 'react';

/* The tab's title has two owners: the page gives the words, the shell the number that asks for action. */
let words: string[] = [];
let waiting = 0;
function write(): void {
  const text = [...words, 'Switchboard'].join(' · ');
  document.title = waiting > 0 ? `(${waiting}) ${text}` : text;
}
export function useTitle(...parts: (string | undefined)[]): void {
  const joined = parts.filter(Boolean).join('\n');
  useEffect(() => {
    words = joined ? joined.split('\n') : [];
    write();
  }, [joined]);
}
export function useTitleCount(count: number): void {
  useEffect(() => {
    waiting = count;
    write();
    return () => {
      waiting = 0;
      write();
    };
  }, [count]);
}

const onVisibility = (changed: () => void) => {
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
};
export const useVisible = () =>
  useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible');
