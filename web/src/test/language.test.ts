import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import ar from '@/shared/i18n/locales/ar.json';
import en from '@/shared/i18n/locales/en.json';
import * as format from '@/shared/lib/format';

const src = join(__dirname, '..');
const walk = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });

/** Names and words that Arabic writes in Latin letters too. */
const latin =
  /^(API|URL|https?|example\.com|name|heart|Switchboard|WhatsApp|Telegram|Meta|Enter|Ctrl|Esc|JSON|CSV|ID|challenge)$/;

describe('Arabic', () => {
  const texts = Object.entries(ar).map(([key, text]) => ({ key, text: text.replace(/{{\w+}}/g, '') }));

  it('has no English left in it', () => {
    const words = texts.flatMap(({ key, text }) =>
      (text.match(/[A-Za-z][A-Za-z.]*[A-Za-z]/g) ?? [])
        .filter((w) => !latin.test(w))
        .map((w) => `${key}: ${w}`),
    );
    expect(words).toEqual([]);
  });
  it('says each text in Arabic, except what has no words', () => {
    const same = texts.filter(({ text }) => /\p{L}/u.test(text) && !/\p{Script=Arabic}/u.test(text));
    expect(same.map((t) => t.key)).toEqual([]);
  });
  it('is not a copy of the English', () => {
    const copies = Object.entries(en).filter(
      ([key, text]) =>
        (ar as Record<string, string>)[key] === text && /\p{L}/u.test(text.replace(/{{\w+}}/g, '')),
    );
    expect(copies.map(([key]) => key)).toEqual([]);
  });
  it('names the number where the form of the word does not', () => {
    const silent = Object.entries(ar).filter(
      ([key, text]) => /_(few|many|other)$/.test(key) && !/{{(count|n)}}/.test(text),
    );
    expect(silent.map(([key]) => key)).toEqual([]);
  });
  it('uses its own marks: no Latin comma or question mark between Arabic words', () => {
    const wrong = Object.entries(ar).filter(([, text]) => /\p{Script=Arabic}\s*[,?;](\s|$)/u.test(text));
    expect(wrong.map(([key]) => key)).toEqual([]);
  });
});

describe('texts in components', () => {
  /** What is shown or read out and stands in the code itself. */
  const spoken =
    /^(aria-label|aria-description|aria-roledescription|title|placeholder|label|alt|description)$/;
  /** Caps of keys, which keyboards print in Latin letters everywhere, and verbs of HTTP. */
  const keys = /^(Enter|Esc|Ctrl|Shift|Tab|K|GET|POST)$/;
  const hard = (path: string) => {
    const file = ts.createSourceFile(
      path,
      readFileSync(path, 'utf8'),
      ts.ScriptTarget.Latest,
      true,
      ts.ScriptKind.TSX,
    );
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      let text = '';
      if (ts.isJsxText(node)) text = node.text.trim();
      else if (ts.isJsxAttribute(node) && spoken.test(node.name.getText(file))) {
        if (node.initializer && ts.isStringLiteral(node.initializer)) text = node.initializer.text;
      }
      if (/\p{L}{2}/u.test(text) && !keys.test(text)) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
        found.push(`${relative(src, path)}:${line + 1}: ${text}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  };
  it('come from the catalogues', () => {
    const components = walk(src).filter((p) => p.endsWith('.tsx') && !p.includes('test'));
    expect(components.length).toBeGreaterThan(50);
    expect(components.flatMap(hard)).toEqual([]);
  });
  it('are formatted in one place, by the language', () => {
    const elsewhere = walk(src).filter(
      (p) =>
        /\.tsx?$/.test(p) &&
        !/test|\/i18n\/|lib\/format\.ts$/.test(p) &&
        /toLocale\w*String\(|Intl\.(DateTime|Number)Format/.test(readFileSync(p, 'utf8')),
    );
    expect(elsewhere.map((p) => relative(src, p))).toEqual([]);
  });
});

describe('dates and numbers', () => {
  const time = '2026-11-22T16:03:46Z';
  const now = new Date('2026-11-25T00:00:00Z');
  const shown = (language: string) => [
    format.clock(time, language),
    format.fullStamp(time, language),
    format.dayName(time, language, now),
    format.dayMonth(time, language),
    format.shortDate(time, language, now),
    format.dateTime(time, language),
    format.dateMinute(time, language),
  ];
  it('name days and months in Arabic, with the digits of the rest of the page', () => {
    for (const text of shown('ar').slice(1)) {
      expect(text).toMatch(/\p{Script=Arabic}/u);
      expect(text).not.toMatch(/[\u0660-\u0669]/);
    }
  });
  it('name them in English', () => {
    for (const text of shown('en')) expect(text).not.toMatch(/\p{Script=Arabic}/u);
    expect(format.shortDate(time, 'en', now)).toBe('22 Nov');
    expect(format.number(1204)).toBe('1,204');
  });
});
