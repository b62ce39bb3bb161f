import {
  IconAlertCircleFilled,
  IconBan,
  IconCheck,
  IconChecks,
  IconClock,
  IconHelpCircle,
  type TablerIcon,
} from '@tabler/icons-react';
import type { MessageStatus } from '@/api/types';
import { type Key, useT } from '@/shared/i18n';

const looks: Partial<Record<MessageStatus, [TablerIcon, Key]>> = {
  scheduled: [IconClock, 'ticks.scheduled'],
  queued: [IconClock, 'ticks.queued'],
  sending: [IconClock, 'ticks.sending'],
  uncertain: [IconHelpCircle, 'ticks.uncertain'],
  sent: [IconCheck, 'ticks.sent'],
  delivered: [IconChecks, 'ticks.delivered'],
  read: [IconChecks, 'ticks.read'],
  failed: [IconAlertCircleFilled, 'ticks.failed'],
  canceled: [IconBan, 'ticks.canceled'],
};
export function Ticks({ status }: { status: MessageStatus }) {
  const { t } = useT();
  const look = looks[status];
  if (!look) return null;
  const [Icon, key] = look;
  return (
    <span className={`tick tick-${status}`} role="img" aria-label={t(key)} title={t(key)}>
      <Icon size={status === 'failed' ? 14 : 15} stroke={2} aria-hidden="true" />
    </span>
  );
}
