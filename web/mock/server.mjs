/* A small stand-in for the server: serves the built app with the same Content-Security-Policy and answers the
   REST API from memory, with live events. For looking at the app, never part of it. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as db from './data.mjs';

const port = Number(process.env.PORT ?? 8090);
const root = fileURLToPath(new URL('../../internal/server/webui/dist', import.meta.url));
const mime = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

let signedIn = process.env.SIGNED_IN !== 'no';
let seq = 100;
const streams = new Set();
const log = [];
function emit(kind, data) {
  seq += 1;
  const text = `id: ${seq}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
  log.push({ seq, text });
  for (const s of streams) s.write(text);
}
const json = (res, status, body, headers = {}) => {
  res.writeHead(status, {
    'Content-Type': status < 400 ? 'application/json' : 'application/problem+json',
    ...headers,
  });
  res.end(body === undefined ? '' : JSON.stringify(body));
};
const problem = (res, status, code, detail, more = {}) =>
  json(res, status, { type: 'about:blank', title: code, status, code, detail, message: detail, ...more });

const belongs = {
  all: () => true,
  mine: (c) => ['ongoing', 'followed_up'].includes(c.enquiry?.status) && c.owner_id === db.member,
  waiting: (c) => c.enquiry?.status === 'open',
  missed: (c) => c.enquiry?.status === 'missed',
  closed: (c) => !c.enquiry,
};
function page(res, url, rows, headers = {}) {
  const limit = Number(url.searchParams.get('limit') ?? 50);
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const next = new URLSearchParams(url.searchParams);
  next.set('cursor', String(from + limit));
  if (from + limit < rows.length) headers.Link = `<${url.pathname}?${next}>; rel="next"`;
  headers['Content-Range'] = `${from}-${Math.min(rows.length, from + limit)}/${rows.length}`;
  json(res, 200, rows.slice(from, from + limit), headers);
}
function touch(c, m) {
  c.last_message = {
    id: m.id,
    kind: m.kind,
    direction: m.direction,
    text: m.text,
    status: m.status,
    occurred_at: m.occurred_at,
  };
  c.last_message_at = m.occurred_at;
  c.updated_at = db.iso(Date.now());
}
export function receive(c, text) {
  const m = db.make(c, { text, at: Date.now() });
  db.messages.get(c.id).push(m);
  c.unread_count += 1;
  c.window_expires_at = db.iso(Date.now() + 24 * 3600_000);
  touch(c, m);
  emit('message.created', { message: m, conversation: c });
}
function advance(m) {
  const steps = ['sending', 'sent', 'delivered', 'read'];
  steps.forEach((status, i) => {
    setTimeout(
      () => {
        m.status = status;
        emit('message.updated', { message: m });
      },
      400 * (i + 1),
    );
  });
}

async function api(req, res, url, body) {
  const path = url.pathname.replace('/rest/v1', '');
  const parts = path.split('/').filter(Boolean);
  const [resource, one, action] = parts;
  const eq = (name) => url.searchParams.get(name)?.replace(/^eq\./, '');
  if (path === '/auth/login') {
    if (body.password !== 'lamp-shade-2026')
      return problem(res, 401, 'invalid_credentials', 'Email and password do not match.');
    signedIn = true;
    return json(res, 200, db.me);
  }
  if (path === '/auth/logout') {
    signedIn = false;
    return json(res, 204);
  }
  if (!signedIn) return problem(res, 401, 'unauthenticated', 'Not signed in.', { server: db.me.server });
  if (path === '/auth/me') return json(res, 200, db.me);
  if (path === '/channel_types') return json(res, 200, db.types);
  if (path === '/events') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write(`retry: 1000\nevent: ready\ndata: {"seq":${seq}}\n\n`);
    const since = Number(req.headers['last-event-id'] ?? url.searchParams.get('last_event_id') ?? seq);
    for (const e of log) if (e.seq > since) res.write(e.text);
    streams.add(res);
    req.on('close', () => streams.delete(res));
    return;
  }
  if (resource === 'conversations') {
    if (one === 'counts')
      return json(
        res,
        200,
        Object.fromEntries(
          ['mine', 'waiting', 'missed'].map((t) => [t, db.conversations.filter(belongs[t]).length]),
        ),
      );
    if (!one) {
      const tab = url.searchParams.get('tab') ?? 'all';
      const rows = db.conversations
        .filter(belongs[tab])
        .filter((c) => !eq('channel_id') || c.channel_id === eq('channel_id'));
      rows.sort((a, b) => (a.last_message_at < b.last_message_at ? 1 : -1));
      return page(res, url, rows);
    }
    const c = db.conversations.find((x) => x.id === one);
    if (!c) return problem(res, 404, 'not_found', 'There is no such conversation.');
    if (action === 'read') {
      c.unread_count = 0;
      c.updated_at = db.iso(Date.now());
      emit('conversation.updated', { conversation: c });
      return json(res, 204);
    }
    if (action === 'typing') return json(res, 204);
    if (action === 'messages') {
      const list = db.messages.get(c.id);
      const known = body.client_id && list.find((m) => m.client_id === body.client_id);
      if (known) return json(res, 200, known);
      if (body.text === 'refuse')
        return problem(
          res,
          422,
          'text_too_long',
          'The text has 4,120 characters, at most 4,096 are possible.',
          { hint: 'Split it into two messages.' },
        );
      if (body.kind === 'reaction') {
        const target = list.find((m) => m.id === body.reply_to_id);
        target.reactions = [
          ...target.reactions.filter((r) => r.direction !== 'outbound'),
          ...(body.text ? [{ emoji: body.text, author_name: 'Nadia', direction: 'outbound' }] : []),
        ];
        emit('message.updated', { message: target });
        return json(res, 201, db.make(c, { direction: 'outbound', ...body, at: Date.now() }));
      }
      const m = db.make(c, { direction: 'outbound', status: 'queued', ...body, at: Date.now() });
      list.push(m);
      touch(c, m);
      await new Promise((r) => setTimeout(r, 150));
      emit('message.created', { message: m, conversation: c });
      advance(m);
      return json(res, 201, m);
    }
    return json(res, 200, c);
  }
  if (resource === 'messages') {
    if (!one) return page(res, url, [...(db.messages.get(eq('conversation_id')) ?? [])].reverse());
    const m = [...db.messages.values()].flat().find((x) => x.id === one);
    if (action === 'provenance')
      return json(res, 200, {
        message_id: one,
        steps: [
          { at: m.created_at, name: 'Committed', detail: 'Stored and queued', duration_ms: 3 },
          {
            at: m.occurred_at,
            name: 'Sent to the platform',
            detail: m.error?.detail ?? 'Answered 200',
            duration_ms: 212,
          },
        ],
      });
    if (action === 'confirm') m.status = body.arrived ? 'sent' : 'queued';
    if (action === 'cancel') m.status = 'canceled';
    if (action === 'retry') Object.assign(m, { status: 'queued', attempt: m.attempt + 1, error: null });
    if (action === 'retry' || (action === 'confirm' && !body.arrived)) {
      m.attempt += 1;
      advance(m);
    }
    return json(res, 200, m);
  }
  if (resource === 'contacts')
    return json(
      res,
      200,
      db.contacts.find((c) => c.id === one),
    );
  if (resource === 'enquiries') {
    if (!one)
      return page(
        res,
        url,
        db.conversations.filter((c) => c.enquiry && c.channel_id === eq('channel_id')),
      );
    const c = db.conversations.find((x) => x.enquiry?.id === one);
    const enquiry = { ...c.enquiry, conversation_id: c.id, status: 'closed', updated_at: db.iso(Date.now()) };
    c.enquiry = null;
    c.owner_id = null;
    c.owner = null;
    c.updated_at = db.iso(Date.now());
    emit('conversation.updated', { conversation: c });
    return json(res, 200, enquiry);
  }
  if (resource === 'channel_accounts') {
    if (!one && req.method === 'GET') return json(res, 200, db.channels);
    if (!one) {
      if (body.settings?.app_id && body.settings.app_id === '123456789012345') {
        return problem(res, 422, 'invalid', 'The values were refused.', {
          errors: [
            {
              pointer: '/settings/app_id',
              detail: 'The platform knows no app with this id.',
              code: 'invalid',
            },
          ],
        });
      }
      const c = {
        ...db.channels[3],
        ...body,
        id: db.id(),
        settings: body.settings,
        source_id: Object.keys(body.settings).length ? db.id() : null,
        updated_at: db.iso(Date.now()),
      };
      db.channels.push(c);
      return json(res, 201, c);
    }
    const c = db.channels.find((x) => x.id === one);
    if (!c) return problem(res, 404, 'not_found', 'There is no such channel.');
    if (action === 'validate')
      return json(res, 200, {
        ok: c.health !== 'down',
        validation: c.validation,
        connection: c.connection,
        checks: [
          {
            name: 'token',
            title: 'Access token',
            ok: c.health !== 'down',
            detail: c.health === 'down' ? '(#190) Session has expired' : 'Good until revoked',
            hint: 'Make a new token as in step 3.',
          },
          {
            name: 'number',
            title: 'Phone number',
            ok: true,
            detail: '+20 2 2555 0177, verified',
            hint: null,
          },
        ],
      });
    if (action === 'subscribe' || action === 'unsubscribe') c.subscription = `${action}d`;
    else if (action === 'test_message')
      return json(res, 200, { provider_message_id: 'wamid.HBgLMjAxMDA1NTUwMTQy' });
    else if (req.method === 'DELETE') {
      db.channels.splice(db.channels.indexOf(c), 1);
      return json(res, 204);
    } else if (req.method === 'PATCH')
      Object.assign(c, body, { settings: { ...c.settings, ...body.settings } });
    c.updated_at = db.iso(Date.now());
    if (req.method !== 'GET') emit('channel.updated', { channel: c });
    return json(res, 200, c);
  }
  if (resource === 'sources')
    return json(res, 200, { callback_url: db.channels[0].callback_url, verify_token: 'sb-7Qm2-fK9d-vT41' });
  if (resource === 'webhook_events') {
    if (one && action === 'replay')
      return json(
        res,
        202,
        db.events.find((e) => e.id === one),
      );
    if (one)
      return json(
        res,
        200,
        db.events.find((e) => e.id === one),
      );
    return page(
      res,
      url,
      db.events.filter(
        (e) => e.channel_id === eq('channel_id') && (!eq('outcome') || e.outcome === eq('outcome')),
      ),
    );
  }
  return problem(res, 404, 'not_found', 'There is no such resource.');
}

function file(res, url) {
  const path = normalize(join(root, url.pathname));
  if (path.startsWith(root) && extname(path) && existsSync(path)) {
    res.writeHead(200, { 'Content-Type': mime[extname(path)] ?? 'application/octet-stream' });
    return res.end(readFileSync(path));
  }
  const nonce = randomBytes(16).toString('base64');
  res.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'`,
  });
  return res.end(readFileSync(join(root, 'index.html'), 'utf8').replace('__CSP_NONCE__', nonce));
}

createServer(async (req, res) => {
  const url = new URL(req.url, `http://127.0.0.1:${port}`);
  if (url.pathname === '/mock/receive') {
    const c = db.conversations[Number(url.searchParams.get('n') ?? 0)];
    receive(c, url.searchParams.get('text') ?? 'A new message has come in');
    return json(res, 200, {});
  }
  if (url.pathname === '/mock/typing') {
    emit('typing', {
      conversation_id: db.conversations[0].id,
      member: null,
      until: db.iso(Date.now() + 8000),
    });
    return json(res, 200, {});
  }
  if (url.pathname === '/mock/drop') {
    for (const s of streams) s.end();
    return json(res, 200, {});
  }
  if (!url.pathname.startsWith('/rest/')) return file(res, url);
  let text = '';
  for await (const chunk of req) text += chunk;
  try {
    await api(req, res, url, text ? JSON.parse(text) : {});
  } catch (error) {
    problem(res, 500, 'internal', String(error));
  }
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`));

setInterval(() => {
  for (const s of streams) s.write(`event: heartbeat\ndata: {"seq":${seq}}\n\n`);
}, 15_000);
