import type { Id } from '@/api/types';

export interface Frozen {
  ids: Id[];
  /** How many rows would move or appear if the order were applied. */
  newer: number;
}

/**
 * Keeps the order on screen while a hand is on the list. Rows that would move up are only counted;
 * rows that paging loads at the end are still appended, because they move nothing.
 */
export function holdOrder(shown: Id[], live: Id[]): Frozen {
  const liveSet = new Set(live);
  const shownSet = new Set(shown);
  const moved = new Set<Id>();
  let at = 0;
  const skip = () => {
    while (at < shown.length) {
      const id = shown[at] as Id;
      if (liveSet.has(id) && !moved.has(id)) break;
      at++;
    }
  };
  const appended: Id[] = [];
  for (const id of live) {
    skip();
    if (at < shown.length && shown[at] === id) {
      at++;
    } else if (at >= shown.length && !shownSet.has(id)) {
      appended.push(id);
    } else {
      moved.add(id);
    }
  }
  return { ids: appended.length ? [...shown, ...appended] : shown, newer: moved.size };
}
