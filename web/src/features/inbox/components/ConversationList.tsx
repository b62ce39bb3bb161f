import { IconArrowUp, IconInbox } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Id, InboxTab } from '@/api/types';
import { useMe } from '@/features/auth';
import { useChannelTypes } from '@/features/channels';
import { useHotkeys } from '@/shared/hooks/useHotkeys';
import { usePhone } from '@/shared/hooks/useMediaQuery';
import { type Key, useT } from '@/shared/i18n';
import { Jacks } from '@/shared/ui/Logo';
import { Bar, EmptyState, ErrorState, Skeletons } from '@/shared/ui/states';
import { Tabs } from '@/shared/ui/Tabs';
import { useConversations, useCounts } from '../hooks/queries';
import { useFrozenOrder } from '../hooks/useFrozenOrder';
import { inboxTabs, tabWords } from '../model/tabs';
import { ConversationRow } from './ConversationRow';

const emptyWords: Record<InboxTab, [Key, Key]> = {
  mine: ['empty.mine', 'empty.mineText'],
  waiting: ['empty.waiting', 'empty.waitingText'],
  all: ['empty.all', 'empty.allText'],
  missed: ['empty.missed', 'empty.missedText'],
  closed: ['empty.closed', 'empty.closedText'],
};

export function ConversationList({ tab, selected }: { tab: InboxTab; selected: Id | undefined }) {
  const { t } = useT();
  const { data: counts } = useCounts();
  const { query, rows: live } = useConversations(tab);
  const [pointer, setPointer] = useState(false);
  const [focus, setFocus] = useState(false);
  const { rows, newer, apply } = useFrozenOrder(live, pointer || focus, tab);
  const scroller = useRef<HTMLDivElement>(null);
  const stale = query.isError && rows.length > 0;

  const showNewer = () => {
    apply();
    scroller.current?.scrollTo({ top: 0 });
  };
  return (
    <section className="ib-l" aria-label={t('inbox.list')} data-pane>
      <Tabs
        label={t('inbox.tabs')}
        value={tab}
        items={inboxTabs.map((value) => ({
          value,
          label: t(tabWords[value]),
          counted: value !== 'all' && value !== 'closed',
          count: value === 'all' || value === 'closed' ? undefined : counts?.[value],
          link: { to: '/inbox', search: { tab: value } },
        }))}
      />
      <div className="ib-f">
        {newer === 0 && !stale && <span className="mut">{t('list.order')}</span>}
        {newer > 0 && (
          <button type="button" className="ib-new" onClick={showNewer}>
            <IconArrowUp size={13} aria-hidden="true" />
            {t('list.newer', { count: newer })}
          </button>
        )}
        {stale && (
          <span className="ib-stale" role="status">
            {t('list.stale')}
            <button type="button" className="lnk" onClick={() => void query.refetch()}>
              {t('common.tryAgain')}
            </button>
          </span>
        )}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only notices that a hand is over the list */}
      <div
        className="ib-rows"
        ref={scroller}
        onPointerEnter={(e) => e.pointerType === 'mouse' && setPointer(true)}
        onPointerLeave={() => setPointer(false)}
        onFocus={() => setFocus(true)}
        onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && setFocus(false)}
      >
        {query.isPending ? (
          <Skeletons rows={8}>{(i) => <RowSkeleton key={i} index={i} />}</Skeletons>
        ) : query.isError && rows.length === 0 ? (
          <div className="ib-pad">
            <ErrorState title={t('list.error')} error={query.error} retry={() => void query.refetch()} />
          </div>
        ) : rows.length === 0 ? (
          <Empty tab={tab} />
        ) : (
          <Rows
            key={tab}
            rows={rows}
            tab={tab}
            selected={selected}
            scroller={scroller}
            more={query.hasNextPage && !query.isFetchingNextPage && !query.isFetchNextPageError}
            loadMore={() => void query.fetchNextPage()}
          />
        )}
      </div>
    </section>
  );
}

function Empty({ tab }: { tab: InboxTab }) {
  const { t } = useT();
  const [title, text] = emptyWords[tab];
  const good = tab === 'waiting' || tab === 'missed';
  return (
    <EmptyState
      art={good ? <Jacks on /> : tab === 'all' ? <Jacks /> : <IconInbox size={34} stroke={1.3} />}
      title={t(title)}
      text={t(text)}
    >
      {tab === 'all' ? (
        <Link to="/channels" className="lnk">
          {t('empty.channels')}
        </Link>
      ) : (
        <Link to="/inbox" search={{ tab: tab === 'mine' ? 'waiting' : 'all' }} className="lnk">
          {tab === 'mine' ? t('empty.seeWaiting') : t('empty.seeAll')}
        </Link>
      )}
    </EmptyState>
  );
}

function RowSkeleton({ index }: { index: number }) {
  return (
    <span className="cr-sk">
      <Bar width={38} height={38} />
      <span>
        <Bar width={`${[68, 52, 74][index % 3]}%`} height={11} />
        <Bar width="88%" />
        <Bar width="34%" height={9} />
      </span>
    </span>
  );
}

interface RowsProps {
  rows: ReturnType<typeof useFrozenOrder>['rows'];
  tab: InboxTab;
  selected: Id | undefined;
  scroller: React.RefObject<HTMLDivElement | null>;
  more: boolean;
  loadMore: () => void;
}
function Rows({ rows, tab, selected, scroller, more, loadMore }: RowsProps) {
  const navigate = useNavigate();
  const memberId = useMe().member.id;
  const { byType } = useChannelTypes();
  const size = usePhone() ? 84 : 78;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 8,
    getItemKey: (i) => rows[i]?.id ?? i,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && lastShown >= rows.length - 10) loadMore();
  }, [more, lastShown, rows.length, loadMore]);

  const step = useCallback(
    (by: number, event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      // Arrows belong to whatever has the focus; the list takes them only from itself or from nothing.
      const elsewhere = target && target !== document.body && !scroller.current?.contains(target);
      if (event.key.startsWith('Arrow') && elsewhere) return;
      const focused = target?.closest<HTMLElement>('[data-conversation]')?.dataset.conversation;
      const at = rows.findIndex((c) => c.id === (selected ?? focused));
      const to = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
      const row = rows[to];
      if (!row) return;
      event.preventDefault();
      virtual.scrollToIndex(to, { align: 'auto' });
      void navigate({
        to: '/inbox/$conversationId',
        params: { conversationId: row.id },
        search: { tab },
        replace: !!selected,
      });
      requestAnimationFrame(() =>
        scroller.current
          ?.querySelector<HTMLElement>(`[data-conversation="${row.id}"]`)
          ?.focus({ preventScroll: true }),
      );
    },
    [rows, selected, virtual, navigate, tab, scroller],
  );
  useHotkeys({
    j: (e) => step(1, e),
    k: (e) => step(-1, e),
    arrowdown: (e) => step(1, e),
    arrowup: (e) => step(-1, e),
    enter: (e) => {
      // The link itself opens the conversation; whoever came by keyboard goes on writing.
      if (!(e.target as HTMLElement).closest?.('[data-conversation]')) return;
      setTimeout(() => document.getElementById('composer')?.focus(), 80);
    },
  });

  return (
    <ul className="ib-in" style={{ height: virtual.getTotalSize() }}>
      {items.map((item) => {
        const c = rows[item.index];
        if (!c) return null;
        return (
          <li
            key={item.key}
            className="ib-row"
            style={{ height: item.size, transform: `translateY(${item.start}px)` }}
          >
            <ConversationRow
              conversation={c}
              type={byType.get(c.channel.type)}
              tab={tab}
              selected={c.id === selected}
              memberId={memberId}
            />
          </li>
        );
      })}
    </ul>
  );
}
