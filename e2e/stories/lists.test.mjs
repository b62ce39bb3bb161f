// Every list while it loads, after it failed, filled and empty.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openBrowser, startDemo } from '../lib/harness.mjs';
import { furnish, inspect, look } from '../lib/looks.mjs';
import { places } from '../lib/places.mjs';

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

const problem = { status: 503, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'unavailable', detail: 'The database does not answer.', hint: 'Try again in a minute.' }) };
const empty = { status: 200, contentType: 'application/json', body: '[]' };

for (const place of places.filter((p) => p.list)) {
  test(`the list of ${place.name}: loading, failed with a way on, filled, empty`, async () => {
    const { pattern, failed, nothing } = place.list;
    const page = await look(chrome, demo, { width: 'wide', scheme: 'light', language: 'en', who: place.who });
    let answer = 'hold';
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    await page.route(pattern, async (route) => {
      if (answer === 'hold') await held;
      if (answer === 'real') return route.continue();
      return route.fulfill(answer === 'empty' ? empty : problem);
    });
    const path = typeof place.path === 'function' ? place.path(furniture) : place.path;
    await page.goto(demo.url + path);
    await page.locator('.sk').first().waitFor();
    await inspect(page, `${place.name}, loading`);
    answer = 'failed';
    release();
    await page.getByText(failed).waitFor({ timeout: 30_000 });
    await page.getByText('The database does not answer.').first().waitFor();
    await inspect(page, `${place.name}, failed`);
    answer = 'real';
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.locator(place.ready).first().waitFor();
    if (nothing) {
      answer = 'empty';
      await page.reload();
      await page.getByText(nothing).waitFor();
      await inspect(page, `${place.name}, empty`);
    }
    await page.context().close();
  });
}
