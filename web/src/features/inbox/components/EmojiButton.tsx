import { Popover } from '@mantine/core';
import { IconMoodSmile } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useT } from '@/shared/i18n';
import { IconButton } from '@/shared/ui/IconButton';

const EmojiPicker = lazy(() => import('./EmojiPicker'));

export function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useT();
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="top-start" trapFocus returnFocus width={340}>
      <Popover.Target>
        <IconButton label={t('emoji.label')} onClick={() => setOpen((o) => !o)} aria-expanded={open}>
          <IconMoodSmile size={18} stroke={1.7} />
        </IconButton>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label={t('emoji.label')}>
        {open && (
          <Suspense fallback={<div className="emo" />}>
            <EmojiPicker
              onPick={(emoji) => {
                setOpen(false);
                onPick(emoji);
              }}
            />
          </Suspense>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
