import { type ReactNode, useEffect, useRef } from 'react';
import { Chip } from './Chip';

interface Props {
  title: ReactNode;
  /** How many the page lists: beside the title, not part of its name. */
  count?: number;
  sub?: ReactNode;
  crumbs?: ReactNode;
  right?: ReactNode;
  children?: ReactNode;
}
let visited = false;

/** Arriving on a page moves the focus to its title; the very first page leaves it where the browser put it. */
export function PageHead({ title, count, sub, crumbs, right, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (visited) heading.current?.focus({ preventScroll: true });
    visited = true;
  }, []);
  return (
    <header className="ph">
      <div className="ph-row">
        <div className="ph-t">
          {crumbs && <div className="ph-c">{crumbs}</div>}
          <div className="ph-h">
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
            {count !== undefined && <Chip tone="mute">{count}</Chip>}
          </div>
          {sub && <p>{sub}</p>}
        </div>
        {right && <div className="ph-r">{right}</div>}
      </div>
      {children}
    </header>
  );
}
