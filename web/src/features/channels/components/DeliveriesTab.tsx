import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Delivery, Id } from '@/api/types';
import { type Key, useT } from '@/shared/i18n';
import { dateTime, number } from '@/shared/lib/format';
import { Chip, type Tone } from '@/shared/ui/Chip';
import { Bar, ErrorState, Skeletons } from '@/shared/ui/states';
import { actOnDelivery, channelKeys, fetchDeliveries, fetchDelivery } from '../api';
import { FilteredLog, pretty } from './FilteredLog';

type Status = Delivery['status'];
const statuses: Record<Status, [Key, Tone]> = {
  pending: ['delivery.pending', 'info'],
  failed: ['delivery.failed', 'warn'],
  dead: ['delivery.dead', 'err'],
  delivered: ['delivery.delivered', 'ok'],
  canceled: ['delivery.canceled', 'mute'],
};

/** What we post to the account's address: every try of it, and what came back. */
export function DeliveriesTab({ channelId, mayEdit }: { channelId: Id; mayEdit: boolean }) {
  return (
    <FilteredLog
      channelId={channelId}
      tab="deliveries"
      states={statuses}
      words={{
        filter: 'delivery.filter',
        error: 'delivery.error',
        empty: 'delivery.empty',
        emptyText: 'delivery.emptyText',
        none: 'delivery.noneOf',
      }}
      queryKey={(status) => channelKeys.deliveryList(channelId, status)}
      fetch={(status, page, signal) => fetchDeliveries(channelId, status, page, signal)}
      again={{ every: 3000, while: (d) => d.status === 'pending' || d.status === 'failed' }}
    >
      {(row) => <Row row={row} channelId={channelId} mayEdit={mayEdit} />}
    </FilteredLog>
  );
}

function Row({ row, channelId, mayEdit }: { row: Delivery; channelId: Id; mayEdit: boolean }) {
  const { t, language } = useT();
  const [open, setOpen] = useState(false);
  const [word, tone] = statuses[row.status];
  const last = row.attempts.at(-1);
  return (
    <li>
      <button type="button" className="log-r" aria-expanded={open} onClick={() => setOpen((o) => !o)}>
        <IconChevronDown size={14} className={open ? 'turn on' : 'turn'} aria-hidden="true" />
        <time dateTime={row.created_at}>{dateTime(row.created_at, language)}</time>
        <Chip tone={tone}>{t(word)}</Chip>
        <span className="mut">{t('log.attempts', { count: row.attempt_count })}</span>
        <span className="ell mut" dir="auto">
          {last && (last.answer ? `${last.answer.status}` : last.error)}
        </span>
        {row.next_attempt_at && (
          <span className="mut">{t('delivery.next', { time: dateTime(row.next_attempt_at, language) })}</span>
        )}
      </button>
      {open && <Detail row={row} channelId={channelId} mayEdit={mayEdit} />}
    </li>
  );
}

function Detail({ row, channelId, mayEdit }: { row: Delivery; channelId: Id; mayEdit: boolean }) {
  const { t, language } = useT();
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...channelKeys.delivery(row.id), row.updated_at],
    queryFn: ({ signal }) => fetchDelivery(row.id, signal),
  });
  const act = useMutation({
    mutationFn: (action: 'replay' | 'cancel') => actOnDelivery(row.id, action),
    onSuccess: () => client.invalidateQueries({ queryKey: channelKeys.deliveries(channelId) }),
  });
  const waits = row.status === 'pending' || row.status === 'failed';
  const again = row.status === 'failed' || row.status === 'dead' || row.status === 'canceled';
  return (
    <div className="log-p">
      {isPending ? (
        <Skeletons rows={3}>{(i) => <Bar key={i} width={`${60 + i * 10}%`} />}</Skeletons>
      ) : error ? (
        <ErrorState title={t('delivery.bodyError')} error={error} retry={() => void refetch()} />
      ) : (
        <>
          <h3>{t('delivery.request')}</h3>
          <code dir="ltr" className="mono">
            POST {data.url}
          </code>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <pre dir="ltr" tabIndex={0}>
            {pretty(data.body ?? '')}
          </pre>
          <h3>{t('delivery.attempts')}</h3>
          <ol className="tries">
            {data.attempts.map((a) => (
              <li key={a.number}>
                <span className="row">
                  <b className="num">{number(a.number)}</b>
                  <time dateTime={a.at}>{dateTime(a.at, language)}</time>
                  <Chip tone={a.answer && a.answer.status < 300 ? 'ok' : 'err'}>
                    {a.answer ? <bdi>{a.answer.status}</bdi> : t('delivery.noAnswer')}
                  </Chip>
                  <bdi className="mut num">{t('time.ms', { n: number(a.duration) })}</bdi>
                </span>
                {a.error && <p dir="auto">{a.error}</p>}
                {a.answer?.body && (
                  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
                  <pre dir="ltr" tabIndex={0}>
                    {a.answer.body}
                  </pre>
                )}
              </li>
            ))}
          </ol>
        </>
      )}
      <div className="card-b">
        {mayEdit && again && (
          <Button
            size="xs"
            variant="default"
            aria-disabled={act.isPending}
            onClick={() => !act.isPending && act.mutate('replay')}
          >
            {row.status === 'failed' ? t('delivery.now') : t('delivery.replay')}
          </Button>
        )}
        {mayEdit && waits && (
          <Button
            size="xs"
            variant="subtle"
            color="gray"
            aria-disabled={act.isPending}
            onClick={() => !act.isPending && act.mutate('cancel')}
          >
            {t('delivery.cancel')}
          </Button>
        )}
        <span className="grow" />
        <bdi dir="ltr" className="mono mut">
          {row.id}
        </bdi>
      </div>
      {act.error && <ErrorState title={t('delivery.failedAct')} error={act.error} />}
    </div>
  );
}
