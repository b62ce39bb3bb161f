import {
  type CSSProperties,
  type PointerEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import type { MediaItem } from '@/api/types';
import { useT } from '@/shared/i18n';
import { type View, whole, within, zoomAt } from '../model/zoom';

export interface StageHandle {
  /** Nearer or farther from the middle; 0 shows the whole picture again. */
  zoom: (factor: number) => void;
}
interface Props {
  item: MediaItem;
  label: string;
  onZoomed: (zoomed: boolean) => void;
  ref: Ref<StageHandle>;
}
interface Point {
  x: number;
  y: number;
}
const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const apart = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

/** One picture under wheel, hand and fingers. */
export function Stage({ item, label, onZoomed, ref }: Props) {
  const { t } = useT();
  const box = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const [view, setView] = useState<View>(whole);
  const [state, setState] = useState<'loading' | 'shown' | 'broken'>('loading');
  const [size, setSize] = useState({ width: item.width || 4, height: item.height || 3 });
  const fingers = useRef(new Map<number, Point>());

  const change = (next: (old: View) => View) =>
    setView((old) => {
      const stage = box.current;
      const img = picture.current;
      if (!stage || !img) return old;
      return within(
        next(old),
        { width: img.offsetWidth, height: img.offsetHeight },
        { width: stage.clientWidth, height: stage.clientHeight },
      );
    });
  /** From a place on the screen to one measured from the middle of the stage. */
  const place = (p: Point): Point => {
    const r = box.current?.getBoundingClientRect();
    return r ? { x: p.x - r.x - r.width / 2, y: p.y - r.y - r.height / 2 } : { x: 0, y: 0 };
  };
  const turn = useRef((_: number, __: Point) => {});
  turn.current = (factor, p) => change((old) => zoomAt(old, factor, p.x, p.y));

  useImperativeHandle(ref, () => ({
    zoom: (factor) => (factor === 0 ? setView(whole) : change((old) => zoomAt(old, factor, 0, 0))),
  }));
  const zoomed = view.scale > 1;
  useEffect(() => onZoomed(zoomed), [zoomed, onZoomed]);
  // React listens to the wheel passively; the page under the viewer must not scroll.
  useEffect(() => {
    const el = box.current;
    const onWheel = (e: WheelEvent) => {
      e.preventDefault();
      turn.current(Math.exp(-e.deltaY / 400), place({ x: e.clientX, y: e.clientY }));
    };
    el?.addEventListener('wheel', onWheel, { passive: false });
    return () => el?.removeEventListener('wheel', onWheel);
  });

  const onDown = (e: PointerEvent) => {
    if (e.button !== 0) return;
    box.current?.setPointerCapture(e.pointerId);
    fingers.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
  };
  const onMove = (e: PointerEvent) => {
    const old = fingers.current.get(e.pointerId);
    if (!old) return;
    const now = { x: e.clientX, y: e.clientY };
    const other = [...fingers.current].find(([id]) => id !== e.pointerId)?.[1];
    fingers.current.set(e.pointerId, now);
    if (other) {
      const from = place(middle(old, other));
      const to = place(middle(now, other));
      const factor = apart(now, other) / Math.max(1, apart(old, other));
      change((v) => {
        const next = zoomAt(v, factor, from.x, from.y);
        return { ...next, x: next.x + to.x - from.x, y: next.y + to.y - from.y };
      });
    } else change((v) => ({ ...v, x: v.x + now.x - old.x, y: v.y + now.y - old.y }));
  };
  const onUp = (e: PointerEvent) => fingers.current.delete(e.pointerId);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: buttons and keys do the same as the hand
    <div
      ref={box}
      className={zoomed ? 'vw-z vw-near' : 'vw-z'}
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={onUp}
      onDoubleClick={(e) =>
        zoomed ? setView(whole) : turn.current(2.5, place({ x: e.clientX, y: e.clientY }))
      }
    >
      {state === 'broken' && <p role="alert">{t('viewer.broken')}</p>}
      <img
        ref={picture}
        src={item.url ?? undefined}
        alt={label}
        hidden={state === 'broken'}
        draggable={false}
        data-scale={view.scale.toFixed(2)}
        style={
          {
            '--w': `${size.width}px`,
            '--ratio': size.width / size.height,
            transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
            backgroundImage:
              state === 'loading' && item.thumbnail_url ? `url("${item.thumbnail_url}")` : undefined,
          } as CSSProperties
        }
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => {
          if (naturalWidth > 0 && naturalHeight > 0) setSize({ width: naturalWidth, height: naturalHeight });
          setState('shown');
        }}
        onError={() => setState('broken')}
      />
    </div>
  );
}
