// Signing in and out.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openBrowser, password, people, row, startDemo } from '../lib/harness.mjs';

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

const signIn = (page) => page.getByRole('button', { name: 'Sign in' }).click();

test('the login leads back to the page asked for, and log-out closes it again', async () => {
  const page = await chrome.page();
  await page.goto(`${demo.url}/channels`);
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await page.getByLabel('Email').fill(people.admin.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await signIn(page);
  await page.waitForURL('**/channels');
  await page.getByRole('heading', { name: 'Channels', exact: true }).waitFor();
  await page.getByRole('button', { name: `Profile of ${people.admin.name}` }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await page.goto(`${demo.url}/inbox`);
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
});

test('the demo offers its people on the login page', async () => {
  const page = await chrome.page();
  await page.goto(demo.url);
  await page.getByRole('button', { name: /Tomasz Nowak/ }).click();
  await signIn(page);
  await page.getByRole('button', { name: `Profile of ${people.agent2.name}` }).waitFor();
  await page.getByRole('link', { name: /^All/ }).click();
  await row(page, 'Dana Whitfield').waitFor();
});

test('a wrong sign-in says what to mend, at the field', async () => {
  const page = await chrome.page();
  await page.goto(demo.url);
  await signIn(page);
  await page.getByText('Enter the email address of your login.').waitFor();
  await page.getByText('Enter your password.').waitFor();
  await page.getByLabel('Email').fill(people.agent.email);
  await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
  await signIn(page);
  await page.getByText('That email and password do not match.').waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Password' }).getAttribute('aria-invalid'), 'true');
  await page.route('**/rest/v1/auth/login', (route) => route.abort());
  await signIn(page);
  await page.getByRole('alert').getByText('The server did not answer.').waitFor();
  await page.unroute('**/rest/v1/auth/login');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await signIn(page);
  await page.getByRole('button', { name: `Profile of ${people.agent.name}` }).waitFor();
});

test('too many wrong tries make a pause with its length', async () => {
  const page = await chrome.page();
  await page.goto(demo.url);
  await page.getByLabel('Email').fill('nobody@example.com');
  for (let i = 0; i < 30 && !(await page.getByText('Too many tries').isVisible()); i++) {
    await page.getByRole('textbox', { name: 'Password' }).fill(`wrong ${i}`);
    const answer = page.waitForResponse('**/rest/v1/auth/login');
    await signIn(page);
    await answer;
    await page.locator('[role=alert], .mantine-InputWrapper-error').first().waitFor();
  }
  await page.getByText(/Too many tries. Signing in is possible again in \d+ min./).waitFor();
});
