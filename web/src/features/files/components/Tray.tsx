import { ActionIcon } from '@mantine/core';
import { IconAlertCircleFilled, IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { ChannelType, FileKind } from '@/api/types';
import { isolate, ltr, type Translate, useT } from '@/shared/i18n';
import { bytes } from '@/shared/lib/format';
import { useExplain } from '@/shared/ui/useExplain';
import { type Fault, naturalKind, safeName, typeName } from '../model/kinds';
import { type Attachment, removeAttachment, retryUpload, sendAs } from '../model/tray';
import { fileIcons, fileWords } from '../model/words';
import '../tray.css';

const asWords = {
  image: 'files.asImage',
  video: 'files.asVideo',
  audio: 'files.asAudio',
  document: 'files.asDocument',
  sticker: 'files.asSticker',
} as const;

const manyWords = {
  image: 'files.manyImage',
  video: 'files.manyVideo',
  audio: 'files.manyAudio',
  document: 'files.manyDocument',
  sticker: 'files.manySticker',
} as const;

function faultWords(fault: Fault, platform: string, t: Translate): string {
  switch (fault.code) {
    case 'none':
      return t('files.faultNone', { platform });
    case 'empty':
      return t('files.faultEmpty');
    case 'size':
      return t('files.faultSize', {
        size: ltr(bytes(fault.size)),
        platform,
        kind: t(manyWords[fault.kind]),
        limit: ltr(bytes(fault.limit)),
      });
    case 'type':
      return t('files.faultType', {
        platform,
        type: ltr(typeName(fault.mime) || '?'),
        kind: t(manyWords[fault.kind]),
        takes: ltr([...new Set(fault.takes.map(typeName))].join(', ')),
      });
  }
}

interface Props {
  items: Attachment[];
  type: ChannelType | undefined;
}
/** What waits above the text to be sent with it. */
export default function Tray({ items, type }: Props) {
  const { t } = useT();
  const words = useProgressWords(items);
  const list = useRef<HTMLUListElement>(null);
  // Removing the chip under the hand would throw the focus to the top of the page.
  const remove = (key: string) => {
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('[data-remove]') ?? [])];
    const at = buttons.findIndex((b) => b.dataset.remove === key);
    removeAttachment(key);
    (buttons[at + 1] ?? buttons[at - 1] ?? document.getElementById('composer'))?.focus();
  };
  return (
    <>
      <span className="vh" role="status">
        {words}
      </span>
      <ul className="tray" ref={list} aria-label={t('files.tray')}>
        {items.map((a) => (
          <Chip key={a.key} a={a} platform={type?.name ?? ''} onRemove={() => remove(a.key)} />
        ))}
      </ul>
    </>
  );
}

function Chip({ a, platform, onRemove }: { a: Attachment; platform: string; onRemove: () => void }) {
  const { t } = useT();
  const explain = useExplain();
  const [drawn, setDrawn] = useState(true);
  const Icon = fileIcons[a.voice ? 'voice' : (a.kind ?? naturalKind(a.file.type))];
  const name = safeName(a.file.name) || t(fileWords[a.kind ?? 'document']);
  const percent = Math.min(99, Math.round((a.sent / Math.max(1, a.file.size)) * 100));
  const why = a.fault ? faultWords(a.fault, platform, t) : a.state === 'failed' ? explain(a.error) : null;
  const reason = typeof why === 'string' ? why : why && [why.detail, why.hint].filter(Boolean).join(' ');
  const others = a.ways.filter((k) => k !== a.kind);
  const acts: ReactNode[] = [];
  if (a.state === 'failed')
    acts.push(
      <button key="retry" type="button" className="lnk" onClick={() => retryUpload(a.key)}>
        {t('common.tryAgain')}
      </button>,
    );
  for (const kind of others)
    acts.push(
      <button key={kind} type="button" className="lnk" onClick={() => sendAs(a.key, kind as FileKind)}>
        {t(asWords[kind as FileKind])}
      </button>,
    );
  return (
    <li className={reason ? 'tray-i tray-bad' : 'tray-i'} data-state={a.state}>
      <span className="tray-p">
        {a.preview && drawn ? (
          <img src={a.preview} alt="" onError={() => setDrawn(false)} />
        ) : (
          <Icon size={20} stroke={1.6} aria-hidden="true" />
        )}
      </span>
      <span className="tray-t">
        <b className="ell" title={name}>
          <bdi>{name}</bdi>
        </b>
        {reason ? (
          <span className="tray-w" role="alert">
            <IconAlertCircleFilled size={13} aria-hidden="true" />
            <span dir="auto">{reason}</span>
          </span>
        ) : (
          <small>
            {a.state === 'ready'
              ? t('files.ready', {
                  kind: t(fileWords[a.voice ? 'voice' : (a.kind ?? 'document')]),
                  size: ltr(bytes(a.file.size)),
                })
              : t('files.uploading', { percent, size: ltr(bytes(a.file.size)) })}
          </small>
        )}
        {acts.length > 0 && <span className="tray-a">{acts}</span>}
        {(a.state === 'uploading' || a.state === 'waiting') && (
          <progress
            className="tray-bar"
            max={100}
            value={a.state === 'waiting' ? 0 : percent}
            aria-label={t('files.progressOf', { name: isolate(name) })}
          />
        )}
      </span>
      <ActionIcon
        size={24}
        data-remove={a.key}
        aria-label={t('files.remove', { name: isolate(name) })}
        title={t('files.remove', { name: isolate(name) })}
        onClick={onRemove}
      >
        <IconX size={14} aria-hidden="true" />
      </ActionIcon>
    </li>
  );
}

/** One sentence when uploads begin and one when they are done: figures that run by are only noise. */
function useProgressWords(items: Attachment[]): string {
  const { t } = useT();
  const [words, setWords] = useState('');
  const going = items.filter((a) => a.state === 'waiting' || a.state === 'uploading').length;
  const ready = items.filter((a) => a.state === 'ready').length;
  const before = useRef(0);
  useEffect(() => {
    if (going > before.current) setWords(t('files.sayUploading', { count: going }));
    else if (before.current > 0 && going === 0 && ready > 0) setWords(t('files.sayReady', { count: ready }));
    before.current = going;
  }, [going, ready, t]);
  return words;
}
