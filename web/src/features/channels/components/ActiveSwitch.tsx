import { Button, Modal, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Channel } from '@/api/types';
import { isolate, useT } from '@/shared/i18n';
import { channelKeys, fetchEffects } from '../api';
import { useActive } from './useActive';

/** On at once; off names first what it means for what is open. */
export function ActiveSwitch({ channel, label }: { channel: Channel; label?: string }) {
  const { t } = useT();
  const active = useActive();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Switch
        label={label}
        labelPosition="left"
        aria-label={t('channel.activeOf', { name: isolate(channel.name) })}
        checked={channel.is_active}
        onChange={(e) => {
          if (e.currentTarget.checked) active.mutate({ channel, on: true });
          else setAsking(true);
        }}
      />
      {asking && (
        <SwitchOff
          channel={channel}
          onClose={() => setAsking(false)}
          onOff={() => {
            setAsking(false);
            active.mutate({ channel, on: false });
          }}
        />
      )}
    </>
  );
}

function SwitchOff({
  channel,
  onClose,
  onOff,
}: {
  channel: Channel;
  onClose: () => void;
  onOff: () => void;
}) {
  const { t } = useT();
  const { data } = useQuery({
    queryKey: channelKeys.effects(channel.id),
    queryFn: ({ signal }) => fetchEffects(channel.id, signal),
    staleTime: 0,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('channel.offTitle', { name: isolate(channel.name) })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <ul className="dlg-l">
        <li>
          {data?.openEnquiries == null
            ? t('channel.offEnquiriesUnknown')
            : t('channel.offEnquiries', { count: data.openEnquiries })}
        </li>
        <li>{t('channel.offStored')}</li>
        <li>{t('channel.offBack')}</li>
      </ul>
      <div className="frm-b">
        <Button variant="default" size="xs" data-autofocus onClick={onClose}>
          {t('channel.keepOn')}
        </Button>
        <Button size="xs" onClick={onOff}>
          {t('channel.switchOff')}
        </Button>
      </div>
    </Modal>
  );
}
