import { Modal } from '@mantine/core';
import {
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconX,
  IconZoomIn,
  IconZoomOut,
} from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { MediaItem } from '@/api/types';
import { directionOf, useT } from '@/shared/i18n';
import { dateMinute } from '@/shared/lib/format';
import { IconButton } from '@/shared/ui/IconButton';
import { playing } from '../model/player';
import { nameOf, wordOf } from '../model/words';
import { factsOf } from './DocumentCard';
import { Stage, type StageHandle } from './Stage';
import '../viewer.css';

export interface Shown {
  item: MediaItem;
  /** Who sent it and when; unknown where only the file is known. */
  from: string | null;
  at: string | null;
}
interface Props {
  /** Oldest first. */
  shown: Shown[];
  id: string;
  onMove: (id: string) => void;
  /** Called at the oldest one, so that older ones can be fetched. */
  onStart?: () => void;
  onClose: () => void;
}

/** Pictures and films of a conversation, large, one after the other. */
export default function Viewer({ shown, id, onMove, onStart, onClose }: Props) {
  const { t, language } = useT();
  const stage = useRef<StageHandle>(null);
  const [zoomed, setZoomed] = useState(false);
  const at = shown.findIndex((s) => s.item.id === id);
  const now = shown[at];
  const older = shown[at - 1];
  const newer = shown[at + 1];
  useEffect(() => {
    if (at === 0) onStart?.();
  }, [at, onStart]);
  // What is shown may be taken away while it is looked at.
  useEffect(() => {
    if (!now) onClose();
  }, [now, onClose]);
  const rtl = directionOf(language) === 'rtl';
  const go = (to: Shown | undefined) => to?.item.id && onMove(to.item.id);
  // On the window, so that it works wherever the focus is after a button under it went away.
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.altKey || e.ctrlKey || e.metaKey || e.target instanceof HTMLVideoElement) return;
      const acts: Record<string, () => void> = {
        ArrowLeft: () => go(rtl ? newer : older),
        ArrowRight: () => go(rtl ? older : newer),
        '+': () => stage.current?.zoom(1.4),
        '=': () => stage.current?.zoom(1.4),
        '-': () => stage.current?.zoom(1 / 1.4),
        '0': () => stage.current?.zoom(0),
      };
      const act = acts[e.key];
      if (!act) return;
      e.preventDefault();
      e.stopPropagation();
      act();
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  });
  if (!now) return null;
  const { item } = now;
  const name = nameOf(item, t);
  return (
    <Modal.Root opened onClose={onClose} fullScreen padding={0} transitionProps={{ duration: 0 }}>
      <Modal.Content className="vw-c" aria-label={t('viewer.label')}>
        <Modal.Body className="vw">
          <header className="vw-h">
            <div className="vw-n">
              <b className="ell">
                <bdi>{name}</bdi>
              </b>
              <span className="ell">
                {now.from && (
                  <>
                    <bdi>{now.from}</bdi> ·{' '}
                  </>
                )}
                {now.at && <>{dateMinute(now.at, language)} · </>}
                <bdi dir="ltr">{factsOf(item, t)}</bdi>
              </span>
            </div>
            <span className="vw-p" role="status">
              {t('viewer.place', { n: at + 1, count: shown.length })}
            </span>
            {item.kind !== 'video' && (
              <>
                <IconButton
                  label={t('viewer.out')}
                  hotkey="-"
                  onClick={() => stage.current?.zoom(1 / 1.4)}
                  disabled={!zoomed}
                >
                  <IconZoomOut size={20} stroke={1.7} />
                </IconButton>
                <IconButton
                  label={t('viewer.in')}
                  hotkey="+"
                  onClick={() => stage.current?.zoom(1.4)}
                  data-autofocus
                >
                  <IconZoomIn size={20} stroke={1.7} />
                </IconButton>
              </>
            )}
            <a
              className="vw-b"
              href={item.url ?? undefined}
              download={name}
              aria-label={t('files.download', { name, facts: factsOf(item, t) })}
              title={t('viewer.download')}
            >
              <IconDownload size={20} stroke={1.7} aria-hidden="true" />
            </a>
            <IconButton label={t('common.close')} hotkey="Esc" onClick={onClose}>
              <IconX size={20} stroke={1.7} />
            </IconButton>
          </header>
          <div className="vw-s">
            {item.kind === 'video' ? (
              // biome-ignore lint/a11y/useMediaCaption: what customers film has no captions
              <video
                key={item.id}
                className="vw-v"
                src={item.url ?? undefined}
                poster={item.thumbnail_url ?? undefined}
                controls
                playsInline
                preload="metadata"
                aria-label={wordOf(item, t)}
                onPlay={(e) => playing(e.currentTarget)}
              />
            ) : (
              <Stage key={item.id} ref={stage} item={item} label={wordOf(item, t)} onZoomed={setZoomed} />
            )}
            {older && (
              <button
                type="button"
                className="vw-go vw-older"
                onClick={() => go(older)}
                aria-label={t('viewer.older')}
              >
                <IconChevronLeft size={26} className="flip" aria-hidden="true" />
              </button>
            )}
            {newer && (
              <button
                type="button"
                className="vw-go vw-newer"
                onClick={() => go(newer)}
                aria-label={t('viewer.newer')}
              >
                <IconChevronRight size={26} className="flip" aria-hidden="true" />
              </button>
            )}
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
