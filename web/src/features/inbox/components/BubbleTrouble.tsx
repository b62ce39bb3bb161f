import { IconAlertCircleFilled, IconHelpCircle } from '@tabler/icons-react';
import type { Message } from '@/api/types';
import { useT } from '@/shared/i18n';
import { isLocal } from '../model/outbox';
import { useThread } from './threadContext';

/** The line below a message that did not go out or may not have: why, and the act that mends it. */
export function BubbleTrouble({ message: m }: { message: Message }) {
  const { t } = useT();
  const { actions, edit, showDetails } = useThread();
  if (m.status === 'uncertain') {
    return (
      <div className="fail unsure">
        <IconHelpCircle size={14} aria-hidden="true" />
        <span className="fx">{t('thread.uncertain')}</span>
        <button type="button" className="lnk" onClick={() => actions.confirm(m, true)}>
          {t('thread.arrived')}
        </button>
        <button type="button" className="lnk" onClick={() => actions.confirm(m, false)}>
          {t('thread.sendAgain')}
        </button>
      </div>
    );
  }
  if (m.status !== 'failed') return null;
  const why = [m.error?.detail || m.error?.title || t('thread.noReason'), m.error?.hint]
    .filter(Boolean)
    .join(' ');
  return (
    <div className="fail">
      <IconAlertCircleFilled size={14} aria-hidden="true" />
      <span className="fx" dir="auto">
        {t('thread.failed', { reason: why })}
      </span>
      {isLocal(m) ? (
        <>
          {m.kind === 'text' && (
            <button type="button" className="lnk" onClick={() => edit(m)}>
              {t('thread.editAgain')}
            </button>
          )}
          <button type="button" className="lnk" onClick={() => actions.retry(m)}>
            {t('common.tryAgain')}
          </button>
          <button type="button" className="lnk" onClick={() => actions.discard(m)}>
            {t('thread.discard')}
          </button>
        </>
      ) : (
        <>
          <button type="button" className="lnk" onClick={() => actions.retry(m)}>
            {t('common.tryAgain')}
          </button>
          <button type="button" className="lnk" onClick={() => showDetails(m)}>
            {t('thread.story')}
          </button>
        </>
      )}
    </div>
  );
}
