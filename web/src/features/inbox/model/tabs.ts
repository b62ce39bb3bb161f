import type { Conversation, Id, InboxTab } from '@/api/types';
import type { Key } from '@/shared/i18n';

export const inboxTabs = [
  'mine',
  'waiting',
  'all',
  'missed',
  'closed',
] as const satisfies readonly InboxTab[];
export const isTab = (value: unknown): value is InboxTab => inboxTabs.includes(value as InboxTab);

export const tabWords: Record<InboxTab, Key> = {
  mine: 'inbox.mine',
  waiting: 'inbox.waiting',
  all: 'inbox.all',
  missed: 'inbox.missed',
  closed: 'inbox.closed',
};

/** The same rule as the server's `?tab=`, so live events can move rows without a refetch. */
export function belongsTo(tab: InboxTab, c: Conversation, memberId: Id): boolean {
  const status = c.enquiry?.status ?? 'closed';
  switch (tab) {
    case 'all':
      return true;
    case 'closed':
      return status === 'closed';
    case 'waiting':
      return status === 'open';
    case 'missed':
      return status === 'missed';
    case 'mine':
      return (status === 'ongoing' || status === 'followed_up') && c.owner_id === memberId;
  }
}
