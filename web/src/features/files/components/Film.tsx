import { useState } from 'react';
import type { MediaItem } from '@/api/types';
import { useT } from '@/shared/i18n';
import { boxOf } from '../model/box';
import { playing } from '../model/player';
import { wordOf } from '../model/words';
import { DocumentCard } from './DocumentCard';

/** Plays where it stands; nothing of it is loaded before somebody asks. */
export function Film({ item, url }: { item: MediaItem; url: string }) {
  const { t } = useT();
  const [broken, setBroken] = useState(false);
  if (broken) return <DocumentCard item={item} />;
  const box = boxOf(item.width ?? 16, item.height ?? 9);
  return (
    <div className="b-vid" style={{ width: box.width, aspectRatio: `${box.width} / ${box.height}` }}>
      {/* biome-ignore lint/a11y/useMediaCaption: what customers film has no captions */}
      <video
        src={url}
        poster={item.thumbnail_url ?? undefined}
        controls
        playsInline
        preload="none"
        aria-label={wordOf(item, t)}
        onPlay={(e) => playing(e.currentTarget)}
        onError={() => setBroken(true)}
      />
    </div>
  );
}
