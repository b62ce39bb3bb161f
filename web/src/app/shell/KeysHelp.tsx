import { Modal } from '@mantine/core';
import { modifier } from '@/shared/hooks/useHotkeys';
import { type Key, useT } from '@/shared/i18n';

const rows: { keys: string[]; key: Key }[] = [
  { keys: [`${modifier} K`], key: 'keys.palette' },
  { keys: ['J', '↓'], key: 'keys.next' },
  { keys: ['K', '↑'], key: 'keys.previous' },
  { keys: ['Enter'], key: 'keys.open' },
  { keys: ['R'], key: 'keys.reply' },
  { keys: ['Enter', 'Ctrl Enter'], key: 'keys.send' },
  { keys: ['Shift Enter'], key: 'keys.newLine' },
  { keys: ['↑'], key: 'keys.replyLast' },
  { keys: ['Esc'], key: 'keys.leave' },
  { keys: ['E'], key: 'keys.close' },
  { keys: ['U'], key: 'keys.unread' },
  { keys: ['I'], key: 'keys.panel' },
  { keys: ['[', ']'], key: 'keys.tabs' },
  { keys: ['F6', 'Shift F6'], key: 'keys.panes' },
  { keys: ['G', 'I'], key: 'keys.inbox' },
  { keys: ['G', 'C'], key: 'keys.channels' },
  { keys: ['G', 'S'], key: 'keys.settings' },
  { keys: ['?'], key: 'keys.help' },
];

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const { t } = useT();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('keys.title')}
      size={440}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <dl className="keys">
        {rows.map((row) => (
          <div key={row.key}>
            <dt>{t(row.key)}</dt>
            <dd>
              {row.keys.map((k) => (
                <kbd key={k} className="key" dir="ltr">
                  {k}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mut">{t('keys.note')}</p>
    </Modal>
  );
}
