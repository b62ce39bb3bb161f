/* Carries the outbox to the server: one message of a conversation after the other, conversations side by
   side, with growing random pauses while there is no connection. */
import type { QueryClient } from '@tanstack/react-query';
import { Problem } from '@/api/http';
import type { Id, MessageError } from '@/api/types';
import { sendMessage } from '../api';
import { putMessage } from './live';
import { markOutbox, type OutboxEntry, readOutbox, removeFromOutbox } from './outbox';

const active = new Set<Id>();

export function errorOf(problem: Problem): MessageError {
  return {
    reason: problem.code,
    code: '',
    title: problem.body.title ?? '',
    detail: problem.body.detail ?? problem.message,
    hint: problem.body.hint ?? '',
    retryable: true,
  };
}
/** Full jitter: many browsers coming back at once do not all knock in the same second. */
export const backoff = (attempt: number, random = Math.random) =>
  random() * Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));

const passing = (error: unknown) =>
  !(error instanceof Problem) || error.status >= 500 || error.status === 429 || error.code === 'in_progress';

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done);
  });
}

async function deliver(client: QueryClient, entry: OutboxEntry): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const message = await sendMessage(entry.conversationId, { ...entry.body, client_id: entry.clientId });
      putMessage(client, message);
      removeFromOutbox(entry.clientId);
      return;
    } catch (error) {
      if (!passing(error)) {
        markOutbox(entry.clientId, errorOf(error as Problem));
        return;
      }
      const pause = error instanceof Problem && error.retryAfter ? error.retryAfter * 1000 : backoff(attempt);
      await wait(pause);
      if (!readOutbox().some((e) => e.clientId === entry.clientId)) return;
    }
  }
}

async function run(client: QueryClient, conversationId: Id): Promise<void> {
  if (active.has(conversationId)) return;
  active.add(conversationId);
  try {
    for (;;) {
      const next = readOutbox().find((e) => e.conversationId === conversationId && !e.error);
      if (!next) return;
      await deliver(client, next);
    }
  } finally {
    active.delete(conversationId);
  }
}

/** Starts or resumes sending; safe to call at any time. */
export function pumpOutbox(client: QueryClient): void {
  const waiting = new Set(
    readOutbox()
      .filter((e) => !e.error)
      .map((e) => e.conversationId),
  );
  for (const id of waiting) void run(client, id);
}
