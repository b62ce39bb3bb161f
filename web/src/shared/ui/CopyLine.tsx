import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useT } from '@/shared/i18n';
import { IconButton } from './IconButton';
import { toast } from './toast';

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A value to carry elsewhere: label, value, copy. */
export function CopyLine({ label, value, extra }: { label: string; value: string; extra?: ReactNode }) {
  const { t } = useT();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const run = async () => {
    // Without https the browser keeps the clipboard shut; the value can still be selected by hand.
    if (await copy(value)) setDone(true);
    else toast({ tone: 'err', text: t('copy.refused') });
  };
  return (
    <div className="cp">
      <span>{label}</span>
      <code dir="ltr">{value}</code>
      {extra}
      <IconButton
        size={28}
        label={done ? t('copy.done', { what: label }) : t('copy.copy', { what: label })}
        onClick={run}
      >
        {done ? <IconCheck size={16} className="ok" /> : <IconCopy size={16} />}
      </IconButton>
    </div>
  );
}
