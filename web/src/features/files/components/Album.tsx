import { IconAlertCircle, IconCloudDownload, IconPlayerPlayFilled } from '@tabler/icons-react';
import type { MediaItem, Message } from '@/api/types';
import { useT } from '@/shared/i18n';
import { bytes } from '@/shared/lib/format';
import { wordOf } from '../model/words';
import type { MediaActs } from './MediaBody';

const most = 4;
/** Two side by side, three with a large one, four in a square; the rest behind a number. */
export function Album({ message, acts }: { message: Message; acts: MediaActs }) {
  const shown = message.media.slice(0, most);
  const more = message.media.length - shown.length;
  return (
    <div className={`b-alb b-alb-${shown.length}`}>
      {shown.map((item, i) => (
        <Tile
          key={item.id ?? i}
          item={item}
          place={i + 1}
          of={message.media.length}
          more={i === most - 1 ? more : 0}
          acts={acts}
          message={message}
        />
      ))}
    </div>
  );
}

interface TileProps {
  item: MediaItem;
  message: Message;
  place: number;
  of: number;
  more: number;
  acts: MediaActs;
}
function Tile({ item, message, place, of, more, acts }: TileProps) {
  const { t } = useT();
  const ready = item.state === 'ready' && item.url;
  const word = wordOf(item, t);
  if (!ready) {
    const retry = item.state === 'failed' && item.error?.retryable && item.id ? acts.retry : null;
    const words = t(item.state === 'failed' ? 'files.lost' : 'files.downloading');
    const Sign = item.state === 'failed' ? IconAlertCircle : IconCloudDownload;
    return (
      <div className="b-tile b-wait" title={item.error?.detail || undefined}>
        <Sign size={20} stroke={1.6} aria-hidden="true" />
        <span>{[words, !item.error && item.size ? bytes(item.size) : ''].filter(Boolean).join(' · ')}</span>
        {retry && (
          <button type="button" className="lnk" onClick={() => retry(message, item)}>
            {t('common.tryAgain')}
          </button>
        )}
      </div>
    );
  }
  return (
    <button
      type="button"
      className="b-tile"
      onClick={() => acts.open(item)}
      data-media={item.id}
      aria-label={t('files.openOf', { kind: word, n: place, count: of })}
    >
      {item.kind === 'video' && !item.thumbnail_url ? (
        <span className="b-tile-v" />
      ) : (
        <img src={item.thumbnail_url ?? item.url ?? undefined} alt="" decoding="async" draggable={false} />
      )}
      {item.kind === 'video' && more === 0 && (
        <span className="b-play-s">
          <IconPlayerPlayFilled size={18} aria-hidden="true" />
        </span>
      )}
      {more > 0 && (
        <span className="b-more" aria-hidden="true">
          <bdi dir="ltr">+{more}</bdi>
        </span>
      )}
    </button>
  );
}
