import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Conversation, MediaItem, Message, SendBody } from '@/api/types';
import { useMe } from '@/features/auth';
import { retryDownload } from '@/features/files';
import { useT } from '@/shared/i18n';
import { toast } from '@/shared/ui/toast';
import { useExplain } from '@/shared/ui/useExplain';
import * as api from '../api';
import { inboxKeys } from '../model/keys';
import { patchConversations, putMedia, putMessage } from '../model/live';
import { addToOutbox, isLocal, markOutbox, removeFromOutbox } from '../model/outbox';
import { pumpOutbox } from '../model/sender';

export interface ThreadActions {
  send: (body: SendBody, media?: MediaItem[]) => void;
  react: (message: Message, emoji: string) => void;
  retry: (message: Message) => void;
  discard: (message: Message) => void;
  cancel: (message: Message) => void;
  confirm: (message: Message, arrived: boolean) => void;
  /** Asks for a download that was given up once more. */
  fetchFile: (message: Message, item: MediaItem) => void;
  close: () => void;
}

/** Everything that can be done to a conversation; the object stays the same while it is open. */
export function useThreadActions(conversation: Conversation | undefined): ThreadActions {
  const client = useQueryClient();
  const me = useMe();
  const { t } = useT();
  const explain = useExplain();
  return useMemo(() => {
    const failed = (error: unknown) => {
      const why = explain(error);
      toast({ tone: 'err', text: [why.detail, why.hint].filter(Boolean).join(' ') });
    };
    const put = (message: Message) => putMessage(client, message);
    return {
      send: (body, media) => {
        if (!conversation) return;
        addToOutbox({
          conversationId: conversation.id,
          channelId: conversation.channel_id,
          body,
          media,
          author: { id: me.member.id, name: me.user.display_name },
        });
        pumpOutbox(client);
      },
      react: (message, emoji) => {
        const mine = message.reactions.find((r) => r.direction === 'outbound')?.emoji;
        const text = mine === emoji ? '' : emoji;
        api
          .sendMessage(message.conversation_id, {
            kind: 'reaction',
            text,
            payload: { emoji: text },
            reply_to_id: message.id,
          })
          .then(() => {
            const rest = message.reactions.filter((r) => r.direction !== 'outbound');
            const own = {
              emoji: text,
              author_id: me.member.id,
              author_name: me.user.display_name,
              direction: 'outbound' as const,
            };
            put({ ...message, reactions: text ? [...rest, own] : rest });
          })
          .catch(failed);
      },
      retry: (message) => {
        if (isLocal(message) && message.client_id) {
          markOutbox(message.client_id, null);
          pumpOutbox(client);
        } else {
          api.retryMessage(message.id).then(put).catch(failed);
        }
      },
      discard: (message) => message.client_id && removeFromOutbox(message.client_id),
      cancel: (message) => void api.cancelMessage(message.id).then(put).catch(failed),
      confirm: (message, arrived) => void api.confirmMessage(message.id, arrived).then(put).catch(failed),
      fetchFile: (message, item) => {
        if (!item.id) return;
        const set = (next: MediaItem) => putMedia(client, message, next);
        // At once, so that nobody presses twice. How it goes on the events tell, in their order: the answer
        // may come after the file itself.
        set({ ...item, state: 'downloading', error: null });
        retryDownload(item.id).catch((error: unknown) => {
          set(item);
          failed(error);
        });
      },
      close: () => {
        const enquiry = conversation?.enquiry;
        if (!conversation || !enquiry || enquiry.status === 'closed') return;
        api
          .closeEnquiry(enquiry.id)
          .then(() => {
            patchConversations(client, conversation.id, (c) => ({ ...c, enquiry: null }));
            void client.invalidateQueries({ queryKey: inboxKeys.counts() });
            void client.invalidateQueries({ queryKey: inboxKeys.lists() });
            toast({ tone: 'ok', text: t('enquiry.closedToast', { number: enquiry.number }) });
          })
          .catch(failed);
      },
    };
  }, [client, conversation, me, t, explain]);
}
