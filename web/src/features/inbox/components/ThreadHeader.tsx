import { Button } from '@mantine/core';
import { IconCheck, IconChevronLeft, IconLayoutSidebarRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ChannelType, Conversation, InboxTab } from '@/api/types';
import { ltr, useT } from '@/shared/i18n';
import { Avatar } from '@/shared/ui/Avatar';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { IconButton } from '@/shared/ui/IconButton';

interface Props {
  conversation: Conversation;
  type: ChannelType | undefined;
  name: string;
  tab: InboxTab;
  /** Whether the panel is behind a button here (below 1280 px). */
  panelButton: boolean;
  panelOpen: boolean;
  setPanel: (open: boolean) => void;
  onClose: (() => void) | null;
}
export function ThreadHeader({
  conversation: c,
  type,
  name,
  tab,
  panelButton,
  panelOpen,
  setPanel,
  onClose,
}: Props) {
  const { t } = useT();
  return (
    <header className="th">
      <Link to="/inbox" search={{ tab }} className="th-back" aria-label={t('thread.back')}>
        <IconChevronLeft size={22} className="flip" aria-hidden="true" />
      </Link>
      <Avatar
        name={name}
        size={34}
        mark={<ChannelMark icon={type?.icon} accent={type?.accent} size={16} />}
      />
      <div className="th-n">
        <h2 className="ell">
          <bdi>{name}</bdi>
        </h2>
        <span className="ell">
          <bdi>{c.channel.name}</bdi>
          {c.enquiry && c.enquiry.status !== 'closed' && ` · ${ltr(c.enquiry.number)}`}
        </span>
      </div>
      {onClose && (
        <Button
          variant="light"
          size="xs"
          leftSection={<IconCheck size={15} aria-hidden="true" />}
          onClick={onClose}
          aria-keyshortcuts="e"
        >
          {t('enquiry.close')}
        </Button>
      )}
      {panelButton && (
        <IconButton
          label={t('panel.show')}
          hotkey="I"
          aria-expanded={panelOpen}
          onClick={() => setPanel(!panelOpen)}
          className="th-side"
        >
          <IconLayoutSidebarRight size={18} stroke={1.7} className="flip" />
        </IconButton>
      )}
    </header>
  );
}
