import { Suspense, useMemo } from 'react';
import type { Id, Message } from '@/api/types';
import { isVisual, Viewer } from '@/features/files';
import { useT } from '@/shared/i18n';
import { senderOf } from './Bubble';

interface Props {
  /** Oldest first. */
  messages: Message[];
  contact: string;
  id: Id;
  onMove: (id: Id) => void;
  onStart: (() => void) | undefined;
  onClose: () => void;
}
/** Every picture and film of the thread that is loaded, in its order. */
export function ThreadViewer({ messages, contact, ...viewer }: Props) {
  const { t } = useT();
  const shown = useMemo(
    () =>
      messages
        .filter((m) => !m.deleted_at)
        .flatMap((m) =>
          m.media
            .filter(
              (item) =>
                item.id && item.url && item.state === 'ready' && item.kind !== 'sticker' && isVisual(item),
            )
            .map((item) => ({ item, from: senderOf(m, contact, t), at: m.occurred_at })),
        ),
    [messages, contact, t],
  );
  return (
    <Suspense fallback={null}>
      <Viewer shown={shown} {...viewer} />
    </Suspense>
  );
}
