import type { ReactNode } from 'react';

const pattern = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])|(\+\d[\d ().-]{6,20}\d)/g;

/** The first strong character decides, as the browser does for dir=auto. */
export function directionOfText(text: string, otherwise: 'rtl' | 'ltr'): 'rtl' | 'ltr' {
  const strong = text.match(/\p{L}/u)?.[0];
  if (!strong) return otherwise;
  return /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u.test(strong)
    ? 'rtl'
    : 'ltr';
}

/** Links become links, phone numbers keep their own direction; nothing is ever read as markup. */
export function richText(text: string): ReactNode[] {
  const out: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const start = match.index;
    if (start > at) out.push(text.slice(at, start));
    const [all, url] = match;
    out.push(
      url ? (
        <a key={start} href={url} target="_blank" rel="noopener noreferrer" className="b-lnk">
          <bdi dir="ltr">{url}</bdi>
        </a>
      ) : (
        <bdi key={start} dir="ltr">
          {all}
        </bdi>
      ),
    );
    at = start + all.length;
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}
