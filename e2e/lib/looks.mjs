// Walking through the places: what they need from the demo, how one is opened,
// and what must never be wrong on one.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { account, people } from './harness.mjs';
import { widths } from './places.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Makes in the demo what the paths of the places name. */
export async function furnish(demo) {
  const api = await demo.as('admin');
  const channels = await api('GET', '/channel_accounts');
  const named = (name) => channels.find((c) => c.name === name).id;
  const conversation = await demo.conversation(api, 'Amira El-Sayed');
  const invited = await api('POST', '/users/invite', { email: 'maya@example.com', role: 'agent' });
  await api('POST', '/api_tokens', { name: 'Warehouse', permissions: ['contacts.view', 'inbox.view'], expires_at: null });
  const reset = await promisify(execFile)(demo.binary, ['admin', 'reset-password', '--email', people.agent2.email, '--public-url', demo.url, '--data', demo.data]);
  const sender = await demo.provider.stranger('Leila Haddad');
  for (const file of [{ kind: 'audio' }, { kind: 'video' }, { kind: 'document' }, { kind: 'sticker' }, { kind: 'image', text: 'This is how it looked when I opened the box' }])
    await demo.provider.call('POST', `/accounts/${account}/inbound`, { visitor: sender, ...file });
  const files = await demo.conversation(api, 'Leila Haddad');
  const local = (link) => link.trim().replace(/^https?:\/\/[^/]+/, '');
  return {
    channel: named('Support'),
    shop: named('Web shop'),
    conversation: conversation.id,
    files: files.id,
    invitation: local(invited.link),
    reset: local(reset.stdout),
    phone: demo.provider.phone('12025550177'),
  };
}

/** A page that looks like this, signed in or not. */
export async function look(chrome, demo, { width, scheme, language, who }) {
  const options = { ...widths[width], colorScheme: scheme, locale: language === 'ar' ? 'ar-EG' : 'en-GB' };
  const page = who ? await chrome.signedIn(demo, who, '/healthz', options) : await chrome.page(options);
  await page.context().addInitScript((l) => location.origin !== 'null' && localStorage.setItem('sb.language', l), language);
  return page;
}

/** Opens a place and everything that is to be open on it. */
export async function visit(page, demo, place, furniture) {
  const path = typeof place.path === 'function' ? place.path(furniture) : place.path;
  // A link with its secret after the # is no other page for the browser: leave the one before first.
  await page.goto('about:blank');
  await page.goto(new URL(path, demo.url).href);
  await page.locator(place.ready).first().waitFor();
  await place.then?.(page, furniture);
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
}

/** Where no Japanese font is installed, CJK_FONT names a file of one for the pictures. */
export async function fonts(page) {
  if (!process.env.CJK_FONT || !(await page.evaluate(() => /[\u3040-\u9fff]/.test(document.body.innerText)))) return;
  const font = (await readFile(process.env.CJK_FONT)).toString('base64');
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const only = { unicodeRange: 'U+3000-30FF, U+4E00-9FFF, U+FF00-FFEF', weight: '100 900' };
    for (const family of ['Inter Variable', 'Noto Sans Arabic Variable']) document.fonts.add(await new FontFace(family, bytes, only).load());
  }, font);
}

/** Evaluates from outside the page's own policy, as an extension would. */
async function evaluator(page) {
  const session = await page.context().newCDPSession(page);
  return async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
}

/** Nothing serious for axe, nothing wider than the screen. Gives the faults, so that one run names all. The page
 *  behind an open dialog is a place of its own. */
export async function faults(page, where) {
  const run = await evaluator(page);
  await run(axe);
  const found = await run(`axe.run(document.querySelector('[role=dialog]') ?? document, { resultTypes: ['violations'] }).then((r) => r.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')))`);
  const over = await run('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  if (over > 0) found.push(`${over} px wider than the screen`);
  found.push(...(await run(`(${sideways})()`)));
  return found.map((f) => `${where}: ${f}`);
}
/* A pane that scrolls down must not scroll sideways as well: what cannot wrap scrolls in a box of its own. */
function sideways() {
  return [...document.querySelectorAll('*')]
    .filter((el) => {
      const { overflowX, overflowY } = getComputedStyle(el);
      return !el.matches('pre, textarea') && /auto|scroll/.test(overflowX) && /auto|scroll/.test(overflowY) && el.clientHeight > 300 && el.scrollWidth > el.clientWidth + 1;
    })
    .map((el) => `.${[...el.classList].join('.')} scrolls ${el.scrollWidth - el.clientWidth} px sideways`);
}
export const inspect = async (page, where) => assert.deepEqual(await faults(page, where), []);
