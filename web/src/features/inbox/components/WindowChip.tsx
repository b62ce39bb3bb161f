import { IconClock, IconLock } from '@tabler/icons-react';
import type { ChannelType, Conversation } from '@/api/types';
import { useMinute } from '@/shared/hooks/useMinute';
import { ltr, useT } from '@/shared/i18n';
import { Chip } from '@/shared/ui/Chip';
import { windowOf, windowTone } from '../model/window';

interface Props {
  conversation: Pick<Conversation, 'window_expires_at'>;
  type: ChannelType | undefined;
  /** In the composer the chip says what the figure means. */
  big?: boolean;
}
/** A leaf with the shared timer, so a passing minute redraws chips and never rows. */
export function WindowChip({ conversation, type, big }: Props) {
  const { t, language } = useT();
  const state = windowOf(conversation, type, useMinute());
  if (state.kind === 'none') return null;
  if (state.kind === 'closed') {
    return (
      <Chip tone="mute" icon={IconLock} title={t('window.closedTitle')}>
        {big ? t('window.closed') : t('window.template')}
      </Chip>
    );
  }
  const h = Math.floor(state.minutes / 60);
  const m = state.minutes % 60;
  const left = h > 0 ? t('window.hours', { h, m: String(m).padStart(2, '0') }) : t('window.minutes', { m });
  const shown = language === 'ar' ? left : ltr(left);
  return (
    <Chip tone={windowTone(state)} icon={IconClock} title={t('window.title', { left: shown })}>
      {big ? t('window.left', { left: shown }) : shown}
    </Chip>
  );
}
