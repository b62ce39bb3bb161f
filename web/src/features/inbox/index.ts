export { countsQuery, useCounts } from './hooks/queries';
export { inboxKeys } from './model/keys';
export { applyInboxEvent } from './model/live';
export { pumpOutbox } from './model/sender';
export { inboxTabs, isTab, tabWords } from './model/tabs';
export { conversationsOf, knownConversations, nextWaiting, searchConversations } from './search';
