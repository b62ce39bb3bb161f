// Loading, empty and failed: each list says which it is and what to do.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { bubble, openBrowser, row, startDemo } from '../lib/harness.mjs';

let demo;
let chrome;
let channel;
let conversation;
before(async () => {
  [demo, chrome] = await Promise.all([startDemo(), openBrowser()]);
  const api = await demo.as('admin');
  channel = (await api('GET', '/channel_accounts'))[0].id;
  conversation = (await demo.conversation(api, 'Amira El-Sayed')).id;
});
after(async () => {
  await chrome?.close();
  await demo?.stop();
});
afterEach(() => assert.deepEqual(chrome.troubles.splice(0), []));

const problem = { status: 503, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'unavailable', detail: 'The database does not answer.', hint: 'Try again in a minute.' }) };
const empty = { status: 200, contentType: 'application/json', body: '[]' };

/** Plays one list through its states; `ready` is what the real answer shows. */
function states(name, { path, pattern, failed, nothing, ready }) {
  test(`${name}: loading, failed with a way on, empty, filled`, async () => {
    const page = await chrome.signedIn(demo, 'admin', '/');
    let answer;
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    await page.route(pattern, async (route) => {
      if (answer === 'hold') await held;
      if (answer === 'real') return route.continue();
      return route.fulfill(answer === 'empty' ? empty : problem);
    });
    answer = 'hold';
    await page.goto(demo.url + path());
    await page.locator('.sk').first().waitFor();
    answer = 'failed';
    release();
    await page.getByText(failed).waitFor({ timeout: 30_000 });
    await page.getByText('The database does not answer.').first().waitFor();
    answer = 'real';
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await ready(page);
    answer = 'empty';
    await page.reload();
    await page.getByText(nothing).waitFor();
    await page.context().close();
  });
}
states('the conversations', {
  path: () => '/inbox?tab=all',
  pattern: /\/rest\/v1\/conversations\?tab=/,
  failed: 'The conversations could not be loaded',
  nothing: 'No conversation yet',
  ready: (page) => row(page, 'Amira El-Sayed').waitFor(),
});
states('the thread', {
  path: () => `/inbox/${conversation}?tab=all`,
  pattern: /\/rest\/v1\/messages\?/,
  failed: 'The messages could not be loaded',
  nothing: 'No message yet',
  ready: (page) => bubble(page, 'courier').waitFor(),
});
states('the channels', {
  path: () => '/channels',
  pattern: /\/rest\/v1\/channel_accounts\?/,
  failed: 'The channels could not be loaded',
  nothing: 'No channel is connected yet',
  ready: (page) => page.getByText('Support', { exact: true }).first().waitFor(),
});
states('the webhook log', {
  path: () => `/channels/${channel}?tab=log`,
  pattern: /\/rest\/v1\/webhook_events\?/,
  failed: 'The log could not be loaded',
  nothing: 'Nothing has arrived yet',
  ready: (page) => page.getByRole('button', { name: /Processed/ }).first().waitFor(),
});
