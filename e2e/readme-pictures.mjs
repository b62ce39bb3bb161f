// Takes the two pictures of the README from the demo: docs/images/*.png. Where no
// Japanese font is installed, CJK_FONT names a file of one for the pictures.
import { mkdir } from 'node:fs/promises';
import { bubble, composer, open, openBrowser, row, startDemo, tick } from './lib/harness.mjs';
import { fonts } from './lib/looks.mjs';

const out = new URL('../docs/images/', import.meta.url).pathname;
const [demo, chrome] = await Promise.all([startDemo(), openBrowser()]);
try {
  await mkdir(out, { recursive: true });
  const api = await demo.as('agent');
  const c = await demo.conversation(api, 'Amira El-Sayed');
  const page = await chrome.signedIn(demo, 'agent', '/');
  const phone = await chrome.page({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await phone.goto(demo.provider.phone('12025550177'));
  await phone.getByRole('log').getByText('courier').waitFor();
  await open(page, demo, 'Amira El-Sayed');
  const answer = 'Of course. Tomorrow between 17:00 and 20:00, and the courier calls first 🚚';
  await api('POST', `/conversations/${c.id}/messages`, { kind: 'text', text: answer });
  await tick(page, answer).and(page.getByLabel('Read')).waitFor();
  await demo.provider.say('12025550177', 'Perfect, thank you!');
  await bubble(page, 'Perfect').waitFor();
  await phone.getByRole('log').getByText('Perfect').waitFor();
  await composer(page).fill('With pleasure. Enjoy the light');
  await row(page, 'Draft:').waitFor();
  await fonts(page);
  await page.mouse.move(760, 20);
  await page.screenshot({ path: `${out}inbox.png` });
  await phone.screenshot({ path: `${out}phone.png` });
} finally {
  await chrome.close();
  await demo.stop();
}
