import { IconArrowDown } from '@tabler/icons-react';
import { type Ref, useCallback, useEffect, useImperativeHandle, useMemo, useRef } from 'react';
import { boxOf, isVisual } from '@/features/files';
import { useT } from '@/shared/i18n';
import { useLines } from '../hooks/useLines';
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
  const { kind, text, media } = item.message;
  const words = 20 * Math.floor(text.length / 60);
  const visual = media.find(isVisual);
  if (visual && kind !== 'sticker')
    return boxOf(visual.width, visual.height).height + (text ? 40 + words : 12);
  return kind === 'text' ? 38 + words : 96;
}

/** Only what is near the screen exists. Nothing that happens above or below moves what is being read. */
export function MessageList({ items, flash, more, loadingOlder, loadOlder, olderFailed, ref }: Props) {
  const { t } = useT();
  const scroller = useRef<HTMLElement>(null);
  const unread = items.find((i) => i.type === 'unread')?.key;
  const keys = useMemo(() => items.map((i) => i.key), [items]);
  const size = useCallback((i: number) => guess(items[i]), [items]);
  const { first, last, top, starts, total, away, onScroll, hold } = useLines({
    keys,
    guess: size,
    moves: useCallback((i: number) => items[i]?.type !== 'message', [items]),
    from: unread,
    scroller,
  });
  const shown = items.slice(first, last + 1);

  useImperativeHandle(ref, () => ({
    toIndex: (index) => hold({ at: 'jump', key: keys[index] ?? '', align: 'center' }),
    toUnread: () => unread && hold({ at: 'jump', key: unread, align: 'start' }),
    toEnd: () => hold({ at: 'end' }),
  }));
  useEffect(() => {
    // The place itself is asked too: after a page has come the lines are not counted anew yet.
    const near = first < 12 && (scroller.current?.scrollTop ?? 0) < 1200;
    if (last >= 0 && more && !loadingOlder && near) loadOlder();
  }, [last, more, loadingOlder, first, loadOlder]);

  return (
    <div className="th-w">
      <FloatingDay items={items} first={top} />
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
          {shown.map((item, i) => (
            <div
              key={item.key}
              data-line={item.key}
              className="th-row"
              style={{ transform: `translateY(${starts[first + i]}px)` }}
            >
              <Line item={item} flash={flash} />
            </div>
          ))}
        </div>
      </section>
      {away && (
        <button
          type="button"
          className="th-end"
          onClick={() => hold({ at: 'end' })}
          aria-label={t('thread.toEnd')}
        >
          <IconArrowDown size={18} aria-hidden="true" />
        </button>
      )}
    </div>
  );
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
