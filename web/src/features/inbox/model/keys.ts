import type { Id, InboxTab } from '@/api/types';

export const inboxKeys = {
  all: ['inbox'] as const,
  lists: () => ['inbox', 'list'] as const,
  list: (tab: InboxTab) => ['inbox', 'list', tab] as const,
  counts: () => ['inbox', 'counts'] as const,
  conversation: (id: Id) => ['inbox', 'conversation', id] as const,
  messages: (conversationId: Id) => ['inbox', 'messages', conversationId] as const,
  allMessages: () => ['inbox', 'messages'] as const,
  contact: (id: Id) => ['inbox', 'contact', id] as const,
  enquiry: (id: Id) => ['inbox', 'enquiry', id] as const,
  typing: (conversationId: Id) => ['inbox', 'typing', conversationId] as const,
  provenance: (messageId: Id) => ['inbox', 'provenance', messageId] as const,
};
