import { IconHeadset, IconMoodSmile } from '@tabler/icons-react';
import { useState } from 'react';
import type { Message } from '@/api/types';
import { useMinute } from '@/shared/hooks/useMinute';
import { isolate, type Key, useT } from '@/shared/i18n';
import { clock, dayMonth, dayName, daysApart } from '@/shared/lib/format';
import { str } from './payload';

export function useDayWords(): (time: string) => string {
  const { t, language } = useT();
  const now = new Date(useMinute());
  return (time) => {
    const ago = daysApart(new Date(time), now);
    if (ago === 0) return t('day.today', { date: dayMonth(time, language) });
    if (ago === 1) return t('day.yesterday', { date: dayMonth(time, language) });
    return dayName(time, language, now);
  };
}
export function DayLine({ time }: { time: string }) {
  const words = useDayWords();
  return (
    <div className="ln-day">
      <span>{words(time)}</span>
    </div>
  );
}
export function StartLine() {
  const { t } = useT();
  return <div className="ln-start">{t('thread.start')}</div>;
}
export function UnreadLine({ count }: { count: number }) {
  const { t } = useT();
  return (
    <div className="ln-new">
      <span>{t('thread.newMessages', { count })}</span>
    </div>
  );
}

const eventWords: Record<string, Key> = {
  enquiry_opened: 'event.opened',
  enquiry_picked_up: 'event.pickedUp',
  enquiry_closed: 'event.closed',
  enquiry_missed: 'event.missed',
  enquiry_followed_up: 'event.followedUp',
  enquiry_reopened: 'event.reopened',
};

function useEventText(): (m: Message) => string {
  const { t } = useT();
  return (m) => {
    const who = isolate(m.author?.name ?? t('thread.system'));
    if (m.kind === 'reaction')
      return t('event.reaction', { name: who, emoji: str(m.payload, 'emoji') || (m.text ?? '') });
    const key = eventWords[str(m.payload, 'code')];
    const number = str(m.payload, 'number');
    if (key) return t(key, { name: who, number: number ? isolate(number) : t('event.enquiry') });
    return m.text || t('event.other', { code: isolate(str(m.payload, 'code')) });
  };
}

/** Three or more in a row fold into one line; one click shows them. */
export function EventLines({ messages }: { messages: Message[] }) {
  const { t, language } = useT();
  const [open, setOpen] = useState(false);
  const words = useEventText();
  if (messages.length >= 3 && !open) {
    return (
      <div className="ln-ev">
        <IconHeadset size={14} stroke={1.8} aria-hidden="true" />
        <button type="button" className="lnk" onClick={() => setOpen(true)}>
          {t('thread.events', { count: messages.length })}
        </button>
      </div>
    );
  }
  return messages.map((m) => (
    <div key={m.id} className="ln-ev">
      {m.kind === 'reaction' ? (
        <IconMoodSmile size={14} stroke={1.8} aria-hidden="true" />
      ) : (
        <IconHeadset size={14} stroke={1.8} aria-hidden="true" />
      )}
      <span>
        <span dir="auto">{words(m)}</span> · {clock(m.occurred_at, language)}
      </span>
    </div>
  ));
}
