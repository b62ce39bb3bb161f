// The first thing a person does: start the demo, open the address it printed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, startDemo } from '../lib/harness.mjs';

let demo;
let chrome;
before(async () => {
  demo = await startDemo();
  chrome = await openBrowser();
});
after(async () => {
  await chrome?.close();
  await demo?.stop();
});

test('the address that the demo prints shows the app, without a word in the console', async () => {
  const page = await chrome.page();
  const answer = await page.goto(demo.url);
  assert.equal(answer.status(), 200);
  await page.waitForFunction(() => document.body.innerText.trim().length > 0);
  assert.match(await page.title(), /\S/);
  assert.deepEqual(chrome.troubles, []);
});
