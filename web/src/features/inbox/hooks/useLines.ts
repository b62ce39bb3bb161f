import {
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { fits, type Hold, lineAt, place, rangeOf } from '../model/lines';

interface Options {
  keys: string[];
  guess: (index: number) => number;
  /** Lines that stand elsewhere once older ones are there, so nothing can be held by them. */
  moves: (index: number) => boolean;
  /** Line to begin at; without one the list begins at its end. */
  from: string | undefined;
  scroller: RefObject<HTMLElement | null>;
}
export interface Lines {
  first: number;
  last: number;
  /** The line at the upper edge. */
  top: number;
  starts: Float64Array;
  total: number;
  away: boolean;
  onScroll: () => void;
  hold: (next: Hold) => void;
}
const nowhere = { first: 0, last: -1, top: -1, away: false };

/**
 * Draws only the lines near the screen and keeps what is being read where it is: lines are measured, and
 * the list put in its place, after they are set and before they are painted.
 */
export function useLines({ keys, guess, moves, from, scroller }: Options): Lines {
  const sizes = useRef(new Map<string, number>());
  const holding = useRef<Hold>(from ? { at: 'jump', key: from, align: 'start' } : { at: 'end' });
  /** Where we put the list last; any other place was chosen by a hand. */
  const put = useRef(0);
  const [version, measured] = useReducer((n: number) => n + 1, 0);
  const [range, setRange] = useState(nowhere);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the sizes
  const starts = useMemo(() => {
    const out = new Float64Array(keys.length + 1);
    out[0] = 12;
    for (let i = 0; i < keys.length; i++)
      out[i + 1] = (out[i] as number) + (sizes.current.get(keys[i] as string) ?? guess(i));
    return out;
  }, [keys, guess, version]);
  const indexOf = useMemo(() => new Map(keys.map((key, i) => [key, i])), [keys]);
  const total = (starts[keys.length] ?? 12) + 14;
  const now = useRef({ keys, starts, total, moves });
  now.current = { keys, starts, total, moves };

  const look = useCallback(() => {
    const el = scroller.current;
    if (!el) return;
    const { starts, total } = now.current;
    const next = {
      ...rangeOf(starts, el.scrollTop, el.clientHeight),
      away: total - el.scrollTop - el.clientHeight > 240,
    };
    setRange((old) => (fits(old, next) ? old : next));
  }, [scroller]);

  const take = useCallback(() => {
    const el = scroller.current;
    if (!el) return;
    const { keys, starts, total, moves } = now.current;
    put.current = el.scrollTop;
    if (total - el.scrollTop - el.clientHeight < 80) {
      holding.current = { at: 'end' };
      return;
    }
    let i = lineAt(starts, el.scrollTop);
    while (i < keys.length - 1 && moves(i)) i++;
    holding.current = { at: 'line', key: keys[i] ?? '', start: starts[i] ?? 0 };
  }, [scroller]);

  const measure = useCallback(() => {
    let changed = false;
    for (const row of scroller.current?.querySelectorAll<HTMLElement>('[data-line]') ?? []) {
      const key = row.dataset.line ?? '';
      const size = row.offsetHeight;
      if (size > 0 && sizes.current.get(key) !== size) {
        sizes.current.set(key, size);
        changed = true;
      }
    }
    return changed;
  }, [scroller]);

  useLayoutEffect(() => {
    const el = scroller.current;
    if (!el || el.clientHeight === 0) return;
    if (measure()) {
      measured();
      return;
    }
    const hold = holding.current;
    const moved = Math.abs(el.scrollTop - put.current) > 1;
    if (moved && hold.at !== 'line') take();
    else {
      const to = place(hold, starts, indexOf, total, el.scrollTop, el.clientHeight);
      if (Math.abs(el.scrollTop - to) > 0.5) el.scrollTop = to;
      put.current = el.scrollTop;
      if (hold.at === 'line') take();
      else if (hold.at === 'jump' && total - el.clientHeight - el.scrollTop < 1)
        holding.current = { at: 'end' };
    }
    look();
  });

  // What changes its size by itself later: a font that arrives, a window that is made narrower.
  useEffect(() => {
    const el = scroller.current;
    if (!el || typeof ResizeObserver === 'undefined') return;
    const watch = new ResizeObserver(() => flushSync(measured));
    watch.observe(el);
    if (el.firstElementChild) watch.observe(el.firstElementChild);
    return () => watch.disconnect();
  }, [scroller]);

  const onScroll = useCallback(() => {
    const el = scroller.current;
    if (!el) return;
    if (Math.abs(el.scrollTop - put.current) > 1) take();
    flushSync(look);
  }, [scroller, take, look]);
  const hold = useCallback((next: Hold) => {
    holding.current = next;
    measured();
  }, []);
  return { ...range, starts, total, onScroll, hold };
}
