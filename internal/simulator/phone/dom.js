// Small helpers. Text always goes through text nodes: what people write is
// never parsed as HTML.
import { locale, t } from './words.js';

export const $ = (id) => document.getElementById(id);

export function h(tag, attrs = {}, ...children) {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs)) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith('on')) el.addEventListener(k.slice(2), v);
    else if (k === 'class') el.className = v;
    else if (k === 'value') el.value = v;
    else el.setAttribute(k, v === true ? '' : v);
  }
  el.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', '#i-' + name);
  svg.append(use);
  return svg;
}

export function shape(tag, attrs, ...children) {
  const el = document.createElementNS(SVG, tag);
  for (const [k, v] of Object.entries(attrs)) el.setAttribute(k, v);
  el.append(...children);
  return el;
}

export async function api(method, path, body) {
  const r = await fetch('/control' + path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (r.status === 204) return null;
  return answer(r);
}

async function answer(r) {
  const v = await r.json();
  if (!r.ok) throw new Error(v.error?.detail || t('The simulator answered {status}', { status: r.status }));
  return v;
}

/** Sends a file as it is; progress and limits are the server's affair. */
export async function sendFile(account, query, file) {
  const q = new URLSearchParams(Object.entries(query).filter(([, v]) => v));
  return answer(await fetch(`/control/accounts/${account}/media?${q}`, { method: 'POST', headers: { 'Content-Type': file.type || 'application/octet-stream' }, body: file }));
}

let toastTimer;
export function toast(text) {
  const t = $('toast');
  t.textContent = text;
  t.classList.add('on');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => t.classList.remove('on'), 4200);
}

/** Runs an action and tells its failure instead of swallowing it. */
export async function act(f) {
  try { return await f(); } catch (e) { toast(e.message || String(e)); return undefined; }
}

export const clock = (at) => new Date(at).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hour12: false });

export function day(at) {
  const d = new Date(at), today = new Date(), y = new Date(today - 864e5);
  if (d.toDateString() === today.toDateString()) return t('Today');
  if (d.toDateString() === y.toDateString()) return t('Yesterday');
  return d.toLocaleDateString(locale, { weekday: 'long', day: 'numeric', month: 'long' });
}

export function initials(name) {
  const first = [...name.replace(/^[^\p{L}\p{N}]+/u, '')][0];
  return (first || '#').toUpperCase();
}

export function tint(id) {
  let n = 0;
  for (const c of id) n = (n * 7 + c.charCodeAt(0)) % 1009;
  return 'h' + (n % 5);
}

export function dialog(title, ...body) {
  $('dialog-title').textContent = title;
  $('dialog-body').replaceChildren(...body);
  const d = $('dialog');
  if (!d.open) d.showModal();
  return d;
}
