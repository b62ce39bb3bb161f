// An administrator connects a number, and sees what the provider delivers.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { bubble, open, openBrowser, row, startDemo } from '../lib/harness.mjs';

let demo;
let chrome;
before(async () => {
  [demo, chrome] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await chrome?.close();
  await demo?.stop();
});
afterEach(() => assert.deepEqual(chrome.troubles.splice(0), []));

const field = (page, name) => page.getByRole('textbox', { name });
/** The sentence that stands at a field as its fault. */
async function faultAt(page, name, words) {
  const input = field(page, name);
  await page.waitForFunction(
    ([el, text]) => {
      const ids = (el.getAttribute('aria-describedby') ?? '').split(' ');
      return el.getAttribute('aria-invalid') === 'true' && ids.some((id) => document.getElementById(id)?.textContent.includes(text));
    },
    [await input.elementHandle(), words],
  );
}

test('a number is connected by its form: faults at their fields, check, subscription, first message, replay', async () => {
  const number = await demo.provider.call('POST', '/accounts', { type: 'WHATSAPP_CLOUD', name: 'Branch office' });
  const page = await chrome.signedIn(demo, 'admin', '/channels');
  await page.getByRole('link', { name: 'Add channel' }).click();
  await page.getByRole('link', { name: 'WhatsApp Cloud' }).click();
  await page.getByRole('heading', { name: 'Connect WhatsApp Cloud' }).waitFor();

  // Half filled in: what is missing is said where it is missing.
  await field(page, /^Phone number ID/).fill('not a number');
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await faultAt(page, /^Name/, 'This is needed.');
  await faultAt(page, /^Access token/, 'This is needed.');
  await faultAt(page, /^Phone number ID/, 'form that the platform uses');

  // What only the server knows comes back to the field too.
  await field(page, /^Name/).fill('Support');
  await field(page, /^Phone number ID/).fill(number.phone_number_id);
  await field(page, /^Access token/).fill(number.access_token);
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await faultAt(page, /^Name/, 'Another channel has this name.');

  await field(page, /^Name/).fill('Branch office');
  await field(page, /^WhatsApp Business Account ID/).fill(number.waba_id);
  await field(page, /^App ID/).fill(number.app_id);
  await field(page, /^App secret/).fill(number.app_secret);
  await field(page, /^Verify token/).fill(number.verify_token);
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await page.getByRole('heading', { name: 'Branch office' }).waitFor();
  const id = new URL(page.url()).pathname.split('/').at(-1);

  const api = await demo.as('admin');
  const channel = await api('GET', `/channel_accounts/${id}`);
  assert.equal(channel.settings.access_token, '********');
  await demo.provider.call('POST', '/accounts', { ...number, callback: undefined, webhook_url: channel.callback_url });

  await page.getByRole('button', { name: 'Check now' }).click();
  await page.locator('.checks li').first().waitFor();
  await page.getByText('Credentials good').waitFor();
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click();
  await page.getByRole('button', { name: 'Unsubscribe' }).waitFor();
  await page.getByText('Subscribed', { exact: true }).first().waitFor();

  await page.getByRole('link', { name: 'Log' }).click();
  await page.getByText('Nothing has arrived yet').waitFor();
  await demo.provider.call('POST', `/accounts/${number.phone_number_id}/visitors`, { wa_id: '12025553001', name: 'Hanne Visser' });
  await demo.provider.call('POST', `/accounts/${number.phone_number_id}/inbound`, { visitor: '12025553001', kind: 'text', text: 'First message here' });
  await demo.provider.idle();
  await page.reload();
  await page.getByRole('button', { name: /Processed/ }).first().click();
  await page.locator('pre', { hasText: 'First message here' }).waitFor();
  await page.getByRole('button', { name: 'Process again' }).click();
  await page.getByText('Queued; the outcome above changes when it is done.').waitFor();
  await page.getByRole('button', { name: /Processed|Duplicate/ }).first().waitFor();

  const agent = await chrome.signedIn(demo, 'agent', '/');
  await open(agent, demo, 'Hanne Visser');
  await bubble(agent, 'First message here').waitFor();
  assert.equal(await bubble(agent, 'First message here').count(), 1, 'a replay repeats nothing');

  // Switched off and deleted, with the number of conversations named.
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('button', { name: 'Delete this channel' }).click();
  await page.getByRole('dialog').getByText('1 open enquiry is closed.').waitFor();
  await page.getByRole('dialog').getByRole('textbox').fill('Branch office');
  await page.getByRole('button', { name: 'Delete channel' }).click();
  await page.getByText('is deleted').waitFor();
  await page.waitForURL('**/channels');
  await page.context().close();
  await agent.context().close();
});

test('secrets that the provider refuses are named by the check', async () => {
  const number = await demo.provider.call('POST', '/accounts', { type: 'WHATSAPP_CLOUD', name: 'Wrong token' });
  const api = await demo.as('admin');
  const { phone_number_id, waba_id, app_id, app_secret } = number;
  const c = await api('POST', '/channel_accounts', { name: 'Wrong token', type: 'WHATSAPP_CLOUD', is_active: true,
    settings: { phone_number_id, waba_id, app_id, app_secret, access_token: 'EAAwrong-token-that-opens-nothing' } });
  const page = await chrome.signedIn(demo, 'admin', `/channels/${c.id}`);
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.locator('.checks li.b').first().waitFor();
  await page.getByText('Credentials invalid').waitFor();
  await page.getByRole('link', { name: 'Source' }).click();
  await field(page, /^Access token/).fill(number.access_token);
  await page.getByRole('button', { name: 'Save the settings' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('Credentials good').waitFor();
  await api('DELETE', `/channel_accounts/${c.id}`);
  await page.context().close();
});

test('an agent sees no switches where he has no say', async () => {
  const page = await chrome.signedIn(demo, 'agent', '/channels');
  await page.getByText(/Channels are not part of your role|Support/).first().waitFor();
  assert.equal(await page.getByRole('link', { name: 'Add channel' }).count(), 0);
  assert.equal(await page.getByRole('switch').count(), 0);
  await page.goto(`${demo.url}/inbox?tab=all`);
  await row(page, 'Amira El-Sayed').waitFor();
  await page.context().close();
});
