import { IconArrowDown } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useReducer,
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

/** Before a line was on screen: a text by its length, everything else by its kind. */
function guess(item: ThreadItem | undefined): number {
  if (item?.type !== 'message') return item?.type === 'unread' ? 40 : 34;
  const { kind, text } = item.message;
  if (kind !== 'text') return 96;
  return 38 + 20 * Math.floor(text.length / 60);
}

/** What stays in place while lines around it come, go or turn out to be higher than thought. */
type Hold =
  | { at: 'end' }
  | { at: 'line'; key: string; start: number }
  | { at: 'jump'; key: string; align: 'start' | 'center' };

/** Only what is near the screen exists. Nothing that happens above or below moves what is being read. */
export function MessageList({ items, flash, more, loadingOlder, loadOlder, olderFailed, ref }: Props) {
  const { t } = useT();
  const scroller = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const unread = items.find((i) => i.type === 'unread')?.key;
  const hold = useRef<Hold>(unread ? { at: 'jump', key: unread, align: 'start' } : { at: 'end' });
  /** Where we last put the list; any other place was chosen by a hand. */
  const put = useRef(-1);
  const indexOf = useMemo(() => new Map(items.map((item, i) => [item.key, i])), [items]);

  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => guess(items[i]),
    getItemKey: (i) => items[i]?.key ?? i,
    overscan: 8,
    paddingStart: 12,
    paddingEnd: 14,
  });
  // The holding below is exact and covers lines put in front too; a second one would fight it.
  virtual.shouldAdjustScrollPositionOnItemSizeChange = () => false;

  const total = virtual.getTotalSize();
  const height = virtual.scrollRect?.height ?? 0;
  const shown = virtual.getVirtualItems();

  const takeHold = useCallback(
    (el: HTMLElement) => {
      const line = virtual.getVirtualItemForOffset(el.scrollTop);
      if (line) hold.current = { at: 'line', key: String(line.key), start: line.start };
    },
    [virtual],
  );
  // Lines and place change in one frame: this runs after the lines are set and before they are painted.
  useLayoutEffect(() => {
    const el = scroller.current;
    if (!el || height === 0) return;
    const to = place(hold.current, virtual.measurementsCache, indexOf, {
      total,
      height,
      offset: el.scrollTop,
    });
    const before = el.scrollTop;
    if (Math.abs(before - to) > 0.5) el.scrollTop = to;
    put.current = el.scrollTop;
    if (hold.current.at === 'line') takeHold(el);
    else if (hold.current.at === 'jump' && total - height - el.scrollTop < 1) hold.current = { at: 'end' };
    if (el.scrollTop === before) return;
    virtual.scrollOffset = el.scrollTop;
    redraw();
  });

  const go = useCallback((next: Hold) => {
    hold.current = next;
    redraw();
  }, []);
  const jump = (key: string | undefined, align: 'start' | 'center') => key && go({ at: 'jump', key, align });
  useImperativeHandle(ref, () => ({
    toIndex: (index) => jump(items[index]?.key, 'center'),
    toUnread: () => jump(unread, 'start'),
    toEnd: () => go({ at: 'end' }),
  }));

  const first = shown[0]?.index ?? 0;
  useEffect(() => {
    if (items.length > 0 && more && !loadingOlder && first < 12) loadOlder();
  }, [items.length, more, loadingOlder, first, loadOlder]);

  const onScroll = useCallback(() => {
    const el = scroller.current;
    if (!el) return;
    const below = el.scrollHeight - el.scrollTop - el.clientHeight;
    setAway(below > 240);
    if (Math.abs(el.scrollTop - put.current) < 1) return;
    put.current = -1;
    if (below < 80) hold.current = { at: 'end' };
    else takeHold(el);
  }, [takeHold]);

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
        <div className="th-in" style={{ height: total }}>
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
          onClick={() => go({ at: 'end' })}
          aria-label={t('thread.toEnd')}
        >
          <IconArrowDown size={18} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

interface View {
  total: number;
  height: number;
  offset: number;
}
/** Where the list has to stand so that what is held stays where it is. */
function place(
  hold: Hold,
  lines: { start: number; size: number }[],
  indexOf: Map<string, number>,
  { total, height, offset }: View,
): number {
  const line = hold.at === 'end' ? undefined : lines[indexOf.get(hold.key) ?? -1];
  let to = offset;
  if (hold.at === 'end') to = total - height;
  else if (line && hold.at === 'line') to = offset + line.start - hold.start;
  else if (line && hold.at === 'jump')
    to = line.start - (hold.align === 'start' ? 12 : (height - line.size) / 2);
  return Math.max(0, Math.min(to, total - height));
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
