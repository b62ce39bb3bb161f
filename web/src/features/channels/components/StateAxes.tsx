import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconPlayerPause,
  IconPlugConnected,
  IconPlugConnectedX,
  IconProgress,
  IconRss,
  type TablerIcon,
} from '@tabler/icons-react';
import type { Channel, Connection, Subscription, Validation } from '@/api/types';
import { type Key, useT } from '@/shared/i18n';
import { Chip, type Tone } from '@/shared/ui/Chip';
import { type Condition, conditionOf } from '../model/health';

type Look = [Tone, TablerIcon, Key];
const conditions: Record<Condition, Look> = {
  healthy: ['ok', IconCircleCheck, 'health.healthy'],
  degraded: ['warn', IconAlertTriangle, 'health.degraded'],
  down: ['err', IconCircleX, 'health.down'],
  paused: ['mute', IconPlayerPause, 'health.paused'],
  setup: ['info', IconProgress, 'health.setup'],
};
const connections: Record<Connection, Look> = {
  connected: ['ok', IconPlugConnected, 'axis.connected'],
  disconnected: ['err', IconPlugConnectedX, 'axis.disconnected'],
};
const validations: Record<Validation, Look> = {
  good: ['ok', IconCircleCheck, 'axis.good'],
  pending: ['warn', IconCircleDashed, 'axis.pending'],
  invalid: ['err', IconCircleX, 'axis.invalid'],
};
/* Types that have nothing to subscribe to, and channels still without a source, show none. */
const subscriptions: Record<Exclude<Subscription, 'none'>, Look> = {
  subscribed: ['ok', IconRss, 'axis.subscribed'],
  unsubscribed: ['warn', IconRss, 'axis.unsubscribed'],
};

export function HealthBadge({ channel }: { channel: Channel }) {
  const { t } = useT();
  const [tone, icon, key] = conditions[conditionOf(channel)];
  return (
    <Chip tone={tone} icon={icon}>
      {t(key)}
    </Chip>
  );
}

/** Connection, credentials, webhook. In a row the first that is not good is a word, the others icons. */
export function StateAxes({ channel, words }: { channel: Channel; words?: boolean }) {
  const { t } = useT();
  // A channel still being set up has done nothing wrong yet.
  const setup = conditionOf(channel) === 'setup';
  const looks = [
    connections[channel.connection],
    validations[channel.validation],
    ...(channel.subscription === 'none' ? [] : [subscriptions[channel.subscription]]),
  ];
  const bad = setup ? undefined : looks.find(([tone]) => tone === 'err' || tone === 'warn');
  return (
    <span className={words ? 'axes axes-w' : 'axes'}>
      {looks.map((look) => {
        const [tone, Icon, key] = look;
        const shade = setup && tone !== 'ok' ? 'mute' : tone;
        return words || look === bad ? (
          <Chip key={key} tone={shade} icon={Icon}>
            {t(key)}
          </Chip>
        ) : (
          <span key={key} className={`ax ax-${shade}`} role="img" aria-label={t(key)} title={t(key)}>
            <Icon size={15} stroke={1.8} aria-hidden="true" />
          </span>
        );
      })}
    </span>
  );
}
