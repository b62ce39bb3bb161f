import { IconCheck, IconCloudOff, IconRefresh, IconWifiOff, type TablerIcon } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useDelayed } from '@/shared/hooks/useDelayed';
import { useT } from '@/shared/i18n';
import { useConnection, useOnline } from '@/shared/lib/connection';
import { clock } from '@/shared/lib/format';

const farewell = 4000;

/** True for a moment after what was lost has come back, and only if its loss was told. */
function useReturned(lost: boolean, live: boolean): boolean {
  const [told, setTold] = useState(false);
  useEffect(() => {
    if (lost) setTold(true);
    if (lost || !live) return;
    const timer = setTimeout(() => setTold(false), farewell);
    return () => clearTimeout(timer);
  }, [lost, live]);
  return told && live;
}

/** Says when what is on screen may be behind, why, and when it has been caught up. A blink is not worth a word. */
export function ConnectionNotice() {
  const { t, language } = useT();
  const { state, since } = useConnection();
  const online = useOnline();
  const lost = useDelayed(state === 'lost', 2000);
  const catching = useDelayed(state === 'catching_up', 500);
  const returned = useReturned(lost, state === 'live');
  const notice = () => {
    if (lost && !online) return <Notice icon={IconWifiOff} text={t('live.offline')} />;
    if (lost && since) {
      const time = clock(new Date(since).toISOString(), language);
      return <Notice icon={IconCloudOff} text={t('live.lost', { time })} />;
    }
    if (catching) return <Notice icon={IconRefresh} text={t('live.catchingUp')} />;
    return returned ? <Notice icon={IconCheck} text={t('live.back')} good /> : null;
  };
  return (
    <span role="status" className="conn">
      {notice()}
    </span>
  );
}

function Notice({ icon: Icon, text, good }: { icon: TablerIcon; text: string; good?: boolean }) {
  return (
    <span className={good ? 'off good' : 'off'} title={text}>
      <Icon size={15} aria-hidden="true" />
      <span className="off-t">{text}</span>
    </span>
  );
}
