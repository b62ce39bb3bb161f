import { ActionIcon } from '@mantine/core';
import { IconAlertCircle, IconCheck, IconX } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { useT } from '@/shared/i18n';

export interface Toast {
  id: number;
  tone: 'ok' | 'err';
  text: string;
  action?: { label: string; run: () => void };
}
let toasts: Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();
function set(next: Toast[]): void {
  toasts = next;
  for (const l of listeners) l();
}
export function dismiss(id: number): void {
  set(toasts.filter((t) => t.id !== id));
}
/** One line at the bottom start, at most two at once; errors stay until they are closed. */
export function toast(input: Omit<Toast, 'id'>): void {
  const id = ++last;
  set([...toasts, { ...input, id }].slice(-2));
  if (input.tone === 'ok') setTimeout(() => dismiss(id), 8000);
}

const subscribe = (l: () => void) => {
  listeners.add(l);
  return () => {
    listeners.delete(l);
  };
};
export function Toaster() {
  const { t } = useT();
  const list = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts">
      {list.map((item) => (
        <div key={item.id} className="toast" role={item.tone === 'err' ? 'alert' : 'status'}>
          {item.tone === 'err' ? (
            <IconAlertCircle size={16} aria-hidden="true" />
          ) : (
            <IconCheck size={16} aria-hidden="true" />
          )}
          <span dir="auto">{item.text}</span>
          {item.action && (
            <button
              type="button"
              onClick={() => {
                item.action?.run();
                dismiss(item.id);
              }}
            >
              {item.action.label}
            </button>
          )}
          <ActionIcon
            size={24}
            variant="transparent"
            aria-label={t('common.close')}
            onClick={() => dismiss(item.id)}
          >
            <IconX size={14} />
          </ActionIcon>
        </div>
      ))}
    </div>
  );
}
