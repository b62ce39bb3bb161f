// The main job: customers write, agents answer, everybody sees the same.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { bubble, composer, open, openBrowser, people, row, send, sendButton, startDemo, tick, until } from '../lib/harness.mjs';

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

test('a visitor writes on the phone, an agent answers, a supervisor follows, ticks turn to read', async () => {
  const name = 'Selma Okafor';
  const visitor = await demo.provider.stranger(name);
  const a = await chrome.signedIn(demo, 'agent', '/inbox?tab=waiting');
  const b = await chrome.signedIn(demo, 'supervisor', '/inbox?tab=all');
  const c = await chrome.signedIn(demo, 'agent2', '/inbox?tab=all');
  await row(a, 'Bartholomäus').waitFor();
  await row(b, 'Bartholomäus').waitFor();

  const phone = await chrome.page();
  await phone.goto(demo.provider.phone(visitor));
  const field = phone.getByRole('textbox', { name: 'Message' });
  const question = 'Is the brass lamp back? 💡 👍🏽';
  await field.fill(question);
  await field.press('Enter');

  // It appears by itself, with its unread badge, at everybody: it is nobody's yet.
  for (const page of [a, b, c]) {
    await row(page, name).waitFor();
    await row(page, question).locator('.bdg').waitFor();
  }
  await row(a, name).click();
  await bubble(a, question).waitFor();
  await row(b, name).click();
  await bubble(b, question).waitFor();
  // Who opens it has read it.
  await row(b, name).locator('.bdg').waitFor({ state: 'detached' });

  // Held back: the provider has taken it and says nothing more yet.
  await demo.provider.call('PATCH', '/accounts/520000000000031/knobs', { hold_statuses: true });
  // The phone is put away, or the answer would be read at once.
  await phone.goto('about:blank');
  const answer = 'Yes, since this morning ✨';
  const seen = watchTicks(a, answer);
  await composer(a).pressSequentially('Yes, since ');
  await row(b, 'is typing').or(b.getByText(`${people.agent.name} is writing`)).first().waitFor();
  await composer(a).fill(answer);
  await composer(a).press('Enter');
  await bubble(a, answer).waitFor();
  await tick(a, answer).and(a.getByLabel('Sent')).waitFor();
  await bubble(b, answer).waitFor();
  // Now it is Nadia's: it leaves the screen of the other agent.
  await row(c, name).waitFor({ state: 'detached' });
  await demo.provider.call('PATCH', '/accounts/520000000000031/knobs', { hold_statuses: false });
  await tick(a, answer).and(a.getByLabel('Delivered')).waitFor();
  await tick(b, answer).and(b.getByLabel('Delivered')).waitFor();

  await phone.goto(demo.provider.phone(visitor));
  await phone.getByRole('log').getByText(answer).waitFor();
  await tick(a, answer).and(a.getByLabel('Read')).waitFor();
  await tick(b, answer).and(b.getByLabel('Read')).waitFor();
  await assertOrder(await seen(), ['Queued', 'Sending', 'Sent', 'Delivered', 'Read']);

  // The answer made it Nadia's enquiry, and the supervisor sees that.
  await b.getByText(people.agent.name, { exact: true }).first().waitFor();
  await a.goto(`${demo.url}/inbox?tab=mine`);
  await row(a, name).waitFor();

  // And on: the next message stands below, in both threads.
  await field.fill('Wonderful 😍');
  await phone.getByRole('button', { name: 'Send', exact: true }).click();
  await bubble(b, 'Wonderful 😍').waitFor();
  const texts = await b.locator('[data-message] .b-txt').allInnerTexts();
  assert.deepEqual(texts.map((t) => t.trim()), [question, answer, 'Wonderful 😍']);
});

/** Notes every tick a message shows, as it changes. */
function watchTicks(page, text) {
  const ready = page.evaluate((words) => {
    const list = [];
    window.seenTicks = list;
    const look = () => {
      for (const el of document.querySelectorAll('[data-message]')) {
        if (!el.textContent.includes(words)) continue;
        const now = el.querySelector('.tick')?.getAttribute('aria-label');
        if (now && list.at(-1) !== now) list.push(now);
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  }, text);
  return async () => {
    await ready;
    return page.evaluate(() => window.seenTicks);
  };
}
/** Every step in order, the quick ones may be missed, none twice and none backwards. */
async function assertOrder(seen, steps) {
  const at = seen.map((s) => steps.indexOf(s));
  assert.ok(at.every((n, i) => n >= 0 && (i === 0 || n > at[i - 1])), `ticks went ${seen.join(' → ')}`);
  for (const must of ['Queued', 'Sent', 'Delivered', 'Read']) assert.ok(seen.includes(must), `${must} is missing in ${seen.join(' → ')}`);
}

test('300 messages scroll back without an end and without a jump', async () => {
  const name = 'Ilse Vandenberg';
  const visitor = await demo.provider.stranger(name);
  const api = await demo.as('agent');
  await demo.provider.say(visitor, 'History begins');
  const c = await demo.conversation(api, name);
  await demo.provider.say(visitor, 'History', { count: 299, batch: 50 });
  await until('300 messages', async () => (await api('GET', `/messages?conversation_id=eq.${c.id}&limit=500&select=id`)).length === 300);
  const page = await chrome.signedIn(demo, 'agent', '/');
  await page.setViewportSize({ width: 1440, height: 700 });
  await open(page, demo, name);
  const list = page.getByRole('region', { name: 'Messages' });
  await bubble(page, 'History').first().waitFor();
  let jumps = 0;
  for (let turn = 0; turn < 60 && !(await page.getByText('The conversation begins here').isVisible()); turn++) {
    // Where the topmost message stands must not change while older ones are put in front of it.
    const anchor = await list.evaluate((el) => {
      el.scrollTop = Math.max(0, el.scrollTop - 900);
      return new Promise((resolve) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            const top = el.getBoundingClientRect().top;
            const first = [...el.querySelectorAll('[data-message]')].find((m) => m.getBoundingClientRect().top >= top);
            resolve({ id: first?.dataset.message, at: first?.getBoundingClientRect().top });
          }),
        ),
      );
    });
    await page.getByText('Loading older messages').waitFor({ state: 'detached' });
    const now = await list.evaluate((el, id) => el.querySelector(`[data-message="${id}"]`)?.getBoundingClientRect().top, anchor.id);
    if (now !== undefined && Math.abs(now - anchor.at) > 2) jumps++;
  }
  await page.getByText('The conversation begins here').waitFor();
  await bubble(page, 'History begins').waitFor();
  assert.equal(jumps, 0, 'the messages under the eye moved');
  // Only what is near the screen exists.
  assert.ok((await page.locator('[data-message]').count()) < 80);
  await page.getByRole('button', { name: 'Go to the newest message' }).click();
  await page.getByRole('button', { name: 'Go to the newest message' }).waitFor({ state: 'detached' });
});

test('a draft survives a reload and stays with its person', async () => {
  const name = 'Petra Lindqvist';
  await demo.provider.say(await demo.provider.stranger(name), 'Do you ship to Malmö?');
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, name);
  await composer(page).fill('We do, on Thursday');
  await row(page, name).getByText('Draft:').waitFor();
  await page.reload();
  await composer(page).waitFor();
  assert.equal(await composer(page).inputValue(), 'We do, on Thursday');
  await row(page, '山田 花子').click();
  await page.getByRole('heading', { name: '山田 花子' }).waitFor();
  assert.equal(await composer(page).inputValue(), '');
});

test('4,097 characters are counted and not sent; past the page the server names the limit', async () => {
  const name = 'Yusuf Demir';
  await demo.provider.say(await demo.provider.stranger(name), 'Send me the manual');
  const api = await demo.as('agent');
  const c = await demo.conversation(api, name);
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, name);
  await composer(page).fill('a'.repeat(4097));
  await page.getByText('−1 · 4,097 / 4,096').waitFor();
  assert.equal(await sendButton(page).getAttribute('aria-disabled'), 'true');
  assert.match(await sendButton(page).getAttribute('title'), /1 character too long/);
  await composer(page).press('Enter');
  assert.equal((await composer(page).inputValue()).length, 4097);
  await composer(page).fill('👍'.repeat(4096));
  await page.getByText('4,096 / 4,096').waitFor();
  assert.equal(await sendButton(page).getAttribute('aria-disabled'), 'false');
  await composer(page).fill('');
  await assert.rejects(api('POST', `/conversations/${c.id}/messages`, { kind: 'text', text: 'a'.repeat(4097) }), /422.*text_too_long.*4,?096|422.*4,?096.*text_too_long/s);

  // A refusal stands at the message, with the way to mend it; nothing is lost.
  await page.route('**/rest/v1/conversations/*/messages', (route) => {
    const body = route.request().postDataJSON();
    route.continue({ postData: JSON.stringify({ ...body, text: 'a'.repeat(4097) }) });
  });
  await send(page, 'Here it is');
  await page.getByText(/Not sent:.*4,?096/).waitFor();
  await page.unroute('**/rest/v1/conversations/*/messages');
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  assert.equal(await composer(page).inputValue(), 'Here it is');
  await composer(page).press('Enter');
  await tick(page, 'Here it is').and(page.getByLabel(/Sent|Delivered/)).waitFor();
});

test('a lapsed window turns the composer into its own explanation', async () => {
  const name = 'Greta Olofsdotter';
  const visitor = await demo.provider.stranger(name);
  await demo.provider.say(visitor, 'Anyone?', { at: new Date(Date.now() - 25 * 3600_000).toISOString() });
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, name);
  await page
    .getByText('Sorry, your message can no longer send; the 24-hour message window has lapsed. Close this enquiry, or wait until the visitor sends a message again.')
    .waitFor();
  assert.equal(await composer(page).count(), 0);
  await page.getByRole('button', { name: 'Template' }).waitFor();
  await page.getByRole('button', { name: 'Close enquiry' }).waitFor();
  // The visitor writes again, and the field is back without a reload.
  await demo.provider.say(visitor, 'I am back');
  await composer(page).waitFor();
});

test('a failed message says why and goes out on another try', async () => {
  const name = 'Kofi Mensah';
  const visitor = await demo.provider.stranger(name);
  await demo.provider.say(visitor, 'Where is my parcel?');
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, name);
  await demo.provider.failNext('131026');
  await send(page, 'It is with the courier');
  await page.getByText(/Not sent: \S/).waitFor();
  await tick(page, 'It is with the courier').and(page.getByLabel('Not sent')).waitFor();
  await page.getByRole('button', { name: 'What happened' }).click();
  await page.getByRole('dialog').getByText('131026').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Try again' }).click();
  await tick(page, 'It is with the courier').and(page.getByLabel(/Sent|Delivered/)).waitFor();
  assert.equal(await page.getByText(/Not sent:/).count(), 0);
});

test('an uncertain message is settled by the word of a member', async () => {
  const name = 'Noor Al-Amin';
  const visitor = await demo.provider.stranger(name);
  await demo.provider.say(visitor, 'Can I still change the order?');
  const api = await demo.as('agent');
  const c = await demo.conversation(api, name);
  await demo.provider.call('PATCH', '/accounts/520000000000031/knobs', { hold_statuses: true });
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, name);
  await demo.provider.failNext('reset_after_accept');
  await send(page, 'You can until noon');
  await page.getByText('It is not known whether this arrived').waitFor();
  await page.getByRole('button', { name: 'It arrived' }).click();
  await tick(page, 'You can until noon').and(page.getByLabel('Sent')).waitFor();

  await demo.provider.failNext('reset_after_accept');
  await send(page, 'Shall I change it?');
  await page.getByText('It is not known whether this arrived').waitFor();
  await page.getByRole('button', { name: 'Send again' }).click();
  await tick(page, 'Shall I change it?').and(page.getByLabel('Sent')).waitFor();
  await demo.provider.call('PATCH', '/accounts/520000000000031/knobs', { hold_statuses: false });
  assert.equal((await api('GET', `/messages?conversation_id=eq.${c.id}&direction=eq.outbound`)).length, 2);
});

test('closing an enquiry moves it to Closed, and the next message opens another', async () => {
  const name = 'Rosa Iglesias';
  const visitor = await demo.provider.stranger(name);
  await demo.provider.say(visitor, 'Gracias, todo bien');
  const page = await chrome.signedIn(demo, 'agent', '/');
  await open(page, demo, name, 'waiting');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByText(/E-\d{6}-\d{6} is closed/).waitFor();
  await page.getByText('No enquiry is open. The next message from the visitor opens one.').waitFor();
  await page.goto(`${demo.url}/inbox?tab=closed`);
  await page.mouse.move(700, 20); // under a hand the list would keep still
  await row(page, name).waitFor();
  await demo.provider.say(visitor, 'Una cosa más');
  await row(page, name).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: /^Waiting/ }).click();
  await row(page, 'Una cosa más').waitFor();
});
