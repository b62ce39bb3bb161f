import { IconCloudOff } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { useDelayed } from '@/shared/hooks/useDelayed';
import { useT } from '@/shared/i18n';
import { useConnection } from '@/shared/lib/connection';
import { readOutbox, subscribeOutbox } from '../model/outbox';

/** Where a message is written: that it can be written without a connection, and what then happens to it. */
export function OfflineNote() {
  const { t } = useT();
  const lost = useDelayed(useConnection().state === 'lost', 2000);
  const outbox = useSyncExternalStore(subscribeOutbox, readOutbox);
  if (!lost) return null;
  const waiting = outbox.filter((e) => !e.error).length;
  return (
    <p className="cmp-off">
      <IconCloudOff size={14} aria-hidden="true" />
      {waiting ? t('live.waiting', { count: waiting }) : t('live.willWait')}
    </p>
  );
}
