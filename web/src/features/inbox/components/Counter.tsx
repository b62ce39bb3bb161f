import { useT } from '@/shared/i18n';
import { number } from '@/shared/lib/format';
import type { Counter as Count } from '../model/compose';

/** Always shown, so the limit is known before it is reached: `138 / 4,096`, and `−12` beyond it. */
export function Counter({ id, counter }: { id: string; counter: Count }) {
  const { t } = useT();
  const words = counter.over
    ? t('counter.over', { count: counter.over })
    : counter.limit
      ? t('counter.of', { used: number(counter.used), limit: number(counter.limit) })
      : t('counter.used', { used: number(counter.used) });
  return (
    <span id={id} className={`cnt cnt-${counter.tone}`}>
      <span className="vh">{words}</span>
      <bdi dir="ltr" aria-hidden="true">
        {counter.over ? `−${number(counter.over)} · ` : ''}
        {number(counter.used)}
        {counter.limit ? ` / ${number(counter.limit)}` : ''}
      </bdi>
    </span>
  );
}
