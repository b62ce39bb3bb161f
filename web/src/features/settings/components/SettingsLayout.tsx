import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Fragment, useEffect, useRef } from 'react';
import { useMe } from '@/features/auth';
import { useT } from '@/shared/i18n';
import { offered, type Place } from '../places';
import '../settings.css';

/** What is not part of a role is not offered. */
export function SettingsLayout() {
  const { t } = useT();
  const list = offered(useMe().permissions);
  return (
    <div className="st">
      <nav className="st-nav" aria-label={t('settings.nav')}>
        {list.map((place, i) => (
          <Fragment key={place.to}>
            {place.group !== list[i - 1]?.group && <h2>{t(place.group)}</h2>}
            <Item place={place} />
          </Fragment>
        ))}
      </nav>
      <div className="st-main">
        <Outlet />
      </div>
    </div>
  );
}

function Item({ place }: { place: Place }) {
  const { t } = useT();
  const on = useRouterState({ select: (s) => s.location.pathname === place.to });
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // On a phone the places stand in one row that scrolls.
    if (on) link.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [on]);
  return (
    <Link ref={link} to={place.to} className={on ? 'st-i on' : 'st-i'} aria-current={on ? 'page' : undefined}>
      <place.icon size={18} stroke={1.7} aria-hidden="true" />
      {t(place.label)}
    </Link>
  );
}
