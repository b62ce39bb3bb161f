import { createContext, useContext } from 'react';
import type { ChannelType, Message } from '@/api/types';
import type { MediaActs } from '@/features/files';
import type { ThreadActions } from '../hooks/useThreadActions';

export interface ThreadScope {
  actions: ThreadActions;
  type: ChannelType | undefined;
  contact: string;
  mayReply: boolean;
  files: MediaActs;
  reply: (message: Message) => void;
  edit: (message: Message) => void;
  jump: (messageId: string) => void;
  find: (messageId: string) => Message | undefined;
  showDetails: (message: Message) => void;
}
/** Values change only with the conversation, so no event redraws all bubbles. */
export const ThreadContext = createContext<ThreadScope | null>(null);
export function useThread(): ThreadScope {
  const scope = useContext(ThreadContext);
  if (!scope) throw new Error('a bubble stands outside its thread');
  return scope;
}
