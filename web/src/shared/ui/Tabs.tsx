import { Link, type LinkProps } from '@tanstack/react-router';

export interface TabItem {
  value: string;
  label: string;
  /** A number only where it asks for action. */
  count?: number;
  /** Keeps the place of the number while it is not known or zero, so that nothing moves. */
  counted?: boolean;
  link: LinkProps;
}
/** Tabs that are places: each is a link, so it can be opened, shared and gone back to. */
export function Tabs({ label, items, value }: { label: string; items: TabItem[]; value: string }) {
  return (
    <nav className="tabs" aria-label={label}>
      {items.map((item) => (
        <Link
          key={item.value}
          {...item.link}
          className={item.value === value ? 'tab on' : 'tab'}
          aria-current={item.value === value ? 'page' : undefined}
        >
          {item.label}
          {item.counted && <span className={item.count ? 'tab-n' : 'tab-n none'}>{item.count || ''}</span>}
        </Link>
      ))}
    </nav>
  );
}
