// Figures of the web app in a real browser, as JSON: what the inbox weighs at
// the first visit, when it can be used on a slow machine, how long a switch of
// conversations takes, and the longest frame while typing beside 500 messages.
import { gzipSync } from 'node:zlib';
import { bubble, composer, open, openBrowser, row, startDemo, until } from './lib/harness.mjs';

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const round = (n) => Math.round(n * 10) / 10;

const [demo, chrome] = await Promise.all([startDemo(), openBrowser()]);
try {
  const api = await demo.as('agent');
  const { id } = await demo.conversation(api, 'Amira El-Sayed');
  const path = `/inbox/${id}?tab=all`;

  // Everything the browser asks for until a conversation can be answered, without fonts.
  const weights = {};
  const cold = await chrome.signedIn(demo, 'agent', '/healthz');
  const pending = [];
  cold.on('response', (answer) => {
    const url = new URL(answer.url());
    const kind = answer.request().resourceType();
    if (url.origin !== demo.url || !['document', 'script', 'stylesheet', 'font'].includes(kind)) return;
    pending.push(answer.body().then((body) => {
      weights[kind] = (weights[kind] ?? 0) + (kind === 'font' ? body.length : gzipSync(body, { level: 9 }).length);
    }));
  });
  await cold.goto(demo.url + path);
  await composer(cold).waitFor();
  await bubble(cold, 'courier').waitFor();
  await Promise.all(pending);
  await cold.context().close();

  // Usable: the composer takes a key, on a processor four times slower.
  const usable = [];
  for (let i = 0; i < 3; i++) {
    const page = await chrome.signedIn(demo, 'agent', '/healthz');
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.addInitScript(() => {
      const look = () => {
        if (document.querySelector('#composer') && document.querySelector('[data-message]')) {
          requestAnimationFrame(() => setTimeout(() => { window.usableAt = performance.now(); }));
        } else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(demo.url + path);
    usable.push(await (await page.waitForFunction(() => window.usableAt)).jsonValue());
    await page.context().close();
  }

  // 500 messages in one conversation, and a switch there and back.
  const name = 'Bench Visitor';
  const visitor = await demo.provider.stranger(name);
  await demo.provider.say(visitor, 'Line');
  const c = await demo.conversation(api, name);
  await demo.provider.say(visitor, 'A line of a long conversation with a few words in it', { count: 499, batch: 50 });
  await until('500 messages', async () => (await api('GET', `/messages?conversation_id=eq.${c.id}&limit=500&select=id`)).length === 500);
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, name);
  const list = page.getByRole('region', { name: 'Messages' });
  await bubble(page, 'long conversation').first().waitFor();
  for (let i = 0; i < 200 && !(await page.getByText('The conversation begins here').isVisible()); i++) {
    await list.evaluate((el) => el.scrollTo(0, 0));
    await page.getByText('Loading older messages').waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: 'Go to the newest message' }).click();

  const switches = [];
  for (let i = 0; i < 10; i++) {
    const to = i % 2 ? name : 'Amira El-Sayed';
    const heading = i % 2 ? 'long conversation' : 'courier';
    await row(page, to).waitFor();
    switches.push(await page.evaluate(([who, words]) => new Promise((resolve) => {
      const link = [...document.querySelectorAll('[data-conversation]')].find((el) => el.textContent.includes(who));
      const began = performance.now();
      const look = () => {
        const there = [...document.querySelectorAll('[data-message]')].some((el) => el.textContent.includes(words));
        if (there && document.querySelector('.th-n h2')?.textContent.includes(who)) resolve(performance.now() - began);
        else requestAnimationFrame(look);
      };
      link.click();
      requestAnimationFrame(look);
    }), [to, heading]));
  }

  await row(page, name).click();
  await bubble(page, 'long conversation').first().waitFor();
  await composer(page).focus();
  // Typing is measured, not what opening the conversation still does.
  await page.evaluate(() => new Promise((done) => requestIdleCallback(() => requestIdleCallback(done))));
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const tick = (now) => {
      window.frames_.push(now - last);
      last = now;
      window.ticking = requestAnimationFrame(tick);
    };
    requestAnimationFrame((now) => { last = now; window.ticking = requestAnimationFrame(tick); });
    window.tasks = [];
    new PerformanceObserver((l) => window.tasks.push(...l.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
  });
  await composer(page).pressSequentially('The quick brown fox jumps over the lazy dog, twice. '.repeat(3), { delay: 15 });
  const { frames, tasks } = await page.evaluate(() => {
    cancelAnimationFrame(window.ticking);
    return { frames: window.frames_, tasks: window.tasks };
  });

  const code = (weights.document ?? 0) + (weights.script ?? 0) + (weights.stylesheet ?? 0);
  console.log(JSON.stringify({
    first_load_gzip_kb: round(code / 1000),
    first_load_script_gzip_kb: round((weights.script ?? 0) / 1000),
    first_load_style_gzip_kb: round((weights.stylesheet ?? 0) / 1000),
    first_load_fonts_kb: round((weights.font ?? 0) / 1000),
    interactive_4x_ms: round(median(usable)),
    switch_median_ms: round(median(switches)),
    switch_max_ms: round(Math.max(...switches)),
    typing_500_messages_longest_frame_ms: round(Math.max(...frames)),
    typing_500_messages_frames_over_50_ms: frames.filter((f) => f > 50).length,
    typing_500_messages_long_tasks: tasks.length,
  }, null, 2));
} finally {
  await chrome.close();
  await demo.stop();
}
