// What the official PostgREST client does, on every resource that promises it,
// against the real program: no operation of the table below may be missing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PostgrestClient } from '@supabase/postgrest-js';
import { startDemo, until } from '../lib/harness.mjs';

let demo;
let db;
let token;
let api;
before(async () => {
  demo = await startDemo();
  api = await demo.as('admin');
  token = (await api('POST', '/api_tokens', { name: 'programs' })).token;
  db = new PostgrestClient(`${demo.url}/rest/v1`, { headers: { Authorization: `Bearer ${token}` } });
});
after(() => demo?.stop());

const resources = ['channel_accounts', 'contacts', 'conversations', 'messages', 'enquiries'];
const operations = ['insert', 'insert many', 'filtered select', 'update by filter', 'single-object select', 'count', 'delete'];
const done = new Set();
const step = async (resource, operation, run) => {
  try {
    await run();
  } catch (err) {
    throw new Error(`${operation} on ${resource}: ${err.message}`, { cause: err });
  }
  done.add(`${operation} on ${resource}`);
};
/** The data of an answer that is no error. */
const ok = (r, status) => {
  assert.equal(r.error, null, JSON.stringify(r.error));
  if (status) assert.equal(r.status, status);
  return r.data;
};
const refused = (r, status, code) => {
  assert.deepEqual([r.status, r.error?.code], [status, code]);
  for (const member of ['message', 'details', 'hint']) assert.equal(typeof r.error[member], 'string', member);
};

/** What holds for any resource: `rows` are two of its rows, `change` is something to write into them. */
async function common(resource, rows, change, changed, wrong) {
  const at = () => db.from(resource);
  const ids = rows.map((row) => row.id);
  await step(resource, 'filtered select', async () => {
    assert.deepEqual(ok(await at().select().in('id', ids).order('id'), 200).map((row) => row.id), [...ids].sort());
    assert.deepEqual(ok(await at().select('id,created_at').eq('id', ids[0])), [{ id: ids[0], created_at: rows[0].created_at }]);
    assert.deepEqual(ok(await at().select('id').in('id', ids).neq('id', ids[0])), [{ id: ids[1] }]);
    assert.equal(ok(await at().select('id').or(`id.eq.${ids[0]},id.eq.${ids[1]}`).order('created_at').limit(1)).length, 1);
    assert.deepEqual(ok(await at().select('id').in('id', ids).order('id').range(1, 1)), [{ id: [...ids].sort()[1] }]);
    refused(await at().select().eq('colour', 'red'), 400, 'unknown_field');
    refused(await at().select('id, owner(*)'), 400, 'bad_select');
  });
  await step(resource, 'single-object select', async () => {
    assert.equal(ok(await at().select().eq('id', ids[0]).single(), 200).id, ids[0]);
    assert.equal(ok(await at().select().eq('id', ids[0]).maybeSingle(), 200).id, ids[0]);
    assert.equal(ok(await at().select().in('id', ids).eq('created_at', '2001-01-01T00:00:00Z').maybeSingle()), null);
    const many = await at().select().in('id', ids).single();
    refused(many, 406, 'PGRST116');
    assert.equal(many.error.details, 'The result contains 2 rows');
  });
  await step(resource, 'count', async () => {
    const r = await at().select('id', { count: 'exact' }).in('id', ids).limit(1);
    assert.deepEqual([r.status, r.count, r.data.length], [200, 2, 1]);
    const head = await at().select('*', { count: 'exact', head: true }).in('id', ids);
    assert.deepEqual([head.status, head.count, head.data], [200, 2, null]);
  });
  await step(resource, 'update by filter', async () => {
    assert.equal(ok(await at().update(change).eq('id', ids[0]), 204), null);
    const r = await at().update(change, { count: 'exact' }).in('id', ids).select();
    assert.deepEqual([r.status, r.count, r.data?.length], [200, 2, 2], JSON.stringify(r.error));
    for (const row of r.data) for (const [k, v] of Object.entries(changed)) assert.deepEqual(row[k], v, k);
    assert.deepEqual(ok(await at().update(change).eq('id', ids[1]).select('id').single(), 200), { id: ids[1] });
    refused(await at().update(change).in('id', ids).select().single(), 406, 'PGRST116');
    refused(await at().update(change), 400, 'filter_required');
    refused(await at().update(wrong).eq('id', ids[0]), 422, 'unknown_field');
    refused(await at().update(change).in('id', ids).maxAffected(1), 400, 'PGRST124');
    refused(await at().upsert({ id: ids[0], ...change }), 400, 'bad_prefer');
  });
}

async function remove(resource, rows) {
  const at = () => db.from(resource);
  const ids = rows.map((row) => row.id);
  await step(resource, 'delete', async () => {
    refused(await at().delete(), 400, 'filter_required');
    assert.deepEqual(ok(await at().delete().eq('id', ids[0]).select('id').single(), 200), { id: ids[0] });
    const r = await at().delete({ count: 'exact' }).in('id', ids);
    assert.deepEqual([r.status, r.count, r.error], [204, 1, null]);
    assert.deepEqual(ok(await at().select('id').in('id', ids)), []);
    assert.equal(ok(await at().delete().in('id', ids), 204), null); // nothing left to concern
  });
}

const made = (r, n) => {
  const rows = ok(r, 201);
  assert.equal(rows.length, n);
  return rows;
};

test('the official client passes on every resource', async () => {
  const [channel] = ok(await db.from('channel_accounts').select().eq('type', 'WHATSAPP_CLOUD').eq('is_active', true).limit(1));

  const channels = [];
  await step('channel_accounts', 'insert', async () => {
    channels.push(ok(await db.from('channel_accounts').insert({ name: 'From a program', type: channel.type }).select().single(), 201));
    refused(await db.from('channel_accounts').insert({ name: 'x', type: 'FAX' }), 422, 'not_one_of');
  });
  await step('channel_accounts', 'insert many', async () => {
    channels.push(...made(await db.from('channel_accounts').insert([{ name: 'Another', type: channel.type }]).select(), 1));
    refused(await db.from('channel_accounts').insert([{ name: 'Third', type: channel.type }, { name: 'third', type: channel.type }]), 409, 'name_taken');
    assert.deepEqual(ok(await db.from('channel_accounts').select().eq('name', 'Third')), []);
  });
  await common('channel_accounts', channels, { sticky_routing: true }, { sticky_routing: true }, { colour: 'red' });
  await remove('channel_accounts', channels);

  let people;
  const number = (n) => ({ type: channel.type, address: `+1 202 555 08${10 + n}` });
  await step('contacts', 'insert', async () => {
    people = [ok(await db.from('contacts').insert({ name: 'Ada Program', identities: [number(0)] }).select().single(), 201)];
    assert.equal(people[0].identities[0].address, '12025550810');
    refused(await db.from('contacts').insert({ name: 'Twice', identities: [number(0)] }), 409, 'identity_taken');
    refused(await db.from('contacts').insert({ name: 'x', identities: [{ type: channel.type, address: 'soon' }] }), 422, 'bad_format');
  });
  await step('contacts', 'insert many', async () => {
    people.push(...made(await db.from('contacts').insert([{ name: 'Bo Program', identities: [number(1)] }, { name: 'Cy Program' }]).select(), 2));
    ok(await db.from('contacts').insert([{ name: 'Di Program' }]), 201);
  });
  await common('contacts', people.slice(0, 2), { language: 'ar' }, { language: 'ar' }, { kind: 'group' });

  let talks;
  await step('conversations', 'insert', async () => {
    talks = [ok(await db.from('conversations').insert({ channel_id: channel.id, contact_id: people[0].id, subject: 'Order 7' }).select().single(), 201)];
    assert.deepEqual([talks[0].kind, talks[0].subject, talks[0].contact.name, talks[0].unread_count], ['direct', 'Order 7', 'Ada Program', 0]);
    refused(await db.from('conversations').insert({ channel_id: channel.id, contact_id: people[0].id }), 409, 'conversation_exists');
    refused(await db.from('conversations').insert({ channel_id: channel.id, contact_id: people[2].id }), 422, 'not_reachable');
  });
  await step('conversations', 'insert many', async () => {
    talks.push(...made(await db.from('conversations').insert([{ channel_id: channel.id, contact_id: people[1].id }]).select(), 1));
  });
  await common('conversations', talks, { subject: 'Order 8', chatbot_enabled: false }, { subject: 'Order 8', chatbot_enabled: false }, { owner_id: null });

  let messages;
  await step('messages', 'insert', async () => {
    refused(await db.from('messages').insert({ conversation_id: talks[0].id, text: 'Too early' }), 422, 'window_closed');
    const visitor = await demo.provider.stranger('Odile Program');
    await demo.provider.say(visitor, 'Hello, program');
    const talk = await demo.conversation(api, 'Odile Program');
    messages = [ok(await db.from('messages').insert({ conversation_id: talk.id, kind: 'text', text: 'Hello, Odile', client_id: 'p1' }).select().single(), 201)];
    assert.deepEqual([messages[0].direction, messages[0].author.type, messages[0].client_id], ['outbound', 'member', 'p1']);
    const again = ok(await db.from('messages').insert({ conversation_id: talk.id, text: 'Hello, Odile', client_id: 'p1' }).select().single(), 200);
    assert.equal(again.id, messages[0].id);
  });
  await step('messages', 'insert many', async () => {
    const conversation_id = messages[0].conversation_id;
    messages.push(...made(await db.from('messages').insert([{ conversation_id, text: 'One' }, { conversation_id, text: 'Two' }]).select(), 2));
    const r = await db.from('messages').insert([{ conversation_id, text: 'Never' }, { conversation_id: people[0].id, text: 'x' }]);
    refused(r, 422, 'not_found');
    assert.match(r.error.details, /^\/1\/conversation_id: /);
    assert.deepEqual(ok(await db.from('messages').select().eq('text', 'Never')), []);
    await until('the messages have gone', async () =>
      ok(await db.from('messages').select('status').in('id', messages.map((m) => m.id))).every((m) => ['sent', 'delivered', 'read'].includes(m.status)),
    );
  });
  await common('messages', messages.slice(0, 2), { starred: true }, { starred: true }, { text: 'said otherwise' });
  refused(await db.from('messages').update({ status: 'canceled' }).eq('id', messages[0].id), 409, 'not_cancelable');

  let enquiries;
  await step('enquiries', 'insert', async () => {
    enquiries = [ok(await db.from('enquiries').insert({ conversation_id: talks[0].id }).select().single(), 201)];
    assert.deepEqual([enquiries[0].status, enquiries[0].channel_id], ['ongoing', channel.id]); // the token's maker answers for it
    refused(await db.from('enquiries').insert({ conversation_id: talks[0].id }), 409, 'enquiry_current');
  });
  await step('enquiries', 'insert many', async () => {
    enquiries.push(...made(await db.from('enquiries').insert([{ conversation_id: talks[1].id }]).select(), 1));
  });
  await common('enquiries', enquiries, { status: 'closed' }, { status: 'closed', close_reason: 'by_member' }, { owner_id: null });
  await remove('enquiries', enquiries);

  await remove('messages', messages.slice(0, 2));
  const left = ok(await db.from('conversations').select().eq('id', messages[0].conversation_id).single());
  assert.equal(left.last_message.text, 'Two');
  refused(await db.from('contacts').delete().eq('id', people[0].id), 409, 'contact_in_use');
  await remove('conversations', talks);
  await remove('contacts', people.slice(0, 2));

  const missing = resources.flatMap((r) => operations.map((o) => `${o} on ${r}`)).filter((what) => !done.has(what));
  assert.deepEqual(missing, [], 'every operation was tried on every resource');
  const acts = (await api('GET', '/audit_log?limit=100')).map((row) => row.action);
  for (const act of ['contact.delete', 'conversation.delete', 'message.delete', 'enquiry.delete', 'channel.delete']) assert.ok(acts.includes(act), act);
});

test('the grammar of lists as the official client writes it', async () => {
  const contacts = () => db.from('contacts');
  const mark = 'zz-grammar';
  const all = () => contacts().select().eq('language', mark);
  const names = (r) => ok(r).map((row) => row.name);
  const given = ['Anna', 'Žofie', 'Bob (b), "q"', 'Carla'];
  ok(await contacts().insert(given.map((name) => ({ name, language: mark }))), 201);
  const by = (q) => q.order('id');
  assert.deepEqual(names(await by(all())), given);
  assert.deepEqual(names(await all().like('name', 'A%')), ['Anna']);
  assert.deepEqual(names(await all().like('name', 'a%')), []);
  assert.deepEqual(names(await all().ilike('name', '%zof%')), ['Žofie']);
  assert.deepEqual(names(await by(all().in('name', ['Anna', 'Bob (b), "q"', 'x,y']))), ['Anna', 'Bob (b), "q"']);
  assert.deepEqual(names(await by(all().not('name', 'in', '(Anna,Carla)'))), ['Žofie', 'Bob (b), "q"']);
  assert.deepEqual(names(await by(all().or('name.eq.Anna,and(kind.eq.person,name.ilike.c*)'))), ['Anna', 'Carla']);
  assert.deepEqual(names(await all().match({ name: 'Anna', kind: 'person' })), ['Anna']);
  assert.deepEqual(names(await all().filter('name', 'eq', 'Anna')), ['Anna']);
  assert.deepEqual(names(await all().order('name', { ascending: false }).limit(2)), ['Žofie', 'Carla']);
  assert.deepEqual(names(await all().gte('created_at', '2020-01-01T00:00:00Z').lt('created_at', '2021-01-01T00:00:00Z')), []);
  refused(await db.from('enquiries').select('name:number').is('owner_id', null), 400, 'bad_select');
  ok(await db.from('enquiries').select('id').not('owner_id', 'is', null).limit(3), 200);
  assert.equal(ok(await db.from('channel_accounts').select('is_active').is('is_active', true)).every((row) => row.is_active), true);
  refused(await contacts().select().contains('name', ['x']), 400, 'unknown_operator');
  refused(await contacts().select().textSearch('name', 'x'), 400, 'unknown_operator');
  refused(await contacts().insert([{ name: 'x', colour: 'red' }]), 422, 'unknown_field');
  await assert.rejects(async () => contacts().select().eq('colour', 'red').throwOnError(), { code: 'unknown_field' });
  refused(await new PostgrestClient(`${demo.url}/rest/v1`).from('contacts').select(), 401, 'unauthenticated');
  const byKey = new PostgrestClient(`${demo.url}/rest/v1`, { headers: { apikey: token } });
  assert.equal(ok(await byKey.from('contacts').delete().eq('language', mark).select()).length, given.length);
});

test('ETag, If-Match and Idempotency-Key', async () => {
  const call = async (method, path, body, headers = {}) => {
    const r = await fetch(`${demo.url}/rest/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
      body: body && JSON.stringify(body),
    });
    const text = await r.text();
    return { status: r.status, etag: r.headers.get('etag'), replayed: r.headers.get('idempotency-replayed'), body: text ? JSON.parse(text) : null };
  };
  const key = { 'Idempotency-Key': 'a-key-of-ours' };
  const first = await call('POST', '/contacts', { name: 'Once' }, key);
  const again = await call('POST', '/contacts', { name: 'Once' }, key);
  assert.deepEqual([first.status, again.status, again.replayed, again.body.id], [201, 201, 'true', first.body.id]);
  const other = await call('POST', '/contacts', { name: 'Twice' }, key);
  assert.deepEqual([other.status, other.body.code], [422, 'idempotency_mismatch']);
  const both = await Promise.all([1, 2].map(() => call('POST', '/contacts', { name: 'Raced' }, { 'Idempotency-Key': 'raced' })));
  assert.ok(both.every((r) => r.status === 201 || (r.status === 409 && r.body.code === 'in_progress')), JSON.stringify(both));
  assert.equal((await call('GET', '/contacts?name=eq.Raced')).body.length, 1);

  const at = `/contacts/${first.body.id}`;
  const { etag } = await call('GET', at);
  assert.ok(etag);
  assert.equal((await call('GET', at, undefined, { 'If-None-Match': etag })).status, 304);
  const mine = await call('PATCH', at, { language: 'de' }, { 'If-Match': etag });
  assert.equal(mine.status, 200);
  assert.notEqual(mine.etag, etag);
  const lost = await call('PATCH', at, { language: 'fr' }, { 'If-Match': etag });
  assert.deepEqual([lost.status, lost.body.code], [412, 'precondition_failed']);
  assert.equal((await call('DELETE', at, undefined, { 'If-Match': etag })).status, 412);
  assert.equal((await call('DELETE', at, undefined, { 'If-Match': mine.etag })).status, 204);
  assert.equal((await call('GET', at)).status, 404);
});
