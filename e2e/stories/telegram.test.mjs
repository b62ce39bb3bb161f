// A bot: connected by its form, a group that talks, a poll and its votes, a
// button that is pressed, a channel to post to.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { bubble, open, openBrowser, row, send, startDemo } from '../lib/harness.mjs';

const bot = '7002000901'; // the demo's simulated bot
const group = '-1005200300999';

let demo;
let chrome;
before(async () => {
  [demo, chrome] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await chrome?.close();
  await demo?.stop();
});
afterEach(async () => {
  assert.deepEqual(chrome.troubles.splice(0), []);
  for (const context of chrome.browser.contexts()) await context.close();
});

const plus = async (page, item) => {
  await page.getByRole('button', { name: 'Send something else' }).click();
  await page.getByRole('menuitem', { name: item }).click();
};

test('a bot is connected with its token alone', async () => {
  const made = await demo.provider.call('POST', '/accounts', { type: 'TELEGRAM', name: 'Branch bot', username: 'branch_bot' });
  const page = await chrome.signedIn(demo, 'admin', '/channels');
  await page.getByRole('link', { name: 'Add channel' }).click();
  await page.getByRole('link', { name: 'Telegram' }).click();
  await page.getByRole('heading', { name: 'Connect Telegram' }).waitFor();
  await page.getByRole('textbox', { name: /^Name/ }).fill('Branch bot');
  await page.getByRole('textbox', { name: /^Bot token/ }).fill(made.bot_token);
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await page.getByRole('heading', { name: 'Branch bot' }).waitFor();
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('Branch bot (@branch_bot)').waitFor();
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click();
  await page.getByRole('button', { name: 'Unsubscribe' }).waitFor();
  const { webhook_url, verify_token } = await demo.provider.call('GET', `/accounts/${made.id}`);
  assert.match(webhook_url, /\/webhooks\/telegram\//);
  assert.match(verify_token, /^[A-Za-z0-9_-]{20,}$/);
});

test('a group talks, an agent answers, a poll is voted on, a button pressed', async () => {
  await demo.provider.call('POST', `/accounts/${bot}/visitors`, {
    id: group, kind: 'group', name: 'Hotel project', members: [{ id: '9100200401', name: 'Ines Prado' }, { id: '9100200402', name: 'Levi Stein' }],
  });
  const phone = await chrome.page();
  await phone.goto(`${demo.provider.url}/phone?account=${bot}&visitor=${group}`);
  const words = phone.getByRole('textbox', { name: 'Message' });
  const say = async (text, as) => {
    await phone.getByRole('combobox', { name: 'Write as' }).selectOption({ label: as });
    await words.fill(text);
    await words.press('Enter');
  };
  await say('Who orders the pendants?', 'Ines Prado');
  await say('I do, on Monday', 'Levi Stein');

  const page = await chrome.signedIn(demo, 'agent', '/inbox?tab=waiting');
  await row(page, 'Hotel project').click();
  await bubble(page, 'Who orders the pendants?').getByText('Ines Prado').waitFor();
  await bubble(page, 'I do, on Monday').getByText('Levi Stein').waitFor();
  await send(page, 'Thank you, Levi');
  await phone.locator('.msg.business', { hasText: 'Thank you, Levi' }).getByText('Lumen & Loom').waitFor();

  await plus(page, 'Poll');
  const form = page.getByRole('dialog', { name: 'Poll' });
  await form.getByRole('textbox', { name: 'Question' }).fill('Brass or copper?');
  await form.getByRole('textbox', { name: 'Answer 1' }).fill('Brass');
  await form.getByRole('button', { name: 'Send' }).click();
  await form.getByText('This is needed.').waitFor();
  await form.getByRole('textbox', { name: 'Answer 2' }).fill('Copper');
  await form.getByRole('button', { name: 'Send' }).click();
  const poll = bubble(page, 'Brass or copper?');
  await poll.getByText('No votes yet').waitFor();
  const theirs = phone.locator('.msg', { hasText: 'Brass or copper?' });
  await theirs.getByRole('button', { name: 'Copper' }).click();
  await poll.getByText('1 vote', { exact: true }).waitFor();
  await phone.getByRole('combobox', { name: 'Write as' }).selectOption({ label: 'Ines Prado' });
  await theirs.getByRole('button', { name: 'Brass' }).click();
  await poll.getByText('2 votes').waitFor();
  assert.deepEqual(await poll.locator('progress').evaluateAll((all) => all.map((p) => p.value)), [1, 1]);

  await plus(page, 'Buttons');
  const ask = page.getByRole('dialog', { name: 'Buttons' });
  await ask.getByRole('textbox', { name: 'Text' }).fill('Deliver on Friday?');
  await ask.getByRole('textbox', { name: 'Button 1' }).fill('Yes, Friday');
  await ask.getByRole('textbox', { name: 'Button 2' }).fill('Later');
  await ask.getByRole('button', { name: 'Send' }).click();
  await phone.locator('.msg', { hasText: 'Deliver on Friday?' }).getByRole('button', { name: 'Yes, Friday' }).click();
  await bubble(page, 'Chosen answer').getByText('Yes, Friday').waitFor();
});

test('a channel the bot was let into is posted to', async () => {
  await demo.provider.call('POST', `/accounts/${bot}/visitors`, { id: '-1007700880099', kind: 'channel', name: 'Lumen news' });
  await demo.provider.call('POST', `/accounts/${bot}/inbound`, { visitor: '-1007700880099', kind: 'join' });
  const page = await chrome.signedIn(demo, 'supervisor', '/inbox?tab=all');
  await row(page, 'Lumen news').waitFor();
  await open(page, demo, 'Lumen news');
  await send(page, 'New lamps are in the shop');
  const phone = await chrome.page();
  await phone.goto(`${demo.provider.url}/phone?account=${bot}&visitor=-1007700880099`);
  await phone.locator('.msg', { hasText: 'New lamps are in the shop' }).waitFor();
});
