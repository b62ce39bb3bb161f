import { useMinute } from '@/shared/hooks/useMinute';
import { useT } from '@/shared/i18n';
import { clock, daysApart, fullStamp, shortDate } from '@/shared/lib/format';

/** Relative under an hour, then the clock, then the date; the full stamp on hover. */
export function Ago({ time }: { time: string }) {
  const { t, language } = useT();
  const now = new Date(useMinute());
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 60_000));
  const words =
    minutes < 1
      ? t('time.justNow')
      : minutes < 60
        ? t('time.minutesAgo', { n: minutes })
        : daysApart(new Date(time), now) === 0
          ? clock(time, language)
          : `${shortDate(time, language, now)} ${clock(time, language)}`;
  return (
    <time dateTime={time} title={fullStamp(time, language)}>
      {words}
    </time>
  );
}
