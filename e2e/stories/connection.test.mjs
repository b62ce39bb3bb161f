// The server goes away and comes back; nothing is lost and nothing is doubled.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, composer, open, openBrowser, row, send, startDemo, tick } from '../lib/harness.mjs';

let demo;
let chrome;
before(async () => {
  [demo, chrome] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await chrome?.close();
  await demo?.stop();
});

test('a server that was away is caught up with, and what was typed meanwhile goes out', async () => {
  const name = 'Linnea Sandström';
  const visitor = await demo.provider.stranger(name);
  await demo.provider.say(visitor, 'Are you open on Sunday?');
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, name);
  await bubble(page, 'Are you open on Sunday?').waitFor();

  await demo.leaveProviderAlone();
  await page.getByText(/Connection lost at/).waitFor();
  await demo.provider.say(visitor, 'I wrote while you were away');
  await send(page, 'We are, until six');
  await tick(page, 'We are, until six').and(page.getByLabel('Queued')).waitFor();
  await page.getByText('1 message waits on this device').waitFor();

  await demo.serve();
  await bubble(page, 'I wrote while you were away').waitFor({ timeout: 40_000 });
  await tick(page, 'We are, until six').and(page.getByLabel(/Sent|Delivered/)).waitFor({ timeout: 40_000 });
  await page.getByText('Connected, everything is up to date').waitFor({ timeout: 40_000 });
  await page.getByText(/Connection lost at|waits on this device/).waitFor({ state: 'detached', timeout: 40_000 });
  await row(page, 'We are, until six').or(row(page, 'I wrote while you were away')).first().waitFor();
  const api = await demo.as('agent');
  const c = await demo.conversation(api, name);
  const texts = (await api('GET', `/messages?conversation_id=eq.${c.id}`)).map((m) => m.text).sort();
  assert.deepEqual(texts, ['Are you open on Sunday?', 'I wrote while you were away', 'We are, until six']);
  assert.deepEqual(chrome.troubles, []);
});

test('without a network the page says so, keeps what is sent through a reload, and sends it once the network is back', async () => {
  const name = 'Marek Zielinski';
  const visitor = await demo.provider.stranger(name);
  await demo.provider.say(visitor, 'First');
  const page = await chrome.signedIn(demo, 'agent2', '/');
  await open(page, demo, name);
  await bubble(page, 'First').waitFor();
  await page.context().setOffline(true);
  await page.getByText('This device is offline').waitFor();
  await page.getByText('No connection: what you send waits').waitFor();
  await demo.provider.say(visitor, 'Second');
  await demo.provider.idle();
  await send(page, 'Typed without a network');
  await composer(page).fill('Only a draft');
  await tick(page, 'Typed without a network').and(page.getByLabel('Queued')).waitFor();
  // The tab is lost before the network is back.
  await page.goto('about:blank');
  await page.context().setOffline(false);
  await page.goBack();
  await bubble(page, 'Second').waitFor({ timeout: 60_000 });
  await tick(page, 'Typed without a network').and(page.getByLabel(/Sent|Delivered/)).waitFor({ timeout: 60_000 });
  assert.equal(await composer(page).inputValue(), 'Only a draft');
  await page.getByText(/This device is offline|No connection/).waitFor({ state: 'detached' });
  const api = await demo.as('agent2');
  const c = await demo.conversation(api, name);
  const texts = (await api('GET', `/messages?conversation_id=eq.${c.id}`)).map((m) => m.text).sort();
  assert.deepEqual(texts, ['First', 'Second', 'Typed without a network']);
});
