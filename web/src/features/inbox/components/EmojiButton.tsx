import { IconMoodSmile } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useT } from '@/shared/i18n';
import { IconButton } from '@/shared/ui/IconButton';

const EmojiPopover = lazy(() => import('./EmojiPopover'));

export function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useT();
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  const button = (
    <IconButton
      label={t('emoji.label')}
      aria-expanded={open}
      onClick={() => {
        setWanted(true);
        setOpen((o) => !o);
      }}
    >
      <IconMoodSmile size={18} stroke={1.7} />
    </IconButton>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <EmojiPopover open={open} setOpen={setOpen} onPick={onPick} target={button} />
    </Suspense>
  );
}
