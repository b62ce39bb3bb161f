/* How live events change cached lists. Pure: old data in, new data out, the same object when nothing changed. */
import type { InfiniteData } from '@tanstack/react-query';
import type { Page } from '@/api/http';
import type { Conversation, Id, InboxTab, Message } from '@/api/types';
import { mergeMessage } from './status';
import { belongsTo } from './tabs';

export type Pages<T> = InfiniteData<Page<T>, string | null>;

export function flatten<T extends { id: Id }>(data: { pages: Page<T>[] } | undefined): T[] {
  if (!data) return [];
  // A row may stand on two pages when it moved between two fetches; the first place wins.
  const seen = new Set<Id>();
  const out: T[] = [];
  for (const page of data.pages) {
    for (const item of page.items) {
      if (seen.has(item.id)) continue;
      seen.add(item.id);
      out.push(item);
    }
  }
  return out;
}

/** Puts an item where the order wants it; beyond the last loaded page it is left for paging to find. */
function insert<T>(data: Pages<T>, item: T, before: (a: T, b: T) => boolean): Pages<T> {
  const pages = [...data.pages];
  for (let p = 0; p < pages.length; p++) {
    const page = pages[p];
    if (!page) continue;
    const at = page.items.findIndex((other) => before(item, other));
    if (at >= 0) {
      pages[p] = { ...page, items: page.items.toSpliced(at, 0, item) };
      return { ...data, pages };
    }
  }
  const last = pages.at(-1);
  if (!last || last.next) return data;
  pages[pages.length - 1] = { ...last, items: [...last.items, item] };
  return { ...data, pages };
}

const recent = (a: Conversation, b: Conversation) => {
  const x = a.last_message_at ?? '';
  const y = b.last_message_at ?? '';
  return x === y ? a.id > b.id : x > y;
};

/** Events go to everybody, so they never say how far this member has read. */
export const withMark = (next: Conversation, old: Conversation): Conversation =>
  next.read_mark || !old.read_mark ? next : { ...next, read_mark: old.read_mark };

export function applyConversation(
  data: Pages<Conversation>,
  tab: InboxTab,
  event: Conversation,
  memberId: Id,
): Pages<Conversation> {
  const old = data.pages.flatMap((p) => p.items).find((c) => c.id === event.id);
  if (old && old.updated_at > event.updated_at) return data;
  const next = old ? withMark(event, old) : event;
  const belongs = belongsTo(tab, next, memberId);
  if (!old) return belongs ? insert(data, next, recent) : data;
  // The same place in the order: replaced where it stands, so nothing around it is touched.
  if (belongs && old.last_message_at === next.last_message_at) {
    return mapItems(data, (c) => (c.id === next.id ? next : c));
  }
  const rest = without(data, next.id);
  return belongs ? insert(rest, next, recent) : rest;
}

/** Takes out what was erased. */
export function without<T extends { id: Id }>(data: Pages<T>, id: Id): Pages<T> {
  if (!data.pages.some((p) => p.items.some((item) => item.id === id))) return data;
  return {
    ...data,
    pages: data.pages.map((p) => ({ ...p, items: p.items.filter((item) => item.id !== id) })),
  };
}

export function mapItems<T>(data: Pages<T>, change: (item: T) => T): Pages<T> {
  let changed = false;
  const pages = data.pages.map((page) => {
    let touched = false;
    const items = page.items.map((item) => {
      const next = change(item);
      if (next !== item) touched = true;
      return next;
    });
    if (!touched) return page;
    changed = true;
    return { ...page, items };
  });
  return changed ? { ...data, pages } : data;
}

export const sameMessage = (a: Message, b: Message) =>
  a.id === b.id || (a.client_id !== null && a.client_id === b.client_id);

const newer = (a: Message, b: Message) =>
  a.occurred_at === b.occurred_at ? a.id > b.id : a.occurred_at > b.occurred_at;

/** Pages run from the newest to the oldest, as the server sends them. */
export function applyMessage(data: Pages<Message>, next: Message): Pages<Message> {
  const known = data.pages.some((p) => p.items.some((m) => sameMessage(m, next)));
  if (known) return mapItems(data, (m) => (sameMessage(m, next) ? mergeMessage(m, next) : m));
  return insert(data, next, newer);
}
