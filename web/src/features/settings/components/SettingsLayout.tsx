import {
  IconBuilding,
  IconKey,
  IconListSearch,
  IconUserCircle,
  IconUsers,
  type TablerIcon,
} from '@tabler/icons-react';
import { Link, type LinkProps, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useMay } from '@/features/auth';
import { useT } from '@/shared/i18n';
import '../settings.css';

/** What is not part of a role is not offered. */
export function SettingsLayout() {
  const { t } = useT();
  const organization = useMay('settings.view');
  const members = useMay('staff.view');
  const tokens = useMay('api_tokens.view');
  const audit = useMay('audit.view');
  return (
    <div className="st">
      <nav className="st-nav" aria-label={t('settings.nav')}>
        <h2>{t('settings.you')}</h2>
        <Item to="/settings/profile" icon={IconUserCircle} label={t('settings.profile')} />
        {(organization || members) && <h2>{t('settings.organization')}</h2>}
        {organization && (
          <Item to="/settings/organization" icon={IconBuilding} label={t('settings.general')} />
        )}
        {members && <Item to="/settings/members" icon={IconUsers} label={t('settings.members')} />}
        {(tokens || audit) && <h2>{t('settings.developers')}</h2>}
        {tokens && <Item to="/settings/tokens" icon={IconKey} label={t('settings.tokens')} />}
        {audit && <Item to="/settings/audit" icon={IconListSearch} label={t('settings.audit')} />}
      </nav>
      <div className="st-main">
        <Outlet />
      </div>
    </div>
  );
}

function Item({ to, icon: Icon, label }: { to: LinkProps['to']; icon: TablerIcon; label: string }) {
  const on = useRouterState({ select: (s) => s.location.pathname === to });
  const place = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // On a phone the places stand in one row that scrolls.
    if (on) place.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [on]);
  return (
    <Link ref={place} to={to} className={on ? 'st-i on' : 'st-i'} aria-current={on ? 'page' : undefined}>
      <Icon size={18} stroke={1.7} aria-hidden="true" />
      {label}
    </Link>
  );
}
