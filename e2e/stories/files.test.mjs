// Files: what a visitor sends is fetched, shown and kept harmless; what an agent
// attaches arrives on the visitor's phone.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { account, bubble, composer, open, openBrowser, row, sendButton, startDemo, until } from '../lib/harness.mjs';

const sample = (name) => readFile(new URL(`../../internal/simulator/samples/${name}`, import.meta.url));
const photo = await sample('photo.jpg');
const voice = await sample('voice.ogg');
const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');

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

/** A new visitor who has said hello, and an agent who looks at the conversation. */
async function conversation(name, options) {
  const visitor = await demo.provider.stranger(name);
  await demo.provider.say(visitor, 'Hello');
  const page = await chrome.signedIn(demo, 'agent', '/healthz', options);
  await open(page, demo, name);
  await bubble(page, 'Hello').waitFor();
  return { visitor, page };
}
async function fromVisitor(visitor, kind, body, more = {}) {
  const query = new URLSearchParams({ visitor, kind, ...more });
  const { type = 'application/octet-stream' } = more;
  query.delete('type');
  const answer = await fetch(`${demo.provider.url}/control/accounts/${account}/media?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body,
  });
  assert.equal(answer.status, 200, await answer.clone().text());
}
const drawn = (img) => img.evaluate((el) => el.complete && el.naturalWidth > 0);
const attach = (page) => page.getByTestId('attach');
const ready = (page) => page.locator('.tray [data-state="ready"]');
/** What the visitor has got, as the provider knows it. */
const received = async (visitor) =>
  (await demo.provider.call('GET', `/accounts/${account}/visitors/${visitor}`)).messages.filter((m) => m.from === 'business');

test('a visitor sends a picture from his phone; the agent watches it arrive and looks at it', async () => {
  const { visitor, page } = await conversation('Selma Okafor');
  // The first attempt fails, so that there is something to watch.
  await demo.provider.failNext('500', { on: 'download' });
  const phone = await chrome.page();
  await phone.goto(demo.provider.phone(visitor));
  await phone.getByRole('textbox', { name: 'Message' }).fill('This is how it arrived');
  await phone.getByTestId('attach').setInputFiles({ name: 'lamp.jpg', mimeType: 'image/jpeg', buffer: photo });
  await phone.locator('.msg.visitor', { hasText: 'This is how it arrived' }).locator('img.photo').waitFor();

  const message = bubble(page, 'This is how it arrived');
  await message.getByText('Downloading').waitFor();
  const room = await message.locator('.b-img').boundingBox();
  const picture = message.getByRole('button', { name: 'Open Photo' });
  await picture.waitFor();
  await until('the thumbnail is drawn', () => drawn(picture.locator('img')));
  const box = await picture.boundingBox();
  assert.ok(box.width <= 300 && room.width <= 300, 'a picture is at most 300 px wide');

  await picture.click();
  const viewer = page.getByRole('dialog', { name: 'Viewer' });
  await until('the whole picture is drawn', () => drawn(viewer.locator('img')));
  await page.keyboard.press('+');
  await until('it is nearer', async () => Number(await viewer.locator('img').getAttribute('data-scale')) > 1);
  await viewer.locator('img').dblclick();
  await until('it is whole again', async () => (await viewer.locator('img').getAttribute('data-scale')) === '1.00');
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab');
    assert.ok(await viewer.evaluate((el) => el.contains(document.activeElement)), 'the focus stays in the viewer');
  }
  await page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });
  // It is in the list of files as well.
  await page.getByRole('complementary', { name: 'Details' }).getByRole('button', { name: /^Open/ }).first().waitFor();
});

test('an agent attaches by picker, drop and paste; all of it arrives', async () => {
  const { visitor, page } = await conversation('Ravi Menon');
  await attach(page).setInputFiles([
    { name: 'halo.jpg', mimeType: 'image/jpeg', buffer: photo },
    { name: 'Rechnung 88197.pdf', mimeType: 'application/pdf', buffer: pdf },
  ]);
  const give = (how) =>
    page.evaluate(
      ([bytes, how]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], `${how}.jpg`, { type: 'image/jpeg' }));
        if (how === 'paste')
          document.getElementById('composer').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        else
          for (const kind of ['dragenter', 'dragover', 'drop'])
            document.querySelector('.th-s').dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      [photo.toString('base64'), how],
    );
  await give('drop');
  await give('paste');
  await until('four files are ready', async () => (await ready(page).count()) === 4);
  await composer(page).fill('The new shade and its invoice');
  await sendButton(page).click();
  await page.locator('.tray').waitFor({ state: 'detached' });
  const got = await until('all four at the visitor', async () => {
    const list = await received(visitor);
    return list.length === 4 && list;
  });
  assert.deepEqual(got.map((m) => m.type), ['image', 'document', 'image', 'image']);
  assert.equal(got[0].text, 'The new shade and its invoice');
  assert.equal(got[1].media.filename, 'Rechnung 88197.pdf');
  await until('the agent sees four messages', async () => (await page.locator('.m-out').count()) === 4);
  await until('and the picture itself', () => drawn(page.locator('.m-out .b-img img').first()));

  const phone = await chrome.page();
  await phone.goto(demo.provider.phone(visitor));
  await until('the phone draws it', () => drawn(phone.locator('.msg.business img.photo').first()));
  await phone.locator('.msg.business a.file', { hasText: 'Rechnung 88197.pdf' }).waitFor();
});

test('what the channel does not take is refused with words before it is uploaded', async () => {
  const { page } = await conversation('Mei Lin');
  let uploads = 0;
  page.on('request', (r) => {
    if (r.method() === 'POST' && /\/media\?/.test(r.url())) uploads++;
  });
  await attach(page).setInputFiles([
    { name: 'poster.png', mimeType: 'image/png', buffer: Buffer.alloc(6_000_000) },
    { name: 'nothing.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(0) },
  ]);
  await page.getByText(/The file is .*6\.0 MB.*takes photos up to/).waitFor();
  await page.getByText('The file is empty.').waitFor();
  await composer(page).fill('Here you are');
  assert.equal(await sendButton(page).getAttribute('aria-disabled'), 'true');
  assert.equal(uploads, 0);
  await page.getByRole('button', { name: /^Remove .*poster/ }).click();
  await page.getByRole('button', { name: /^Remove .*nothing/ }).click();
  assert.equal(await sendButton(page).getAttribute('aria-disabled'), 'false');
  // A page of HTML that calls itself a picture: the server looks inside.
  await attach(page).setInputFiles({ name: 'trick.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<!doctype html><script>alert(1)</script>') });
  const chip = page.locator('.tray [data-state="failed"]');
  await chip.waitFor();
  assert.match(await chip.innerText(), /does not take|text\/html/);
});

test('attachments wait while another conversation is open', async () => {
  const { page } = await conversation('Omar Farouk');
  await attach(page).setInputFiles({ name: 'halo.jpg', mimeType: 'image/jpeg', buffer: photo });
  await ready(page).waitFor();
  await row(page, 'Amira').click();
  await page.getByRole('heading', { name: 'Amira El-Sayed' }).first().waitFor();
  assert.equal(await page.locator('.tray').count(), 0);
  await row(page, 'Omar Farouk').getByText('1 file').waitFor();
  await row(page, 'Omar Farouk').click();
  await ready(page).waitFor();
});

test('a download that was given up can be asked for again', async () => {
  const { visitor, page } = await conversation('Greta Holm');
  await demo.provider.failNext('expired', { on: 'resolve' });
  await fromVisitor(visitor, 'image', photo, { type: 'image/jpeg', caption: 'Found it' });
  const message = bubble(page, 'Found it');
  await message.getByText(/Not loaded/).waitFor();
  await message.getByRole('button', { name: /Try to load/ }).click();
  await message.getByRole('button', { name: 'Open Photo' }).waitFor();
});

test('a voice message plays, with a position and a speed', async () => {
  const { visitor, page } = await conversation('Ines Duarte');
  await fromVisitor(visitor, 'audio', voice, { type: 'audio/ogg', voice: 'true' });
  const play = page.getByRole('button', { name: /^Play .*Voice/ });
  await play.waitFor();
  await row(page, 'Ines Duarte').getByText('Voice note').waitFor();
  await page.getByRole('button', { name: /^Speed 1 times/ }).click();
  await play.click();
  const audio = page.locator('.b-aud audio');
  await until('it plays', () => audio.evaluate((el) => el.currentTime > 0 || el.ended));
  assert.equal(await audio.evaluate((el) => el.playbackRate), 1.5);
});

test('what strangers send never runs: odd names, pages, drawings', async () => {
  const { visitor, page } = await conversation('Nobody Nowhere');
  const script = '<script>document.title="taken"</script>';
  await fromVisitor(visitor, 'document', `<!doctype html>${script}`, { type: 'text/html', file_name: 'bill\u202Elmth.pdf' });
  await fromVisitor(visitor, 'document', `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`, { type: 'image/svg+xml', file_name: '‏../../فاتورة.svg' });
  const cards = page.locator('.m-in a.b-doc');
  await until('both are there', async () => (await cards.count()) === 2);
  for (const card of await cards.all()) {
    const shown = await card.locator('b').innerText();
    assert.doesNotMatch(shown, /[\u200B-\u200F\u202A-\u202E\u2066-\u2069/\\]/, shown);
    const href = await card.getAttribute('href');
    const answer = await page.context().request.get(demo.url + href);
    assert.equal(answer.status(), 200);
    const head = answer.headers();
    assert.match(head['content-disposition'], /^attachment/);
    assert.match(head['content-security-policy'], /sandbox/);
    assert.equal(head['x-content-type-options'], 'nosniff');
    assert.equal(head['content-type'], 'application/octet-stream');
    const download = page.waitForEvent('download');
    await card.click();
    await (await download).cancel();
  }
  await row(page, 'Nobody Nowhere').getByText(/فاتورة/).waitFor();
  assert.equal(page.context().pages().length, 1, 'no page of theirs is open');
  assert.notEqual(await page.title(), 'taken');
});
