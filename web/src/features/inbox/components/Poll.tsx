import { IconChartBar } from '@tabler/icons-react';
import type { Message } from '@/api/types';
import { useT } from '@/shared/i18n';
import { flag, pollOptionsOf, str } from './payload';

/** A poll and how it stands: a bar for each answer, as long as its share of the votes. */
export function Poll({ message: m }: { message: Message }) {
  const { t } = useT();
  const options = pollOptionsOf(m.payload);
  const all = options.reduce((sum, o) => sum + o.votes, 0);
  const hints = [
    flag(m.payload, 'multiple') && t('poll.several'),
    flag(m.payload, 'closed') && t('poll.closed'),
  ];
  return (
    <div className="b-poll">
      <span className="b-kind">
        <IconChartBar size={13} aria-hidden="true" />
        {[t('kind.poll'), ...hints.filter((h) => h !== false)].join(' · ')}
      </span>
      <b dir="auto">{str(m.payload, 'question')}</b>
      <ul>
        {options.map((o, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer is its place
          <li key={i}>
            <span dir="auto">{o.text}</span>
            <span className="num">{o.votes}</span>
            <progress max={Math.max(all, 1)} value={o.votes} aria-label={o.text} />
          </li>
        ))}
      </ul>
      <small>{all === 0 ? t('poll.noVotes') : t('poll.votes', { count: all })}</small>
    </div>
  );
}
