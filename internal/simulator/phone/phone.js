import { $, h, icon, api, act, dialog, initials, tint, toast, clock } from './dom.js';
import { Handset } from './handset.js';
import { Trouble } from './trouble.js';
import { lang, setLang, t, translatePage } from './words.js';

const TRIES = [
  ['Say hello', { kind: 'text', text: 'Good afternoon! The Halo pendant arrived, but the glass is cracked 😕' }],
  ['Send a photo', { kind: 'image' }], ['Send location', { kind: 'location' }], ['Voice note', { kind: 'audio' }], ['Sticker', { kind: 'sticker' }], ['Contact', { kind: 'contacts' }],
  ['50 messages at once', { kind: 'text', text: 'Message', count: 50 }], ['Came from an ad', { kind: 'text', text: 'Is the Halo still in stock?', referral: true }],
  ['Forwarded', { kind: 'text', text: 'Look at this lamp', forwarded: 'many' }], ['Arabic', { kind: 'text', text: 'مرحبًا، هل يمكن توصيل الطلب بعد الساعة 17:00؟ 🙏' }],
];

class App {
  constructor() {
    this.accounts = [];
    this.visitors = [];
    this.phones = [new Handset(this)];
    this.active = this.phones[0];
    this.active.input.id = 'composer';
    $('stage').append(this.active.root);
    this.active.root.classList.add('active');
    this.trouble = new Trouble(this);
    for (const [label, inbound] of TRIES) $('tries').append(h('button', { class: 'chipb', type: 'button', onclick: () => this.try(inbound) }, t(label)));
    this.optOut = h('button', { class: 'chipb', type: 'button', onclick: () => this.try({ kind: this.visitor?.opted_out ? 'opt_in' : 'opt_out' }) }, t('Opt out'));
    $('tries').append(this.optOut);
    $('stranger').addEventListener('click', () => this.stranger());
    $('newaccount').addEventListener('click', () => this.newAccount());
    $('lang').textContent = lang === 'ar' ? 'English' : 'العربية';
    $('lang').lang = lang === 'ar' ? 'en' : 'ar';
    $('lang').addEventListener('click', () => setLang(lang === 'ar' ? 'en' : 'ar'));
    $('second').addEventListener('click', () => this.second());
    $('dialog-x').addEventListener('click', () => $('dialog').close());
    $('dialog').addEventListener('click', (e) => { if (e.target === $('dialog')) $('dialog').close(); });
    $('scrim').addEventListener('click', () => this.closeSheets());
    for (const b of document.querySelectorAll('[data-close]')) b.addEventListener('click', () => this.closeSheets());
    document.addEventListener('keydown', (e) => { if (e.key === 'Escape') this.closeSheets(); });
    document.addEventListener('visibilitychange', () => this.phones.forEach((p) => p.listen()));
    setInterval(() => this.phones.forEach((p) => { p.time.textContent = clock(Date.now()); }), 5000);
  }

  get account() { return this.active.account; }

  get visitor() { return this.visitors.find((v) => v.id === this.active.visitor?.id); }

  async start() {
    act(async () => {
      const info = await api('GET', '/info');
      if (/^https?:/.test(info.inbox_url)) { $('inbox').href = info.inbox_url; $('inbox').hidden = false; }
    });
    await this.loadAccounts();
    const q = new URLSearchParams(location.search);
    const a = this.accounts.find((x) => x.phone_number_id === q.get('account')) || this.accounts[0];
    if (!a) { this.active.show(null, null); this.watchForAccounts(); return; }
    await this.choose(a, q.get('visitor'));
  }

  /** Without an account there is no phone stream yet to tell of a first one. */
  watchForAccounts() {
    const es = new EventSource('/control/events');
    this.watcher = es;
    es.addEventListener('accounts', async () => {
      await this.loadAccounts();
      if (this.accounts.length && !this.account) { es.close(); this.choose(this.accounts[0]); }
    });
  }

  async loadAccounts() {
    this.accounts = (await act(() => api('GET', '/accounts'))) || [];
    for (const p of this.phones) {
      const fresh = p.account && this.accounts.find((a) => a.phone_number_id === p.account.phone_number_id);
      if (!fresh) continue;
      const changed = fresh.subscribed !== p.account.subscribed;
      p.account = fresh;
      if (changed) p.load();
    }
    this.paintAccounts();
  }

  paintAccounts() {
    $('accounts').replaceChildren(...this.accounts.map((a) => h('div', { class: 'rowline' },
      h('button', { class: 'row', type: 'button', 'aria-pressed': String(a.phone_number_id === this.account?.phone_number_id), onclick: () => this.choose(a) },
        h('span', { class: 'mark', 'aria-hidden': 'true' }, icon('chat')), h('span', { class: 'ell', dir: 'auto', title: 'WhatsApp, ' + a.display_phone_number }, a.name)),
      h('button', { class: 'icon', type: 'button', 'aria-label': t('Credentials of {name}', { name: a.name }), title: t('Credentials'), onclick: () => this.credentials(a) }, icon('key')))));
  }

  async choose(account, visitorID) {
    const p = this.active;
    p.account = account;
    this.visitors = (await act(() => api('GET', `/accounts/${account.phone_number_id}/visitors?limit=100`))) || [];
    let v = this.visitors.find((x) => x.id === visitorID || x.user_id === visitorID);
    if (!v && visitorID) v = await act(() => api('POST', `/accounts/${account.phone_number_id}/visitors`, { wa_id: visitorID }));
    v ||= this.visitors[0];
    if (!v) v = await act(() => api('POST', `/accounts/${account.phone_number_id}/visitors`, {}));
    await this.open(v);
    this.trouble.load();
    this.trouble.loadWire();
  }

  async open(visitor) {
    await this.active.show(this.account, visitor);
    await this.loadVisitors();
    this.paintAccounts();
    this.remember();
    if (!matchMedia('(max-width: 720px)').matches) this.active.input.focus();
  }

  remember() {
    const q = new URLSearchParams();
    if (this.account) q.set('account', this.account.phone_number_id);
    if (this.active.visitor) q.set('visitor', this.active.visitor.id);
    history.replaceState(null, '', '?' + q);
  }

  async loadVisitors() {
    if (!this.account) return;
    const list = await act(() => api('GET', `/accounts/${this.account.phone_number_id}/visitors?limit=100`));
    if (!list) return;
    // Rows keep their place under the hand; new ones come on top.
    const old = new Map(this.visitors.map((v, i) => [v.id, i]));
    this.visitors = list.sort((a, b) => (old.get(a.id) ?? -1) - (old.get(b.id) ?? -1));
    this.paintVisitors();
  }

  paintVisitors() {
    const now = this.active.visitor?.id;
    const focused = document.activeElement?.dataset?.visitor;
    $('visitors').replaceChildren(...this.visitors.map((v) => h('button', { class: 'row', type: 'button', 'data-visitor': v.id, 'aria-pressed': String(v.id === now), title: (v.hide_number ? v.user_id : '+' + v.wa_id) + ', ' + t(v.window_open ? 'window open' : 'window closed'), onclick: () => { this.open(v); this.closeSheets(); } },
      h('span', { class: 'face ' + tint(v.id), 'aria-hidden': 'true' }, initials(v.name)), h('span', { class: 'ell', dir: 'auto' }, v.name), v.window_open && h('small', {}, t('open')))));
    if (focused) $('visitors').querySelector(`[data-visitor="${CSS.escape(focused)}"]`)?.focus();
    this.optOut.textContent = t(this.visitor?.opted_out ? 'Opt in again' : 'Opt out');
  }

  async stranger() {
    if (!this.account) { this.newAccount(); return; }
    const v = await act(() => api('POST', `/accounts/${this.account.phone_number_id}/visitors`, {}));
    if (v) { await this.open(v); this.closeSheets(); }
  }

  async try(inbound) {
    if (!this.active.visitor) { toast(t('Choose a visitor first.')); return; }
    const r = await this.active.send(inbound);
    if (r?.undeliverable) toast(t('Nobody is subscribed to this number, so no webhook was sent.'));
    if (r && matchMedia('(max-width: 1000px)').matches) this.closeSheets();
  }

  async renumbered(phone) {
    this.visitors = (await act(() => api('GET', `/accounts/${this.account.phone_number_id}/visitors?limit=100`))) || [];
    const v = this.visitors.find((x) => x.user_id === phone.visitor.user_id);
    if (v) this.open(v);
  }

  activate(phone) {
    if (this.active === phone) return;
    this.active.root.classList.remove('active');
    this.active = phone;
    phone.root.classList.add('active');
    this.paintAccounts();
    this.loadVisitors();
    this.trouble.load();
    this.trouble.loadWire();
    this.remember();
  }

  async second() {
    if (this.phones.length === 2) {
      const gone = this.phones.pop();
      gone.source?.close();
      gone.root.remove();
      this.activate(this.phones[0]);
    } else {
      const p = new Handset(this);
      this.phones.push(p);
      $('stage').append(p.root);
      const account = this.account;
      this.activate(p);
      p.account = account;
      const other = this.visitors.find((v) => v.id !== this.phones[0].visitor?.id);
      if (!account) p.show(null, null); else if (other) await this.open(other); else await this.stranger();
    }
    const two = this.phones.length === 2;
    $('stage').classList.toggle('two', two);
    $('second').setAttribute('aria-pressed', String(two));
    this.paintAccounts();
  }

  visitorsChanged(phone) { if (phone === this.active) this.later('visitors', () => this.loadVisitors()); }

  reconnected(phone) { if (phone === this.active) { this.loadVisitors(); this.trouble.load(); this.trouble.loadWire(); } }

  news(kind, v, phone) {
    if (phone !== this.active) return;
    if (kind === 'wire') this.trouble.add(v);
    if (kind === 'accounts') this.later('accounts', () => this.loadAccounts());
    if (kind === 'knobs') this.later('knobs', () => this.trouble.load());
    if (kind === 'reset') location.reload();
  }

  /** Many pieces of news within a moment cause one reload. */
  later(key, f) {
    this.waiting ||= {};
    if (this.waiting[key]) return;
    this.waiting[key] = setTimeout(() => { delete this.waiting[key]; f(); }, this.visitors.length >= 100 ? 2000 : 150);
  }

  openSheet(side) {
    this.closeSheets();
    if (!matchMedia(side === 'left' ? '(max-width: 1000px)' : '(max-width: 720px)').matches) { $(side).querySelector('button, input')?.focus(); return; }
    $(side).classList.add('open');
    $('scrim').hidden = false;
    $(side).querySelector('[data-close]').focus();
  }

  closeSheets() {
    for (const side of ['left', 'right']) $(side).classList.remove('open');
    $('scrim').hidden = true;
  }

  credentials(a) {
    const rows = [[t('Phone number ID'), a.phone_number_id], [t('WABA ID'), a.waba_id], [t('App ID'), a.app_id], [t('App secret'), a.app_secret], [t('Access token'), a.access_token], [t('Verify token'), a.verify_token],
      [t('Number'), a.display_phone_number], [t('Graph API address'), location.origin + '/whatsapp'], [t('Webhooks go to'), a.callback || t('nowhere yet')], [t('Subscribed'), t(a.subscribed ? 'yes' : 'not yet')]];
    dialog(a.name, h('p', {}, t('What a business would copy from the provider’s pages. All of it is invented and works only here.')),
      h('dl', { class: 'kv' }, ...rows.flatMap(([k, v]) => [h('dt', {}, k), h('dd', { dir: 'ltr' }, v), h('button', { class: 'link', type: 'button', 'aria-label': t('Copy {name}', { name: k }), onclick: () => navigator.clipboard.writeText(v).then(() => toast(t('{name} copied.', { name: k })), () => toast(t('The browser refused to copy.'))) }, t('Copy'))])));
  }

  newAccount() {
    const name = h('input', { name: 'name', value: 'Lumen & Loom', required: true, maxlength: '100', dir: 'auto' });
    const url = h('input', { name: 'url', type: 'url', placeholder: 'http://127.0.0.1:8080/webhooks/whatsapp_cloud/…', dir: 'ltr' });
    const token = h('input', { name: 'token', dir: 'ltr' });
    const form = h('form', { class: 'form' },
      h('label', {}, t('Name of the business'), name),
      h('label', {}, t('Webhook address'), h('small', {}, t('From the channel’s page. May stay empty: a channel can set it itself when it subscribes.')), url),
      h('label', {}, t('Verify token'), h('small', {}, t('As the channel’s page shows it; left empty, one is invented.')), token),
      h('div', { class: 'row-end' }, h('button', { class: 'btn', type: 'button', onclick: () => $('dialog').close() }, t('Cancel')), h('button', { class: 'btn primary', type: 'submit' }, t('Make the number'))));
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      // Or the news of the new account would choose it a second time.
      this.watcher?.close();
      act(async () => {
        const a = await api('POST', '/accounts', { name: name.value, webhook_url: url.value, verify_token: token.value });
        await this.loadAccounts();
        await this.choose(a);
        this.credentials(a);
      }).then(() => { if (!this.account) this.watchForAccounts(); });
    });
    dialog(t('A new number'), form);
  }
}

translatePage();
new App().start();
