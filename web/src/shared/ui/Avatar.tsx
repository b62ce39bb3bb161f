import type { CSSProperties, ReactNode } from 'react';

const hues = 6;
function hue(name: string): number {
  let h = 7;
  for (const c of name) h = (h * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
  return h % hues;
}
export function initials(name: string): string {
  if (/^[+\d]/.test(name)) return '#';
  const words = name
    .replace(/[^\p{L}\p{N} ]/gu, '')
    .split(' ')
    .filter(Boolean);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  // Scripts without capitals read better with one letter.
  if (/[\u0590-\u08ff\u3040-\u9fff\uac00-\ud7af]/.test(name) || words.length < 2) return first.toUpperCase();
  return (first + ([...(words.at(-1) ?? '')][0] ?? '')).toUpperCase();
}

/** Decorative: the name always stands beside it. */
export function Avatar({ name, size = 36, mark }: { name: string; size?: number; mark?: ReactNode }) {
  const h = hue(name);
  const style = {
    width: size,
    height: size,
    fontSize: Math.max(10, Math.round(size * 0.36)),
    background: `var(--sb-av${h})`,
    color: `var(--sb-av${h}-text)`,
  } as CSSProperties;
  return (
    <span className="av" aria-hidden="true" style={style}>
      {initials(name)}
      {mark && <span className="av-ch">{mark}</span>}
    </span>
  );
}
