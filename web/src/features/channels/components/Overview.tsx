import { Button } from '@mantine/core';
import { IconAlertTriangle, IconEye } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Channel, ChannelType, IssuedValues } from '@/api/types';
import { useT } from '@/shared/i18n';
import { CopyLine } from '@/shared/ui/CopyLine';
import { ErrorState } from '@/shared/ui/states';
import { revealSource, subscribeChannel } from '../api';
import { putChannel } from '../live';
import { Ago } from './Ago';
import { DeleteChannel } from './DeleteChannel';
import { IssuedCard } from './IssuedCard';
import { TestMessage } from './TestMessage';
import { ValidateCard } from './ValidateCard';

interface Props {
  channel: Channel;
  type: ChannelType | undefined;
  mayEdit: boolean;
}
export function Overview({ channel, type, mayEdit }: Props) {
  const issues = (type?.issued.length ?? 0) > 0;
  return (
    <div className="cards">
      {channel.attention.length > 0 && <Attention channel={channel} />}
      <States channel={channel} />
      {channel.source_id && mayEdit && (issues ? null : <Webhook channel={channel} type={type} />)}
      {channel.source_id && mayEdit && issues && <IssuedCard channel={channel} />}
      {mayEdit && <ValidateCard channel={channel} />}
      {mayEdit && !issues && <TestMessage channel={channel} />}
      {mayEdit && <DeleteChannel channel={channel} />}
    </div>
  );
}

function Attention({ channel }: { channel: Channel }) {
  const { t } = useT();
  return (
    <section className="card card-warn">
      <h2>{t('overview.attention')}</h2>
      <ul className="att">
        {channel.attention.map((a) => (
          <li key={a.code}>
            <IconAlertTriangle size={16} aria-hidden="true" />
            <span>
              <span dir="auto">{a.text}</span>
              <small>
                {t('overview.since')} <Ago time={a.since} /> · <bdi dir="ltr">{a.code}</bdi>
              </small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The states in sentences: what is so, and what it means. */
function States({ channel: c }: { channel: Channel }) {
  const { t } = useT();
  const lines = [
    c.is_active ? t('say.active') : t('say.inactive'),
    c.connection === 'connected' ? t('say.connected') : t('say.disconnected'),
    c.validation === 'good'
      ? t('say.good')
      : c.validation === 'pending'
        ? t('say.pending')
        : t('say.invalid'),
    ...(c.subscription === 'none'
      ? []
      : [c.subscription === 'subscribed' ? t('say.subscribed') : t('say.unsubscribed')]),
  ];
  return (
    <section className="card">
      <h2>{t('overview.states')}</h2>
      <ul className="say">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <dl className="dl">
        <dt>{t('overview.lastIn')}</dt>
        <dd>{c.last_inbound_at ? <Ago time={c.last_inbound_at} /> : t('channels.never')}</dd>
        <dt>{t('overview.lastOut')}</dt>
        <dd>{c.last_outbound_at ? <Ago time={c.last_outbound_at} /> : t('channels.never')}</dd>
      </dl>
    </section>
  );
}

function Webhook({ channel, type }: { channel: Channel; type: ChannelType | undefined }) {
  const { t } = useT();
  const client = useQueryClient();
  const [shown, setShown] = useState<IssuedValues | null>(null);
  const reveal = useMutation({
    mutationFn: () => revealSource(channel.source_id ?? ''),
    onSuccess: setShown,
  });
  const subscribe = useMutation({
    mutationFn: (on: boolean) => subscribeChannel(channel.id, on),
    onSuccess: (next) => putChannel(client, next),
  });
  const callback = shown?.callback_url ?? channel.callback_url;
  const token = shown?.verify_token;
  const subscribed = channel.subscription === 'subscribed';
  return (
    <section className="card">
      <h2>{t('overview.webhook')}</h2>
      <p className="sec">{t('overview.webhookText', { name: type?.name ?? channel.type })}</p>
      {callback && <CopyLine label={t('overview.callback')} value={callback} />}
      {token ? (
        <CopyLine label={t('overview.token')} value={token} />
      ) : (
        <div className="cp">
          <span>{t('overview.token')}</span>
          <code dir="ltr">••••••••••••</code>
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconEye size={15} aria-hidden="true" />}
            onClick={() => reveal.mutate()}
          >
            {t('overview.reveal')}
          </Button>
        </div>
      )}
      {reveal.error && <ErrorState title={t('overview.revealFailed')} error={reveal.error} />}
      {(type?.webhook || channel.subscription !== 'none') && (
        <div className="card-b">
          <Button
            size="xs"
            variant={subscribed ? 'default' : 'light'}
            aria-disabled={subscribe.isPending}
            onClick={() => !subscribe.isPending && subscribe.mutate(!subscribed)}
          >
            {subscribed ? t('overview.unsubscribe') : t('overview.subscribe')}
          </Button>
          <span className="mut">
            {subscribed ? t('overview.subscribedHint') : t('overview.subscribeHint')}
          </span>
        </div>
      )}
      {subscribe.error && (
        <ErrorState
          title={t('overview.subscribeFailed')}
          error={subscribe.error}
          retry={() => subscribe.mutate(!subscribed)}
        />
      )}
    </section>
  );
}
