export { countsQuery, useCounts } from './hooks/queries';
export { inboxKeys } from './model/keys';
export { applyInboxEvent } from './model/live';
export { pumpOutbox } from './model/sender';
export { isTab } from './model/tabs';
