import { ActionIcon, Menu } from '@mantine/core';
import { IconArrowBackUp, IconCopy, IconDots, IconMoodSmile, IconTimeline, IconX } from '@tabler/icons-react';
import type { Message } from '@/api/types';
import { useT } from '@/shared/i18n';
import { useThread } from './threadContext';

const quick = ['👍', '❤️', '😂', '😮', '🙏', '✅'];

interface Props {
  message: Message;
  active: boolean;
  /** Keeps the toolbar while one of its menus is open. */
  hold: (open: boolean) => void;
}
/** Beside the bubble on hover or focus. Out of the tab order until the message itself has the focus. */
export default function BubbleActions({ message: m, active, hold }: Props) {
  const { t } = useT();
  const { actions, reply, showDetails, type, mayReply } = useThread();
  const tab = active ? 0 : -1;
  const canReply =
    mayReply && type?.capabilities.reply !== false && m.direction !== 'internal' && !m.deleted_at;
  const reactions = type?.capabilities.reactions;
  const canReact =
    canReply && m.direction === 'inbound' && reactions !== undefined && reactions !== 'refused';
  const canCancel = mayReply && (m.status === 'queued' || m.status === 'scheduled');
  return (
    <span className="m-act">
      {canReply && (
        <ActionIcon
          size={26}
          tabIndex={tab}
          aria-label={t('thread.reply')}
          title={t('thread.reply')}
          onClick={() => reply(m)}
        >
          <IconArrowBackUp size={15} className="flip" />
        </ActionIcon>
      )}
      {canReact && (
        <Menu position="top" onChange={hold} width="max-content">
          <Menu.Target>
            <ActionIcon size={26} tabIndex={tab} aria-label={t('thread.react')} title={t('thread.react')}>
              <IconMoodSmile size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <div className="quick">
              {quick.map((emoji) => (
                <Menu.Item key={emoji} className="quick-i" onClick={() => actions.react(m, emoji)}>
                  {emoji}
                </Menu.Item>
              ))}
            </div>
          </Menu.Dropdown>
        </Menu>
      )}
      <Menu position="bottom-end" width={200} onChange={hold}>
        <Menu.Target>
          <ActionIcon size={26} tabIndex={tab} aria-label={t('thread.more')} title={t('thread.more')}>
            <IconDots size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {m.text && (
            <Menu.Item
              leftSection={<IconCopy size={16} />}
              onClick={() => void navigator.clipboard?.writeText(m.text ?? '').catch(() => undefined)}
            >
              {t('thread.copy')}
            </Menu.Item>
          )}
          {canCancel && (
            <Menu.Item leftSection={<IconX size={16} />} onClick={() => actions.cancel(m)}>
              {t('thread.cancel')}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconTimeline size={16} />} onClick={() => showDetails(m)}>
            {t('thread.story')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}
