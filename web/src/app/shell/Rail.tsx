import { IconInbox, IconPlugConnected, IconSettings } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useMay } from '@/features/auth';
import { useChannelTrouble } from '@/features/channels';
import { useCounts } from '@/features/inbox';
import { useTitleCount } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { Logo } from '@/shared/ui/Logo';

export function Rail() {
  const { t } = useT();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const inbox = useMay('inbox.view');
  const channels = useMay('channels.view');
  const waiting = useCounts(inbox).data?.waiting ?? 0;
  const trouble = useChannelTrouble(channels);
  useTitleCount(waiting);
  const on = (root: string) => path === root || path.startsWith(`${root}/`);
  const item = (root: string) => ({
    className: on(root) ? 'rail-i on' : 'rail-i',
    'aria-current': on(root) ? ('page' as const) : undefined,
  });
  return (
    <nav className="rail" aria-label={t('shell.main')}>
      <div className="rail-logo">
        <Logo />
      </div>
      {inbox && (
        <Link to="/inbox" {...item('/inbox')}>
          <span className="rail-ic">
            <IconInbox size={20} stroke={on('/inbox') ? 2 : 1.7} aria-hidden="true" />
            {waiting > 0 && (
              <span className="rail-n">
                {waiting > 99 ? '99+' : waiting}
                <span className="vh"> {t('shell.waiting')}</span>
              </span>
            )}
          </span>
          <span className="rail-w">{t('shell.inbox')}</span>
        </Link>
      )}
      {channels && (
        <Link to="/channels" {...item('/channels')}>
          <span className="rail-ic">
            <IconPlugConnected size={20} stroke={on('/channels') ? 2 : 1.7} aria-hidden="true" />
            {trouble > 0 && (
              <span className="rail-n w" title={t('shell.trouble', { count: trouble })}>
                !<span className="vh"> {t('shell.trouble', { count: trouble })}</span>
              </span>
            )}
          </span>
          <span className="rail-w">{t('shell.channels')}</span>
        </Link>
      )}
      <Link to="/settings" {...item('/settings')} className={`${item('/settings').className} rail-end`}>
        <span className="rail-ic">
          <IconSettings size={20} stroke={on('/settings') ? 2 : 1.7} aria-hidden="true" />
        </span>
        <span className="rail-w">{t('shell.settings')}</span>
      </Link>
    </nav>
  );
}
