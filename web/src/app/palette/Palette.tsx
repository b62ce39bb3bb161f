import { Modal } from '@mantine/core';
import { IconSearch, IconX } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useDelayed } from '@/shared/hooks/useDelayed';
import { type Key, useT } from '@/shared/i18n';
import { Avatar } from '@/shared/ui/Avatar';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { useExplain } from '@/shared/ui/useExplain';
import { type Command, useEntries } from './entries';
import { type Group, rank } from './model/rank';
import { readRecent, remember } from './model/recent';
import { useSearch } from './useSearch';
import './palette.css';

const groupWords: Record<Group, Key> = {
  recent: 'palette.recent',
  conversations: 'palette.conversations',
  go: 'palette.go',
  channels: 'shell.channels',
  acts: 'palette.acts',
};

interface Props {
  onClose: () => void;
  onKeys: () => void;
}

/** Everything by its name: a combobox over one list; the arrows choose, Enter does it. */
export default function Palette({ onClose, onKeys }: Props) {
  const { t } = useT();
  const explain = useExplain();
  const base = useId();
  const [text, setText] = useState('');
  const [recent] = useState(readRecent);
  const [chosen, setChosen] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const entries = useEntries(onKeys);
  const { commands, searching, error } = useSearch(text, recent);
  const shown = useMemo(() => {
    // Without a question the list is of places and acts; people are there by name or because they were lately.
    const people = text.trim() ? commands : commands.filter((c) => recent.includes(c.id));
    return rank([...entries, ...people], text, recent);
  }, [entries, commands, text, recent]);
  const flat = shown.flatMap((g) => g.entries);
  const at = Math.max(
    0,
    flat.findIndex((e) => e.id === chosen),
  );
  const current = flat[at];
  const slow = useDelayed(searching);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen entry is what has to come into view
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current?.id]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    remember(command.id);
    onClose();
    void command.run();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[e.key];
    if (step) {
      e.preventDefault();
      const wrap = Math.abs(step) === 1;
      const next = wrap
        ? (at + step + flat.length) % flat.length
        : Math.min(flat.length - 1, Math.max(0, at + step));
      setChosen(flat[next]?.id ?? null);
    } else if (e.key === 'Enter') {
      e.preventDefault();
      run(current);
    }
  };
  const option = (id: string) => `${base}-${id}`;

  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={600}
      padding={0}
      radius="lg"
      centered={false}
      yOffset="12dvh"
      classNames={{ content: 'pal', inner: 'pal-in' }}
    >
      <Modal.Overlay backgroundOpacity={0.4} />
      <Modal.Content aria-label={t('palette.title')}>
        <Modal.Body className="pal-b">
          <div className="pal-f">
            <IconSearch size={18} aria-hidden="true" />
            <input
              data-autofocus
              type="text"
              role="combobox"
              aria-expanded="true"
              aria-controls={`${base}-list`}
              aria-activedescendant={current && option(current.id)}
              aria-autocomplete="list"
              aria-label={t('palette.title')}
              placeholder={t('palette.title')}
              autoComplete="off"
              spellCheck={false}
              dir="auto"
              value={text}
              onChange={(e) => {
                setText(e.currentTarget.value);
                setChosen(null);
              }}
              onKeyDown={onKeyDown}
            />
            <button type="button" className="key pal-esc" aria-label={t('common.close')} onClick={onClose}>
              <span>Esc</span>
              <IconX size={18} aria-hidden="true" />
            </button>
          </div>
          <div
            className="pal-l"
            id={`${base}-list`}
            role="listbox"
            aria-label={t('palette.results')}
            ref={list}
          >
            {shown.map(({ group, entries: part }) => (
              // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a listbox
              <div key={group} role="group" aria-labelledby={option(group)}>
                <div className="pal-g" id={option(group)} role="presentation">
                  {t(groupWords[group])}
                </div>
                {part.map((command) => (
                  <Row
                    key={command.id}
                    id={option(command.id)}
                    command={command}
                    on={command === current}
                    onPoint={() => setChosen(command.id)}
                    onRun={() => run(command)}
                  />
                ))}
              </div>
            ))}
          </div>
          <p className={flat.length ? 'pal-s' : 'pal-s none'} role="status">
            {error
              ? explain(error).detail
              : slow
                ? t('palette.searching')
                : flat.length
                  ? t('palette.count', { count: flat.length })
                  : t('palette.nothing')}
          </p>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

interface RowProps {
  id: string;
  command: Command;
  on: boolean;
  onPoint: () => void;
  onRun: () => void;
}
/** The focus stays in the field, so a row needs no key handler of its own. */
function Row({ id, command, on, onPoint, onRun }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the focus and handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={id}
      role="option"
      aria-selected={on}
      className={on ? 'pal-o on' : 'pal-o'}
      onPointerMove={on ? undefined : onPoint}
      onPointerDown={(e) => e.preventDefault()}
      onClick={onRun}
    >
      <Picture command={command} />
      <span className="pal-t">
        <bdi>{command.label}</bdi>
        {command.detail && <bdi className="pal-d">{command.detail}</bdi>}
      </span>
      {command.keys && (
        <span className="pal-k" aria-hidden="true">
          {command.keys.map((k) => (
            <kbd key={k} className="key" dir="ltr">
              {k}
            </kbd>
          ))}
        </span>
      )}
    </div>
  );
}

function Picture({ command: { icon: Icon, mark, person } }: { command: Command }) {
  if (person) return <Avatar name={person} size={24} />;
  if (mark) return <ChannelMark icon={mark.icon} accent={mark.accent} size={20} soft />;
  return <span className="pal-i">{Icon && <Icon size={18} stroke={1.7} aria-hidden="true" />}</span>;
}
