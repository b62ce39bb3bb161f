import { Button } from '@mantine/core';
import { IconAlertCircle, IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useDelayed } from '@/shared/hooks/useDelayed';
import { useT } from '@/shared/i18n';
import { useExplain } from './useExplain';

interface EmptyProps {
  art: ReactNode;
  title: string;
  text?: string;
  children?: ReactNode;
}
export function EmptyState({ art, title, text, children }: EmptyProps) {
  return (
    <div className="es">
      <div className="es-a">{art}</div>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children && <div className="es-b">{children}</div>}
    </div>
  );
}

interface ErrorProps {
  title: string;
  error: unknown;
  retry?: () => void;
  /** A second way to mend it, beside trying again. */
  children?: ReactNode;
}
/** What happened, why, what was not changed, one button that mends it. */
export function ErrorState({ title, error, retry, children }: ErrorProps) {
  const { t } = useT();
  const why = useExplain()(error);
  return (
    <div className="er" role="alert">
      <IconAlertCircle size={20} aria-hidden="true" />
      <div>
        <b>{title}</b>
        <p dir="auto">
          {why.detail}
          {why.hint && ` ${why.hint}`}
        </p>
        <div className="er-b">
          {retry && (
            <Button size="xs" onClick={retry}>
              {t('common.tryAgain')}
            </Button>
          )}
          {children}
        </div>
        {why.code && (
          <small className="mono">
            <bdi dir="ltr">{why.code}</bdi>
          </small>
        )}
      </div>
    </div>
  );
}

export function NoPermission({ title, text }: { title: string; text: string }) {
  return <EmptyState art={<IconLock size={32} stroke={1.3} />} title={title} text={text} />;
}

/** Bars with the geometry of what is coming; nothing for the first 200 ms. */
export function Skeletons({ rows, children }: { rows: number; children: (index: number) => ReactNode }) {
  const { t } = useT();
  const shown = useDelayed(true);
  return (
    <div className="sk" role="status" aria-busy="true">
      <span className="vh">{t('common.loading')}</span>
      {shown && Array.from({ length: rows }, (_, i) => children(i))}
    </div>
  );
}
export const Bar = ({ width, height = 10 }: { width: number | string; height?: number }) => (
  <span className="sk-bar" style={{ width, height }} />
);
