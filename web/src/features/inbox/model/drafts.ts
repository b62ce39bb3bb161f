import { useSyncExternalStore } from 'react';
import type { Id } from '@/api/types';
import { organizationId } from '@/shared/lib/organization';
import { onItem, readItem, writeItem } from '@/shared/lib/storage';

export interface Draft {
  text: string;
  replyToId: Id | null;
}
const prefix = 'sb.draft.';
/** The key names organization and conversation, so a draft can never turn up under another person. */
export const draftKey = (conversationId: Id) => `${prefix}${organizationId() ?? ''}.${conversationId}`;

export function readDraft(conversationId: Id): Draft {
  const raw = readItem(draftKey(conversationId));
  if (!raw) return { text: '', replyToId: null };
  try {
    const value = JSON.parse(raw) as Partial<Draft>;
    return { text: value.text ?? '', replyToId: value.replyToId ?? null };
  } catch {
    return { text: '', replyToId: null };
  }
}
export function writeDraft(conversationId: Id, draft: Draft): void {
  const empty = draft.text.trim() === '' && !draft.replyToId;
  writeItem(draftKey(conversationId), empty ? null : JSON.stringify(draft));
}
/** Text of the draft for the row in the list; renders again only when it changes. */
export function useDraftText(conversationId: Id): string {
  return useSyncExternalStore(onItem, () => readDraft(conversationId).text.trim());
}
