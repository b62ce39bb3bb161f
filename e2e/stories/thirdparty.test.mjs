// An outside system is connected, talked to, and seen through trouble, in a
// browser and over the real wire format.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { bubble, open, openBrowser, send, startDemo, until } from '../lib/harness.mjs';

let demo;
let chrome;
let shop;
before(async () => {
  [demo, chrome, shop] = await Promise.all([startDemo(), openBrowser(), startShop()]);
});
after(async () => {
  await chrome?.close();
  await demo?.stop();
  shop?.server.close();
});

/** A system that echoes challenges once it is told to, and answers deliveries with a status of choice. */
async function startShop() {
  const state = { honest: false, status: 200, got: [] };
  const server = createServer(async (req, res) => {
    let text = '';
    for await (const part of req) text += part;
    const call = JSON.parse(text);
    if (call.type === 'challenge') return res.end(JSON.stringify({ challenge: state.honest ? call.challenge : 'no idea' }));
    if (call.type !== 'message') return res.end('{}'); // that somebody types
    state.got.push({ id: req.headers['x-delivery-id'], text, message: call.message });
    res.writeHead(state.status).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, state, url: `http://127.0.0.1:${server.address().port}/hook` };
}

test('a system is connected, its visitor is answered, a dead delivery goes again', async () => {
  const page = await chrome.signedIn(demo, 'admin', '/channels/new?type=THIRD_PARTY');
  await page.getByRole('radio', { name: /Set up another/ }).waitFor();
  await page.getByLabel('Source name').fill('Story shop');
  await page.getByLabel(/Outgoing webhook/).fill(shop.url);
  await page.getByLabel('Source name').focus();
  await page.getByText('The connection test failed. Please make sure your endpoint answers with the `challenge` value we sent.').waitFor();
  await page.getByText('{"challenge":"no idea"}').waitFor();

  shop.state.honest = true;
  await page.getByRole('button', { name: 'Test again' }).click();
  await page.getByText('The connection works.', { exact: false }).waitFor();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Story channel');
  await page.getByRole('button', { name: /Save/ }).click();
  await page.getByRole('heading', { name: 'Send us a message' }).waitFor();
  await page.getByRole('button', { name: 'Fill in the access token' }).click();
  const example = await page.locator('.dev pre').first().textContent();
  const token = example.match(/Bearer (tp_[\w-]+)/)?.[1];
  const address = example.match(/http\S+\/messages/)?.[0];
  assert.ok(token && address, example);

  const say = (messageId, text) =>
    fetch(address, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ messageId, user: { id: 'v-1', name: 'Noor Haddad' }, message: { type: 'text', text } }),
    }).then((r) => r.json());
  const first = await say('m-1', 'Is anybody there?');
  assert.equal(first.code, 0);
  assert.equal((await say('m-1', 'Is anybody there?')).result.duplicate, true);

  const agent = await chrome.signedIn(demo, 'agent', '/');
  await open(agent, demo, 'Noor Haddad');
  await bubble(agent, 'Is anybody there?').waitFor();
  shop.state.status = 422;
  await send(agent, 'Yes, good morning');
  await until('the delivery', async () => shop.state.got.length === 1);

  await page.getByRole('link', { name: 'Deliveries' }).click();
  await page.getByRole('button', { name: /Dead/ }).click();
  await page.getByText('422').first().waitFor();
  shop.state.status = 200;
  await page.getByRole('button', { name: 'Send again' }).click();
  await until('the replay', async () => shop.state.got.length === 2);
  assert.equal(shop.state.got[0].id, shop.state.got[1].id);
  assert.equal(shop.state.got[0].text, shop.state.got[1].text);
  await page.getByRole('button', { name: /Delivered/ }).waitFor();

  await page.getByRole('link', { name: 'Source', exact: true }).click();
  await page.getByRole('button', { name: 'Reveal' }).click();
  await page.getByText(token).waitFor();
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('button', { name: 'Make new values' }).click();
  await page.getByText('go on working until', { exact: false }).waitFor();
  assert.equal((await say('m-2', 'With the old token')).code, 0);
  assert.deepEqual(chrome.troubles, []);
});
