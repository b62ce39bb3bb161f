// Every page in light and dark, English and Arabic, wide and on a phone: no
// serious finding of axe, no sideways scrolling, no violated policy.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { open, openBrowser, startDemo } from '../lib/harness.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const looks = {
  'wide, light, English': {},
  'wide, dark, Arabic': { colorScheme: 'dark', arabic: true },
  'phone, dark, English': { ...phone, colorScheme: 'dark' },
  'phone, light, Arabic': { ...phone, arabic: true },
};

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

async function inspect(page, where) {
  // From outside the page's own policy, as an extension would.
  const session = await page.context().newCDPSession(page);
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(axe);
  const found = await run(`axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')))`);
  assert.deepEqual(found, [], `${where}: axe`);
  const over = await run('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.ok(over <= 0, `${where}: ${over} px wider than the screen`);
}

for (const [look, { arabic, ...options }] of Object.entries(looks)) {
  test(look, async () => {
    const language = (page) => arabic && page.context().addInitScript(() => localStorage.setItem('sb.language', 'ar'));
    const out = await chrome.page(options);
    await language(out);
    await out.goto(demo.url);
    await out.locator('.lg-demo').waitFor();
    assert.equal(await out.locator('html').getAttribute('dir'), arabic ? 'rtl' : 'ltr');
    await inspect(out, 'login');
    await out.context().close();

    const page = await chrome.signedIn(demo, 'admin', '/healthz', options);
    await language(page);
    const places = {
      inbox: ['/inbox?tab=all', '[data-conversation]'],
      conversation: [`/inbox/${conversation}?tab=all`, '[data-message]'],
      'closed window': ['/inbox?tab=all', '[data-conversation]', (p) => p.locator('[data-conversation]', { hasText: 'Bartholomäus' }).click().then(() => p.locator('.cmp-closed').waitFor())],
      channels: ['/channels', 'a[href*="/channels/"]'],
      channel: [`/channels/${channel}`, '.card'],
      'channel source': [`/channels/${channel}?tab=source`, 'form'],
      'channel log': [`/channels/${channel}?tab=log`, '.log-r'],
      'new channel': ['/channels/new?type=WHATSAPP_CLOUD', 'form'],
    };
    for (const [name, [path, ready, more]] of Object.entries(places)) {
      await page.goto(demo.url + path);
      await page.locator(ready).first().waitFor();
      await more?.(page);
      await inspect(page, name);
      if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/${look} - ${name}.png`.replaceAll(', ', '-') });
    }
    await page.context().close();
  });
}

test('the visitor phone', async () => {
  for (const options of [{}, phone, { colorScheme: 'dark' }]) {
    const page = await chrome.page(options);
    await page.goto(demo.provider.phone('12025550177'));
    await page.getByRole('log').getByText('courier').waitFor();
    await inspect(page, 'visitor phone');
    await page.context().close();
  }
});

test('open menus and dialogs', async () => {
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, 'Amira El-Sayed');
  await page.getByRole('button', { name: 'Emoji' }).click();
  await page.getByRole('textbox', { name: /Search in English/ }).waitFor();
  await page.locator('.emo-g button').first().waitFor();
  await inspect(page, 'emoji');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Send something else' }).click();
  await page.getByRole('menuitem', { name: 'Buttons' }).click();
  await page.getByRole('dialog').waitFor();
  await inspect(page, 'buttons');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('body').press('?');
  await page.getByRole('dialog').waitFor();
  await inspect(page, 'keys');
  await page.context().close();
});
