import { Button } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Channel, ChannelType, IssuedValues } from '@/api/types';
import { useT } from '@/shared/i18n';
import { ErrorState } from '@/shared/ui/states';
import { revealSource } from '../api';
import { Guide } from './SetupGuide';

interface Props {
  channel: Channel;
  type: ChannelType;
  mayEdit: boolean;
}
/** Both calls with this source's addresses; the token only when somebody asks for it. */
export function DeveloperTab({ channel, type, mayEdit }: Props) {
  const { t } = useT();
  const [shown, setShown] = useState<IssuedValues | null>(null);
  const reveal = useMutation({
    mutationFn: () => revealSource(channel.source_id ?? ''),
    onSuccess: setShown,
  });
  const text = type.developer.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    const call = name.match(/^(\w+)_url$/)?.[1];
    if (call) return `${channel.callback_url}/${call}`;
    const known = shown?.credentials.find((c) => c.key === name)?.value;
    return known ?? (type.issued.some((i) => i.key === name) ? name.toUpperCase() : whole);
  });
  return (
    <div className="cards">
      <section className="card dev">
        {!shown && mayEdit && channel.source_id && (
          <div className="card-b">
            <Button
              size="xs"
              variant="default"
              leftSection={<IconEye size={15} aria-hidden="true" />}
              onClick={() => !reveal.isPending && reveal.mutate()}
            >
              {t('developer.fill')}
            </Button>
            <span className="mut">{t('developer.fillText')}</span>
          </div>
        )}
        {reveal.error && <ErrorState title={t('issued.failed')} error={reveal.error} />}
        <Guide source={text} />
      </section>
    </div>
  );
}
