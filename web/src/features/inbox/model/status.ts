import type { Message, MessageStatus } from '@/api/types';

const rank: Record<MessageStatus, number> = {
  received: 0,
  recorded: 0,
  scheduled: 1,
  queued: 2,
  sending: 3,
  uncertain: 4,
  sent: 5,
  failed: 6,
  canceled: 6,
  delivered: 7,
  read: 8,
};

/** Whether going from one status to the other would be a step back (within one attempt). */
export const isStepBack = (from: MessageStatus, to: MessageStatus) => rank[to] < rank[from];

/** Answers and events may overtake each other; ticks never go backwards all the same. */
export function mergeMessage(old: Message, next: Message): Message {
  const olderAttempt = next.attempt < old.attempt && rank[next.status] < rank.delivered;
  const back = next.attempt <= old.attempt && isStepBack(old.status, next.status);
  if (!olderAttempt && !back) return next;
  return {
    ...next,
    status: old.status,
    attempt: Math.max(old.attempt, next.attempt),
    error: old.error,
    sent_at: old.sent_at ?? next.sent_at,
    delivered_at: old.delivered_at ?? next.delivered_at,
    read_at: old.read_at ?? next.read_at,
  };
}
