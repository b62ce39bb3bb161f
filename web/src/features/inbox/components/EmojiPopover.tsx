import { Popover } from '@mantine/core';
import type { ReactElement } from 'react';
import { useT } from '@/shared/i18n';
import EmojiPicker from './EmojiPicker';

interface Props {
  open: boolean;
  setOpen: (open: boolean) => void;
  onPick: (emoji: string) => void;
  target: ReactElement;
}
export default function EmojiPopover({ open, setOpen, onPick, target }: Props) {
  const { t } = useT();
  return (
    <Popover opened={open} onChange={setOpen} position="top-start" trapFocus returnFocus width={340}>
      <Popover.Target>{target}</Popover.Target>
      <Popover.Dropdown p={8} aria-label={t('emoji.label')}>
        {open && (
          <EmojiPicker
            onPick={(emoji) => {
              setOpen(false);
              onPick(emoji);
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
