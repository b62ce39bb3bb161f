import { Button } from '@mantine/core';
import { IconLock, IconPlayerPause, IconPlugConnectedX, IconTemplate } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { ChannelType, Conversation, SendBody } from '@/api/types';
import { useMay } from '@/features/auth';
import { isolate, useT } from '@/shared/i18n';
import type { Block } from '../model/compose';

const TemplateForm = lazy(() => import('./forms/TemplateForm'));

interface Props {
  block: Block;
  conversation: Conversation;
  type: ChannelType | undefined;
  onSend: (body: SendBody) => void;
  onClose: (() => void) | null;
}

/** The composer itself becomes the reason: no field that takes text which cannot be sent. */
export function ComposerBlocked({ block, conversation, type, onSend, onClose }: Props) {
  const { t } = useT();
  const [template, setTemplate] = useState(false);
  const mayEdit = useMay('channels.edit');
  const channel = isolate(conversation.channel.name);
  const templates = type?.capabilities.kinds.template;
  const words = {
    window: () => ({
      icon: IconLock,
      title: t('window.lapsedTitle', { hours: block.reason === 'window' ? block.hours : 24 }),
      text: t('window.lapsed', { hours: block.reason === 'window' ? block.hours : 24 }),
    }),
    inactive: () => ({
      icon: IconPlayerPause,
      title: t('composer.inactive', { channel }),
      text: t('composer.inactiveText'),
    }),
    disconnected: () => ({
      icon: IconPlugConnectedX,
      title: t('composer.disconnected', { channel }),
      text: t('composer.disconnectedText'),
    }),
    permission: () => ({ icon: IconLock, title: t('composer.forbidden'), text: t('composer.forbiddenText') }),
  }[block.reason]();
  const repair = (block.reason === 'inactive' || block.reason === 'disconnected') && mayEdit;
  return (
    <div className="cmp" data-pane tabIndex={-1}>
      <div className="cmp-box cmp-closed" role="status">
        <div className="cmp-lock">
          <words.icon size={18} stroke={1.8} aria-hidden="true" />
          <div>
            <b>{words.title}</b>
            <p>{words.text}</p>
          </div>
        </div>
        <div className="cmp-b">
          {block.reason === 'window' && templates && templates !== 'refused' && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconTemplate size={15} aria-hidden="true" />}
              onClick={() => setTemplate(true)}
            >
              {t('plus.template')}
            </Button>
          )}
          {repair && (
            <Link to="/channels/$channelId" params={{ channelId: conversation.channel_id }} className="lnk">
              {t('composer.openChannel')}
            </Link>
          )}
          <span className="grow" />
          {onClose && block.reason === 'window' && (
            <Button size="xs" variant="default" onClick={onClose}>
              {t('enquiry.closeThis')}
            </Button>
          )}
        </div>
      </div>
      {template && (
        <Suspense fallback={null}>
          <TemplateForm
            limits={type?.limits ?? {}}
            onClose={() => setTemplate(false)}
            onSend={(body) => {
              onSend(body);
              setTemplate(false);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
