// What every browser story needs: the real binary's demo on a data directory of
// its own, its simulated provider, and a real Chromium. A story fails on any
// error of the page and on any violation of the Content-Security-Policy,
// whatever else it looks at.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const startLimit = 60_000;
const stopLimit = 35_000; // the program promises to end within 30 s
const binary = process.env.SWITCHBOARD_BIN ?? new URL('../../bin/switchboard', import.meta.url).pathname;

export const account = '520000000000031'; // the demo's simulated number
export const password = 'violet teapot orbit';
export const people = {
  admin: { email: 'admin@example.com', name: 'Khaled Mansour' },
  supervisor: { email: 'supervisor@example.com', name: 'Priya Raman' },
  agent: { email: 'agent@example.com', name: 'Nadia Haddad' },
  agent2: { email: 'agent2@example.com', name: 'Tomasz Nowak' },
};
const sampleConversations = 7;

/** Asks again until `check` gives something true; the one place that waits for what no page shows. */
export async function until(what, check, limit = 20_000) {
  const end = Date.now() + limit;
  for (let last; ; ) {
    try {
      const value = await check();
      if (value) return value;
    } catch (err) {
      last = err;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${limit / 1000} s${last ? ` (${last.message})` : ''}`);
    await new Promise((r) => setTimeout(r, 50));
  }
}

const free = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
/** A port whose neighbour is free too: the simulator takes that one. Stories running side by side begin to look at different ones. */
async function freePorts() {
  for (let port = Number(process.env.E2E_PORT ?? 19_100) + (process.pid % 36) * 2; port < 65_000; port += 2) {
    if ((await free(port)) && (await free(port + 1))) return port;
  }
  throw new Error('no two free ports side by side');
}

/** Starts the program; resolves when `path` answers. */
async function launch(args, url, path) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  const ended = once(child, 'exit').catch((err) => output.push(String(err)));
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => output.push(line));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), stopLimit);
      await ended;
      clearTimeout(late);
    }
  };
  try {
    await Promise.race([
      ended.then(() => Promise.reject(new Error('the program ended'))),
      until(`${url} answers`, () => fetch(url + path).then((r) => r.ok, () => false), startLimit),
    ]);
  } catch (err) {
    await stop();
    throw new Error(`${err.message}; it printed:\n${output.join('\n')}`);
  }
  return { output, stop };
}

/** A signed-in caller of the REST API. */
export async function caller(url, email) {
  const login = await fetch(`${url}/rest/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  assert.equal(login.status, 200, `${email} signs in`);
  const cookie = login.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  return async (method, path, body) => {
    const answer = await fetch(`${url}/rest/v1${path}`, {
      method,
      headers: { Cookie: cookie, 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
}

/** The simulated provider's control API. */
function provider(url) {
  const call = async (method, path, body) => {
    const answer = await fetch(`${url}/control${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  let strangers = 0;
  return {
    url,
    call,
    phone: (visitor) => `${url}/phone?account=${account}${visitor ? `&visitor=${visitor}` : ''}`,
    /** A new person; stories never share one. */
    async stranger(name) {
      const wa_id = `1202555${String(2000 + process.pid % 50 * 100 + strangers++).padStart(4, '0')}`;
      await call('POST', `/accounts/${account}/visitors`, { wa_id, name });
      return wa_id;
    },
    say: (visitor, text, more = {}) => call('POST', `/accounts/${account}/inbound`, { visitor, kind: 'text', text, ...more }),
    failNext: (fault, more = {}) => call('POST', `/accounts/${account}/fail-next`, { fault, count: 1, ...more }),
    idle: () => call('GET', '/wait-idle?timeout_ms=30000'),
  };
}

/** Starts the demo with all its sample conversations in place. */
export async function startDemo() {
  const data = await mkdtemp(join(tmpdir(), 'sb-e2e-'));
  const port = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const providerUrl = `http://127.0.0.1:${port + 1}`;
  const listen = ['--listen', `127.0.0.1:${port}`, '--data', data];
  let running = await launch(['demo', ...listen], url, '/readyz');
  let extra;
  const demo = {
    url,
    data,
    binary,
    get output() {
      return running.output;
    },
    provider: provider(providerUrl),
    as: (who) => caller(url, people[who].email),
    /** The conversation with a visitor, once his first message is in. */
    conversation: (api, name) =>
      until(`a conversation with ${name}`, async () => (await api('GET', '/conversations?limit=100')).find((c) => c.contact.display_name === name)),
    async stop() {
      await running.stop();
      await extra?.stop();
      await rm(data, { recursive: true, force: true });
    },
    /** Ends the server. The provider goes on by itself, so that it has something to tell afterwards. */
    async leaveProviderAlone() {
      const before = await demo.provider.call('GET', `/accounts/${account}`);
      const visitors = await demo.provider.call('GET', `/accounts/${account}/visitors?limit=200`);
      await running.stop();
      extra = await launch(['simulate', '--listen', `127.0.0.1:${port + 1}`], providerUrl, '/healthz');
      const api = { ...before, type: 'WHATSAPP_CLOUD', subscribed: true };
      const kept = ['type', 'phone_number_id', 'waba_id', 'app_id', 'app_secret', 'access_token', 'verify_token', 'webhook_url', 'name', 'display_phone_number', 'subscribed'];
      await demo.provider.call('POST', '/accounts', Object.fromEntries(kept.filter((k) => api[k] !== undefined).map((k) => [k, api[k]])));
      for (const { wa_id, name, user_id } of visitors) await demo.provider.call('POST', `/accounts/${account}/visitors`, { wa_id, name, user_id });
    },
    /** Serves the same data again. */
    async serve() {
      running = await launch(['serve', ...listen, '--provider-url', `WHATSAPP_CLOUD=${providerUrl}/whatsapp`, '--egress-allow', '127.0.0.0/8'], url, '/readyz');
    },
  };
  try {
    const api = await demo.as('supervisor');
    await until('the sample conversations', async () => {
      const rows = await api('GET', '/conversations?limit=100');
      const amira = rows.find((c) => c.contact.name === 'Amira El-Sayed');
      return rows.length >= sampleConversations && amira?.last_message?.text.includes('courier');
    });
    await demo.provider.idle();
  } catch (err) {
    await demo.stop();
    throw new Error(`${err.message}; it printed:\n${running.output.join('\n')}`);
  }
  return demo;
}

/** Opens a browser. page() gives a page whose troubles end up in `troubles`. */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  const troubles = [];
  const watch = (page) => {
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (err) => troubles.push(`error: ${err.message}`));
    page.on('console', (msg) => {
      if (/Content.Security.Policy/i.test(msg.text()) && !/report.only/i.test(msg.text())) troubles.push(`CSP: ${msg.text()}`);
    });
    return page;
  };
  const chrome = {
    browser,
    troubles,
    async page(options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        locale: 'en-GB',
        timezoneId: 'UTC',
        reducedMotion: 'reduce',
        ...options,
      });
      return watch(await context.newPage());
    },
    /** A page of somebody who has signed in, in a browser context of its own. */
    async signedIn(demo, who, path = '/', options = {}) {
      const page = await chrome.page(options);
      const answer = await page.context().request.post(`${demo.url}/rest/v1/auth/login`, { data: { email: people[who].email, password } });
      assert.equal(answer.status(), 200, `${who} signs in`);
      await page.goto(demo.url + path);
      return page;
    },
    close: () => browser.close(),
  };
  return chrome;
}

// What a reader of the page sees, by role and word.
export const row = (page, name) => page.locator('[data-conversation]', { hasText: name });
export const bubble = (page, text) => page.locator('[data-message]', { hasText: text });
export const tick = (page, text) => bubble(page, text).locator('.tick');
export const composer = (page) => page.getByRole('textbox', { name: 'Reply', exact: true });
export const sendButton = (page) => page.getByRole('button', { name: 'Send', exact: true });
export async function open(page, demo, name, tab = 'all') {
  await page.goto(`${demo.url}/inbox?tab=${tab}`);
  await row(page, name).click();
  await page.getByRole('heading', { name }).first().waitFor();
}
export async function send(page, text) {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}
