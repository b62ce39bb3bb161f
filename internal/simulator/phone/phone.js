import { $, h, icon, api, act, dialog, initials, tint, toast, clock } from './dom.js';
import { face } from './faces.js';
import { Handset } from './handset.js';
import { Trouble } from './trouble.js';
import { lang, setLang, t, translatePage } from './words.js';

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
    this.optOut = h('button', { class: 'chipb', type: 'button', onclick: () => this.try({ kind: this.visitor?.opted_out ? 'opt_in' : 'opt_out' }) }, t('Opt out'));
    $('stranger').addEventListener('click', () => this.add(''));
    $('newgroup').addEventListener('click', () => this.add('group'));
    $('newchannel').addEventListener('click', () => this.add('channel'));
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
    const a = this.accounts.find((x) => x.id === q.get('account')) || this.accounts[0];
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
      const fresh = p.account && this.accounts.find((a) => a.id === p.account.id);
      if (!fresh) continue;
      const changed = fresh.subscribed !== p.account.subscribed;
      p.account = fresh;
      if (changed) p.load();
    }
    this.paintAccounts();
  }

  paintAccounts() {
    $('accounts').replaceChildren(...this.accounts.map((a) => h('div', { class: 'rowline' },
      h('button', { class: 'row', type: 'button', 'aria-pressed': String(a.id === this.account?.id), onclick: () => this.choose(a) },
        h('span', { class: 'mark', 'aria-hidden': 'true' }, icon(face(a).mark)), h('span', { class: 'ell', dir: 'auto', title: face(a).name + ', ' + face(a).about(a) }, a.name)),
      h('button', { class: 'icon', type: 'button', 'aria-label': t('Credentials of {name}', { name: a.name }), title: t('Credentials'), onclick: () => this.credentials(a) }, icon('key')))));
  }

  async choose(account, visitorID) {
    const p = this.active;
    p.account = account;
    this.visitors = (await act(() => api('GET', `/accounts/${account.id}/visitors?limit=100`))) || [];
    let v = this.visitors.find((x) => x.id === visitorID || x.user_id === visitorID);
    if (!v && visitorID) v = await act(() => api('POST', `/accounts/${account.id}/visitors`, { id: visitorID }));
    v ||= this.visitors[0];
    if (!v) v = await act(() => api('POST', `/accounts/${account.id}/visitors`, {}));
    await this.open(v);
    this.paintFace();
    this.trouble.load();
    this.trouble.loadWire();
  }

  /** What can be tried depends on the type of account. */
  paintFace() {
    const f = face(this.account);
    $('tries').replaceChildren(...f.tries.map(([label, inbound]) => h('button', { class: 'chipb', type: 'button', onclick: () => this.try(inbound) }, t(label))), ...(f.optsOut ? [this.optOut] : []));
    for (const [id, label] of [['newgroup', 'A new group'], ['newchannel', 'A new channel']]) $(id).hidden = !f.adds.includes(label);
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
    if (this.account) q.set('account', this.account.id);
    if (this.active.visitor) q.set('visitor', this.active.visitor.id);
    history.replaceState(null, '', '?' + q);
  }

  async loadVisitors() {
    if (!this.account) return;
    const list = await act(() => api('GET', `/accounts/${this.account.id}/visitors?limit=100`));
    if (!list) return;
    // Rows keep their place under the hand; new ones come on top.
    const old = new Map(this.visitors.map((v, i) => [v.id, i]));
    this.visitors = list.sort((a, b) => (old.get(a.id) ?? -1) - (old.get(b.id) ?? -1));
    this.paintVisitors();
  }

  paintVisitors() {
    const now = this.active.visitor?.id;
    const focused = document.activeElement?.dataset?.visitor;
    $('visitors').replaceChildren(...this.visitors.map((v) => h('button', { class: 'row', type: 'button', 'data-visitor': v.id, 'aria-pressed': String(v.id === now), title: face(this.account).named(v) + (face(this.account).windows ? ', ' + t(v.window_open ? 'window open' : 'window closed') : ''), onclick: () => { this.open(v); this.closeSheets(); } },
      h('span', { class: 'face ' + tint(v.id), 'aria-hidden': 'true' }, initials(v.name)), h('span', { class: 'ell', dir: 'auto' }, v.name), face(this.account).windows && v.window_open && h('small', {}, t('open')))));
    if (focused) $('visitors').querySelector(`[data-visitor="${CSS.escape(focused)}"]`)?.focus();
    this.optOut.textContent = t(this.visitor?.opted_out ? 'Opt in again' : 'Opt out');
  }

  stranger() { return this.add(''); }

  /** Makes a person, a group or a channel; the bot is let into the latter two. */
  async add(kind) {
    if (!this.account) { this.newAccount(); return; }
    const name = { group: t('Night shift'), channel: t('Lumen news') }[kind];
    const v = await act(() => api('POST', `/accounts/${this.account.id}/visitors`, { kind, name }));
    if (!v) return;
    await this.open(v);
    this.closeSheets();
    if (kind) this.active.send({ kind: 'join' });
  }

  async try(inbound) {
    if (!this.active.visitor) { toast(t('Choose a visitor first.')); return; }
    const r = await this.active.send(inbound);
    if (r?.undeliverable) toast(t('Nobody is subscribed to this number, so no webhook was sent.'));
    if (r && matchMedia('(max-width: 1000px)').matches) this.closeSheets();
  }

  async renumbered(phone) {
    this.visitors = (await act(() => api('GET', `/accounts/${this.account.id}/visitors?limit=100`))) || [];
    const v = this.visitors.find((x) => x.user_id === phone.visitor.user_id);
    if (v) this.open(v);
  }

  activate(phone) {
    if (this.active === phone) return;
    this.active.root.classList.remove('active');
    this.active = phone;
    phone.root.classList.add('active');
    this.paintAccounts();
    this.paintFace();
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
    const rows = [...face(a).credentials(a).map(([label, value]) => [t(label), value]), [t('Webhooks go to'), a.callback || t('nowhere yet')], [t('Subscribed'), t(a.subscribed ? 'yes' : 'not yet')]];
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
