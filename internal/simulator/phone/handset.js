import { h, icon, api, act, sendFile, toast, clock, day, initials } from './dom.js';
import { bubble, brief } from './bubble.js';
import { face } from './faces.js';
import { lang, setLang, t } from './words.js';

const EMOJI = [...'😀😄😅😂🙂😉😊😍😘😋🤗🤔😐😴😕😢😭😡🤯🥳👍👎👌👏🙏💪🤝👋✅❌❤️💛💙💔✨🔥🎉🎁🌷🌍☕🍋🐈🐕🏠🚚📦💡'.matchAll(/\p{Extended_Pictographic}\uFE0F?/gu)].map((m) => m[0]);
const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/** One telephone: an account, a visitor and their conversation. */
export class Handset {
  constructor(app) {
    this.app = app;
    this.messages = new Map();
    this.answered = new Map();
    this.elements = new Map();
    this.build();
  }

  build() {
    this.title = h('b', { class: 'ell', dir: 'auto' });
    this.sub = h('small', { class: 'ell' }, t('business account'));
    this.avatar = h('span', { class: 'avatar', 'aria-hidden': 'true' });
    this.time = h('b', {}, clock(Date.now()));
    this.chat = h('div', { class: 'chat', role: 'log', 'aria-label': t('Conversation'), tabindex: '0' });
    this.typing = h('div', { class: 'typing', role: 'status', 'aria-label': t('The business is typing') }, h('i'), h('i'), h('i'));
    this.quote = h('div', { class: 'replying', hidden: true });
    this.as = h('select', { class: 'as', 'aria-label': t('Write as'), hidden: true, onchange: () => this.load() });
    this.input = h('textarea', { rows: '1', dir: 'auto', placeholder: t('Message'), 'aria-label': t('Message'), autocomplete: 'off', enterkeyhint: 'send', maxlength: '60000' });
    this.go = h('button', { class: 'go', type: 'button', onclick: () => this.submit() });
    const picker = (accept) => h('input', { type: 'file', accept, multiple: true, hidden: true, onchange: (e) => { this.sendFiles(e.target.files); e.target.value = ''; } });
    this.camera = picker('image/jpeg,image/png,video/mp4,video/3gpp');
    this.audioFile = picker('audio/*');
    this.anyFile = picker();
    this.anyFile.dataset.testid = 'attach';
    this.screen = h('div', { class: 'screen' },
      h('div', { class: 'status', 'aria-hidden': 'true' }, this.time, h('span', { class: 'grow' }), icon('signal'), icon('wifi'), icon('battery')),
      h('div', { class: 'head' },
        h('button', { class: 'icon back', type: 'button', 'aria-label': t('Accounts and visitors'), onclick: () => this.app.openSheet('left') }, icon('back')),
        this.avatar, h('span', { class: 'who' }, this.title, this.sub),
        h('button', { class: 'icon', type: 'button', 'aria-label': t('More'), 'aria-haspopup': 'menu', onclick: (e) => this.mainMenu(e.currentTarget) }, icon('dots'))),
      this.chat, this.as, this.quote,
      h('div', { class: 'composer' },
        h('button', { class: 'icon', type: 'button', 'aria-label': t('Emoji'), 'aria-haspopup': 'dialog', onclick: (e) => this.emojiMenu(e.currentTarget) }, icon('smile')),
        this.input,
        h('button', { class: 'icon', type: 'button', 'aria-label': t('Attach'), 'aria-haspopup': 'menu', onclick: (e) => this.attachMenu(e.currentTarget) }, icon('clip')),
        h('button', { class: 'icon', type: 'button', 'aria-label': t('Send a picture or video from this computer'), onclick: () => (this.visitor ? this.camera.click() : toast(t('Choose a visitor first.'))) }, icon('camera')),
        this.go, this.camera, this.audioFile, this.anyFile));
    this.root = h('section', { class: 'phone', 'aria-label': t('Phone') }, this.screen);
    this.root.addEventListener('pointerdown', () => this.app.activate(this), true);
    this.root.addEventListener('focusin', () => this.app.activate(this));
    this.input.addEventListener('input', () => this.grow());
    this.input.addEventListener('paste', (e) => { if (e.clipboardData.files.length) { e.preventDefault(); this.sendFiles(e.clipboardData.files); } });
    this.screen.addEventListener('dragover', (e) => { if (e.dataTransfer.types.includes('Files')) e.preventDefault(); });
    this.screen.addEventListener('drop', (e) => { if (e.dataTransfer.files.length) { e.preventDefault(); this.sendFiles(e.dataTransfer.files); } });
    this.input.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.submit(); }
      if (e.key === 'Escape') this.cancelReply();
    });
    this.grow();
  }

  get businessName() { return this.account?.name || t('Business'); }

  grow() {
    const has = this.input.value.trim() !== '';
    this.input.style.height = '42px';
    this.input.style.height = Math.min(this.input.scrollHeight, 122) + 'px';
    this.go.replaceChildren(icon(has || this.editing ? 'send' : 'mic'));
    this.go.setAttribute('aria-label', t(this.editing ? 'Save the change' : has ? 'Send' : 'Send a voice note'));
  }

  /** Shows a conversation; nothing is kept of the one before. */
  async show(account, visitor) {
    this.account = account;
    this.visitor = visitor;
    this.source?.close();
    this.messages.clear(); this.elements.clear(); this.answered.clear();
    this.cancelReply(); this.closeMenu();
    for (const c of [...this.root.classList]) if (c.startsWith('sk-')) this.root.classList.remove(c);
    this.root.classList.add(face(account).skin);
    this.title.textContent = visitor?.kind ? visitor.name : this.businessName;
    this.avatar.textContent = initials(this.title.textContent);
    this.sub.textContent = this.subtitle();
    this.paintMembers();
    this.chat.replaceChildren();
    this.input.disabled = this.go.disabled = !visitor;
    if (!account) return this.blank(t('No number yet'), t('Connect a channel to this simulator, or make a number of your own.'), t('A new number'), () => this.app.newAccount());
    if (!visitor) return this.blank(t('Nobody here yet'), t('Invent a customer and write to {name}.', { name: this.businessName }), t('A new stranger'), () => this.app.stranger());
    this.listen();
  }

  subtitle() {
    if (!this.visitor) return t('business account');
    if (this.visitor.kind === 'channel') return t('Channel');
    if (this.visitor.kind) return (this.visitor.members || []).map((m) => m.name).join(', ');
    return t('to you, {name}', { name: this.visitor.name });
  }

  /** In a group one may write as each of its members. */
  paintMembers() {
    const members = this.visitor?.kind === 'group' ? this.visitor.members || [] : [];
    const before = this.as.value;
    this.as.replaceChildren(...members.map((m) => h('option', { value: m.id }, m.name)));
    if (members.some((m) => m.id === before)) this.as.value = before;
    this.as.hidden = members.length === 0;
  }

  /** Whether a line was written by who holds this phone. */
  mine(m) { return m.from === 'visitor' && (!m.author_id || m.author_id === this.as.value); }

  blank(title, text, label, f) {
    this.chat.replaceChildren(h('div', { class: 'empty' }, h('b', {}, title), text, h('div', {}, h('button', { class: 'btn primary', type: 'button', onclick: f }, label))));
  }

  /** While the page is looked at, the conversation is open and gets read. */
  listen() {
    this.source?.close();
    if (!this.visitor) return;
    const open = !document.hidden;
    const es = new EventSource(`/control/events?account=${this.account.id}&visitor=${encodeURIComponent(this.visitor.id)}&open=${open}`);
    this.source = es;
    const mine = (f) => (e) => { if (es === this.source) f(JSON.parse(e.data)); };
    es.addEventListener('hello', mine(() => { this.load(); this.app.reconnected(this); }));
    es.addEventListener('chat', mine((m) => this.upsert(m, true)));
    es.addEventListener('typing', mine((on) => this.setTyping(on)));
    es.addEventListener('visitors', mine(() => this.app.visitorsChanged(this)));
    for (const kind of ['wire', 'accounts', 'knobs', 'reset']) es.addEventListener(kind, mine((v) => this.app.news(kind, v, this)));
  }

  async load() {
    const { account, visitor } = this;
    const c = await act(() => api('GET', `/accounts/${account.id}/visitors/${encodeURIComponent(visitor.id)}`));
    if (!c || visitor !== this.visitor) return;
    this.messages.clear(); this.elements.clear();
    this.chat.replaceChildren();
    this.lastDay = '';
    if (!account.subscribed) this.chat.append(h('div', { class: 'note hint' }, t('No webhook is subscribed to this number yet, so nobody will get what you write.')));
    for (const m of c.messages) this.upsert(m, false);
    this.keepEnd(true);
  }

  upsert(m, live) {
    const atEnd = this.chat.scrollHeight - this.chat.scrollTop - this.chat.clientHeight < 90;
    this.messages.set(m.id, m);
    const el = bubble(m, this), old = this.elements.get(m.id);
    this.elements.set(m.id, el);
    if (old) {
      const focus = old.contains(document.activeElement);
      old.replaceWith(el);
      if (focus) el.focus({ preventScroll: true });
    } else {
      const d = day(m.at);
      if (d !== this.lastDay) { this.lastDay = d; this.chat.append(h('div', { class: 'day' }, d)); }
      if (live) el.classList.add('fresh');
      this.chat.append(el);
      if (this.typing.isConnected) this.chat.append(this.typing);
    }
    if (live && (atEnd || (!old && m.from === 'visitor'))) this.keepEnd(true);
  }

  setTyping(on) {
    if (on) { this.chat.append(this.typing); this.sub.textContent = t('typing…'); } else { this.typing.remove(); this.sub.textContent = this.subtitle(); }
    this.keepEnd();
  }

  keepEnd(force) {
    if (force || this.chat.scrollHeight - this.chat.scrollTop - this.chat.clientHeight < 320) this.chat.scrollTop = this.chat.scrollHeight;
  }

  tell(text) { toast(text); }

  send(inbound) {
    if (!this.visitor) return undefined;
    return act(() => api('POST', `/accounts/${this.account.id}/inbound`, { visitor: this.visitor.id, ...(this.as.hidden ? {} : { as: this.as.value }), ...inbound }));
  }

  async submit() {
    if (!this.visitor) return;
    const text = this.input.value;
    if (text.trim() === '') { if (!this.editing) this.send({ kind: 'audio', reply_to: this.takeReply() }); return; }
    const target = this.editing;
    const ok = await this.send(target ? { kind: 'edit', target: target.id, text } : { kind: 'text', text, reply_to: this.replyTo?.id });
    if (!ok) return; // what was typed stays
    this.input.value = '';
    this.cancelReply();
    this.grow();
  }

  takeReply() {
    const id = this.replyTo?.id;
    this.cancelReply();
    return id;
  }

  reply(m) { this.editing = null; this.replyTo = m; this.showQuote(m, m.from === 'visitor' ? t('You') : this.businessName); }

  edit(m) {
    this.replyTo = null; this.editing = m;
    this.input.value = m.text;
    this.showQuote(m, t('Change the message'));
  }

  showQuote(m, title) {
    this.quote.replaceChildren(h('span', { class: 'quote' }, h('b', { dir: 'auto' }, title), h('span', { dir: 'auto' }, brief(m))),
      h('button', { class: 'icon', type: 'button', 'aria-label': t('Cancel'), onclick: () => this.cancelReply() }, icon('x')));
    this.quote.hidden = false;
    this.grow();
    this.input.focus();
  }

  cancelReply() {
    if (this.editing) this.input.value = '';
    this.replyTo = this.editing = null;
    if (this.quote) this.quote.hidden = true;
    this.grow();
  }

  async answer(m, inbound, mark) {
    if (await this.send({ ...inbound, reply_to: m.id })) {
      this.answered.set(m.id, mark);
      this.upsert(this.messages.get(m.id), false);
    }
  }

  shareContact(m) {
    const v = this.visitor, phone = '+' + v.wa_id;
    this.answer(m, { kind: 'contacts', message: [{ name: { formatted_name: v.name, first_name: v.name.split(' ')[0] }, phones: [{ phone, wa_id: v.wa_id, type: 'CELL' }], origin: 'contact_request' }] }, 'x');
  }

  /** The rows of a list message, in a drawer from below. */
  choose(m) {
    const a = m.payload.action, used = this.answered.get(m.id);
    const rows = (a.sections || []).flatMap((s) => [s.title && h('h5', { dir: 'auto' }, s.title), ...s.rows.map((r) => h('button', { class: 'it', type: 'button', dir: 'auto', onclick: () => {
      this.closeMenu();
      this.answer(m, { kind: 'list_reply', reply_id: r.id, title: r.title, description: r.description || '' }, r.id);
    } }, r.title, used === r.id ? ' ✓' : '', r.description && h('small', {}, r.description)))]);
    this.overlay(h('div', { class: 'drawer', role: 'dialog', 'aria-label': a.button }, h('header', {}, h('span', { dir: 'auto' }, a.button), h('span', { class: 'grow' }),
      h('button', { class: 'icon', type: 'button', 'aria-label': t('Close'), onclick: () => this.closeMenu() }, icon('x'))), ...rows));
  }

  played(m) { act(() => api('POST', `/accounts/${this.account.id}/visitors/${encodeURIComponent(this.visitor.id)}/played`, { message_id: m.id })); }

  /** One message each; what was typed becomes the caption of the first that can carry one. */
  async sendFiles(files) {
    if (!this.visitor) { toast(t('Choose a visitor first.')); return; }
    const { account, visitor } = this;
    for (const f of [...files]) {
      const type = f.type || 'application/octet-stream';
      const kind = /^image\/(jpeg|png)$/.test(type) ? 'image' : type === 'image/webp' ? 'sticker' : /^video\/(mp4|3gpp)$/.test(type) ? 'video' : type.startsWith('audio/') ? 'audio' : 'document';
      const caption = kind === 'audio' || kind === 'sticker' ? '' : this.input.value.trim();
      const went = await act(() => sendFile(account.id, { visitor: visitor.id, kind, file_name: f.name, caption, voice: kind === 'audio' && 'false', reply_to: this.takeReply(), as: this.as.hidden ? '' : this.as.value }, f));
      if (!went) return; // what was typed stays
      if (caption) { this.input.value = ''; this.grow(); }
    }
  }

  // Menus

  closeMenu() {
    if (!this.open) return;
    const { els, back, key } = this.open;
    els.forEach((e) => e.remove());
    document.removeEventListener('keydown', key, true);
    this.open = null;
    if (back?.isConnected) { back.setAttribute('aria-expanded', 'false'); back.focus({ preventScroll: true }); }
  }

  overlay(panel, anchor) {
    this.closeMenu();
    const veil = h('div', { class: anchor ? 'veil clear' : 'veil', onclick: () => this.closeMenu() });
    const back = anchor || document.activeElement;
    const key = (e) => {
      const items = [...panel.querySelectorAll('button')], i = items.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); this.closeMenu(); }
      else if (step && items.length) { e.preventDefault(); items[(i + step + items.length) % items.length].focus(); }
      else if (e.key === 'Tab') { e.preventDefault(); items[(i + (e.shiftKey ? -1 : 1) + items.length) % items.length]?.focus(); }
    };
    this.screen.append(veil, panel);
    document.addEventListener('keydown', key, true);
    this.open = { els: [veil, panel], back, key };
    if (anchor) {
      anchor.setAttribute('aria-expanded', 'true');
      const s = this.screen.getBoundingClientRect(), a = anchor.getBoundingClientRect(), p = panel.getBoundingClientRect();
      const below = a.bottom - s.top + 4, above = a.top - s.top - p.height - 4;
      panel.style.top = Math.max(8, below + p.height < s.height - 8 ? below : above) + 'px';
      panel.style.left = Math.min(Math.max(8, a.left - s.left - p.width / 2), s.width - p.width - 8) + 'px';
    }
    panel.querySelector('button')?.focus({ preventScroll: true });
  }

  menu(anchor, label, items, top) {
    this.overlay(h('div', { class: 'menu', role: 'menu', 'aria-label': label }, top, ...items.filter(Boolean).map(([name, text, f]) =>
      h('button', { class: 'it', type: 'button', role: 'menuitem', onclick: () => { this.closeMenu(); f(); } }, icon(name), text))), anchor);
  }

  messageMenu(m, anchor) {
    const mine = m.reactions?.visitor;
    const top = h('div', { class: 'emo', role: 'group', 'aria-label': t('React') }, ...QUICK.map((e) => h('button', { type: 'button', 'aria-label': t('React {emoji}', { emoji: e }), 'aria-pressed': String(mine === e),
      onclick: () => { this.closeMenu(); this.send({ kind: 'reaction', target: m.id, emoji: mine === e ? '' : e }); } }, e)));
    this.menu(anchor, t('Message'), [
      ['reply', t('Reply'), () => this.reply(m)],
      this.mine(m) && m.type === 'text' && ['edit', t('Change the text'), () => this.edit(m)],
      this.mine(m) && face(this.account).revokes && ['trash', t('Delete for everyone'), () => this.send({ kind: 'revoke', target: m.id })],
    ], top);
  }

  emojiMenu(anchor) {
    if (!this.visitor) { toast(t('Choose a visitor first.')); return; }
    this.overlay(h('div', { class: 'menu emoji', role: 'dialog', 'aria-label': t('Emoji') }, ...EMOJI.map((e) => h('button', { type: 'button', 'aria-label': e, onclick: () => {
      this.closeMenu();
      this.input.setRangeText(e, this.input.selectionStart, this.input.selectionEnd, 'end');
      this.grow(); this.input.focus();
    } }, e))), anchor);
  }

  attachMenu(anchor) {
    if (!this.visitor) { toast(t('Choose a visitor first.')); return; }
    const go = (inbound) => () => this.send({ ...inbound, reply_to: this.takeReply() });
    this.menu(anchor, t('Attach'), [
      ['camera', t('Your photos and videos…'), () => this.camera.click()], ['mic', t('Your audio…'), () => this.audioFile.click()], ['clip', t('Any file of yours…'), () => this.anyFile.click()],
      ['camera', t('Photo'), go({ kind: 'image', text: t('The glass is cracked 😕') })], ['play', t('Video'), go({ kind: 'video' })], ['file', t('Document'), go({ kind: 'document' })],
      ['mic', t('Voice note'), go({ kind: 'audio' })], ['smile', t('Sticker'), go({ kind: 'sticker' })], ['pin', t('Location'), go({ kind: 'location' })],
      ['user', t('Contact'), go({ kind: 'contacts' })], ...face(this.account).attach.map(([name, label, inbound]) => [name, t(label), go(inbound)]), ['alert', t('Something unsupported'), go({ kind: 'unsupported' })],
    ]);
  }

  /** What the platform tells the bot about its place in a chat. */
  membership() {
    const v = this.visitor;
    if (!v || !face(this.account).membership) return [];
    const go = (icon, label, kind) => [icon, label, () => this.send({ kind })?.then((r) => { if (r && r.visitor !== v.id) this.app.choose(this.account, r.visitor); })];
    if (!v.kind) return [go('lock', t('Block the bot'), 'block'), go('user', t('Unblock the bot'), 'unblock')];
    return [go('user', t('Let the bot in'), 'join'), go('lock', t('Remove the bot'), 'leave'), go('edit', t('Rename the group'), 'title'),
      ...(v.kind === 'group' && !v.id.startsWith('-100') ? [go('out', t('Make it a supergroup'), 'migrate')] : [])];
  }

  /** Chooses an answer of a poll, or takes the choice back. */
  vote(m, place) {
    const before = this.answered.get(m.id) || [];
    const chosen = before.includes(place) ? before.filter((n) => n !== place) : m.payload.multiple ? [...before, place].sort() : [place];
    this.send({ kind: 'vote', target: m.id, chosen })?.then((ok) => { if (ok) { this.answered.set(m.id, chosen); this.upsert(this.messages.get(m.id), false); } });
  }

  mainMenu(anchor) {
    const path = this.visitor && `/accounts/${this.account.id}/visitors/${encodeURIComponent(this.visitor.id)}`;
    this.menu(anchor, t('More'), [
      this.visitor && face(this.account).windows && ['checks', t('Read everything now'), () => act(() => api('POST', path + '/read', {}))],
      this.visitor && face(this.account).windows && ['lock', t('Let the 24 hours pass'), () => act(async () => { await api('POST', path + '/close-window', {}); toast(t('The window of {name} is closed until the next message.', { name: this.visitor.name })); })],
      ...this.membership(),
      this.visitor && face(this.account).numbers && ['user', t('Change my number'), () => this.send({ kind: 'number_change' })?.then((r) => r && this.app.renumbered(this))],
      this.account && ['key', t('Credentials of this number'), () => this.app.credentials(this.account)],
      ['out', lang === 'ar' ? 'English' : 'العربية', () => setLang(lang === 'ar' ? 'en' : 'ar')],
      ['sliders', t('Trouble and wire'), () => this.app.openSheet('right')],
    ]);
  }
}
