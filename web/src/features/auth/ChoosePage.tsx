import { IconBuilding, IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Navigate, useSearch } from '@tanstack/react-router';
import { Problem } from '@/api/http';
import { useTitle } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { setOrganizationId } from '@/shared/lib/organization';
import { ErrorState, Skeletons } from '@/shared/ui/states';
import { organizationsQuery } from './api';
import { DoorPage } from './DoorPage';
import { safeReturn } from './model';

/** Where somebody who belongs to several organizations says in which he works now. */
export function ChoosePage() {
  const { t } = useT();
  const { to } = useSearch({ strict: false }) as { to?: string };
  const { data, error, refetch } = useQuery(organizationsQuery);
  useTitle(t('choose.title'));
  if (error instanceof Problem && error.status === 401)
    return <Navigate to="/login" search={{ to }} replace />;
  const enter = (id: string) => {
    setOrganizationId(id);
    // Nothing of another organization may stay in memory.
    window.location.assign(safeReturn(to));
  };
  return (
    <DoorPage title={t('choose.title')}>
      {data ? (
        <ul className="lg-orgs">
          {data.map((o) => (
            <li key={o.id}>
              <button type="button" onClick={() => enter(o.id)}>
                <IconBuilding size={18} stroke={1.6} aria-hidden="true" />
                <span>
                  <bdi>{o.name}</bdi>
                </span>
                <IconChevronRight size={16} className="flip" aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      ) : error ? (
        <ErrorState title={t('choose.error')} error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons rows={2}>{(i) => <div className="lg-orgs-sk" key={i} />}</Skeletons>
      )}
    </DoorPage>
  );
}
