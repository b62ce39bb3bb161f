import { readItem, writeItem } from '@/shared/lib/storage';

export interface Emoji {
  unicode: string;
  label: string;
  tags?: string[];
  order?: number;
  group?: number;
}
/** Letters for flags and skin tones alone are parts, not signs of their own. */
export const usable = (list: Emoji[]): Emoji[] =>
  list.filter((e) => e.group !== undefined && e.group !== 2).sort((a, b) => (a.order ?? 0) - (b.order ?? 0));

/** Every word must occur; a name that begins with the words comes first. */
export function searchEmoji(list: Emoji[], search: string): Emoji[] {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const [head] = words;
  if (!head) return list;
  const hits = list.filter((e) => {
    const text = `${e.label} ${e.tags?.join(' ') ?? ''} ${e.unicode}`.toLowerCase();
    return words.every((w) => text.includes(w));
  });
  const rank = (e: Emoji) => (e.label.toLowerCase().startsWith(head) ? 0 : e.tags?.includes(head) ? 1 : 2);
  return hits
    .map((e, i) => ({ e, i, r: rank(e) }))
    .sort((a, b) => a.r - b.r || a.i - b.i)
    .map((x) => x.e);
}

const key = 'sb.emoji';
export function recentEmoji(): string[] {
  return readItem(key)?.split(' ').filter(Boolean) ?? [];
}
export function rememberEmoji(emoji: string): void {
  writeItem(key, [emoji, ...recentEmoji().filter((e) => e !== emoji)].slice(0, 16).join(' '));
}
