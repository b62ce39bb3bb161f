/* What was sent and is not yet taken by the server. Kept in storage, so a reload or a lost connection
   neither loses nor doubles a message: the server knows each one by its client_id. */
import type { Id, MediaItem, Message, MessageError, SendBody } from '@/api/types';
import { organizationId } from '@/shared/lib/organization';
import { onItem, readItem, writeItem } from '@/shared/lib/storage';
import { uuid } from '@/shared/lib/uuid';

export interface OutboxEntry {
  clientId: string;
  conversationId: Id;
  channelId: Id;
  body: SendBody;
  /** The files as they were uploaded, so that the bubble shows them at once. */
  media?: MediaItem[];
  at: string;
  author: { id: Id; name: string };
  error: MessageError | null;
}

const key = () => `sb.outbox.${organizationId() ?? ''}`;
let cached: { raw: string | null; list: OutboxEntry[] } = { raw: null, list: [] };

export function readOutbox(): OutboxEntry[] {
  const raw = readItem(key());
  if (raw === cached.raw) return cached.list;
  let list: OutboxEntry[] = [];
  try {
    list = raw ? (JSON.parse(raw) as OutboxEntry[]) : [];
  } catch {
    list = [];
  }
  cached = { raw, list };
  return list;
}
function write(list: OutboxEntry[]): void {
  writeItem(key(), list.length ? JSON.stringify(list) : null);
}
export const subscribeOutbox = (listener: () => void) =>
  onItem((changed) => {
    if (changed.startsWith('sb.outbox.')) listener();
  });

export function addToOutbox(entry: Omit<OutboxEntry, 'clientId' | 'at' | 'error'>): OutboxEntry {
  const full: OutboxEntry = { ...entry, clientId: uuid(), at: new Date().toISOString(), error: null };
  write([...readOutbox(), full]);
  return full;
}
export function removeFromOutbox(clientId: string): void {
  write(readOutbox().filter((e) => e.clientId !== clientId));
}
export function markOutbox(clientId: string, error: MessageError | null): void {
  write(readOutbox().map((e) => (e.clientId === clientId ? { ...e, error } : e)));
}

/** An entry as the thread shows it; it becomes the server's message without the bubble being rebuilt. */
export function asMessage(entry: OutboxEntry): Message {
  return {
    id: `local:${entry.clientId}`,
    organization_id: organizationId() ?? '',
    conversation_id: entry.conversationId,
    channel_id: entry.channelId,
    direction: 'outbound',
    kind: entry.body.kind,
    text: entry.body.text ?? '',
    payload: entry.body.payload ?? null,
    media: entry.media ?? [],
    status: entry.error ? 'failed' : 'queued',
    attempt: 0,
    automatic: false,
    error: entry.error,
    reply_to_id: entry.body.reply_to_id ?? null,
    provider_message_id: null,
    client_id: entry.clientId,
    author: { type: 'member', id: entry.author.id, name: entry.author.name },
    reactions: [],
    edited_at: null,
    deleted_at: null,
    occurred_at: entry.at,
    created_at: entry.at,
    scheduled_at: null,
    sent_at: null,
    delivered_at: null,
    read_at: null,
    starred: false,
  };
}
export const isLocal = (message: Message) => message.id.startsWith('local:');

/** Server messages plus what still waits, oldest first, each message once. */
export function withOutbox(messages: Message[], entries: OutboxEntry[], conversationId: Id): Message[] {
  const waiting = entries.filter((e) => e.conversationId === conversationId);
  if (waiting.length === 0) return messages;
  const known = new Set(messages.map((m) => m.client_id));
  const extra = waiting.filter((e) => !known.has(e.clientId) && e.body.kind !== 'reaction').map(asMessage);
  return extra.length ? [...messages, ...extra] : messages;
}
