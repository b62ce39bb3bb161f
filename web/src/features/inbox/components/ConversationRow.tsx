import { IconHourglass, IconPencil, IconPhoneX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { ChannelType, Conversation, InboxTab } from '@/api/types';
import { fileIcons, useTrayCount } from '@/features/files';
import { useMinute } from '@/shared/hooks/useMinute';
import { isolate, useT } from '@/shared/i18n';
import { clock, daysApart, fullStamp, shortDate } from '@/shared/lib/format';
import { Avatar } from '@/shared/ui/Avatar';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { Chip } from '@/shared/ui/Chip';
import { useDraftText } from '../model/drafts';
import { kindIcons, kindWords } from './kinds';
import { Ticks } from './Ticks';
import { useTypingNow } from './Typing';
import { WindowChip } from './WindowChip';

interface Props {
  conversation: Conversation;
  type: ChannelType | undefined;
  tab: InboxTab;
  selected: boolean;
  memberId: string;
}

function RowTime({ time }: { time: string }) {
  const { language } = useT();
  const now = new Date(useMinute());
  const today = daysApart(new Date(time), now) === 0;
  return (
    <time dateTime={time} title={fullStamp(time, language)}>
      {today ? clock(time, language) : shortDate(time, language, now)}
    </time>
  );
}

function Preview({ c }: { c: Conversation }) {
  const { t } = useT();
  const draft = useDraftText(c.id);
  const files = useTrayCount(c.id);
  const typing = useTypingNow(c.id);
  const last = c.last_message;
  if (typing) {
    return (
      <span className="cr-p typ ell">
        <span className="td" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        <span className="ell">
          {typing.name ? t('typing.member', { name: isolate(typing.name) }) : t('typing.short')}
        </span>
      </span>
    );
  }
  if (draft || files > 0) {
    return (
      <span className="cr-p drf ell">
        <IconPencil size={13} stroke={2} aria-hidden="true" />
        <span className="ell">
          {t('list.draft')} <span dir="auto">{draft || t('files.count', { count: files })}</span>
        </span>
      </span>
    );
  }
  if (!last) return <span className="cr-p ell">{t('list.noMessage')}</span>;
  const kind = last.voice ? 'voice' : last.kind;
  // A file's name alone would look like words somebody wrote.
  const Icon = last.text && !(kind in fileIcons) ? undefined : kindIcons[kind];
  return (
    <span className="cr-p ell">
      {last.direction === 'outbound' && <Ticks status={last.status} />}
      {Icon && <Icon size={14} aria-hidden="true" />}
      <span className="ell" dir="auto">
        {last.text || t(kindWords[kind])}
      </span>
    </span>
  );
}

function StateChip({ c }: { c: Conversation }) {
  const { t } = useT();
  const now = useMinute();
  const status = c.enquiry?.status;
  if (status === 'missed') {
    return (
      <Chip tone="err" icon={IconPhoneX}>
        {t('enquiry.missed')}
      </Chip>
    );
  }
  if (status === 'open' && c.enquiry) {
    const minutes = Math.max(0, Math.floor((now - Date.parse(c.enquiry.created_at)) / 60_000));
    const text =
      minutes < 1
        ? t('time.now')
        : minutes < 60
          ? t('time.minutes', { n: minutes })
          : minutes < 1440
            ? t('time.hours', { n: Math.floor(minutes / 60) })
            : t('time.days', { n: Math.floor(minutes / 1440) });
    return (
      <Chip tone="note" icon={IconHourglass} title={t('list.waiting', { time: text })}>
        {text}
      </Chip>
    );
  }
  return null;
}

/** 78 px, three lines, one link. Its height never changes, whatever happens inside. */
export const ConversationRow = memo(function ConversationRow({
  conversation: c,
  type,
  tab,
  selected,
  memberId,
}: Props) {
  const { t } = useT();
  const unread = c.unread_count > 0;
  const name = c.contact.display_name || c.contact.name || t('contact.unknown');
  return (
    <Link
      to="/inbox/$conversationId"
      params={{ conversationId: c.id }}
      search={{ tab }}
      className={`cr${selected ? ' sel' : ''}${unread ? ' un' : ''}`}
      aria-current={selected ? 'true' : undefined}
      data-conversation={c.id}
      draggable={false}
    >
      <Avatar
        name={name}
        size={38}
        mark={<ChannelMark icon={type?.icon} accent={type?.accent} size={16} />}
      />
      <span className="cr-m">
        <span className="cr-1">
          <bdi className="cr-n ell">{name}</bdi>
          {c.last_message_at && <RowTime time={c.last_message_at} />}
        </span>
        <span className="cr-2">
          <Preview c={c} />
          {unread && (
            <span className="bdg">
              {c.unread_count > 99 ? '99+' : c.unread_count}
              <span className="vh"> {t('list.unread')}</span>
            </span>
          )}
        </span>
        <span className="cr-3">
          <span className="ell">
            <bdi>{c.channel.name}</bdi>
          </span>
          <StateChip c={c} />
          <WindowChip conversation={c} type={type} />
          {c.owner && c.owner_id !== memberId && (
            <span title={t('list.owner', { name: c.owner.name })}>
              <Avatar name={c.owner.name} size={18} />
              <span className="vh">{t('list.owner', { name: c.owner.name })}</span>
            </span>
          )}
        </span>
      </span>
    </Link>
  );
});
