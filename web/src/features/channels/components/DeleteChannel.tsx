import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Channel } from '@/api/types';
import { isolate, useT } from '@/shared/i18n';
import { number } from '@/shared/lib/format';
import { ErrorState } from '@/shared/ui/states';
import { toast } from '@/shared/ui/toast';
import { channelKeys, deleteChannel, fetchEffects } from '../api';

export function DeleteChannel({ channel }: { channel: Channel }) {
  const { t } = useT();
  const [asking, setAsking] = useState(false);
  return (
    <section className="card">
      <h2>{t('delete.title')}</h2>
      <p className="sec">{t('delete.text')}</p>
      <div className="card-b">
        <Button size="xs" variant="default" onClick={() => setAsking(true)}>
          {t('delete.open')}
        </Button>
      </div>
      {asking && <Ask channel={channel} onClose={() => setAsking(false)} />}
    </section>
  );
}

function Ask({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const { t } = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const { data } = useQuery({
    queryKey: channelKeys.effects(channel.id),
    queryFn: ({ signal }) => fetchEffects(channel.id, signal),
    staleTime: 0,
  });
  const matches = typed.trim() === channel.name.trim();
  const remove = useMutation({
    mutationFn: () => deleteChannel(channel.id),
    onSuccess: async () => {
      client.setQueryData<Channel[]>(channelKeys.list(), (list) => list?.filter((c) => c.id !== channel.id));
      await navigate({ to: '/channels' });
      client.removeQueries({ queryKey: channelKeys.one(channel.id) });
      toast({ tone: 'ok', text: t('delete.done', { name: isolate(channel.name) }) });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (matches && !remove.isPending) remove.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('delete.ask', { name: isolate(channel.name) })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit} noValidate>
        <ul className="dlg-l">
          <li>
            {data?.openEnquiries == null
              ? t('delete.enquiriesUnknown')
              : t('delete.enquiries', { count: data.openEnquiries })}
          </li>
          <li>
            {data?.conversations == null
              ? t('delete.conversationsUnknown')
              : t('delete.conversations', { count: data.conversations, n: number(data.conversations) })}
          </li>
          <li>{t('delete.source')}</li>
        </ul>
        <TextInput
          label={t('delete.type')}
          placeholder={channel.name}
          dir="auto"
          autoComplete="off"
          value={typed}
          error={tried && !matches ? t('delete.mismatch') : undefined}
          onChange={(e) => setTyped(e.currentTarget.value)}
        />
        {remove.error && <ErrorState title={t('delete.failed')} error={remove.error} />}
        <div className="frm-b">
          <Button variant="default" size="xs" data-autofocus onClick={onClose}>
            {t('delete.keep')}
          </Button>
          <Button
            type="submit"
            size="xs"
            className="btn-err"
            aria-disabled={!matches}
            data-disabled={!matches || undefined}
          >
            {t('delete.confirm')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
