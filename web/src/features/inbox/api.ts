import { request, requestPage } from '@/api/http';
import type {
  Contact,
  Conversation,
  Counts,
  Enquiry,
  Id,
  InboxTab,
  Message,
  Provenance,
  SendBody,
} from '@/api/types';

const pageSize = 50;

export const fetchConversations = (tab: InboxTab, cursor: string | null, signal?: AbortSignal) =>
  requestPage<Conversation>(
    `/conversations${cursor ?? `?tab=${tab}&order=last_message_at.desc,id.desc&limit=${pageSize}`}`,
    { signal },
  );
export const fetchCounts = (signal?: AbortSignal) => request<Counts>('/conversations/counts', { signal });
export const fetchConversation = (id: Id, signal?: AbortSignal) =>
  request<Conversation>(`/conversations/${id}`, { signal });
export const fetchMessages = (conversationId: Id, cursor: string | null, signal?: AbortSignal) =>
  requestPage<Message>(
    `/messages${cursor ?? `?conversation_id=eq.${conversationId}&order=occurred_at.desc,id.desc&limit=${pageSize}`}`,
    { signal },
  );
export const fetchContact = (id: Id, signal?: AbortSignal) => request<Contact>(`/contacts/${id}`, { signal });
export const fetchEnquiry = (id: Id, signal?: AbortSignal) =>
  request<Enquiry>(`/enquiries/${id}`, { signal });

export const sendMessage = (conversationId: Id, body: SendBody) =>
  request<Message>(`/conversations/${conversationId}/messages`, { method: 'POST', body });
export const markRead = (conversationId: Id, messageId: Id | null) =>
  request<void>(`/conversations/${conversationId}/read`, {
    method: 'POST',
    body: messageId ? { message_id: messageId } : {},
  });
export const signalTyping = (conversationId: Id) =>
  request<void>(`/conversations/${conversationId}/typing`, { method: 'POST', body: {} });
export const retryMessage = (id: Id) =>
  request<Message>(`/messages/${id}/retry`, { method: 'POST', body: {} });
export const cancelMessage = (id: Id) =>
  request<Message>(`/messages/${id}/cancel`, { method: 'POST', body: {} });
export const confirmMessage = (id: Id, arrived: boolean) =>
  request<Message>(`/messages/${id}/confirm`, { method: 'POST', body: { arrived } });
export const closeEnquiry = (id: Id) =>
  request<Enquiry>(`/enquiries/${id}/close`, { method: 'POST', body: {} });

export const fetchProvenance = (id: Id, signal?: AbortSignal) =>
  request<Provenance>(`/messages/${id}/provenance`, { signal });
