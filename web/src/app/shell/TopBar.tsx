import { IconDeviceMobile, IconHelp, IconKeyboard, IconLockOpen, IconSearch } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useMe } from '@/features/auth';
import { modifier } from '@/shared/hooks/useHotkeys';
import { useT } from '@/shared/i18n';
import { IconButton } from '@/shared/ui/IconButton';
import { ConnectionNotice } from './ConnectionNotice';
import { ProfileMenu } from './ProfileMenu';

const OrganizationMenu = lazy(() => import('./OrganizationMenu'));

interface Props {
  onKeys: () => void;
  onSearch: () => void;
}
export function TopBar({ onKeys, onSearch }: Props) {
  const { t } = useT();
  const me = useMe();
  const section = useRouterState({
    select: (s) => {
      if (s.location.pathname.startsWith('/channels')) return 'shell.channels';
      return s.location.pathname.startsWith('/settings') ? 'shell.settings' : 'shell.inbox';
    },
  });
  const initial = [...me.organization.name][0] ?? '';
  const name = (
    <>
      <span className="org-m" aria-hidden="true">
        {initial}
      </span>
      <b dir="auto">{me.organization.name}</b>
    </>
  );
  return (
    <header className="top">
      <b className="top-page">{t(section)}</b>
      {me.organizations.length > 1 ? (
        <Suspense fallback={<span className="org">{name}</span>}>
          <OrganizationMenu>{name}</OrganizationMenu>
        </Suspense>
      ) : (
        <span className="org">{name}</span>
      )}
      <button
        type="button"
        className="srch"
        aria-label={t('palette.title')}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={onSearch}
      >
        <IconSearch size={15} aria-hidden="true" />
        <span>{t('palette.title')}</span>
        <kbd className="key" dir="ltr">
          {modifier} K
        </kbd>
      </button>
      <span className="grow" />
      <ConnectionNotice />
      {me.server.insecure && (
        <span className="off" title={t('shell.insecureHint')}>
          <IconLockOpen size={15} aria-hidden="true" />
          <span className="off-t">{t('shell.insecure')}</span>
        </span>
      )}
      {me.server.demo && (
        <a
          className="flt"
          href={me.server.demo.visitor_phone_url}
          target="_blank"
          rel="noopener"
          aria-label={t('shell.visitorPhone')}
        >
          <IconDeviceMobile size={15} aria-hidden="true" />
          <span className="top-w">{t('shell.visitorPhone')}</span>
        </a>
      )}
      <IconButton label={t('keys.title')} hotkey="?" onClick={onKeys} className="top-keys">
        <IconKeyboard size={18} stroke={1.7} />
      </IconButton>
      {me.server.support_contact && (
        <span className="top-help" title={t('shell.support', { contact: me.server.support_contact })}>
          <IconHelp size={18} stroke={1.7} aria-hidden="true" />
          <span className="vh">{t('shell.support', { contact: me.server.support_contact })}</span>
        </span>
      )}
      <ProfileMenu onKeys={onKeys} />
    </header>
  );
}
