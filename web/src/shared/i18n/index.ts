import { useSyncExternalStore } from 'react';
import { readItem, writeItem } from '@/shared/lib/storage';
import type en from './locales/en.json';

export const languages = ['en', 'ar'] as const;
export type AppLanguage = (typeof languages)[number];
export const directionOf = (language: string): 'rtl' | 'ltr' => (language === 'ar' ? 'rtl' : 'ltr');
/** A language is always named in itself: whoever needs it may read nothing else. */
export const languageNames: Record<AppLanguage, string> = { en: 'English', ar: 'العربية' };

const key = 'sb.language';
const catalogues: Record<AppLanguage, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import('./locales/en.json'),
  ar: () => import('./locales/ar.json'),
};

export function preferredLanguage(): AppLanguage {
  const saved = readItem(key);
  if (saved === 'en' || saved === 'ar') return saved;
  return navigator.languages.some((l) => l.toLowerCase().startsWith('ar')) &&
    !navigator.languages[0]?.toLowerCase().startsWith('en')
    ? 'ar'
    : 'en';
}

type Plural = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other';
type Stem<K> = K extends `${infer S}_${Plural}` ? S : K;
/** The name of a text; forms for numbers stand behind one name and are chosen by `count`. */
export type Key = Stem<keyof typeof en>;
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

interface State {
  language: AppLanguage;
  t: Translate;
}
let state: State = { language: 'en', t: (key) => key };
const listeners = new Set<() => void>();

/** Fills the places of a text; a number among them chooses the form that the language has for it. */
export function translator(language: string, catalogue: Record<string, string>): Translate {
  const forms = new Intl.PluralRules(language);
  return (key, values = {}) => {
    const { count } = values;
    const text =
      (typeof count === 'number' ? catalogue[`${key}_${forms.select(count)}`] : undefined) ??
      catalogue[key] ??
      key;
    return text.replace(/{{(\w+)}}/g, (_, name: string) => String(values[name] ?? ''));
  };
}

async function use(language: AppLanguage): Promise<void> {
  const [catalogue] = await Promise.all([
    catalogues[language](),
    // The Arabic face weighs more than the whole interface, so only Arabic readers load it.
    language === 'ar' ? import('@fontsource-variable/noto-sans-arabic/wght.css') : null,
  ]);
  state = { language, t: translator(language, catalogue.default) };
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  for (const listener of listeners) listener();
}

export const startI18n = (language: AppLanguage = preferredLanguage()): Promise<void> => use(language);
export async function setLanguage(language: AppLanguage): Promise<void> {
  await use(language);
  writeItem(key, language);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
const current = () => state;
export function useT(): State {
  return useSyncExternalStore(subscribe, current);
}

/** Keeps numbers, ids and addresses in their own direction inside a translated sentence. */
export const ltr = (text: string | number): string => `\u2066${text}\u2069`;
/** Keeps a name whose direction is unknown from turning the sentence around it. */
export const isolate = (text: string): string => `\u2068${text}\u2069`;
