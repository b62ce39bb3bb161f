import { ActionIcon, type ActionIconProps } from '@mantine/core';
import type { ComponentPropsWithoutRef, Ref } from 'react';

type Props = ActionIconProps &
  Omit<ComponentPropsWithoutRef<'button'>, keyof ActionIconProps> & {
    label: string;
    /** Key that does the same, shown in the tooltip. */
    hotkey?: string;
    ref?: Ref<HTMLButtonElement>;
  };

export function IconButton({ label, hotkey, children, ref, ...props }: Props) {
  return (
    <ActionIcon
      ref={ref}
      aria-label={label}
      title={hotkey ? `${label} (${hotkey})` : label}
      aria-keyshortcuts={hotkey}
      {...props}
    >
      {children}
    </ActionIcon>
  );
}
