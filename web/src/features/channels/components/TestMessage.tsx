import { Button, TextInput } from '@mantine/core';
import { IconCircleCheck, IconSend } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Channel } from '@/api/types';
import { useT } from '@/shared/i18n';
import { ErrorState } from '@/shared/ui/states';
import { testMessage, useChannelTypes } from '../api';

export function TestMessage({ channel }: { channel: Channel }) {
  const { t } = useT();
  const recipient = useChannelTypes().byType.get(channel.type)?.recipient;
  const [to, setTo] = useState('');
  const [text, setText] = useState('');
  const [missing, setMissing] = useState(false);
  const send = useMutation({
    mutationFn: () => testMessage(channel.id, to.trim(), text.trim() || t('test.default')),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setMissing(!to.trim());
    if (to.trim() && !send.isPending) send.mutate();
  };
  return (
    <section className="card">
      <h2>{t('test.title')}</h2>
      <form className="frm-1" onSubmit={submit} noValidate>
        <TextInput
          label={recipient?.title ?? t('test.to')}
          description={recipient?.description ?? t('test.toHint')}
          dir="ltr"
          autoComplete="off"
          value={to}
          error={missing ? t('fault.required') : undefined}
          onChange={(e) => setTo(e.currentTarget.value)}
        />
        <TextInput
          label={t('test.text')}
          description={t('test.textHint')}
          dir="auto"
          placeholder={t('test.default')}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
        />
        <div className="card-b">
          <Button
            type="submit"
            size="xs"
            variant="default"
            leftSection={<IconSend size={15} className="flip" aria-hidden="true" />}
            aria-disabled={send.isPending}
          >
            {t('test.send')}
          </Button>
          {send.isSuccess && (
            <span className="ok row" role="status">
              <IconCircleCheck size={16} aria-hidden="true" />
              {t('test.sent')}
              {send.data?.provider_message_id && (
                <bdi dir="ltr" className="mono brk">
                  {send.data.provider_message_id}
                </bdi>
              )}
            </span>
          )}
        </div>
      </form>
      {send.error && <ErrorState title={t('test.failed')} error={send.error} />}
    </section>
  );
}
