import { useEffect, useRef } from 'react';

type Handler = (event: KeyboardEvent) => void;

/** Single letters work only while no field has the focus (WCAG 2.1.4). */
export function inField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
const inDialog = () => document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;

/** What the key for commands is called on this device. */
export const modifier = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** Keys by `event.key` in lower case. "g i" is a sequence of two; "mod+k" works in fields too. */
export function useHotkeys(map: Record<string, Handler>): void {
  const current = useRef(map);
  current.current = map;
  useEffect(() => {
    let prefix = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (event.ctrlKey || event.metaKey || event.altKey) {
        const mod = event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey;
        if (mod) current.current[`mod+${event.key.toLowerCase()}`]?.(event);
        return;
      }
      const letter = event.key.length === 1;
      if (letter && (inField(event.target) || inDialog())) return;
      const key = event.key.toLowerCase();
      const name = (event.shiftKey && !letter ? 'shift+' : '') + key;
      const handler = (prefix ? current.current[`${prefix} ${name}`] : undefined) ?? current.current[name];
      clearTimeout(timer);
      prefix = letter ? key : '';
      timer = setTimeout(() => {
        prefix = '';
      }, 900);
      handler?.(event);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
      clearTimeout(timer);
    };
  }, []);
}
