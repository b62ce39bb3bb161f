import { IconAlertCircleFilled, IconCloudDownload } from '@tabler/icons-react';
import type { MediaItem } from '@/api/types';
import { isolate, useT } from '@/shared/i18n';
import { bytes } from '@/shared/lib/format';
import { boxOf } from '../model/box';
import { iconOf, nameOf } from '../model/words';

interface Props {
  item: MediaItem;
  retry: (() => void) | null;
}
/** A file that is not here yet, or will not come. Pictures keep the room they are going to need. */
export function Pending({ item, retry }: Props) {
  const { t } = useT();
  const failed = item.state === 'failed';
  const size = item.size ? bytes(item.size) : '';
  if (failed) return <Failed item={item} retry={retry} />;
  const words = [t(item.state === 'downloading' ? 'files.downloading' : 'files.remote'), size];
  const name = nameOf(item, t);
  if (item.kind === 'image' || item.kind === 'video') {
    const box = boxOf(item.width, item.height);
    return (
      <div
        className="b-img b-wait"
        style={{ width: box.width, aspectRatio: `${box.width} / ${box.height}` }}
        role="status"
      >
        <IconCloudDownload size={22} stroke={1.6} aria-hidden="true" />
        <span>{words.filter(Boolean).join(' · ')}</span>
      </div>
    );
  }
  const Icon = iconOf(item);
  return (
    <div className="b-file b-wait-l" role="status">
      <span className="fi">
        <Icon size={18} stroke={1.6} aria-hidden="true" />
      </span>
      <span className="b-file-t">
        <b>
          <bdi>{name}</bdi>
        </b>
        <small>{words.filter(Boolean).join(' · ')}</small>
      </span>
    </div>
  );
}

function Failed({ item, retry }: Props) {
  const { t } = useT();
  const Icon = iconOf(item);
  const name = nameOf(item, t);
  const why = [item.error?.detail || item.error?.title || t('files.noReason'), item.error?.hint];
  return (
    <div className="b-file b-lost">
      <span className="fi">
        <Icon size={18} stroke={1.6} aria-hidden="true" />
      </span>
      <span className="b-file-t">
        <b>
          <bdi>{name}</bdi>
        </b>
        <small className="b-why">
          <IconAlertCircleFilled size={13} aria-hidden="true" />
          <span dir="auto">{t('files.notLoaded', { reason: why.filter(Boolean).join(' ') })}</span>
        </small>
        {item.error?.retryable && retry && item.id && (
          <button
            type="button"
            className="lnk"
            onClick={retry}
            aria-label={t('files.retryName', { name: isolate(name) })}
          >
            {t('common.tryAgain')}
          </button>
        )}
      </span>
    </div>
  );
}
