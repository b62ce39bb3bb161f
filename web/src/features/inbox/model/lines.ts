/* Where the lines of a long list stand and where it has to be scrolled to. `starts` holds the upper edge of
   each line and, last, the lower edge of them all. */

/** What stays in place while lines around it come, go or turn out to be higher than thought. */
export type Hold =
  | { at: 'end' }
  | { at: 'line'; key: string; start: number }
  | { at: 'jump'; key: string; align: 'start' | 'center' };

const spare = 8;

/** The line that covers an offset. */
export function lineAt(starts: Float64Array, offset: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

export function rangeOf(starts: Float64Array, offset: number, height: number) {
  const count = starts.length - 1;
  if (count <= 0) return { first: 0, last: -1, top: -1 };
  return {
    first: Math.max(0, lineAt(starts, offset) - spare),
    last: Math.min(count - 1, lineAt(starts, offset + height) + spare),
    top: lineAt(starts, offset + 8),
  };
}

interface Shown {
  first: number;
  last: number;
  top: number;
  away: boolean;
}
export const fits = (a: Shown, b: Shown) =>
  a.first === b.first && a.last === b.last && a.top === b.top && a.away === b.away;

/** Where the list has to stand so that what is held stays where it is. */
export function place(
  hold: Hold,
  starts: Float64Array,
  indexOf: Map<string, number>,
  total: number,
  offset: number,
  height: number,
): number {
  let to = offset;
  if (hold.at === 'end') to = total - height;
  else {
    const i = indexOf.get(hold.key);
    if (i === undefined) return offset;
    const start = starts[i] as number;
    if (hold.at === 'line') to = offset + start - hold.start;
    else {
      const size = (starts[i + 1] as number) - start;
      to = start - (hold.align === 'start' ? 12 : (height - size) / 2);
    }
  }
  return Math.max(0, Math.min(to, total - height));
}
