/* Which entries fit what was typed, best first. Pure: no page, no server. */

export interface Entry {
  id: string;
  group: Group;
  label: string;
  detail?: string;
  /** Other words for it, never shown. */
  words?: string;
}
export const groups = ['recent', 'conversations', 'go', 'channels', 'acts'] as const;
export type Group = (typeof groups)[number];

/** Letters as they are compared: no case, no accents, one form of each Arabic letter, Latin digits. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\p{M}\u0640]/gu, '')
    .replace(/\u0649/g, '\u064a')
    .replace(/\u0629/g, '\u0647')
    .replace(/[\u0660-\u0669]/g, (d) => String(d.charCodeAt(0) - 0x660))
    .replace(/[\u06f0-\u06f9]/g, (d) => String(d.charCodeAt(0) - 0x6f0))
    .replace(/\s+/g, ' ')
    .trim();
}

const boundary = (text: string, at: number) => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '');

/** One word against one text, both folded: 0 = no match. */
function match(word: string, text: string): number {
  if (text === word) return 100;
  if (text.startsWith(word)) return 90;
  let inside = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (boundary(text, at)) return 80;
    inside = 60;
  }
  return inside || scattered(word, text);
}

/** All letters in order, from the beginning of a word and close together: "nwch" finds "New channel". */
function scattered(word: string, text: string): number {
  if (word.length < 2) return 0;
  let best = 0;
  for (let start = text.indexOf(word[0] ?? ''); start >= 0; start = text.indexOf(word[0] ?? '', start + 1)) {
    if (!boundary(text, start)) continue;
    let at = start;
    for (const letter of word.slice(1)) {
      at = text.indexOf(letter, at + 1);
      if (at < 0) break;
    }
    if (at < 0) break;
    const gaps = at - start + 1 - word.length;
    if (gaps <= word.length * 3) best = Math.max(best, 40 - gaps);
  }
  return Math.max(best, 0);
}

/** How well a text fits a query; each word of the query must be found. */
export function score(query: string, text: string): number {
  const folded = fold(text);
  let sum = 0;
  const words = fold(query)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  for (const word of words) {
    const one = match(word, folded);
    if (one === 0) return 0;
    sum += one;
  }
  return words.length ? sum / words.length : 0;
}

const recentBonus = 8;
const perGroup = 7;

/** What is shown for a query: groups in order of their best entry, each with its best entries. */
export function rank<E extends Entry>(
  entries: E[],
  query: string,
  recent: string[],
): { group: Group; entries: E[] }[] {
  const asked = fold(query) !== '';
  const scored = entries.flatMap((entry, place) => {
    const past = recent.indexOf(entry.id);
    if (!asked) return [{ entry, group: past >= 0 ? ('recent' as const) : entry.group, value: -past, place }];
    const found = Math.max(
      score(query, entry.label),
      score(query, `${entry.label} ${entry.detail ?? ''} ${entry.words ?? ''}`) * 0.7,
    );
    if (found === 0) return [];
    return [{ entry, group: entry.group, value: found + (past >= 0 ? recentBonus : 0), place }];
  });
  scored.sort((a, b) => b.value - a.value || a.place - b.place);
  const shown = new Map<Group, { best: number; entries: E[] }>();
  for (const s of scored) {
    const g = shown.get(s.group) ?? { best: s.value, entries: [] };
    if (g.entries.length < perGroup || (!asked && s.group !== 'conversations')) g.entries.push(s.entry);
    shown.set(s.group, g);
  }
  const order = (g: Group) => groups.indexOf(g);
  return [...shown.entries()]
    .sort(([a, x], [b, y]) => (asked ? y.best - x.best : 0) || order(a) - order(b))
    .map(([group, { entries: list }]) => ({ group, entries: list }));
}
