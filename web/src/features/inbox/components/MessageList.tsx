import { IconArrowDown } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useT } from '@/shared/i18n';
import type { ThreadItem } from '../model/thread';
import { Bubble } from './Bubble';
import { DayLine, EventLines, StartLine, UnreadLine, useDayWords } from './Lines';

export interface ListHandle {
  toIndex: (index: number) => void;
  toUnread: () => void;
  toEnd: () => void;
}
interface Props {
  items: ThreadItem[];
  flash: string | null;
  more: boolean;
  loadingOlder: boolean;
  loadOlder: () => void;
  olderFailed: boolean;
  ref: Ref<ListHandle>;
}

const guess = (item: ThreadItem | undefined) =>
  item?.type === 'message' ? 64 : item?.type === 'unread' ? 40 : 34;

/** Only what is near the screen exists. Anchored to the bottom: older lines in front move nothing. */
export function MessageList({ items, flash, more, loadingOlder, loadOlder, olderFailed, ref }: Props) {
  const { t } = useT();
  const scroller = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const placed = useRef(false);

  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => guess(items[i]),
    getItemKey: (i) => items[i]?.key ?? i,
    overscan: 8,
    paddingStart: 12,
    paddingEnd: 14,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: 80,
  });
  const shown = virtual.getVirtualItems();
  const unreadAt = items.findIndex((i) => i.type === 'unread');

  useLayoutEffect(() => {
    if (placed.current || items.length === 0) return;
    placed.current = true;
    if (unreadAt >= 0) virtual.scrollToIndex(unreadAt, { align: 'start' });
    else virtual.scrollToEnd();
  }, [items.length, unreadAt, virtual]);

  useImperativeHandle(ref, () => ({
    toIndex: (index) => virtual.scrollToIndex(index, { align: 'center' }),
    toUnread: () => unreadAt >= 0 && virtual.scrollToIndex(unreadAt, { align: 'start' }),
    toEnd: () => virtual.scrollToEnd(),
  }));

  const first = shown[0]?.index ?? 0;
  useEffect(() => {
    if (placed.current && more && !loadingOlder && first < 12) loadOlder();
  }, [more, loadingOlder, first, loadOlder]);

  const onScroll = useCallback(() => {
    const el = scroller.current;
    if (!el) return;
    const gone = el.scrollHeight - el.scrollTop - el.clientHeight > 240;
    setAway(gone);
  }, []);

  return (
    <div className="th-w">
      <FloatingDay items={items} first={firstVisible(shown, virtual.scrollOffset ?? 0)} />
      {(loadingOlder || olderFailed) && (
        <div className="th-old" role="status">
          {loadingOlder ? t('thread.loadingOlder') : t('thread.olderFailed')}
          {olderFailed && (
            <button type="button" className="lnk" onClick={loadOlder}>
              {t('common.tryAgain')}
            </button>
          )}
        </div>
      )}
      <section
        className="th-s"
        ref={scroller}
        aria-label={t('thread.messages')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
        data-pane
      >
        <div className="th-in" style={{ height: virtual.getTotalSize() }}>
          {shown.map((row) => {
            const item = items[row.index];
            if (!item) return null;
            return (
              <div
                key={row.key}
                data-index={row.index}
                ref={virtual.measureElement}
                className="th-row"
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <Line item={item} flash={flash} />
              </div>
            );
          })}
        </div>
      </section>
      {away && (
        <button
          type="button"
          className="th-end"
          onClick={() => virtual.scrollToEnd()}
          aria-label={t('thread.toEnd')}
        >
          <IconArrowDown size={18} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

function firstVisible(shown: { index: number; end: number }[], offset: number): number {
  return shown.find((row) => row.end > offset + 8)?.index ?? -1;
}

/** Names the day of what is at the top while its own line is out of sight. */
function FloatingDay({ items, first }: { items: ThreadItem[]; first: number }) {
  const words = useDayWords();
  if (first < 0 || items[first]?.type === 'day' || items[first]?.type === 'start') return null;
  const day = items.slice(0, first).findLast((i) => i.type === 'day');
  if (day?.type !== 'day') return null;
  return (
    <div className="th-day" aria-hidden="true">
      <span>{words(day.time)}</span>
    </div>
  );
}

function Line({ item, flash }: { item: ThreadItem; flash: string | null }) {
  switch (item.type) {
    case 'start':
      return <StartLine />;
    case 'day':
      return <DayLine time={item.time} />;
    case 'unread':
      return <UnreadLine count={item.count} />;
    case 'events':
      return <EventLines messages={item.messages} />;
    case 'message':
      return (
        <Bubble
          message={item.message}
          first={item.first}
          last={item.last}
          picked={item.picked}
          flash={flash === item.message.id}
        />
      );
  }
}
