import { Button, Select } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconListSearch } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { useMay } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { PageHead } from '@/shared/ui/PageHead';
import { EmptyState, ErrorState } from '@/shared/ui/states';
import { type AuditEntry, fetchAudit, membersQuery, settingsKeys } from '../api';
import { actionName, actions, objectName, objects, shown } from '../model/words';
import { AuditTools } from './AuditTools';
import { Closed, RowBars, Stamp } from './Parts';

export interface AuditSearch {
  who?: string;
  what?: string;
  about?: string;
  days?: string;
}
const spans = ['1', '7', '30'] as const;

export function AuditPage() {
  const { t } = useT();
  const may = useMay('audit.view');
  useTitle(t('settings.audit'));
  return may ? <Audit /> : <Closed title={t('audit.closed')} />;
}

function Audit() {
  const { t } = useT();
  const search = useSearch({ strict: false }) as AuditSearch;
  const navigate = useNavigate();
  const members = useQuery(membersQuery);
  const set = (patch: AuditSearch) =>
    void navigate({ to: '/settings/audit', search: { ...search, ...patch }, replace: true });
  const filtered = Boolean(search.who || search.what || search.about || search.days);
  // The day the page was opened on: a filter that moved with the clock would load for ever.
  const [opened] = useState(() => Date.now());
  const since = search.days ? new Date(opened - Number(search.days) * 86_400_000).toISOString() : '';
  const filter =
    (search.who ? `&actor_id=eq.${search.who}` : '') +
    (search.what ? `&action=eq.${search.what}` : '') +
    (search.about ? `&object_type=eq.${search.about}` : '') +
    (since ? `&at=gte.${since}` : '');
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useInfiniteQuery({
      queryKey: settingsKeys.audit(filter),
      queryFn: ({ pageParam, signal }) => fetchAudit(filter, pageParam, signal),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      staleTime: 0,
    });
  const rows = data?.pages.flatMap((p) => p.items) ?? [];
  const spanNames = { '1': t('audit.day'), '7': t('audit.week'), '30': t('audit.month') };
  return (
    <>
      <PageHead title={t('settings.audit')} sub={t('audit.sub')} right={<AuditTools />} />
      <search className="st-filters" aria-label={t('audit.filters')}>
        <Select
          size="xs"
          clearable
          searchable
          aria-label={t('audit.who')}
          placeholder={t('audit.who')}
          data={members.data?.map((m) => ({ value: m.id, label: m.name })) ?? []}
          value={search.who ?? null}
          onChange={(v) => set({ who: v ?? undefined })}
        />
        <Select
          size="xs"
          clearable
          searchable
          aria-label={t('audit.what')}
          placeholder={t('audit.what')}
          data={actions.map((value) => ({ value, label: actionName(t, value) }))}
          value={search.what ?? null}
          onChange={(v) => set({ what: v ?? undefined })}
        />
        <Select
          size="xs"
          clearable
          aria-label={t('audit.about')}
          placeholder={t('audit.about')}
          data={objects.map((value) => ({ value, label: objectName(t, value) }))}
          value={search.about ?? null}
          onChange={(v) => set({ about: v ?? undefined })}
        />
        <Select
          size="xs"
          clearable
          aria-label={t('audit.when')}
          placeholder={t('audit.when')}
          data={spans.map((value) => ({ value, label: spanNames[value] }))}
          value={search.days ?? null}
          onChange={(v) => set({ days: v ?? undefined })}
        />
      </search>
      <div className="st-body">
        {isPending ? (
          <RowBars />
        ) : error && rows.length === 0 ? (
          <div className="st-pad">
            <ErrorState title={t('audit.error')} error={error} retry={() => void refetch()} />
          </div>
        ) : rows.length === 0 ? (
          <EmptyState
            art={<IconListSearch size={32} stroke={1.3} />}
            title={filtered ? t('audit.none') : t('audit.empty')}
            text={filtered ? t('audit.noneText') : t('audit.emptyText')}
          >
            {filtered && (
              <Button
                size="xs"
                variant="default"
                onClick={() => set({ who: undefined, what: undefined, about: undefined, days: undefined })}
              >
                {t('audit.clear')}
              </Button>
            )}
          </EmptyState>
        ) : (
          <>
            <Table rows={rows} />
            {hasNextPage && (
              <div className="st-pad">
                <Button
                  size="xs"
                  variant="default"
                  aria-disabled={isFetchingNextPage}
                  onClick={() => !isFetchingNextPage && void fetchNextPage()}
                >
                  {t('audit.more')}
                </Button>
              </div>
            )}
          </>
        )}
      </div>
    </>
  );
}

function Table({ rows }: { rows: AuditEntry[] }) {
  const { t } = useT();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <table className="st-tbl st-audit">
      <thead>
        <tr>
          <th scope="col">{t('audit.what')}</th>
          <th scope="col">{t('audit.who')}</th>
          <th scope="col">{t('audit.at')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((e) => {
          const name = nameOf(e);
          const on = open === e.id;
          const Chevron = on ? IconChevronDown : IconChevronRight;
          const known = e.before || e.after;
          const title = (
            <span>
              {actionName(t, e.action)}
              {name && (
                <>
                  {': '}
                  <bdi>{name}</bdi>
                </>
              )}
            </span>
          );
          return (
            <Fragment key={e.id}>
              <tr>
                <td>
                  {known ? (
                    <button
                      type="button"
                      className="st-open"
                      aria-expanded={on}
                      onClick={() => setOpen(on ? null : e.id)}
                    >
                      <Chevron size={16} aria-hidden="true" className={on ? undefined : 'flip'} />
                      {title}
                    </button>
                  ) : (
                    <span className="st-open">
                      <span className="st-gap" />
                      {title}
                    </span>
                  )}
                </td>
                <td>
                  <div className="st-two">
                    <span>
                      <bdi>{e.actor_type === 'machine' ? t('audit.machine') : e.actor_name}</bdi>
                      {e.actor_type === 'api_token' && <span className="mut"> ({t('audit.token')})</span>}
                    </span>
                    {e.address && <bdi dir="ltr">{e.address}</bdi>}
                  </div>
                </td>
                <td className="sec">
                  <Stamp time={e.at} />
                </td>
              </tr>
              {on && (
                <tr className="st-detail">
                  <td colSpan={3}>
                    <Changes entry={e} />
                  </td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

/** What the object is called, where the entry says it. */
function nameOf(e: AuditEntry): string {
  const side = { ...e.before, ...e.after };
  for (const key of ['name', 'email', 'device']) {
    const value = side[key];
    if (typeof value === 'string' && value) return value;
  }
  return '';
}

function Changes({ entry }: { entry: AuditEntry }) {
  const { t } = useT();
  const keys = [...new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})])];
  return (
    <table className="st-diff">
      <thead>
        <tr>
          <th scope="col">{t('audit.member')}</th>
          <th scope="col">{t('audit.before')}</th>
          <th scope="col">{t('audit.after')}</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key}>
            <th scope="row">
              <bdi dir="ltr" className="mono">
                {key}
              </bdi>
            </th>
            <td>
              <bdi>{entry.before && key in entry.before ? shown(entry.before[key]) : '–'}</bdi>
            </td>
            <td>
              <bdi>{entry.after && key in entry.after ? shown(entry.after[key]) : '–'}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
