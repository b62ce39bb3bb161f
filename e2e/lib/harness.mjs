// What every browser story needs: the real binary's demo on a data directory of
// its own and a real Chromium. A story fails on any error of the page and on
// any violation of the Content-Security-Policy, whatever else it looks at.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const startLimit = 60_000;
const stopLimit = 35_000; // the program promises to end within 30 s

/** Starts the demo; resolves when it has printed its address and answers. */
export async function startDemo(...args) {
  const data = await mkdtemp(join(tmpdir(), 'sb-e2e-'));
  const binary = process.env.SWITCHBOARD_BIN ?? new URL('../../bin/switchboard', import.meta.url).pathname;
  const child = spawn(binary, ['demo', '--data', data, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  let url;
  const ended = once(child, 'exit').catch((err) => output.push(String(err)));
  const found = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        const m = /https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+/.exec(line);
        if (m && !url) resolve((url = m[0]));
      });
    }
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), stopLimit);
      await ended;
      clearTimeout(late);
    }
    await rm(data, { recursive: true, force: true });
  };
  const limit = AbortSignal.timeout(startLimit);
  try {
    await Promise.race([
      found,
      ended.then(() => Promise.reject(new Error('the program ended'))),
      new Promise((_, reject) => limit.addEventListener('abort', () => reject(new Error('no address printed in 60 s')))),
    ]);
    for (;;) {
      const ready = await fetch(`${url}/readyz`, { signal: limit }).then((r) => r.ok, () => false);
      if (ready) break;
      limit.throwIfAborted();
      await new Promise((r) => setTimeout(r, 100));
    }
  } catch (err) {
    await stop();
    throw new Error(`${err.message}; it printed:\n${output.join('\n')}`);
  }
  return { url, output, data, stop };
}

/** Opens a browser. page() gives a page whose troubles fail() reports. */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const troubles = [];
  return {
    browser,
    troubles,
    async page(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', timezoneId: 'UTC', ...options });
      const page = await context.newPage();
      page.on('pageerror', (err) => troubles.push(`error: ${err.message}`));
      page.on('console', (msg) => {
        if (/Content.Security.Policy/i.test(msg.text()) && !/report.only/i.test(msg.text())) troubles.push(`CSP: ${msg.text()}`);
      });
      return page;
    },
    close: () => browser.close(),
  };
}
