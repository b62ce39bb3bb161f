import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { readItem, writeItem } from '@/shared/lib/storage';
import type en from './locales/en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
    keySeparator: false;
    nsSeparator: false;
    returnNull: false;
  }
}

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

async function load(language: AppLanguage): Promise<void> {
  const [catalogue] = await Promise.all([
    catalogues[language](),
    // The Arabic face weighs more than the whole interface, so only Arabic readers load it.
    language === 'ar' ? import('@fontsource-variable/noto-sans-arabic/wght.css') : null,
  ]);
  i18next.addResourceBundle(language, 'translation', catalogue.default, true, true);
}

function apply(language: AppLanguage): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

export async function startI18n(language: AppLanguage = preferredLanguage()): Promise<typeof i18next> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    keySeparator: false,
    nsSeparator: false,
    returnNull: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await load(language);
  // Bundles arrive after init; the change makes the first render read them.
  await i18next.changeLanguage(language);
  apply(language);
  return i18next;
}

export async function setLanguage(language: AppLanguage): Promise<void> {
  await load(language);
  writeItem(key, language);
  await i18next.changeLanguage(language);
  apply(language);
}

export function useT() {
  const { t, i18n } = useTranslation();
  return { t, language: i18n.language as AppLanguage };
}
export type Translate = ReturnType<typeof useT>['t'];
export type Key = keyof typeof en;

/** Keeps numbers, ids and addresses in their own direction inside a translated sentence. */
export const ltr = (text: string | number): string => `\u2066${text}\u2069`;
/** Keeps a name whose direction is unknown from turning the sentence around it. */
export const isolate = (text: string): string => `\u2068${text}\u2069`;
