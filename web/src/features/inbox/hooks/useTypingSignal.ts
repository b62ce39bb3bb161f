import { useCallback, useRef } from 'react';
import type { Id } from '@/api/types';
import { signalTyping } from '../api';

const every = 5000;
/** Tells the other side that somebody writes, at most once in five seconds. */
export function useTypingSignal(conversationId: Id, wanted: boolean): () => void {
  const last = useRef(0);
  return useCallback(() => {
    const now = Date.now();
    if (!wanted || now - last.current < every) return;
    last.current = now;
    signalTyping(conversationId).catch(() => undefined);
  }, [conversationId, wanted]);
}
