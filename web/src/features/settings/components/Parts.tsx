import { Button, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Problem } from '@/api/http';
import { useMinute } from '@/shared/hooks/useMinute';
import { useT } from '@/shared/i18n';
import { clock, daysApart, fullStamp, shortDate } from '@/shared/lib/format';
import { Bar, ErrorState, NoPermission, Skeletons } from '@/shared/ui/states';

/** Relative under an hour, then the clock, then the date; the full stamp on hover. */
export function Stamp({ time }: { time: string }) {
  const { t, language } = useT();
  const now = new Date(useMinute());
  const minutes = Math.floor((now.getTime() - Date.parse(time)) / 60_000);
  let words: string;
  if (minutes >= 0 && minutes < 1) words = t('time.justNow');
  else if (minutes >= 0 && minutes < 60) words = t('time.minutesAgo', { n: minutes });
  else if (daysApart(new Date(time), now) === 0) words = clock(time, language);
  else words = `${shortDate(time, language, now)} ${clock(time, language)}`;
  return (
    <time dateTime={time} title={fullStamp(time, language)}>
      {words}
    </time>
  );
}

export function Closed({ title }: { title: string }) {
  const { t } = useT();
  return (
    <div className="page-mid">
      <NoPermission title={title} text={t('settings.closedText')} />
    </div>
  );
}

export function RowBars() {
  return (
    <Skeletons rows={5}>
      {(i) => (
        <div className="st-sk" key={i}>
          <Bar width={30} height={30} />
          <Bar width={180} />
          <Bar width={90} />
          <Bar width={120} />
        </div>
      )}
    </Skeletons>
  );
}

interface LoadedProps<T> {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  failed: string;
  children: (data: T) => ReactNode;
}
/** The body of a page that lists something: on its way, failed with a retry, or there. */
export function Loaded<T>({ query, failed, children }: LoadedProps<T>) {
  return (
    <div className="st-body">
      {query.data !== undefined ? (
        children(query.data)
      ) : query.isPending ? (
        <RowBars />
      ) : (
        <div className="st-pad">
          <ErrorState title={failed} error={query.error} retry={() => void query.refetch()} />
        </div>
      )}
    </div>
  );
}

interface ConfirmProps {
  title: string;
  lines: string[];
  keep: string;
  act: string;
  failed: string;
  danger?: boolean;
  run: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}
/** Names what will happen, line by line; the safe way out has the focus. */
export function Confirm({ title, lines, keep, act, failed, danger, run, onDone, onClose }: ConfirmProps) {
  const { t } = useT();
  const mutation = useMutation({ mutationFn: run, onSuccess: onDone });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <ul className="dlg-l">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {mutation.error && <ErrorState title={failed} error={mutation.error} />}
      <div className="frm-b">
        <Button variant="default" size="xs" data-autofocus onClick={onClose}>
          {keep}
        </Button>
        <Button
          size="xs"
          className={danger ? 'st-err' : undefined}
          aria-disabled={mutation.isPending}
          data-busy={mutation.isPending || undefined}
          onClick={() => !mutation.isPending && mutation.mutate()}
        >
          {act}
        </Button>
      </div>
    </Modal>
  );
}

/** The server's word about one field, when it named it. */
export function fieldError(error: unknown, pointer: string): string | undefined {
  return error instanceof Problem ? error.body.errors?.find((e) => e.pointer === pointer)?.detail : undefined;
}
/** Whether an error stands at none of the fields and needs a place of its own. */
export const unplaced = (error: unknown, ...pointers: string[]): boolean =>
  Boolean(error) && !pointers.some((p) => fieldError(error, p));

export function Card({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className="st-card">
      <h2>{title}</h2>
      {children}
    </section>
  );
}
