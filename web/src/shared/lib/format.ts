/* Dates and numbers. Arabic keeps Latin digits by default, so both languages never mix digit forms. */
export type Language = 'en' | 'ar';
const locale = (language: string) => (language === 'ar' ? 'ar-u-nu-latn' : 'en-GB');

const cache = new Map<string, Intl.DateTimeFormat>();
function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale(language), options);
    cache.set(key, found);
  }
  return found;
}

export function clock(time: string, language: string): string {
  return format(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(time));
}
export function fullStamp(time: string, language: string): string {
  return format(language, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(time));
}
export function dayName(time: string | Date, language: string, now: Date): string {
  const date = new Date(time);
  const sameYear = date.getFullYear() === now.getFullYear();
  return format(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(date);
}
export function dayMonth(time: string | Date, language: string): string {
  return format(language, { day: 'numeric', month: 'long' }).format(new Date(time));
}
export function shortDate(time: string, language: string, now: Date): string {
  const date = new Date(time);
  if (date.getFullYear() === now.getFullYear()) {
    return format(language, { day: 'numeric', month: 'short' }).format(date);
  }
  return format(language, { day: 'numeric', month: 'short', year: 'numeric' }).format(date);
}
// The month by its name: figures alone are read differently from country to country.
const day = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const minute = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

export function dateTime(time: string, language: string): string {
  return format(language, { ...day, ...minute, second: '2-digit' }).format(new Date(time));
}

/** For what nobody needs to the second. */
export function dateMinute(time: string, language: string): string {
  return format(language, { ...day, ...minute }).format(new Date(time));
}

/** Whole days between two moments by the calendar of this device, not by 24 h. */
export function daysApart(a: Date, b: Date): number {
  const day = (d: Date) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
  return Math.round((day(b) - day(a)) / 86_400_000);
}
export const dayKey = (time: string) => {
  const d = new Date(time);
  return `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
};

export function number(value: number): string {
  return new Intl.NumberFormat('en-US').format(value);
}
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let unit = 0;
  let left = value;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit++;
  }
  return `${unit > 1 || (unit > 0 && left < 10) ? left.toFixed(1) : Math.round(left)} ${units[unit]}`;
}
/** Seconds as "0:37" for audio and video. */
export function playTime(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}
/** What a person counts as one sign: a length limit counts the same way as the server (code points). */
export const lengthOf = (text: string) => {
  let n = 0;
  for (const _ of text) n++;
  return n;
};
