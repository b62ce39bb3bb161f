import type { TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export type Tone = 'ok' | 'warn' | 'err' | 'info' | 'mute' | 'line' | 'note';
interface Props {
  tone?: Tone;
  icon?: TablerIcon;
  title?: string;
  children: ReactNode;
}
export function Chip({ tone = 'mute', icon: Icon, children, title }: Props) {
  return (
    <span className={`chip chip-${tone}`} title={title}>
      {Icon && <Icon size={13} stroke={2} aria-hidden="true" />}
      <span className="chip-t">{children}</span>
    </span>
  );
}
