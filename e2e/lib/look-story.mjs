// Every page, dialog and state in light and dark, English and Arabic, wide and
// on a phone: no serious finding of axe, no sideways scrolling, no violated
// policy. Four looks meet each pair of the three; a route without a visit fails
// in the web app's tests. The widths are files of their own, which run side by
// side.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openBrowser, startDemo } from './harness.mjs';
import { faults, furnish, look, visit } from './looks.mjs';
import { places, shown } from './places.mjs';

const looks = [
  { width: 'wide', scheme: 'light', language: 'en' },
  { width: 'wide', scheme: 'dark', language: 'ar' },
  { width: 'phone', scheme: 'dark', language: 'en' },
  { width: 'phone', scheme: 'light', language: 'ar' },
];

/** Looks at every place in one width. */
export function lookAtAll(width) {
  let demo;
  let chrome;
  let furniture;
  before(async () => {
    [demo, chrome] = await Promise.all([startDemo(), openBrowser()]);
    furniture = await furnish(demo);
  });
  after(async () => {
    await chrome?.close();
    await demo?.stop();
  });
  afterEach(() => assert.deepEqual(chrome.troubles.splice(0), []));
  for (const { scheme, language } of looks.filter((l) => l.width === width)) {
    test(`${width}, ${scheme}, ${language}`, { timeout: 600_000 }, async () => {
      const found = [];
      for (const who of new Set(places.map((p) => p.who))) {
        const page = await look(chrome, demo, { width, scheme, language, who });
        for (const place of places.filter((p) => p.who === who && shown(p, width, language))) {
          try {
            await visit(page, demo, place, furniture);
            found.push(...(await faults(page, place.name)));
            if (!place.english) assert.equal(await page.locator('html').getAttribute('dir'), language === 'ar' ? 'rtl' : 'ltr');
          } catch (err) {
            found.push(`${place.name}: ${err.message}`);
          }
        }
        await page.context().close();
      }
      assert.deepEqual(found, []);
    });
  }
}
