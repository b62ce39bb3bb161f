import { useT } from '@/shared/i18n';
import { Bar, Skeletons } from '@/shared/ui/states';

const shapes = [
  ['in', 220, 40],
  ['in', 300, 60],
  ['out', 260, 40],
  ['in', 180, 40],
  ['out', 320, 60],
] as const;

/** Bubbles to come; `inner` when the header is already there. */
export function ThreadSkeleton({ inner }: { inner?: boolean }) {
  const { t } = useT();
  const body = (
    <div className="th-s th-sk">
      <Skeletons rows={shapes.length}>
        {(i) => {
          const [side, width, height] = shapes[i] ?? shapes[0];
          return (
            <span key={i} className={`th-sk-${side}`}>
              <Bar width={width} height={height} />
            </span>
          );
        }}
      </Skeletons>
    </div>
  );
  if (inner) return body;
  return (
    <section className="ib-t" aria-label={t('inbox.conversation')}>
      <div className="th" />
      {body}
    </section>
  );
}
