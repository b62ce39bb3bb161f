import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Message } from '@/api/types';
import { useT } from '@/shared/i18n';
import { dateTime } from '@/shared/lib/format';
import { Bar, ErrorState, Skeletons } from '@/shared/ui/states';
import { fetchProvenance } from '../api';
import { inboxKeys } from '../model/keys';
import { isLocal } from '../model/outbox';
import { stepWord } from '../model/steps';

/** The whole story of one message: its steps, and what the platform said word for word. */
export default function MessageDetails({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t, language } = useT();
  const story = useQuery({
    queryKey: inboxKeys.provenance(message.id),
    queryFn: ({ signal }) => fetchProvenance(message.id, signal),
    enabled: !isLocal(message),
    staleTime: 0,
  });
  const raw = message.payload?.raw ?? message.payload;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('thread.story')}
      size={560}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {story.isPending && !isLocal(message) ? (
        <Skeletons rows={3}>
          {(i) => (
            <div key={i} className="dl-sk">
              <Bar width={120} />
              <Bar width="60%" />
            </div>
          )}
        </Skeletons>
      ) : story.error ? (
        <ErrorState title={t('story.error')} error={story.error} retry={() => void story.refetch()} />
      ) : (
        <ol className="story">
          {story.data?.steps.map((s) => (
            <li key={`${s.at}${s.name}`}>
              <b dir="auto">{stepWord(t, s.name)}</b>
              <span dir="auto">{stepWord(t, s.detail ?? '')}</span>
              <time dateTime={s.at}>
                {dateTime(s.at, language)}
                {typeof s.duration_ms === 'number' && <bdi> · {t('time.ms', { n: s.duration_ms })}</bdi>}
              </time>
            </li>
          ))}
        </ol>
      )}
      <dl className="dl">
        {message.provider_message_id && (
          <>
            <dt>{t('story.providerId')}</dt>
            <dd>
              <bdi dir="ltr" className="mono brk">
                {message.provider_message_id}
              </bdi>
            </dd>
          </>
        )}
        {message.error?.code && (
          <>
            <dt>{t('story.code')}</dt>
            <dd>
              <bdi dir="ltr" className="mono">
                {message.error.code}
              </bdi>
            </dd>
          </>
        )}
      </dl>
      {raw != null && (
        <details className="raw" open={message.kind === 'unsupported'}>
          <summary>{t('thread.rawTitle')}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <pre dir="ltr" tabIndex={0}>
            {JSON.stringify(raw, null, 2)}
          </pre>
        </details>
      )}
    </Modal>
  );
}
