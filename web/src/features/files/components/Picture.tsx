import { useState } from 'react';
import type { MediaItem } from '@/api/types';
import { useT } from '@/shared/i18n';
import { boxOf } from '../model/box';
import { wordOf } from '../model/words';
import { DocumentCard } from './DocumentCard';

interface Props {
  item: MediaItem;
  onOpen: () => void;
}
/** Its room is kept before it arrives; the small version comes first, the large one in the viewer. */
export function Picture({ item, onOpen }: Props) {
  const { t } = useT();
  const [broken, setBroken] = useState(false);
  if (broken) return <DocumentCard item={item} />;
  const sticker = item.kind === 'sticker';
  const box = sticker ? { width: 148, height: 148 } : boxOf(item.width, item.height);
  // In its small version a sticker stands still on a white ground.
  const source = sticker ? item.url : (item.thumbnail_url ?? item.url);
  return (
    <button
      type="button"
      className={sticker ? 'b-sticker' : 'b-img'}
      style={{ width: box.width, aspectRatio: `${box.width} / ${box.height}` }}
      onClick={onOpen}
      data-media={item.id}
      aria-label={t('files.open', { kind: wordOf(item, t) })}
    >
      <img
        src={source ?? undefined}
        width={box.width}
        height={box.height}
        alt=""
        decoding="async"
        draggable={false}
        onError={() => setBroken(true)}
      />
    </button>
  );
}
