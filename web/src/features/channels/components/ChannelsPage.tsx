import { Button } from '@mantine/core';
import { IconAlertTriangle, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Channel, ChannelType } from '@/api/types';
import { useMay } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { isolate, useT } from '@/shared/i18n';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { Jacks } from '@/shared/ui/Logo';
import { PageHead } from '@/shared/ui/PageHead';
import { Bar, EmptyState, ErrorState, NoPermission, Skeletons } from '@/shared/ui/states';
import { channelsQuery, useChannelTypes } from '../api';
import { byAttention, conditionOf, lastMessageAt } from '../model/health';
import { ActiveSwitch } from './ActiveSwitch';
import { Ago } from './Ago';
import { HealthBadge, StateAxes } from './StateAxes';
import '../channels.css';

export function ChannelsPage() {
  const { t } = useT();
  const may = useMay('channels.view');
  useTitle(t('shell.channels'));
  if (!may) {
    return (
      <div className="page-mid">
        <NoPermission title={t('channels.forbidden')} text={t('channels.forbiddenText')} />
      </div>
    );
  }
  return <Channels />;
}

function Channels() {
  const { t } = useT();
  const mayEdit = useMay('channels.edit');
  const { data, error, isPending, refetch } = useQuery(channelsQuery);
  const add = mayEdit && (
    <Button component={Link} to="/channels/new" leftSection={<IconPlus size={16} aria-hidden="true" />}>
      {t('channels.add')}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t('shell.channels')}
        count={data?.length || undefined}
        sub={t('channels.sub')}
        right={data && data.length > 0 ? add : undefined}
      />
      <div className="ch-body">
        {isPending ? (
          <Skeletons rows={5}>{(i) => <RowSkeleton key={i} />}</Skeletons>
        ) : error && !data ? (
          <div className="ch-pad">
            <ErrorState title={t('channels.error')} error={error} retry={() => void refetch()} />
          </div>
        ) : !data || data.length === 0 ? (
          <EmptyState art={<Jacks />} title={t('channels.empty')} text={t('channels.emptyText')}>
            {add}
          </EmptyState>
        ) : (
          <>
            <Trouble list={data} />
            <Table list={byAttention(data)} mayEdit={mayEdit} />
          </>
        )}
      </div>
    </>
  );
}

/** The strip is only for channels that are down; everything else stands in its own row. */
function Trouble({ list }: { list: Channel[] }) {
  const { t } = useT();
  const down = list.filter((c) => conditionOf(c) === 'down');
  const [first] = down;
  if (!first) return null;
  return (
    <div className="needs" role="status">
      <IconAlertTriangle size={16} aria-hidden="true" />
      <span>
        <b>{t('channels.down', { count: down.length })}</b>{' '}
        {first.attention[0] && (
          <>
            <bdi>{first.name}</bdi>: <span dir="auto">{first.attention[0].text}</span>
          </>
        )}
      </span>
      <Link to="/channels/$channelId" params={{ channelId: first.id }} className="lnk">
        {t('channels.open', { name: isolate(first.name) })}
      </Link>
    </div>
  );
}

function Table({ list, mayEdit }: { list: Channel[]; mayEdit: boolean }) {
  const { t } = useT();
  const { byType } = useChannelTypes();
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th scope="col">{t('channels.name')}</th>
          {mayEdit && <th scope="col">{t('channel.active')}</th>}
          <th scope="col">{t('channels.connection')}</th>
          <th scope="col">{t('channels.health')}</th>
          <th scope="col">{t('channels.last')}</th>
        </tr>
      </thead>
      <tbody>
        {list.map((c) => (
          <Row key={c.id} channel={c} type={byType.get(c.type)} mayEdit={mayEdit} />
        ))}
      </tbody>
    </table>
  );
}

function Row({
  channel: c,
  type,
  mayEdit,
}: {
  channel: Channel;
  type: ChannelType | undefined;
  mayEdit: boolean;
}) {
  const { t } = useT();
  const last = lastMessageAt(c);
  const setup = conditionOf(c) === 'setup';
  const why =
    c.attention[0]?.text ?? (setup ? t('channels.noSource') : c.is_active ? '' : t('channels.inactive'));
  return (
    <tr className={c.is_active ? '' : 'off-row'}>
      <td>
        <div className="ch-n">
          <ChannelMark icon={type?.icon} accent={type?.accent} size={30} soft />
          <div className="two">
            <Link to="/channels/$channelId" params={{ channelId: c.id }} className="ch-l">
              <bdi>{c.name}</bdi>
            </Link>
            <span>{type?.name ?? c.type}</span>
          </div>
        </div>
      </td>
      {mayEdit && (
        <td>
          <ActiveSwitch channel={c} />
        </td>
      )}
      <td>
        <StateAxes channel={c} />
      </td>
      <td>
        <div className="hcell">
          <HealthBadge channel={c} />
          {why && (
            <span className="hb-why ell" title={why} dir="auto">
              {why}
            </span>
          )}
        </div>
      </td>
      <td className="sec">
        {last ? <Ago time={last} /> : <span className="mut">{t('channels.never')}</span>}
      </td>
    </tr>
  );
}

function RowSkeleton() {
  return (
    <div className="ch-sk">
      <Bar width={30} height={30} />
      <Bar width={180} />
      <Bar width={36} />
      <Bar width={90} />
      <Bar width={160} />
    </div>
  );
}
