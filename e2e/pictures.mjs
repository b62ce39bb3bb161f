// Takes a picture of every place in every look: bin/screenshots/<place>/*.png as
// they are, and one sheet per place into docs/images/pages, small enough to keep.
// PLACES=name,name takes only those.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { openBrowser, startDemo } from './lib/harness.mjs';
import { fonts, furnish, look, visit } from './lib/looks.mjs';
import { languages, places, schemes, shown, widths } from './lib/places.mjs';

const root = new URL('..', import.meta.url).pathname;
const full = `${root}bin/screenshots/`;
const sheets = `${root}docs/images/pages/`;
const only = process.env.PLACES?.split(',');
const wanted = places.filter((p) => !only || only.includes(p.name));

const [demo, chrome] = await Promise.all([startDemo(), openBrowser()]);
const failures = [];
try {
  const furniture = await furnish(demo);
  for (const width of Object.keys(widths)) {
    for (const scheme of schemes) {
      for (const language of languages) {
        for (const who of new Set(wanted.map((p) => p.who))) {
          const page = await look(chrome, demo, { width, scheme, language, who });
          page.setDefaultTimeout(60_000);
          for (const place of wanted.filter((p) => p.who === who && shown(p, width, language))) {
            const file = `${full}${place.name}/${width}-${scheme}-${language}.png`;
            await mkdir(`${full}${place.name}`, { recursive: true });
            try {
              await visit(page, demo, place, furniture);
              await fonts(page);
              await page.mouse.move(0, 0);
            } catch (err) {
              // The picture is taken all the same: it shows what is wrong.
              failures.push(`${file}: ${err.message}`);
            }
            await page.screenshot({ path: file });
          }
          await page.context().close();
        }
      }
    }
    console.log(`${width}: done`);
  }
  if (!only) await rm(sheets, { recursive: true, force: true });
  await mkdir(sheets, { recursive: true });
  for (const place of wanted) await sheet(place);
  await writeFile(`${root}docs/pages.md`, gallery());
} finally {
  await chrome.close();
  await demo.stop();
}
if (failures.length) {
  console.error(failures.join('\n'));
  process.exitCode = 1;
}

/** The looks of one place side by side. */
async function sheet(place) {
  const page = await chrome.page({ viewport: { width: 1640, height: 900 } });
  const rows = [];
  for (const width of Object.keys(widths)) {
    const pictures = [];
    for (const scheme of schemes) {
      for (const language of languages) {
        if (!shown(place, width, language)) continue;
        const data = await readFile(`${full}${place.name}/${width}-${scheme}-${language}.png`, 'base64').catch(() => null);
        if (data) pictures.push(`<img src="data:image/png;base64,${data}">`);
      }
    }
    rows.push(`<div class="${width}">${pictures.join('')}</div>`);
  }
  await page.setContent(`<style>
    body { margin: 0; padding: 16px; background: #8a8f91 }
    div { display: flex; flex-wrap: wrap; gap: 16px; margin-bottom: 16px }
    .wide img { width: 796px } .phone img { width: 390px }
  </style>${rows.join('')}`);
  await page.evaluate(() => Promise.all([...document.images].map((i) => i.decode())));
  const { height } = await page.evaluate(() => ({ height: document.documentElement.scrollHeight }));
  const cdp = await page.context().newCDPSession(page);
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 50, captureBeyondViewport: true, clip: { x: 0, y: 0, width: 1640, height, scale: 1 } });
  await writeFile(`${sheets}${place.name}.webp`, Buffer.from(data, 'base64'));
  await page.context().close();
}

function gallery() {
  const pictures = places.map((p) => `## ${p.name}\n\n![${p.name}](images/pages/${p.name}.webp)\n`);
  return `<!-- Made by make screenshots from e2e/lib/places.mjs. Do not edit. -->
# Every page

Each in 1440 and 390 px, light and dark, English and Arabic, from the demo. The same places are checked by the browser stories for accessibility and overflow.

${pictures.join('\n')}`;
}
