import { beforeEach, describe, expect, it } from 'vitest';
import { type Entry, fold, rank, score } from './rank';
import { conversationIds, readRecent, remember } from './recent';

const entry = (id: string, label: string, more: Partial<Entry> = {}): Entry => ({
  id,
  label,
  group: 'go',
  ...more,
});
const shown = (entries: Entry[], query: string, recent: string[] = []) =>
  rank(entries, query, recent).flatMap((g) => g.entries.map((e) => e.id));

describe('fold', () => {
  it('sees through case, accents, forms of Arabic letters and digits', () => {
    expect(fold('  Bartholomäus  VON ')).toBe('bartholomaus von');
    expect(fold('أميرة')).toBe(fold('اميره'));
    expect(fold('مُرْسَل')).toBe(fold('مرسل'));
    expect(fold('٠١٢')).toBe('012');
    expect(fold('Ζωή')).toBe('ζωη');
  });
});

describe('score', () => {
  it('prefers the whole, then the beginning, a word, a part, scattered letters', () => {
    const order = ['channels', 'channels of ours', 'new channels', 'subchannelsx', 'c h a n n e l s'].map(
      (t) => score('channels', t),
    );
    expect(order).toEqual([...order].sort((a, b) => b - a));
    expect(new Set(order).size).toBe(order.length);
    expect(order.at(-1)).toBeGreaterThan(0);
  });
  it('finds words in any order and only when all are there', () => {
    expect(score('sayed amira', 'Amira El-Sayed')).toBeGreaterThan(0);
    expect(score('amira nowak', 'Amira El-Sayed')).toBe(0);
  });
  it('finds initials, but no letters thrown about', () => {
    expect(score('nwch', 'New channel')).toBeGreaterThan(0);
    expect(score('xz', 'New channel')).toBe(0);
    expect(score('ag', 'A very long sentence whose last word is giraffe')).toBe(0);
    expect(score('ew', 'New channel')).toBe(60);
    expect(score('hl', 'New channel')).toBe(0);
  });
  it('says no to nothing', () => {
    expect(score('', 'x')).toBe(0);
    expect(score('   ', 'x')).toBe(0);
  });
});

describe('rank', () => {
  const entries = [
    entry('inbox', 'Inbox'),
    entry('channels', 'Channels'),
    entry('new', 'New channel', { group: 'acts', words: 'connect number' }),
    entry('c1', 'Chandra Rao', { group: 'conversations' }),
  ];
  it('shows what was chosen lately first while nothing is typed, newest first', () => {
    const [first] = rank(entries, '', ['new', 'inbox']);
    expect(first?.group).toBe('recent');
    expect(first?.entries.map((e) => e.id)).toEqual(['new', 'inbox']);
    expect(shown(entries, '', ['new', 'inbox'])).toHaveLength(entries.length);
  });
  it('puts the group with the best match first', () => {
    expect(rank(entries, 'chan', []).map((g) => g.group)).toEqual(['conversations', 'go', 'acts']);
    expect(rank(entries, 'new', []).map((g) => g.group)).toEqual(['acts']);
  });
  it('finds by other words, below the name itself', () => {
    expect(shown(entries, 'connect')).toEqual(['new']);
    expect(shown([entry('a', 'Other', { words: 'inbox' }), ...entries], 'inbox')).toEqual(['inbox', 'a']);
  });
  it('lifts what was chosen lately among equals', () => {
    const two = [entry('a', 'Chat one'), entry('b', 'Chat two')];
    expect(shown(two, 'chat')).toEqual(['a', 'b']);
    expect(shown(two, 'chat', ['b'])).toEqual(['b', 'a']);
  });
  it('bounds a group', () => {
    const many = Array.from({ length: 50 }, (_, i) => entry(`m${i}`, `Match ${i}`));
    expect(shown(many, 'match').length).toBe(7);
  });
  it('forgets what no longer exists', () => {
    expect(shown(entries, '', ['gone'])).toHaveLength(entries.length);
  });
});

describe('recent', () => {
  beforeEach(() => localStorage.clear());
  it('keeps the last five, each once, newest first', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'b']) remember(id);
    expect(readRecent()).toEqual(['b', 'f', 'e', 'd', 'c']);
  });
  it('survives what others wrote there', () => {
    for (const text of ['{', '{}', '[1,null]', '"x"']) {
      localStorage.setItem('sb.palette.', text);
      expect(readRecent()).toEqual([]);
    }
  });
  it('tells conversations from the rest', () => {
    expect(conversationIds(['go:inbox', 'conversation:7', 'channel:7'])).toEqual(['7']);
  });
});
