import { Button } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import type { Page } from '@/api/http';
import type { Id } from '@/api/types';
import { type Key, useT } from '@/shared/i18n';
import type { Tone } from '@/shared/ui/Chip';
import { Jacks } from '@/shared/ui/Logo';
import { Bar, EmptyState, ErrorState, Skeletons } from '@/shared/ui/states';

interface Props<Row, State extends string> {
  channelId: Id;
  tab: 'log' | 'deliveries';
  /** What the rows can be filtered by, in the order of the filter. */
  states: Record<State, [Key, Tone]>;
  words: Record<'filter' | 'error' | 'empty' | 'emptyText' | 'none', Key>;
  queryKey: (state: State | 'all') => readonly unknown[];
  fetch: (state: State | 'all', page: string | null, signal: AbortSignal) => Promise<Page<Row>>;
  /** What is not finished is looked at again, every so many milliseconds. */
  again: { every: number; while: (row: Row) => boolean };
  children: (row: Row) => ReactNode;
}

/** A log of a channel, newest first and page by page, filtered by the address bar. */
export function FilteredLog<Row extends { id: Id }, State extends string>(props: Props<Row, State>) {
  const { channelId, tab, states, words, again } = props;
  const { t } = useT();
  const search = useSearch({ from: '/app/channels/$channelId' });
  const list = Object.keys(states) as State[];
  const state = list.find((s) => s === search.outcome) ?? 'all';
  const query = useInfiniteQuery({
    queryKey: props.queryKey(state),
    queryFn: ({ pageParam, signal }) => props.fetch(state, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 5000,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some((p) => p.items.some(again.while)) ? again.every : false,
  });
  const link = (value: State | undefined) => ({
    to: '/channels/$channelId' as const,
    params: { channelId },
    search: { tab, outcome: value },
  });
  return (
    <div className="log">
      <nav className="log-f" aria-label={t(words.filter)}>
        {[undefined, ...list].map((s) => (
          <Link
            key={s ?? 'all'}
            {...link(s)}
            className={state === (s ?? 'all') ? 'flt on' : 'flt'}
            aria-current={state === (s ?? 'all') || undefined}
          >
            {t(s ? states[s][0] : 'log.all')}
          </Link>
        ))}
      </nav>
      <Rows
        query={query}
        failed={t(words.error)}
        nothing={
          state === 'all' ? (
            <EmptyState art={<Jacks />} title={t(words.empty)} text={t(words.emptyText)} />
          ) : (
            <EmptyState
              art={<IconFilterOff size={34} stroke={1.3} />}
              title={t(words.none)}
              text={t('log.noneText')}
            >
              <Link {...link(undefined)} className="lnk">
                {t('log.showAll')}
              </Link>
            </EmptyState>
          )
        }
      >
        {props.children}
      </Rows>
    </div>
  );
}

interface RowsProps<Row> {
  query: UseInfiniteQueryResult<{ pages: Page<Row>[] }>;
  failed: string;
  nothing: ReactNode;
  children: (row: Row) => ReactNode;
}
function Rows<Row extends { id: Id }>({ query, failed, nothing, children }: RowsProps<Row>) {
  const { t } = useT();
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  if (query.isPending) {
    return (
      <Skeletons rows={6}>
        {(i) => (
          <div key={i} className="log-r">
            <Bar width={150} />
            <Bar width={80} />
          </div>
        )}
      </Skeletons>
    );
  }
  if (rows.length === 0) {
    return query.error ? (
      <ErrorState title={failed} error={query.error} retry={() => void query.refetch()} />
    ) : (
      nothing
    );
  }
  return (
    <>
      <ul className="log-l">
        {rows.map((row) => (
          <Fragment key={row.id}>{children(row)}</Fragment>
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
  );
}

/** JSON as people read it; anything else as it came. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
