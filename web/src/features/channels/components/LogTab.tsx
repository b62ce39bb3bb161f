import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Id, Outcome, WebhookEvent } from '@/api/types';
import { type Key, useT } from '@/shared/i18n';
import { bytes, dateTime } from '@/shared/lib/format';
import { Chip, type Tone } from '@/shared/ui/Chip';
import { Bar, ErrorState, Skeletons } from '@/shared/ui/states';
import { channelKeys, fetchEvent, fetchEvents, replayEvent } from '../api';
import { FilteredLog, pretty } from './FilteredLog';

const outcomes: Record<Outcome, [Key, Tone]> = {
  pending: ['outcome.pending', 'info'],
  processed: ['outcome.processed', 'ok'],
  duplicate: ['outcome.duplicate', 'mute'],
  ignored: ['outcome.ignored', 'mute'],
  unsupported: ['outcome.unsupported', 'warn'],
  unroutable: ['outcome.unroutable', 'warn'],
  rejected: ['outcome.rejected', 'err'],
  quarantined: ['outcome.quarantined', 'err'],
};
const signatures: Record<WebhookEvent['signature'], [Key, Tone]> = {
  valid: ['signature.valid', 'ok'],
  invalid: ['signature.invalid', 'err'],
  none: ['signature.none', 'mute'],
};

export function LogTab({ channelId, mayEdit }: { channelId: Id; mayEdit: boolean }) {
  return (
    <FilteredLog
      channelId={channelId}
      tab="log"
      states={outcomes}
      words={{
        filter: 'log.filter',
        error: 'log.error',
        empty: 'log.empty',
        emptyText: 'log.emptyText',
        none: 'log.none',
      }}
      queryKey={(outcome) => channelKeys.eventList(channelId, outcome)}
      fetch={(outcome, page, signal) => fetchEvents(channelId, outcome, page, signal)}
      again={{ every: 1000, while: (row) => row.outcome === 'pending' }}
    >
      {(row) => <Row row={row} channelId={channelId} mayEdit={mayEdit} />}
    </FilteredLog>
  );
}

function Row({ row, channelId, mayEdit }: { row: WebhookEvent; channelId: Id; mayEdit: boolean }) {
  const { t, language } = useT();
  const [open, setOpen] = useState(false);
  const [word, tone] = outcomes[row.outcome];
  const [signature, shade] = signatures[row.signature];
  return (
    <li>
      <button type="button" className="log-r" aria-expanded={open} onClick={() => setOpen((o) => !o)}>
        <IconChevronDown size={14} className={open ? 'turn on' : 'turn'} aria-hidden="true" />
        <time dateTime={row.received_at}>{dateTime(row.received_at, language)}</time>
        <Chip tone={tone}>{t(word)}</Chip>
        <Chip tone={shade}>{t(signature)}</Chip>
        <span className="ell mut" dir="auto">
          {row.error}
        </span>
        <bdi dir="ltr" className="mut num">
          {bytes(row.size)}
        </bdi>
      </button>
      {open && <Payload row={row} channelId={channelId} mayEdit={mayEdit} />}
    </li>
  );
}

function Payload({ row, channelId, mayEdit }: { row: WebhookEvent; channelId: Id; mayEdit: boolean }) {
  const { t } = useT();
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: channelKeys.event(row.id),
    queryFn: ({ signal }) => fetchEvent(row.id, signal),
  });
  const replay = useMutation({
    mutationFn: () => replayEvent(row.id),
    onSuccess: () => client.invalidateQueries({ queryKey: channelKeys.events(channelId) }),
  });
  return (
    <div className="log-p">
      {row.error && <p dir="auto">{row.error}</p>}
      {isPending ? (
        <Skeletons rows={3}>{(i) => <Bar key={i} width={`${60 + i * 10}%`} />}</Skeletons>
      ) : error ? (
        <ErrorState title={t('log.payloadError')} error={error} retry={() => void refetch()} />
      ) : data.payload ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <pre dir="ltr" tabIndex={0}>
          {pretty(data.payload)}
        </pre>
      ) : (
        <p className="mut">{t('log.noPayload')}</p>
      )}
      <div className="card-b">
        {mayEdit && (
          <Button
            size="xs"
            variant="default"
            aria-disabled={replay.isPending}
            onClick={() => !replay.isPending && replay.mutate()}
          >
            {t('log.replay')}
          </Button>
        )}
        <span className="mut">
          {replay.isSuccess
            ? t('log.replayed')
            : row.attempts > 0 && t('log.attempts', { count: row.attempts })}
        </span>
        <span className="grow" />
        <bdi dir="ltr" className="mono mut">
          {row.id}
        </bdi>
      </div>
      {replay.error && <ErrorState title={t('log.replayFailed')} error={replay.error} />}
    </div>
  );
}
