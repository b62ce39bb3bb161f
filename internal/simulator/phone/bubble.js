import { h, icon, shape, clock, day } from './dom.js';
import { t } from './words.js';

const onlyEmoji = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|[\u{1F3FB}-\u{1F3FF}])*\s?){1,3}$/u;
const size = (n) => (n > 1 << 20 ? (n / (1 << 20)).toFixed(1) + ' MB' : Math.max(1, Math.round(n / 1024)) + ' KB');

/** Text with links; only http and https become links. */
function linked(text) {
  return text.split(/(https?:\/\/[^\s]+)/g).map((part, i) => (i % 2 ? h('a', { href: part, target: '_blank', rel: 'noopener noreferrer' }, part) : part));
}

/** WhatsApp's marks: *bold*, _italic_, ~struck~ and ```code```. */
function marked(text) {
  const out = [];
  let rest = text;
  const re = /```([^`]+)```|(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]+?)(?<=\S)\2(?![\p{L}\p{N}])/u;
  for (let m = re.exec(rest); m; m = re.exec(rest)) {
    out.push(...linked(rest.slice(0, m.index)));
    out.push(m[1] ? h('code', {}, m[1]) : h({ '*': 'b', _: 'i', '~': 's' }[m[2]], {}, ...linked(m[3])));
    rest = rest.slice(m.index + m[0].length);
  }
  return [...out, ...linked(rest)];
}

const para = (text, cls = '') => h('p', { dir: 'auto', class: cls }, ...marked(text));

function ticks(m) {
  const [name, label] = { sent: ['check', t('Sent')], delivered: ['checks', t('Received by the business')], read: ['checks', t('Read')], failed: ['alert', t('Not delivered')] }[m.status] || ['check', t('Sent')];
  const said = m.error ? label + ': ' + m.error : label;
  return h('span', { class: m.status, role: 'img', 'aria-label': said, title: said }, icon(name));
}

/** One line of words for a message: in quotes, lists and labels. */
export function brief(m) {
  if (!m) return t('Message');
  if (m.deleted) return t('Deleted message');
  const kind = { image: '📷 ' + t('Photo'), video: '🎬 ' + t('Video'), audio: m.media && !m.media.voice ? '🎵 ' + t('Audio') : '🎤 ' + t('Voice message'), document: '📄 ' + (m.media?.filename || t('Document')), sticker: t('Sticker'), location: '📍 ' + t('Location'), contacts: '👤 ' + t('Contact'), order: '🛒 ' + t('Order') }[m.type];
  if (m.type === 'poll') return '📊 ' + (m.payload?.question || t('Poll'));
  if (m.type === 'interactive') return m.payload?.body?.text || t('Choice');
  if (m.type === 'template') return m.payload?.body || t('Template');
  return m.text ? (kind ? kind.split(' ')[0] + ' ' : '') + m.text : kind || m.type;
}

function voice(m, phone) {
  const audio = new Audio(m.media.url);
  audio.preload = 'none';
  const bars = h('span', { class: 'bars', 'aria-hidden': 'true' });
  for (let i = 0; i < 30; i++) {
    const bar = h('i');
    bar.style.height = 5 + Math.round(22 * Math.abs(Math.sin(i * 1.7 + m.id.length) * Math.cos(i * .6))) + 'px';
    bars.append(bar);
  }
  const b = h('button', { type: 'button', 'aria-label': t('Play') }, icon('play'));
  const show = (on) => { b.replaceChildren(icon(on ? 'pause' : 'play')); b.setAttribute('aria-label', t(on ? 'Pause' : 'Play')); };
  b.addEventListener('click', () => {
    if (!audio.paused) { audio.pause(); return; }
    audio.play().then(() => { if (m.from === 'business' && m.media.voice) phone.played(m); }, () => phone.tell(t('This file cannot be played here.')));
  });
  audio.addEventListener('play', () => show(true));
  for (const e of ['pause', 'ended']) audio.addEventListener(e, () => show(false));
  audio.addEventListener('timeupdate', () => {
    const n = audio.duration ? (audio.currentTime / audio.duration) * 30 : 0;
    [...bars.children].forEach((bar, i) => bar.classList.toggle('on', i < n));
  });
  return h('div', { class: 'voice' }, b, bars);
}

function map(p) {
  const road = { fill: 'none', stroke: '#fff', 'stroke-width': 7 };
  const svg = shape('svg', { viewBox: '0 0 236 112', preserveAspectRatio: 'xMidYMid slice', 'aria-hidden': 'true' },
    shape('path', { d: 'M0 78c40-8 60 20 110 10s80-30 126-18v42H0z', fill: '#BFDDE6' }), shape('rect', { x: 18, y: 12, width: 52, height: 34, fill: '#C9DDBF' }), shape('rect', { x: 160, y: 8, width: 60, height: 40, fill: '#EBE4D3' }),
    shape('path', { d: 'M-5 60C60 40 140 66 241 38', ...road }), shape('path', { d: 'M92 -5c8 40-6 60 14 122M150 -5c-6 30 20 60 6 90', ...road, 'stroke-width': 5 }),
    shape('path', { d: 'M118 74s18-17 18-31a18 18 0 0 0-36 0c0 14 18 31 18 31z', fill: '#B3332A' }), shape('circle', { cx: 118, cy: 43, r: 6.5, fill: '#fff' }));
  const el = h('a', { class: 'map', target: '_blank', rel: 'noopener noreferrer', href: `https://www.openstreetmap.org/?mlat=${encodeURIComponent(p.latitude)}&mlon=${encodeURIComponent(p.longitude)}`, 'aria-label': t('Open the map') });
  el.append(svg);
  return el;
}

function media(m, phone) {
  if (!m.media) return [h('div', { class: 'file' }, icon('alert'), h('span', {}, h('b', {}, t('File not available'))))];
  const type = m.media.mime_type.split(';')[0];
  if (m.type === 'sticker') return [h('img', { class: 'sticker', src: m.media.url, alt: t('Sticker') })];
  if (type.startsWith('image/') && m.type !== 'document') return [h('img', { class: 'photo', src: m.media.url, alt: m.text || t('Photo'), onload: () => phone.keepEnd() })];
  if (type.startsWith('video/') && m.type !== 'document') return [h('video', { class: 'photo', src: m.media.url, controls: true, preload: 'metadata' })];
  if (type.startsWith('audio/') && m.type !== 'document') return [!m.media.voice ? h('audio', { class: 'sound', src: m.media.url, controls: true, preload: 'none', 'aria-label': m.media.filename || t('Audio') }) : voice(m, phone)];
  return [h('a', { class: 'file', href: m.media.url, download: m.media.filename || 'file', 'aria-label': t('Download {name}', { name: m.media.filename || t('Document') }) }, icon('file'),
    h('span', {}, h('b', { dir: 'auto' }, m.media.filename || t('Document')), h('small', { dir: 'ltr' }, (type.split('/')[1] || type).toUpperCase() + ', ' + size(m.media.size))))];
}

function header(p, phone) {
  const x = p.header;
  if (!x) return [];
  if (x.type === 'text' || typeof x === 'string') return [h('h4', { dir: 'auto' }, x.text || x)];
  return [h('div', { class: 'file' }, icon('file'), h('span', {}, h('b', {}, x[x.type]?.filename || x.type)))];
}

function interactive(m, phone) {
  const p = m.payload || {}, a = p.action || {}, acts = [];
  const used = (id) => (phone.answered.get(m.id) === id ? 'done' : '');
  switch (p.type) {
    case 'button':
      for (const b of a.buttons || []) acts.push(h('button', { type: 'button', class: used(b.reply.id), dir: 'auto', onclick: () => phone.answer(m, { kind: 'button_reply', reply_id: b.reply.id, title: b.reply.title }, b.reply.id) }, b.reply.title));
      break;
    case 'list':
      acts.push(h('button', { type: 'button', dir: 'auto', onclick: () => phone.choose(m) }, icon('list'), a.button));
      break;
    case 'cta_url':
      acts.push(h('a', { href: /^https?:/.test(a.parameters?.url) ? a.parameters.url : undefined, target: '_blank', rel: 'noopener noreferrer', dir: 'auto' }, icon('out'), a.parameters?.display_text));
      break;
    case 'location_request_message':
      acts.push(h('button', { type: 'button', onclick: () => phone.answer(m, { kind: 'location' }, 'x') }, icon('pin'), t('Send location')));
      break;
    case 'request_contact_info':
      acts.push(h('button', { type: 'button', onclick: () => phone.shareContact(m) }, icon('user'), t('Share contact info')));
      break;
    case 'flow':
      acts.push(h('button', { type: 'button', dir: 'auto', onclick: () => phone.answer(m, { kind: 'flow_reply', message: { name: 'flow', body: 'Sent', response_json: JSON.stringify({ flow_token: a.parameters?.flow_token ?? 'unused', slot: '10:00' }) } }, 'x') }, a.parameters?.flow_cta));
      break;
  }
  return [...header(p, phone), para(p.body?.text || ''), p.footer?.text && h('div', { class: 'foot', dir: 'auto' }, p.footer.text), h('div', { class: 'acts' }, ...acts)];
}

function template(m, phone) {
  const p = m.payload || {};
  const acts = (p.buttons || []).map((b, i) => {
    if (b.type === 'QUICK_REPLY') return h('button', { type: 'button', dir: 'auto', class: phone.answered.get(m.id) === String(i) ? 'done' : '', onclick: () => phone.answer(m, { kind: 'button', reply_id: b.payload, title: b.text }, String(i)) }, icon('reply'), b.text);
    if (b.type === 'URL') return h('a', { href: /^https?:/.test(b.url) ? b.url : undefined, target: '_blank', rel: 'noopener noreferrer', dir: 'auto' }, icon('out'), b.text);
    return h('a', { href: b.phone_number ? 'tel:' + b.phone_number : undefined, dir: 'auto' }, b.text);
  });
  return [p.header_media && h('img', { class: 'photo', src: p.header_media.url, alt: t('Photo'), onload: () => phone.keepEnd() }), ...header(p, phone), para(p.body || ''),
    p.footer && h('div', { class: 'foot', dir: 'auto' }, p.footer), acts.length > 0 && h('div', { class: 'acts' }, ...acts)];
}

function poll(m, phone) {
  const p = m.payload || {}, options = p.options || [], mine = phone.answered.get(m.id) || [];
  const all = options.reduce((n, o) => n + o.votes, 0);
  return [h('h4', { dir: 'auto' }, p.question), h('div', { class: 'foot' }, p.anonymous ? t('Anonymous poll') : t('Poll')),
    h('div', { class: 'poll' }, ...options.map((o, i) => h('button', { type: 'button', class: mine.includes(i) ? 'done' : '', 'aria-pressed': String(mine.includes(i)), disabled: p.closed, onclick: () => phone.vote(m, i) },
      h('b', {}, all ? Math.round((o.votes / all) * 100) + ' %' : ''), h('span', { dir: 'auto' }, o.text), h('progress', { max: Math.max(all, 1), value: o.votes })))),
    h('div', { class: 'foot' }, p.closed ? t('The poll is closed') : t('Votes: {n}', { n: p.voters ?? all }))];
}

function content(m, phone) {
  if (m.deleted) return [para(t('This message was deleted.'))];
  switch (m.type) {
    case 'image': case 'video': case 'audio': case 'document': case 'sticker':
      return [...media(m, phone), m.text && para(m.text)];
    case 'location':
      return [map(m.payload || {}), h('b', { dir: 'auto' }, m.payload?.name || t('Location')), m.payload?.address && h('div', { class: 'foot', dir: 'auto' }, m.payload.address)];
    case 'contacts':
      return (Array.isArray(m.payload) ? m.payload : []).map((c) => h('div', { class: 'file' }, h('span', { class: 'face' }, (c.name?.formatted_name || '?')[0]),
        h('span', {}, h('b', { dir: 'auto' }, c.name?.formatted_name || t('Contact')), h('small', { dir: 'ltr' }, c.phones?.[0]?.phone || c.org?.company || ''))));
    case 'order':
      return [h('div', { class: 'file' }, icon('list'), h('span', {}, h('b', {}, t('{n} products', { n: (m.payload?.product_items || []).length })), h('small', {}, t('Order from the catalogue')))), m.payload?.text && para(m.payload.text)];
    case 'poll': return poll(m, phone);
    case 'interactive': return interactive(m, phone);
    case 'template': return template(m, phone);
    case 'unsupported': return [h('div', { class: 'file' }, icon('list'), h('span', {}, h('b', {}, m.text), h('small', {}, t('A kind businesses cannot receive'))))];
  }
  return [para(m.text || '', onlyEmoji.test(m.text || '') ? 'big' : '')];
}

/** The element of one message. */
export function bubble(m, phone) {
  if (m.from === 'note') return h('div', { class: 'note', dir: 'auto' }, m.text);
  const quoted = m.reply_to && phone.messages.get(m.reply_to);
  const bare = m.type === 'sticker' && !m.deleted && m.media;
  const reacts = Object.values(m.reactions || {});
  const mine = phone.mine(m);
  const el = h('div', { class: ['msg', m.from === 'visitor' && !mine ? 'business' : m.from, m.deleted && 'gone', bare && 'bare'].filter(Boolean).join(' '), tabindex: '-1' },
    phone.visitor?.kind && !mine && h('b', { class: 'author', dir: 'auto' }, m.author || (m.from === 'business' ? phone.businessName : phone.visitor.name)),
    m.reply_to && h('span', { class: 'quote' }, h('b', { dir: 'auto' }, quoted ? (phone.mine(quoted) ? t('You') : quoted.author || phone.businessName) : t('Earlier message')), h('span', { dir: 'auto' }, brief(quoted))),
    ...content(m, phone),
    m.error && m.status !== 'failed' && h('div', { class: 'problem', role: 'note' }, m.error),
    m.error && m.status === 'failed' && m.from === 'business' && h('div', { class: 'problem', role: 'note' }, t('Never reached the visitor: {reason}', { reason: m.error })),
    h('div', { class: 'meta' }, m.edited && h('span', {}, t('edited')), h('time', { datetime: m.at }, clock(m.at)), mine && ticks(m)),
    reacts.length > 0 && h('div', { class: 'reacts' }, ...reacts.map((e) => h('span', {}, e))),
    !m.deleted && h('button', { class: 'more', type: 'button', 'aria-label': t('What to do with this message'), 'aria-haspopup': 'menu', onclick: (e) => phone.messageMenu(m, e.currentTarget) }, icon('down')));
  // On a touch screen the bubble itself opens the menu.
  el.addEventListener('click', (e) => {
    if (!m.deleted && matchMedia('(max-width: 720px)').matches && !e.target.closest('a, button, video, audio')) phone.messageMenu(m, el.querySelector('.more'));
  });
  return el;
}

export { day };
