import { IconMicrophone, IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import type { MediaItem } from '@/api/types';
import { isolate, useT } from '@/shared/i18n';
import { playTime } from '@/shared/lib/format';
import { playing } from '../model/player';
import { nameOf } from '../model/words';
import { DocumentCard } from './DocumentCard';

const speeds = [1, 1.5, 2];

/** Voice and music. Nothing is loaded before the first press of play. */
export function AudioPlayer({ item, url }: { item: MediaItem; url: string }) {
  const { t } = useT();
  const audio = useRef<HTMLAudioElement>(null);
  const [on, setOn] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(item.duration_ms ? item.duration_ms / 1000 : null);
  const [speed, setSpeed] = useState(1);
  const [broken, setBroken] = useState(false);
  if (broken) return <DocumentCard item={item} />;
  const name = nameOf(item, t);

  const toggle = () => {
    const el = audio.current;
    if (!el) return;
    if (el.paused)
      el.play().catch(
        (e: unknown) => e instanceof DOMException && e.name === 'NotSupportedError' && setBroken(true),
      );
    else el.pause();
  };
  const seek = (to: number) => {
    setAt(to);
    if (audio.current) audio.current.currentTime = to;
  };
  const faster = () => {
    const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };
  // A recording made in a browser often does not say how long it is before it ends.
  const learn = (seconds: number) => Number.isFinite(seconds) && seconds > 0 && setLength(seconds);
  const Sign = on ? IconPlayerPauseFilled : IconPlayerPlayFilled;
  return (
    <div className={item.voice ? 'b-aud b-voice' : 'b-aud'}>
      {/* biome-ignore lint/a11y/useMediaCaption: what customers say has no captions */}
      <audio
        ref={audio}
        src={url}
        preload="none"
        onPlay={(e) => {
          playing(e.currentTarget);
          e.currentTarget.playbackRate = speed;
          setOn(true);
        }}
        onPause={() => setOn(false)}
        onEnded={(e) => {
          learn(e.currentTarget.currentTime);
          setOn(false);
          seek(0);
        }}
        onTimeUpdate={(e) => setAt(e.currentTarget.currentTime)}
        onLoadedMetadata={(e) => learn(e.currentTarget.duration)}
        onError={() => setBroken(true)}
      />
      <button
        type="button"
        className="b-play"
        onClick={toggle}
        aria-label={t(on ? 'files.pause' : 'files.play', { name: isolate(name) })}
      >
        <Sign size={16} className={on ? undefined : 'flip'} aria-hidden="true" />
      </button>
      <div className="b-aud-m">
        {!item.voice && (
          <b className="ell">
            <bdi>{name}</bdi>
          </b>
        )}
        <input
          type="range"
          className="b-pos"
          min={0}
          max={length ?? Math.max(1, at)}
          step={0.1}
          value={Math.min(at, length ?? at)}
          onChange={(e) => seek(Number(e.currentTarget.value))}
          style={{ '--at': `${length ? Math.min(100, (at / length) * 100) : 0}%` } as React.CSSProperties}
          aria-label={t('files.position')}
          aria-valuetext={
            length ? t('files.positionOf', { at: playTime(at), length: playTime(length) }) : playTime(at)
          }
        />
      </div>
      <span className="b-len" dir="ltr">
        {on || at > 0 ? playTime(at) : length === null ? '–:––' : playTime(length)}
      </span>
      <button
        type="button"
        className="b-spd"
        onClick={faster}
        aria-label={t('files.speed', { speed: String(speed) })}
      >
        <bdi dir="ltr">{speed}×</bdi>
      </button>
      {item.voice && <IconMicrophone size={14} className="b-mic" aria-hidden="true" />}
    </div>
  );
}
