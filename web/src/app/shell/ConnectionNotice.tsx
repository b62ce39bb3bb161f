import { IconCloudOff, IconRefresh } from '@tabler/icons-react';
import { useDelayed } from '@/shared/hooks/useDelayed';
import { useT } from '@/shared/i18n';
import { clock } from '@/shared/lib/format';
import { useLive } from '../live/LiveProvider';

/** Says when what is on screen may be behind, and when it has been caught up. A blink is not worth a word. */
export function ConnectionNotice() {
  const { t, language } = useT();
  const { state, since } = useLive();
  const lost = useDelayed(state === 'lost', 2000);
  const catching = useDelayed(state === 'catching_up', 500);
  return (
    <span role="status" className="conn">
      {lost && since && (
        <span className="off">
          <IconCloudOff size={15} aria-hidden="true" />
          <span className="off-t">
            {t('live.lost', { time: clock(new Date(since).toISOString(), language) })}
          </span>
        </span>
      )}
      {catching && (
        <span className="off">
          <IconRefresh size={15} aria-hidden="true" />
          <span className="off-t">{t('live.catchingUp')}</span>
        </span>
      )}
    </span>
  );
}
