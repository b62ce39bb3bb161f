import { IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useMay } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { PageHead } from '@/shared/ui/PageHead';
import { Bar, ErrorState, NoPermission, Skeletons } from '@/shared/ui/states';
import { Tabs } from '@/shared/ui/Tabs';
import { channelQuery, useChannelTypes } from '../api';
import { ActiveSwitch } from './ActiveSwitch';
import { DeliveriesTab } from './DeliveriesTab';
import { DeveloperTab } from './DeveloperTab';
import { LogTab } from './LogTab';
import { Overview } from './Overview';
import { SourceTab } from './SourceTab';
import { HealthBadge, StateAxes } from './StateAxes';
import '../channels.css';

export function ChannelPage() {
  const { t } = useT();
  const may = useMay('channels.view');
  if (!may) {
    return (
      <div className="page-mid">
        <NoPermission title={t('channels.forbidden')} text={t('channels.forbiddenText')} />
      </div>
    );
  }
  return <ChannelDetail />;
}

function ChannelDetail() {
  const { t } = useT();
  const { channelId } = useParams({ from: '/app/channels/$channelId' });
  const { tab = 'overview' } = useSearch({ from: '/app/channels/$channelId' });
  const mayEdit = useMay('channels.edit');
  const { byType } = useChannelTypes();
  const { data: channel, error, refetch } = useQuery(channelQuery(channelId));
  useTitle(channel?.name, t('shell.channels'));
  if (error && !channel) {
    return (
      <div className="page-mid">
        <ErrorState title={t('channel.error')} error={error} retry={() => void refetch()}>
          <Link to="/channels" className="lnk">
            {t('channel.all')}
          </Link>
        </ErrorState>
      </div>
    );
  }
  if (!channel) {
    return (
      <div className="ch-pad">
        <Skeletons rows={4}>{(i) => <Bar key={i} width={`${80 - i * 12}%`} height={20} />}</Skeletons>
      </div>
    );
  }
  const type = byType.get(channel.type);
  const link = (value: 'overview' | 'source' | 'log' | 'deliveries' | 'developer') => ({
    to: '/channels/$channelId' as const,
    params: { channelId },
    search: { tab: value },
  });
  return (
    <>
      <PageHead
        crumbs={
          <>
            <Link to="/channels" className="lnk">
              {t('shell.channels')}
            </Link>
            <IconChevronRight size={12} className="flip" aria-hidden="true" />
            {type?.name ?? channel.type}
          </>
        }
        title={
          <>
            <ChannelMark icon={type?.icon} accent={type?.accent} size={28} soft />
            <bdi>{channel.name}</bdi>
            <span className="ph-states">
              <HealthBadge channel={channel} />
              <StateAxes channel={channel} words />
            </span>
          </>
        }
        right={mayEdit && <ActiveSwitch channel={channel} label={t('channel.active')} />}
      >
        <Tabs
          label={t('channel.tabs')}
          value={tab}
          items={[
            { value: 'overview', label: t('channel.overview'), link: link('overview') },
            { value: 'source', label: t('channel.source'), link: link('source') },
            { value: 'log', label: t('channel.log'), link: link('log') },
            ...(type?.deliveries
              ? [{ value: 'deliveries', label: t('channel.deliveries'), link: link('deliveries') }]
              : []),
            ...(type?.developer
              ? [{ value: 'developer', label: t('channel.developer'), link: link('developer') }]
              : []),
          ]}
        />
      </PageHead>
      <div className="ch-body ch-sunk">
        {tab === 'overview' && <Overview channel={channel} type={type} mayEdit={mayEdit} />}
        {tab === 'source' && <SourceTab channel={channel} type={type} mayEdit={mayEdit} />}
        {tab === 'deliveries' && <DeliveriesTab channelId={channel.id} mayEdit={mayEdit} />}
        {tab === 'developer' && type && <DeveloperTab channel={channel} type={type} mayEdit={mayEdit} />}
        {tab === 'log' && <LogTab channelId={channel.id} mayEdit={mayEdit} />}
      </div>
    </>
  );
}
