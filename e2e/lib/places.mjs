// Every page and every state worth looking at, once: the stories check them,
// `make screenshots` takes their pictures, and a test of the web app fails when
// a route of the router is missing here. Steps name no word of a language.

const dialog = '[role=dialog]';
const seen = (page, selector) => page.locator(selector).first().waitFor();
const click = (selector, ready = dialog) => async (page) => {
  await page.locator(selector).first().click();
  await seen(page, ready);
};
const steps = (...list) => async (page, context) => {
  for (const step of list) await step(page, context);
};
const row = (name) => `[data-conversation]:has-text("${name}")`;
const closedWindow = click(row('Bartholomäus'), '.cmp-closed');
const plus = click('.cmp-b button[aria-haspopup=menu]', '[data-form]');
const form = (id) => steps(plus, click(`[data-form=${id}]`));

// name: of the picture · route: of the router, where it is one · who: signs in,
// nobody without · path: from what the demo holds · ready: there once it is
// drawn · then: what is opened on it · wide, narrow: only there · english: it
// knows one language · list: the list on it, for the states of lists
export const places = [
  { name: 'login', route: '/login', path: '/login', ready: '.lg-demo' },
  { name: 'forgotten-password', route: '/forgot-password', path: '/forgot-password', ready: 'form' },
  {
    name: 'forgotten-password-asked',
    path: '/forgot-password',
    ready: 'form',
    async then(page) {
      await page.locator('input').fill('somebody@example.com');
      await page.locator('[type=submit]').click();
      await seen(page, '.lg-note');
    },
  },
  { name: 'reset-password', route: '/reset-password', path: (c) => c.reset, ready: 'form' },
  { name: 'reset-password-dead', path: '/reset-password', ready: '[role=alert]' },
  { name: 'invitation', route: '/invite', path: (c) => c.invitation, ready: 'form' },
  { name: 'invitation-dead', path: '/invite', ready: '[role=alert]' },
  { name: 'organizations', route: '/organizations', who: 'admin', path: '/organizations', ready: '.lg-orgs li' },
  {
    name: 'inbox',
    route: '/inbox',
    who: 'admin',
    path: '/inbox?tab=all',
    ready: '[data-conversation]',
    list: {
      pattern: /\/rest\/v1\/conversations\?tab=/,
      failed: 'The conversations could not be loaded',
      nothing: 'No conversation yet',
    },
  },
  {
    name: 'conversation-files',
    who: 'admin',
    path: (c) => `/inbox/${c.files}?tab=all`,
    ready: '.b-img img',
    async then(page) {
      await page.locator('[data-testid=attach]').setInputFiles([
        { name: 'Care instructions.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF\n') },
        { name: 'Poster in the original size.png', mimeType: 'image/png', buffer: Buffer.alloc(6_000_000) },
      ]);
      await seen(page, '.tray-bad');
      await seen(page, '[data-state=ready]');
    },
  },
  { name: 'viewer', who: 'admin', path: (c) => `/inbox/${c.files}?tab=all`, ready: '.b-img img', then: click('.b-img') },
  {
    name: 'conversation',
    route: '/inbox/$conversationId',
    who: 'admin',
    path: (c) => `/inbox/${c.conversation}?tab=all`,
    ready: '[data-message]',
    list: {
      pattern: /\/rest\/v1\/messages\?/,
      failed: 'The messages could not be loaded',
      nothing: 'No message yet',
    },
  },
  { name: 'conversation-closed-window', who: 'admin', path: '/inbox?tab=all', ready: '[data-conversation]', then: closedWindow },
  { name: 'conversation-gone', who: 'admin', path: '/inbox/01900000-0000-7000-8000-000000000000', ready: '.es' },
  { name: 'conversation-panel', who: 'admin', narrow: true, path: (c) => `/inbox/${c.conversation}?tab=all&panel=true`, ready: '.ib-s-page' },
  { name: 'emoji', who: 'admin', path: (c) => `/inbox/${c.conversation}?tab=all`, ready: '[data-message]', then: click('.cmp-b button[aria-expanded]:not([aria-haspopup=menu])', '.emo-g button') },
  { name: 'plus-menu', who: 'admin', path: (c) => `/inbox/${c.conversation}?tab=all`, ready: '[data-message]', then: plus },
  ...['location', 'contact', 'buttons', 'list', 'template'].map((id) => ({
    name: `form-${id}`,
    who: 'admin',
    path: (c) => `/inbox/${c.conversation}?tab=all`,
    ready: '[data-message]',
    then: form(id),
  })),
  {
    name: 'message-details',
    who: 'admin',
    wide: true,
    path: (c) => `/inbox/${c.conversation}?tab=all`,
    ready: '[data-message]',
    async then(page) {
      const message = page.locator('[data-message]').last();
      await message.hover();
      await message.locator('.m-act button[aria-haspopup=menu]').last().click();
      await page.locator('[role=menuitem]').last().click();
      await seen(page, `${dialog} .story`);
    },
  },
  { name: 'keys', who: 'admin', path: '/inbox?tab=all', ready: '[data-conversation]', then: async (page) => {
    await page.locator('body').press('?');
    await seen(page, '.keys');
  } },
  { name: 'palette', who: 'admin', path: '/channels', ready: 'a[href*="/channels/"]', then: click('.srch', '.pal-o') },
  {
    name: 'palette-search',
    who: 'admin',
    path: '/channels',
    ready: 'a[href*="/channels/"]',
    then: steps(click('.srch', '.pal-o'), async (page) => {
      await page.locator('[role=combobox]').fill('ami');
      await seen(page, '.pal-o .av');
    }),
  },
  { name: 'profile-menu', who: 'admin', path: '/channels', ready: 'a[href*="/channels/"]', then: click('.me', '[role=menuitemradio]') },
  {
    name: 'channels',
    route: '/channels',
    who: 'admin',
    path: '/channels',
    ready: 'a[href*="/channels/"]',
    list: {
      pattern: /\/rest\/v1\/channel_accounts\?/,
      failed: 'The channels could not be loaded',
      nothing: 'No channel is connected yet',
    },
  },
  { name: 'new-channel', route: '/channels/new', who: 'admin', path: '/channels/new', ready: '.types a' },
  { name: 'new-channel-form', who: 'admin', path: '/channels/new?type=WHATSAPP_CLOUD', ready: 'form' },
  {
    name: 'new-channel-faults',
    who: 'admin',
    path: '/channels/new?type=WHATSAPP_CLOUD',
    ready: 'form',
    then: click('form [type=submit]', '[aria-invalid=true]'),
  },
  { name: 'channel', route: '/channels/$channelId', who: 'admin', path: (c) => `/channels/${c.channel}`, ready: '.card' },
  { name: 'channel-source', who: 'admin', path: (c) => `/channels/${c.channel}?tab=source`, ready: 'form' },
  {
    name: 'channel-log',
    who: 'admin',
    path: (c) => `/channels/${c.channel}?tab=log`,
    ready: '.log-l .log-r',
    list: {
      pattern: /\/rest\/v1\/webhook_events\?/,
      failed: 'The log could not be loaded',
      nothing: 'Nothing has arrived yet',
    },
  },
  { name: 'channel-log-entry', who: 'admin', path: (c) => `/channels/${c.channel}?tab=log`, ready: '.log-l .log-r', then: click('.log-l .log-r', '.log-p') },
  { name: 'channel-deliveries', who: 'admin', path: (c) => `/channels/${c.shop}?tab=deliveries`, ready: '.log-l .log-r, .es' },
  { name: 'channel-developer', who: 'admin', path: (c) => `/channels/${c.shop}?tab=developer`, ready: '.card' },
  { name: 'new-channel-open', who: 'admin', path: '/channels/new?type=THIRD_PARTY', ready: 'form' },
  { name: 'channel-delete', who: 'admin', path: (c) => `/channels/${c.channel}`, ready: '.card', then: click('.card:last-child .card-b button', `${dialog} .dlg-l`) },
  { name: 'channel-switch-off', who: 'admin', path: (c) => `/channels/${c.channel}`, ready: '.card', then: click('label:has([role=switch])', `${dialog} .dlg-l`) },
  { name: 'settings-profile', route: '/settings/profile', who: 'admin', path: '/settings/profile', ready: '.st-main form' },
  { name: 'settings-organization', route: '/settings/organization', who: 'admin', path: '/settings/organization', ready: '.st-main form' },
  {
    name: 'settings-members',
    route: '/settings/members',
    who: 'admin',
    path: '/settings/members',
    ready: '.st-tbl tbody tr',
    list: { pattern: /\/rest\/v1\/users\?/, failed: 'The members could not be loaded' },
  },
  {
    name: 'settings-member-logins',
    who: 'admin',
    path: '/settings/members',
    ready: '.st-tbl tbody tr',
    then: steps(click('.st-tbl [aria-haspopup=menu]', '[role=menuitem]'), click('[role=menuitem]', `${dialog} .st-lines li`)),
  },
  { name: 'settings-members-invite', who: 'admin', path: '/settings/members', ready: '.st-tbl tbody tr', then: click('.ph-r button', `${dialog} input`) },
  {
    name: 'settings-members-remove',
    who: 'admin',
    path: '/settings/members',
    ready: '.st-tbl tbody tr',
    then: steps(click('.st-tbl [aria-haspopup=menu]', '[role=menuitem]'), async (page) => {
      await page.locator('[role=menuitem]').last().click();
      await seen(page, `${dialog} .dlg-l`);
    }),
  },
  {
    name: 'settings-teams',
    route: '/settings/teams',
    who: 'admin',
    path: '/settings/teams',
    ready: '.st-teams li',
    list: { pattern: /\/rest\/v1\/teams\?/, failed: 'The teams could not be loaded', nothing: 'No teams yet' },
  },
  { name: 'settings-teams-new', who: 'admin', path: '/settings/teams', ready: '.st-teams li', then: click('.ph-r button', `${dialog} input`) },
  {
    name: 'settings-tokens',
    route: '/settings/tokens',
    who: 'admin',
    path: '/settings/tokens',
    ready: '.st-tbl tbody tr',
    list: { pattern: /\/rest\/v1\/api_tokens\?/, failed: 'The API tokens could not be loaded', nothing: 'No program has a token yet' },
  },
  { name: 'settings-tokens-new', who: 'admin', path: '/settings/tokens', ready: '.st-tbl tbody tr', then: click('.ph-r button', `${dialog} input`) },
  {
    name: 'settings-audit',
    route: '/settings/audit',
    who: 'admin',
    path: '/settings/audit',
    ready: '.st-main ul, .st-main table',
    list: { pattern: /\/rest\/v1\/audit_log\?/, failed: 'The audit log could not be loaded', nothing: 'Nothing was changed yet' },
  },
  { name: 'not-part-of-the-role', who: 'agent', path: '/settings/audit', ready: '.es' },
  { name: 'not-found', who: 'admin', path: '/nowhere', ready: '.es, .page-mid' },
  { name: 'api-docs', path: '/docs', ready: 'h1', english: true },
  { name: 'api-errors', path: '/docs/errors', ready: 'h1', english: true },
  { name: 'visitor-phone', path: (c) => c.phone, ready: '[role=log]:has-text("courier")', english: true },
];

/** Routes that only lead to another one. */
export const redirects = ['/', '/settings/', '/settings'];

/** The languages, schemes and widths everything has to be right in. */
export const widths = { wide: { viewport: { width: 1440, height: 900 } }, phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } };
export const schemes = ['light', 'dark'];
export const languages = ['en', 'ar'];
export const shown = (place, width, language) =>
  !(place.english && language !== 'en') && !(place.wide && width !== 'wide') && !(place.narrow && width !== 'phone');
