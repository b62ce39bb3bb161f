import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import ar from '@/shared/i18n/locales/ar.json';
import en from '@/shared/i18n/locales/en.json';

const src = join(__dirname, '..');
function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}
const files = walk(src).map((path) => ({
  path: relative(src, path).replaceAll('\\', '/'),
  text: readFileSync(path, 'utf8'),
}));
const code = files.filter(
  (f) => /\.tsx?$/.test(f.path) && !f.path.includes('test') && !f.path.endsWith('.d.ts'),
);
const styles = files.filter((f) => f.path.endsWith('.css'));

describe('catalogues', () => {
  const plural = /_(zero|one|two|few|many|other)$/;
  const base = (keys: string[]) => new Set(keys.map((k) => k.replace(plural, '')));
  const inEn = base(Object.keys(en));
  const inAr = base(Object.keys(ar));

  it('hold the same keys in both languages', () => {
    expect([...inEn].filter((k) => !inAr.has(k))).toEqual([]);
    expect([...inAr].filter((k) => !inEn.has(k))).toEqual([]);
  });
  it('have every plural form that the language knows', () => {
    for (const [language, catalogue] of [
      ['en', en],
      ['ar', ar],
    ] as const) {
      const keys = Object.keys(catalogue);
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      const stems = new Set(keys.filter((k) => plural.test(k)).map((k) => k.replace(plural, '')));
      for (const stem of stems) {
        for (const form of forms) expect(keys).toContain(`${stem}_${form}`);
      }
    }
  });
  it('have no empty text and the same places to fill in', () => {
    const places = (text: string) => [...new Set(text.match(/{{\w+}}/g) ?? [])].sort();
    for (const [key, text] of Object.entries(en)) {
      const other = (ar as Record<string, string>)[key];
      expect(text, key).not.toBe('');
      // Arabic spells out one and two, so only the plain texts must match.
      if (other !== undefined && !plural.test(key)) expect(places(other), key).toEqual(places(text));
    }
  });
  it('hold no key that nothing uses and miss none that something does', () => {
    const all = code.map((f) => f.text).join('\n');
    expect([...inEn].filter((k) => !all.includes(`'${k}'`))).toEqual([]);
    const used = [...all.matchAll(/\bt\(\s*'([a-z]\w*\.\w+)'/g)].map((m) => m[1] ?? '');
    expect(used.filter((k) => !inEn.has(k))).toEqual([]);
  });
});

describe('architecture', () => {
  it('names channel types only where one is connected', () => {
    const names =
      /WHATSAPP_CLOUD|WHATSAPP_LITE|MESSENGER|INSTAGRAM|WECHAT|TELEGRAM|TIKTOK|LINKEDIN|SHOPIFY_INBOX|WEB_PUSH|MOBILE_PUSH|THIRD_PARTY|'(LINE|EMAIL|SMS)'/;
    const allowed = /^features\/channels\/connect\//;
    expect(code.filter((f) => !allowed.test(f.path) && names.test(f.text)).map((f) => f.path)).toEqual([]);
  });
  it('lets imports flow from shared to features to app', () => {
    const wrong = code.filter(
      (f) =>
        (f.path.startsWith('shared/') && /from '@\/(features|app)\//.test(f.text)) ||
        (f.path.startsWith('api/') && /from '@\/(features|app)\//.test(f.text)) ||
        (f.path.startsWith('features/') && /from '@\/app\//.test(f.text)),
    );
    expect(wrong.map((f) => f.path)).toEqual([]);
  });
  it('reaches into another feature only by its index', () => {
    const deep = code.flatMap((f) => {
      const own = f.path.match(/^features\/(\w+)\//)?.[1];
      const found = [...f.text.matchAll(/from '@\/features\/(\w+)\/[^']+'/g)];
      return found.filter((m) => m[1] !== own).map(() => f.path);
    });
    expect(deep).toEqual([]);
  });
  it('keeps colours in the theme', () => {
    const hex = /#[0-9a-f]{3,8}\b/i;
    const wrong = [...code, ...styles].filter((f) => f.path !== 'app/theme.ts' && hex.test(f.text));
    // The pattern that checks a colour from a descriptor is no colour.
    expect(wrong.map((f) => f.path)).toEqual([]);
  });
  it('uses logical properties in styles', () => {
    const physical = /(?:^|[\s;{])(?:margin|padding|border)-(?:left|right)\b|(?:^|[\s;{])(?:left|right)\s*:/m;
    expect(styles.filter((f) => physical.test(f.text)).map((f) => f.path)).toEqual([]);
  });
  it('never puts foreign text into the page as markup', () => {
    expect(
      code.filter((f) => /dangerouslySetInnerHTML|innerHTML\s*=/.test(f.text)).map((f) => f.path),
    ).toEqual([]);
  });
});
