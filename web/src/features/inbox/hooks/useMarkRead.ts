import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Conversation, Message } from '@/api/types';
import { useVisible } from '@/shared/hooks/useTitle';
import { markRead } from '../api';
import { patchConversations } from '../model/live';
import { isLocal } from '../model/outbox';

/** A conversation is read when it is open in a tab somebody can see. */
export function useMarkRead(conversation: Conversation | undefined, messages: Message[]): void {
  const client = useQueryClient();
  const visible = useVisible();
  const id = conversation?.id;
  const unread = conversation?.unread_count ?? 0;
  const newest = messages.findLast((m) => m.direction === 'inbound' && !isLocal(m));
  const newestId = newest?.id;
  const newestAt = newest?.occurred_at;
  useEffect(() => {
    if (!id || !visible || unread === 0 || !newestId || !newestAt) return;
    markRead(id, newestId)
      .then(() =>
        patchConversations(client, id, (c) => ({
          ...c,
          unread_count: 0,
          read_mark: { message_id: newestId, occurred_at: newestAt },
        })),
      )
      // A missed mark is made up for by the next message or visit; it is not worth a word.
      .catch(() => undefined);
  }, [client, id, visible, unread, newestId, newestAt]);
}
