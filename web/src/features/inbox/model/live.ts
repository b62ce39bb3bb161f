/* Puts live events into the Query cache. Nothing is fetched again, except the small counts. */
import type { QueryClient } from '@tanstack/react-query';
import type {
  Channel,
  Conversation,
  Enquiry,
  Id,
  LiveEvents,
  LiveKind,
  MediaItem,
  Message,
} from '@/api/types';
import { filesKeys } from '@/features/files';
import { applyConversation, applyMessage, mapItems, type Pages, withMark, without } from './cache';
import { inboxKeys } from './keys';
import { inboxTabs } from './tabs';

export function putConversation(client: QueryClient, next: Conversation, memberId: Id): void {
  for (const tab of inboxTabs) {
    client.setQueryData<Pages<Conversation>>(inboxKeys.list(tab), (data) =>
      data ? applyConversation(data, tab, next, memberId) : data,
    );
  }
  client.setQueryData<Conversation>(inboxKeys.conversation(next.id), (old) =>
    !old ? old : old.updated_at > next.updated_at ? old : withMark(next, old),
  );
}
export function putMessage(client: QueryClient, next: Message): void {
  client.setQueryData<Pages<Message>>(inboxKeys.messages(next.conversation_id), (data) =>
    data ? applyMessage(data, next) : data,
  );
  if (next.media.length) void client.invalidateQueries({ queryKey: filesKeys.list(next.conversation_id) });
  // The row in the list shows the ticks of the last message.
  patchConversations(client, next.conversation_id, (c) =>
    c.last_message?.id === next.id && c.last_message.status !== next.status
      ? { ...c, last_message: { ...c.last_message, status: next.status } }
      : c,
  );
}
/** One file of a message as it is now; the rest of the message stays as it is known. */
export function putMedia(client: QueryClient, message: Message, item: MediaItem): void {
  client.setQueryData<Pages<Message>>(inboxKeys.messages(message.conversation_id), (data) =>
    data
      ? mapItems(data, (m) =>
          m.id === message.id ? { ...m, media: m.media.map((old) => (old.id === item.id ? item : old)) } : m,
        )
      : data,
  );
}
export function patchConversations(
  client: QueryClient,
  id: Id,
  change: (c: Conversation) => Conversation,
): void {
  client.setQueriesData<Pages<Conversation>>({ queryKey: inboxKeys.lists() }, (data) =>
    data ? mapItems(data, (c) => (c.id === id ? change(c) : c)) : data,
  );
  client.setQueryData<Conversation>(inboxKeys.conversation(id), (old) => (old ? change(old) : old));
}
function putEnquiry(client: QueryClient, enquiry: Enquiry): void {
  client.setQueryData(inboxKeys.enquiry(enquiry.id), (old: Enquiry | undefined) =>
    old ? { ...old, ...enquiry } : old,
  );
  patchConversations(client, enquiry.conversation_id, (c) =>
    c.enquiry?.id === enquiry.id
      ? { ...c, enquiry: { ...c.enquiry, status: enquiry.status, owner_id: enquiry.owner_id } }
      : c,
  );
}

/** Somebody erased a row: it leaves every list it stands in. */
function drop<T extends { id: Id }>(client: QueryClient, lists: readonly unknown[], id: Id): void {
  client.setQueriesData<Pages<T>>({ queryKey: lists }, (data) => (data ? without(data, id) : data));
}

let countsTimer: ReturnType<typeof setTimeout> | null = null;
/** Counts follow a burst of events with one small request. */
function refreshCounts(client: QueryClient): void {
  if (countsTimer) return;
  countsTimer = setTimeout(() => {
    countsTimer = null;
    void client.invalidateQueries({ queryKey: inboxKeys.counts() });
  }, 400);
}

export interface TypingNow {
  name: string | null;
  until: string;
}

export function applyInboxEvent<K extends LiveKind>(
  client: QueryClient,
  memberId: Id,
  kind: K,
  data: LiveEvents[K],
): void {
  switch (kind) {
    case 'message.created': {
      const event = data as LiveEvents['message.created'];
      putConversation(client, event.conversation, memberId);
      putMessage(client, event.message);
      if (event.message.direction === 'inbound') {
        client.setQueryData(inboxKeys.typing(event.message.conversation_id), null);
      }
      refreshCounts(client);
      break;
    }
    case 'message.updated': {
      const { message, id } = data as LiveEvents['message.updated'];
      if (message) putMessage(client, message);
      else if (id) drop<Message>(client, inboxKeys.allMessages(), id);
      break;
    }
    case 'conversation.updated':
      putConversation(client, (data as LiveEvents['conversation.updated']).conversation, memberId);
      refreshCounts(client);
      break;
    case 'conversation.removed': {
      const { id } = data as LiveEvents['conversation.removed'];
      drop<Conversation>(client, inboxKeys.lists(), id);
      // Who has it open is told that it is not his to see any more.
      void client.invalidateQueries({ queryKey: inboxKeys.conversation(id) });
      refreshCounts(client);
      break;
    }
    case 'enquiry.updated': {
      const { enquiry, id } = data as LiveEvents['enquiry.updated'];
      if (enquiry) putEnquiry(client, enquiry);
      else if (id) client.removeQueries({ queryKey: inboxKeys.enquiry(id) });
      refreshCounts(client);
      break;
    }
    case 'channel.updated': {
      const { channel } = data as LiveEvents['channel.updated'];
      if (channel) patchChannel(client, channel);
      else void client.invalidateQueries({ queryKey: inboxKeys.lists() });
      break;
    }
    case 'typing': {
      const event = data as LiveEvents['typing'];
      const value: TypingNow = { name: event.member?.name ?? null, until: event.until };
      client.setQueryData(inboxKeys.typing(event.conversation_id), value);
      break;
    }
    case 'reset':
      void client.invalidateQueries({ queryKey: inboxKeys.all });
      break;
    default:
      break;
  }
}

/** The composer says at once when its channel goes down. */
function patchChannel(client: QueryClient, channel: Channel): void {
  const change = (c: Conversation): Conversation =>
    c.channel_id === channel.id
      ? {
          ...c,
          channel: {
            ...c.channel,
            name: channel.name,
            is_active: channel.is_active,
            connection: channel.connection,
          },
        }
      : c;
  client.setQueriesData<Pages<Conversation>>({ queryKey: inboxKeys.lists() }, (data) =>
    data ? mapItems(data, change) : data,
  );
  client.setQueriesData<Conversation>({ queryKey: ['inbox', 'conversation'] }, (old) =>
    old ? change(old) : old,
  );
}
