import { $, h, icon, api, act, dialog, toast } from './dom.js';
import { locale, t } from './words.js';

const pct = (v) => Math.round(v * 100) + ' %';
const secs = (v) => (v >= 1000 ? t('{n} s', { n: (v / 1000).toFixed(v % 1000 ? 1 : 0) }) : t('{n} ms', { n: v }));
const rate = (key, label, start = .3) => ({ key, label: t(label), min: 0, max: 100, step: 5, start: start * 100, scale: 100, off: 0, show: pct });

const KNOBS = [
  { key: 'duplicate', label: t('Deliver every webhook'), min: 1, max: 5, step: 1, start: 3, scale: 1, off: 0, show: (v) => '×' + Math.max(1, v), idle: t('once') },
  { key: 'reorder_ms', label: t('Shuffle order'), min: 0, max: 10000, step: 250, start: 3000, scale: 1, off: 0, show: (v) => t('in {time}', { time: secs(v) }), idle: t('off') },
  { key: 'delay_answers_ms', label: t('Delay answers'), min: 0, max: 10000, step: 100, start: 1200, scale: 1, off: 0, show: secs, idle: t('off') },
  { ...rate('rate_429', 'Answer 429'), with: { retry_after: '2' } }, rate('rate_500', 'Answer 500'), rate('rate_timeout', 'Time out after accepting'),
  { more: true },
  { key: 'delay_webhooks_ms', label: t('Delay webhooks'), min: 0, max: 10000, step: 100, start: 2000, scale: 1, off: 0, show: secs, idle: t('off') },
  rate('rate_130429', 'Number limit (130429)'), rate('rate_131056', 'Pair limit (131056)'), rate('rate_half_body', 'Half an answer'), rate('rate_reset', 'Reset connection'),
  { key: 'hold_statuses', label: t('Hold ticks back'), flag: true }, { key: 'html_500', label: t('500 as an HTML page'), flag: true },
  { key: 'auto_read', label: t('Read without this page'), flag: true, calm: true },
];
const STATES = [['expired_token', 'key', 'Expire token'], ['closed_window', 'lock', 'Close window'], ['app_revoked', 'plug', 'Revoke app']];
const FAULTS = { 429: 'HTTP 429', 500: 'HTTP 500', '500_html': 'HTML page from the edge', '500_after_accept': 'HTTP 500, yet accepted', half_body: 'Half a body, accepted', garbage: 'Garbage, accepted', reset: 'Reset, not accepted', reset_after_accept: 'Reset, yet accepted', timeout: 'No answer, not accepted', timeout_after_accept: 'No answer, yet accepted',
  190: '190 token expired', 131047: '131047 window closed', 131026: '131026 undeliverable', 131056: '131056 pair limit', 130429: '130429 number limit', 131049: '131049 not delivered by Meta', 131016: '131016 unavailable' };

/** The knobs beside the phone and the log of what went over the wire. */
export class Trouble {
  constructor(app) {
    this.app = app;
    this.scope = 'one';
    this.rows = new Map();
    let box = 'knobs';
    for (const k of KNOBS) {
      if (k.more) { box = 'knobs2'; continue; }
      $(box).append(this.row(k));
      this.rows.get(k.key).more = box === 'knobs2';
    }
    for (const [key, name, label] of STATES) {
      const b = h('button', { class: 'chipb', type: 'button', 'aria-pressed': 'false', onclick: () => this.set({ [key]: b.getAttribute('aria-pressed') !== 'true' }) }, icon(name), t(label));
      this.rows.set(key, { paint: (k) => b.setAttribute('aria-pressed', String(!!k[key])) });
      $('states').append(b);
    }
    for (const [v, label] of Object.entries(FAULTS)) $('fault').append(h('option', { value: v }, t(label)));
    $('fault').value = 'timeout_after_accept';
    $('fail').addEventListener('submit', (e) => { e.preventDefault(); this.arm(); });
    for (const [id, scope] of [['scope-one', 'one'], ['scope-all', 'all']]) $(id).addEventListener('click', () => {
      this.scope = scope;
      $('scope-one').setAttribute('aria-pressed', String(scope === 'one'));
      $('scope-all').setAttribute('aria-pressed', String(scope === 'all'));
      this.load();
    });
    $('clearwire').addEventListener('click', () => $('wire').replaceChildren());
  }

  get base() { return this.scope === 'all' ? '/knobs' : this.app.account && `/accounts/${this.app.account.id}/knobs`; }

  row(k) {
    const id = 'kn-' + k.key;
    const sw = h('input', { type: 'checkbox', role: 'switch', class: 'switch', id });
    const out = h('output', { for: id });
    const slider = !k.flag && h('input', { type: 'range', class: 'slider', min: k.min, max: k.max, step: k.step, 'aria-label': k.label });
    const el = h('div', { class: 'kn' }, h('label', { for: id }, sw, k.label), out, slider);
    const paint = (v) => {
      const on = k.flag ? !!v : k.key === 'duplicate' ? v > 1 : v > 0;
      sw.checked = on;
      el.dataset.on = String(on);
      out.textContent = k.flag ? t(on ? 'on' : 'off') : on ? k.show(v) : k.idle || k.show(0);
      if (slider) {
        slider.hidden = !on;
        slider.value = v * k.scale;
        slider.style.setProperty('--fill', ((slider.value - k.min) / (k.max - k.min)) * 100 + '%');
      }
    };
    sw.addEventListener('change', () => this.set(k.flag ? { [k.key]: sw.checked } : { [k.key]: sw.checked ? k.start / k.scale : k.off, ...(sw.checked ? k.with : {}) }));
    if (slider) {
      slider.addEventListener('input', () => { out.textContent = k.show(slider.value / k.scale); slider.style.setProperty('--fill', ((slider.value - k.min) / (k.max - k.min)) * 100 + '%'); });
      slider.addEventListener('change', () => this.set({ [k.key]: slider.value / k.scale }));
    }
    this.rows.set(k.key, { paint: (all) => paint(all[k.key]), calm: k.calm });
    paint(k.flag ? false : 0);
    return el;
  }

  async load() {
    if (!this.base) return;
    const k = await act(() => api('GET', this.base));
    if (k) this.paint(k);
    if (this.app.account) this.paintFaults(await act(() => api('GET', `/accounts/${this.app.account.id}/fail-next`)) || []);
  }

  paint(k) {
    let on = 0, more = 0;
    for (const [key, r] of this.rows) {
      r.paint(k);
      if (!r.calm && (key === 'duplicate' ? k[key] > 1 : !!k[key])) { on++; if (r.more) more++; }
    }
    $('oncount').hidden = on === 0;
    $('oncount').textContent = t('{n} on', { n: on });
    $('moreon').hidden = more === 0;
    $('moreon').textContent = t('{n} on', { n: more });
  }

  async set(patch) {
    if (!this.base) { toast(t('Choose a number first.')); return; }
    const k = await act(() => api('PATCH', this.base, patch));
    if (k) this.paint(k); else this.load();
  }

  async arm() {
    if (!this.app.account) { toast(t('Choose a number first.')); return; }
    const list = await act(() => api('POST', `/accounts/${this.app.account.id}/fail-next`, { fault: $('fault').value, count: Number($('faultcount').value) || 1 }));
    if (list) this.paintFaults(list);
  }

  paintFaults(list) {
    const sum = new Map();
    for (const f of list) sum.set(f.fault, (sum.get(f.fault) || 0) + f.count);
    $('armed').replaceChildren(...[...sum].map(([f, n]) => h('li', { class: 'chip warn' }, t('next {n}: {fault}', { n, fault: t(FAULTS[f] || f) }))),
      ...(list.length ? [h('li', {}, h('button', { class: 'link', type: 'button', onclick: () => act(async () => { await api('DELETE', `/accounts/${this.app.account.id}/fail-next`); this.paintFaults([]); }) }, t('Disarm')))] : []));
  }

  // The wire

  async loadWire() {
    if (!this.app.account) return;
    const list = await act(() => api('GET', `/wire?limit=60&account=${this.app.account.id}`));
    if (list) $('wire').replaceChildren(...list.map((e) => this.entry(e)));
  }

  add(e) {
    if (this.app.account && e.account && e.account !== this.app.account.id) return;
    $('wire').prepend(this.entry(e));
    while ($('wire').children.length > 120) $('wire').lastChild.remove();
    // A fault that was used up leaves the list of armed ones.
    if (e.dir === 'from' && $('armed').children.length) this.load();
  }

  entry(e) {
    const path = e.path.replace(/^\/whatsapp/, '').replace(/\/(\d{4})\d{6,}/g, '/$1…');
    const text = e.dir === 'to' ? e.note || path : `${e.method} ${path}`;
    const ms = e.ms >= 1000 ? (e.ms / 1000).toFixed(1) + ' s' : Math.max(1, Math.round(e.ms)) + ' ms';
    return h('li', {}, h('button', { type: 'button', title: `${e.method} ${e.path}`, 'aria-label': `${t(e.dir === 'to' ? 'To the product' : 'From the product')}: ${text}, ${e.status || e.error}`, onclick: () => this.detail(e) },
      h('i', {}, e.dir === 'to' ? '→' : '←'), h('span', { class: 'ell' }, text), h('b', { class: e.status >= 200 && e.status < 300 && !e.error ? '' : 'bad' }, e.status ? String(e.status) : t('cut')), h('small', {}, ms)));
  }

  async detail(e) {
    const full = await act(() => api('GET', '/wire/' + e.seq));
    if (!full) return;
    const pretty = (t) => { try { return JSON.stringify(JSON.parse(t), null, 2); } catch { return t || '(empty)'; } };
    dialog(`${full.method} ${full.path}`,
      h('p', {}, `${t(full.dir === 'to' ? 'Webhook to the product' : 'Call by the product')}${full.note ? ', ' + full.note : ''}: ${full.status || t('no status')}${full.error ? ', ' + full.error : ''}, ${Math.round(full.ms)} ms, ${new Date(full.at).toLocaleTimeString(locale)}`),
      h('h3', {}, t(full.dir === 'to' ? 'Sent' : 'Asked')), h('pre', { tabindex: '0', dir: 'ltr' }, pretty(full.request)),
      h('h3', {}, t('Answered')), h('pre', { tabindex: '0', dir: 'ltr' }, pretty(full.response)));
  }
}
