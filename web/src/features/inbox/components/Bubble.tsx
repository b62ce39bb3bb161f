import { IconLock } from '@tabler/icons-react';
import { lazy, memo, Suspense, useState } from 'react';
import type { Message } from '@/api/types';
import { isolate, type Translate, useT } from '@/shared/i18n';
import { clock, fullStamp } from '@/shared/lib/format';
import { isLocal } from '../model/outbox';
import { BubbleBody } from './BubbleBody';
import { BubbleTrouble } from './BubbleTrouble';
import { kindWords } from './kinds';
import { Ticks } from './Ticks';
import { useThread } from './threadContext';

const BubbleActions = lazy(() => import('./BubbleActions'));

interface Props {
  message: Message;
  first: boolean;
  last: boolean;
  picked: string | null;
  flash: boolean;
}

export function senderOf(m: Message, contact: string, t: Translate): string {
  if (m.automatic) return t('thread.automatic');
  if (m.author?.name) return m.author.name;
  return m.direction === 'inbound' ? contact : t('thread.staff');
}

function Quote({ id }: { id: string }) {
  const { t } = useT();
  const { find, jump, contact } = useThread();
  const target = find(id);
  const text = target ? target.text || t(kindWords[target.kind]) : t('thread.quoteOlder');
  return (
    <button
      type="button"
      className="quo"
      onClick={() => jump(id)}
      aria-label={t('thread.quoteJump', { text })}
    >
      {target && <b dir="auto">{senderOf(target, contact, t)}</b>}
      <span dir="auto">{text}</span>
    </button>
  );
}

function Reactions({ m }: { m: Message }) {
  const { t } = useT();
  if (m.reactions.length === 0) return null;
  const emoji = [...new Set(m.reactions.map((r) => r.emoji))];
  const names = m.reactions.map((r) => `${r.emoji} ${isolate(r.author_name ?? '')}`.trim()).join(', ');
  return (
    <span className="rea" role="img" aria-label={t('thread.reactions', { names })} title={names}>
      {emoji.join(' ')}
      {m.reactions.length > 1 && <small>{m.reactions.length}</small>}
    </span>
  );
}

export const Bubble = memo(function Bubble({ message: m, first, last, picked, flash }: Props) {
  const { t, language } = useT();
  const { contact, showDetails } = useThread();
  const [active, setActive] = useState(false);
  // The toolbar exists only for the message under the hand, so long threads stay light.
  const [hover, setHover] = useState(false);
  const [held, setHeld] = useState(false);
  const note = m.kind === 'note';
  const side = note ? 'note' : m.direction === 'inbound' ? 'in' : 'out';
  const sender = senderOf(m, contact, t);
  const failed = m.status === 'failed';
  const named = first && (m.direction !== 'inbound' || (m.author?.name != null && m.author.name !== contact));
  const classes = ['m', `m-${side}`, first && 'm-f', last && 'm-l', failed && 'm-fail', flash && 'm-flash'];
  return (
    // biome-ignore lint/a11y/useSemanticElements: the guide fixes role and label; an <article> would need a heading
    <div
      className={classes.filter(Boolean).join(' ')}
      role="article"
      tabIndex={-1}
      aria-label={t('thread.by', { name: isolate(sender), time: clock(m.occurred_at, language) })}
      data-message={m.id}
      onPointerEnter={(e) => e.pointerType === 'mouse' && setHover(true)}
      onPointerLeave={() => setHover(false)}
      onFocus={() => setActive(true)}
      onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && setActive(false)}
    >
      {named && (
        <div className="m-who">
          {note && <IconLock size={12} stroke={2.2} aria-hidden="true" />}
          <bdi>{sender}</bdi>
          {note && ` · ${t('thread.noteOnly')}`}
        </div>
      )}
      <div className={`bub bub-${m.kind}${isLocal(m) ? ' bub-new' : ''}`}>
        {m.reply_to_id && !m.deleted_at && <Quote id={m.reply_to_id} />}
        <BubbleBody message={m} picked={picked} onRaw={() => showDetails(m)} />
        <span className="m-t">
          {m.edited_at && !m.deleted_at && <span>{t('thread.edited')}</span>}
          <time dateTime={m.occurred_at} title={fullStamp(m.occurred_at, language)}>
            {clock(m.occurred_at, language)}
          </time>
          {m.direction === 'outbound' && <Ticks status={m.status} />}
        </span>
        <Reactions m={m} />
        {!isLocal(m) && (active || hover || held) && (
          <Suspense fallback={null}>
            <BubbleActions message={m} active={active} hold={setHeld} />
          </Suspense>
        )}
      </div>
      <BubbleTrouble message={m} />
    </div>
  );
});
