import { Button } from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconStethoscope } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Channel } from '@/api/types';
import { useT } from '@/shared/i18n';
import { ErrorState } from '@/shared/ui/states';
import { channelKeys, validateChannel } from '../api';

export function ValidateCard({ channel }: { channel: Channel }) {
  const { t } = useT();
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: () => validateChannel(channel.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: channelKeys.one(channel.id) });
      void client.invalidateQueries({ queryKey: channelKeys.list() });
    },
  });
  return (
    <section className="card" aria-busy={check.isPending}>
      <h2>{t('validate.title')}</h2>
      <p className="sec">{t('validate.text')}</p>
      {check.data && (
        <div role="status">
          <ul className="checks">
            {check.data.checks.map((c) => (
              <li key={c.name} className={c.ok ? 'g' : 'b'}>
                {c.ok ? (
                  <IconCircleCheck size={16} role="img" aria-label={t('validate.ok')} />
                ) : (
                  <IconCircleX size={16} role="img" aria-label={t('validate.bad')} />
                )}
                <span>
                  <b dir="auto">{c.title}</b>
                  {c.detail && <span dir="auto">{c.detail}</span>}
                  {!c.ok && c.hint && (
                    <span className="hint" dir="auto">
                      {c.hint}
                    </span>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {check.error && (
        <ErrorState title={t('validate.failed')} error={check.error} retry={() => check.mutate()} />
      )}
      <div className="card-b">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconStethoscope size={15} aria-hidden="true" />}
          aria-disabled={check.isPending}
          onClick={() => !check.isPending && check.mutate()}
        >
          {check.isPending ? t('validate.running') : t('validate.run')}
        </Button>
      </div>
    </section>
  );
}
