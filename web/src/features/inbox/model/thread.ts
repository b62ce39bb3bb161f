/* Turns a list of messages into the lines of a thread. */
import type { Id, Message } from '@/api/types';
import { dayKey } from '@/shared/lib/format';

export type ThreadItem =
  | { type: 'start'; key: string }
  | { type: 'day'; key: string; time: string }
  | { type: 'unread'; key: string; count: number }
  | { type: 'events'; key: string; messages: Message[] }
  | { type: 'message'; key: string; message: Message; first: boolean; last: boolean; picked: string | null };

export interface UnreadFrom {
  /** Where this member had read to when the conversation was opened. */
  readUntil: string | null;
  count: number;
}

const groupGap = 5 * 60_000;
const isEvent = (m: Message) => m.kind === 'event';

/** Reactions stand on the message they belong to; one whose target is unknown becomes a line of its own. */
const hidden = (m: Message) => m.kind === 'reaction' && m.reply_to_id !== null;

function sameSender(a: Message, b: Message): boolean {
  return (
    a.direction === b.direction &&
    (a.kind === 'note') === (b.kind === 'note') &&
    (a.author?.id ?? null) === (b.author?.id ?? null) &&
    Boolean(a.automatic) === Boolean(b.automatic)
  );
}
function continues(a: Message | undefined, b: Message | undefined): boolean {
  if (!a || !b || isEvent(a) || isEvent(b) || a.kind === 'reaction' || b.kind === 'reaction') return false;
  return (
    sameSender(a, b) &&
    dayKey(a.occurred_at) === dayKey(b.occurred_at) &&
    Math.abs(Date.parse(b.occurred_at) - Date.parse(a.occurred_at)) < groupGap
  );
}

/** Index of the first unread inbound message, or -1. */
export function firstUnread(messages: Message[], from: UnreadFrom | null): number {
  if (!from || from.count <= 0) return -1;
  const until = from.readUntil;
  if (until) return messages.findIndex((m) => m.direction === 'inbound' && m.occurred_at > until);
  let left = from.count;
  for (let i = messages.length - 1; i >= 0; i--) {
    const m = messages[i];
    if (m?.direction === 'inbound' && !hidden(m) && --left === 0) return i;
  }
  return -1;
}

/** Which button or row of our interactive messages the customer chose. */
export function picks(messages: Message[]): Map<Id, string> {
  const chosen = new Map<Id, string>();
  for (const m of messages) {
    if (m.direction !== 'inbound' || m.kind !== 'interactive' || !m.reply_to_id) continue;
    const id = m.payload?.id;
    if (typeof id === 'string') chosen.set(m.reply_to_id, id);
  }
  return chosen;
}

/** `messages` run from the oldest to the newest. */
export function buildThread(messages: Message[], unread: UnreadFrom | null, complete: boolean): ThreadItem[] {
  const unreadAt = firstUnread(messages, unread);
  const unreadId = unreadAt >= 0 ? messages[unreadAt]?.id : undefined;
  const chosen = picks(messages);
  const shown = messages.filter((m) => !hidden(m) || m.id === unreadId);
  const items: ThreadItem[] = complete ? [{ type: 'start', key: 'start' }] : [];
  let day = '';
  for (let i = 0; i < shown.length; i++) {
    const m = shown[i] as Message;
    const d = dayKey(m.occurred_at);
    const newDay = d !== day;
    if (newDay) {
      items.push({ type: 'day', key: `day-${d}`, time: m.occurred_at });
      day = d;
    }
    const line = m.id === unreadId;
    if (line && unread) items.push({ type: 'unread', key: 'unread', count: unread.count });
    if (hidden(m)) continue;
    if (isEvent(m) || m.kind === 'reaction') {
      const before = items.at(-1);
      if (before?.type === 'events') before.messages.push(m);
      else items.push({ type: 'events', key: `ev-${m.id}`, messages: [m] });
      continue;
    }
    items.push({
      type: 'message',
      key: m.client_id ?? m.id,
      message: m,
      first: line || !continues(shown[i - 1], m),
      last: shown[i + 1]?.id === unreadId || !continues(m, shown[i + 1]),
      picked: chosen.get(m.id) ?? null,
    });
  }
  return items;
}
