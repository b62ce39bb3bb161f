import { useQuery } from '@tanstack/react-query';
import { isolate, useT } from '@/shared/i18n';
import { Chip } from '@/shared/ui/Chip';
import { ErrorState } from '@/shared/ui/states';
import { rolesQuery } from '../api';
import { permissionName, roleName, roleText, scopeName } from '../model/words';

/** Each role: what it is for, whose conversations its holders see, who has it. */
export function Roles() {
  const { t } = useT();
  const { data, error, refetch } = useQuery(rolesQuery);
  if (error && !data) {
    return (
      <div className="st-pad">
        <ErrorState title={t('roles.error')} error={error} retry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return null;
  return (
    <section className="st-sub" aria-labelledby="roles">
      <h2 id="roles">{t('roles.title')}</h2>
      <ul className="st-list">
        {data.roles.map((r) => (
          <li key={r.name}>
            <div className="st-two">
              <span>
                {roleName(t, r.name)} <Chip tone="mute">{scopeName(t, r.scope)}</Chip>
              </span>
              <span className="mut">{roleText(t, r.name)}</span>
              <span className="mut" dir="auto">
                {r.users.length
                  ? r.users.map((u) => isolate(u.name)).join(t('teams.comma'))
                  : t('roles.nobody')}
              </span>
            </div>
            <span className="grow" />
            <span className="mut" title={r.permissions.map((p) => permissionName(t, p)).join('\n')}>
              {t('tokens.permissions', { count: r.permissions.length })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
