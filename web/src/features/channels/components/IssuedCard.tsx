import { Button } from '@mantine/core';
import { IconEye, IconRefresh } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Channel, IssuedValues } from '@/api/types';
import { useT } from '@/shared/i18n';
import { dateTime } from '@/shared/lib/format';
import { CopyLine } from '@/shared/ui/CopyLine';
import { ErrorState } from '@/shared/ui/states';
import { revealSource, rotateSource } from '../api';

/** What we made for the other side: shown again on demand, copied, replaced without downtime. */
export function IssuedCard({ channel }: { channel: Channel }) {
  const { t, language } = useT();
  const [shown, setShown] = useState<IssuedValues | null>(null);
  const [asked, setAsked] = useState(false);
  const source = channel.source_id ?? '';
  const reveal = useMutation({ mutationFn: () => revealSource(source), onSuccess: setShown });
  const rotate = useMutation({
    mutationFn: () => rotateSource(source),
    onSuccess: (values) => {
      setShown(values);
      setAsked(false);
    },
  });
  const until = shown?.credentials.find((c) => c.previous_until)?.previous_until;
  return (
    <section className="card">
      <h2>{t('issued.title')}</h2>
      <p className="sec">{t('issued.text')}</p>
      {Object.entries(shown?.calls ?? {}).map(([call, url]) => (
        <CopyLine key={call} label={call} value={url} />
      ))}
      {shown?.credentials.map((c) => (
        <CopyLine key={c.key} label={c.label} value={c.value} />
      ))}
      {shown && shown.credentials.length === 0 && <p className="sec">{t('issued.none')}</p>}
      {until && (
        <p className="sec" role="status">
          {t('issued.overlap', { time: dateTime(until, language) })}
        </p>
      )}
      {(reveal.error ?? rotate.error) && (
        <ErrorState title={t('issued.failed')} error={reveal.error ?? rotate.error} />
      )}
      {asked && <p className="sec">{t('issued.rotateText')}</p>}
      <div className="card-b">
        {!shown && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconEye size={15} aria-hidden="true" />}
            aria-disabled={reveal.isPending}
            onClick={() => !reveal.isPending && reveal.mutate()}
          >
            {t('issued.reveal')}
          </Button>
        )}
        <Button
          size="xs"
          variant={asked ? 'light' : 'default'}
          leftSection={<IconRefresh size={15} aria-hidden="true" />}
          aria-disabled={rotate.isPending}
          onClick={() => (asked ? !rotate.isPending && rotate.mutate() : setAsked(true))}
        >
          {asked ? t('issued.rotateNow') : t('issued.rotate')}
        </Button>
        {asked && (
          <Button size="xs" variant="subtle" color="gray" onClick={() => setAsked(false)}>
            {t('common.cancel')}
          </Button>
        )}
      </div>
    </section>
  );
}
