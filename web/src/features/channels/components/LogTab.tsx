import { Button } from '@mantine/core';
import { IconChevronDown, IconFilterOff } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Id, Outcome, WebhookEvent } from '@/api/types';
import { type Key, useT } from '@/shared/i18n';
import { bytes, dateTime } from '@/shared/lib/format';
import { Chip, type Tone } from '@/shared/ui/Chip';
import { Jacks } from '@/shared/ui/Logo';
import { Bar, EmptyState, ErrorState, Skeletons } from '@/shared/ui/states';
import { channelKeys, fetchEvent, fetchEvents, replayEvent } from '../api';

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
const list = Object.keys(outcomes) as Outcome[];

export function LogTab({ channelId, mayEdit }: { channelId: Id; mayEdit: boolean }) {
  const { t } = useT();
  const search = useSearch({ from: '/app/channels/$channelId' });
  const outcome = list.find((o) => o === search.outcome) ?? 'all';
  const query = useInfiniteQuery({
    queryKey: channelKeys.eventList(channelId, outcome),
    queryFn: ({ pageParam, signal }) => fetchEvents(channelId, outcome, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 5000,
    // What waits to be worked is looked at again until it is done.
    refetchInterval: ({ state }) =>
      state.data?.pages.some((p) => p.items.some((row) => row.outcome === 'pending')) ? 1000 : false,
  });
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  const link = (value: Outcome | undefined) => ({
    to: '/channels/$channelId' as const,
    params: { channelId },
    search: { tab: 'log' as const, outcome: value },
  });
  return (
    <div className="log">
      <nav className="log-f" aria-label={t('log.filter')}>
        <Link
          {...link(undefined)}
          className={outcome === 'all' ? 'flt on' : 'flt'}
          aria-current={outcome === 'all' || undefined}
        >
          {t('log.all')}
        </Link>
        {list.map((o) => (
          <Link
            key={o}
            {...link(o)}
            className={outcome === o ? 'flt on' : 'flt'}
            aria-current={outcome === o || undefined}
          >
            {t(outcomes[o][0])}
          </Link>
        ))}
      </nav>
      {query.isPending ? (
        <Skeletons rows={6}>
          {(i) => (
            <div key={i} className="log-r">
              <Bar width={150} />
              <Bar width={80} />
            </div>
          )}
        </Skeletons>
      ) : query.error && rows.length === 0 ? (
        <ErrorState title={t('log.error')} error={query.error} retry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        outcome === 'all' ? (
          <EmptyState art={<Jacks />} title={t('log.empty')} text={t('log.emptyText')} />
        ) : (
          <EmptyState
            art={<IconFilterOff size={34} stroke={1.3} />}
            title={t('log.none')}
            text={t('log.noneText')}
          >
            <Link {...link(undefined)} className="lnk">
              {t('log.showAll')}
            </Link>
          </EmptyState>
        )
      ) : (
        <>
          <ul className="log-l">
            {rows.map((row) => (
              <Row key={row.id} row={row} channelId={channelId} mayEdit={mayEdit} />
            ))}
          </ul>
          {query.hasNextPage && (
            <Button
              variant="default"
              size="xs"
              aria-disabled={query.isFetchingNextPage}
              onClick={() => !query.isFetchingNextPage && void query.fetchNextPage()}
            >
              {query.isFetchingNextPage ? t('common.loading') : t('log.older')}
            </Button>
          )}
        </>
      )}
    </div>
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

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
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
