import { beforeEach, describe, expect, it } from 'vitest';
import type { Conversation, Message } from '@/api/types';
import { chatType, conversation, me, message } from '@/test/data';
import { applyConversation, applyMessage, flatten, type Pages } from './cache';
import { blockOf, counterOf } from './compose';
import { draftKey, readDraft, writeDraft } from './drafts';
import { searchEmoji } from './emoji';
import {
  checkButtons,
  checkContact,
  checkLocation,
  checkTemplate,
  locationBody,
  templateBody,
} from './forms';
import { holdOrder } from './order';
import { addToOutbox, markOutbox, readOutbox, removeFromOutbox, withOutbox } from './outbox';
import { backoff } from './sender';
import { mergeMessage } from './status';
import { belongsTo } from './tabs';
import { buildThread, firstUnread } from './thread';
import { windowOf, windowTone } from './window';

const at = (minute: number) => `2026-11-22T10:${String(minute).padStart(2, '0')}:00.000000Z`;
const pages = <T>(items: T[], next: string | null = null): Pages<T> => ({
  pages: [{ items, next, total: null }],
  pageParams: [null],
});

describe('ticks', () => {
  const sent = message({ direction: 'outbound', status: 'delivered', delivered_at: at(3) });
  it('never go backwards within an attempt', () => {
    expect(mergeMessage(sent, { ...sent, status: 'sent' }).status).toBe('delivered');
    expect(mergeMessage(sent, { ...sent, status: 'failed' }).status).toBe('delivered');
    expect(mergeMessage(sent, { ...sent, status: 'read' }).status).toBe('read');
  });
  it('start again with a new attempt, and a late old one changes nothing', () => {
    const failed = { ...sent, status: 'failed' as const };
    const again = mergeMessage(failed, { ...failed, attempt: 2, status: 'queued' });
    expect(again.status).toBe('queued');
    expect(mergeMessage(again, { ...failed, attempt: 1 }).status).toBe('queued');
    expect(mergeMessage(again, { ...failed, attempt: 1, status: 'delivered' }).status).toBe('delivered');
  });
});

describe('tabs', () => {
  it('follow the enquiry', () => {
    const c = conversation();
    expect(belongsTo('mine', c, 'm1')).toBe(true);
    expect(belongsTo('mine', c, 'other')).toBe(false);
    expect(belongsTo('closed', { ...c, enquiry: null }, 'm1')).toBe(true);
    expect(belongsTo('waiting', { ...c, enquiry: c.enquiry && { ...c.enquiry, status: 'open' } }, 'm1')).toBe(
      true,
    );
  });
});

describe('cached lists', () => {
  const row = (id: string, minute: number, part: Partial<Conversation> = {}) =>
    conversation({ id, last_message_at: at(minute), updated_at: at(minute), ...part });
  it('move a conversation to the top when a message comes in', () => {
    const data = pages([row('a', 9), row('b', 8), row('c', 7)]);
    const next = applyConversation(data, 'all', row('c', 10), 'm1');
    expect(flatten(next).map((c) => c.id)).toEqual(['c', 'a', 'b']);
  });
  it('drop one that left the tab and ignore an older state', () => {
    const data = pages([row('a', 9)]);
    expect(flatten(applyConversation(data, 'mine', row('a', 10, { enquiry: null }), 'm1'))).toEqual([]);
    expect(applyConversation(data, 'mine', row('a', 3, { enquiry: null }), 'm1')).toBe(data);
  });
  it('leave what lies beyond the loaded pages to paging', () => {
    const data = pages([row('a', 9)], '?cursor=x');
    expect(applyConversation(data, 'all', row('z', 1), 'm1')).toBe(data);
  });
  it('put a message where its time wants it, once', () => {
    const m = (id: string, minute: number, part: Partial<Message> = {}) =>
      message({ id, occurred_at: at(minute), ...part });
    const data = pages([m('c', 3), m('a', 1)]);
    const next = applyMessage(applyMessage(data, m('b', 2)), m('b', 2));
    expect(flatten(next).map((x) => x.id)).toEqual(['c', 'b', 'a']);
    const own = applyMessage(next, m('d', 4, { client_id: 'k', status: 'queued' }));
    expect(flatten(applyMessage(own, m('d2', 4, { client_id: 'k', status: 'sent' })))).toHaveLength(4);
  });
});

describe('frozen order', () => {
  it('counts what would move and keeps the rows', () => {
    expect(holdOrder(['a', 'b', 'c'], ['c', 'a', 'b'])).toEqual({ ids: ['a', 'b', 'c'], newer: 1 });
    expect(holdOrder(['a', 'b'], ['n', 'a', 'b'])).toEqual({ ids: ['a', 'b'], newer: 1 });
    expect(holdOrder(['a', 'b', 'c'], ['a', 'c'])).toEqual({ ids: ['a', 'b', 'c'], newer: 0 });
  });
  it('lets paging append at the end', () => {
    expect(holdOrder(['a', 'b'], ['a', 'b', 'c', 'd'])).toEqual({ ids: ['a', 'b', 'c', 'd'], newer: 0 });
  });
});

describe('window', () => {
  const now = Date.parse(at(0));
  const left = (minutes: number) =>
    windowOf({ window_expires_at: new Date(now + minutes * 60_000).toISOString() }, chatType, now);
  it('is open, runs out and closes', () => {
    expect(left(300)).toEqual({ kind: 'open', minutes: 300, hours: 24 });
    expect(windowTone(left(300))).toBe('line');
    expect(windowTone(left(240))).toBe('warn');
    expect(windowTone(left(59))).toBe('err');
    expect(left(-1)).toEqual({ kind: 'closed', hours: 24 });
  });
  it('does not exist where the type has none', () => {
    expect(windowOf({ window_expires_at: null }, { window: null }, now)).toEqual({ kind: 'none' });
  });
  it('blocks the composer, but a missing permission comes first', () => {
    const c = conversation({ window_expires_at: null });
    expect(blockOf(c, chatType, true, now).block).toEqual({ reason: 'window', hours: 24 });
    expect(blockOf(c, chatType, false, now).block).toEqual({ reason: 'permission' });
    const off = conversation({ channel: { ...c.channel, is_active: false } });
    expect(blockOf(off, chatType, true, now).block).toEqual({ reason: 'inactive' });
  });
});

describe('counter', () => {
  it('turns amber at 90 % and counts beyond the limit', () => {
    expect(counterOf('x'.repeat(17), 20).tone).toBe('mute');
    expect(counterOf('x'.repeat(18), 20).tone).toBe('warn');
    expect(counterOf('x'.repeat(32), 20)).toEqual({ used: 32, limit: 20, over: 12, tone: 'err' });
    expect(counterOf('👍🏽', 20).used).toBe(2);
  });
});

describe('thread', () => {
  const m = (id: string, minute: number, part: Partial<Message> = {}) =>
    message({ id, occurred_at: at(minute), ...part });
  it('groups by sender within five minutes', () => {
    const items = buildThread(
      [m('a', 1), m('b', 2), m('c', 20), m('d', 21, { direction: 'outbound' })],
      null,
      false,
    );
    const shape = items.flatMap((i) => (i.type === 'message' ? [[i.message.id, i.first, i.last]] : []));
    expect(shape).toEqual([
      ['a', true, false],
      ['b', false, true],
      ['c', true, true],
      ['d', true, true],
    ]);
  });
  it('draws the unread line at the read mark, or by counting back', () => {
    const list = [m('a', 1), m('b', 2), m('c', 3)];
    expect(firstUnread(list, { readUntil: at(1), count: 2 })).toBe(1);
    expect(firstUnread(list, { readUntil: null, count: 1 })).toBe(2);
    expect(firstUnread(list, { readUntil: null, count: 0 })).toBe(-1);
    const items = buildThread(list, { readUntil: at(1), count: 2 }, true);
    expect(items.map((i) => i.type)).toEqual(['start', 'day', 'message', 'unread', 'message', 'message']);
  });
  it('hides reactions with a target, joins events and marks the chosen button', () => {
    const items = buildThread(
      [
        m('q', 1, { direction: 'outbound', kind: 'interactive' }),
        m('a', 2, { kind: 'interactive', reply_to_id: 'q', payload: { id: 'b2' } }),
        m('r', 3, { kind: 'reaction', reply_to_id: 'q' }),
        m('e1', 4, { kind: 'event', direction: 'internal' }),
        m('e2', 5, { kind: 'event', direction: 'internal' }),
      ],
      null,
      false,
    );
    expect(items.map((i) => i.type)).toEqual(['day', 'message', 'message', 'events']);
    expect(items[1]).toMatchObject({ picked: 'b2' });
    expect(items[3]).toMatchObject({ messages: [{ id: 'e1' }, { id: 'e2' }] });
  });
});

describe('drafts and outbox', () => {
  beforeEach(() => localStorage.clear());
  it('keep a draft per conversation', () => {
    writeDraft('a', { text: 'half a sentence', replyToId: null });
    expect(readDraft('a').text).toBe('half a sentence');
    expect(readDraft('b').text).toBe('');
    writeDraft('a', { text: '  ', replyToId: null });
    expect(localStorage.getItem(draftKey('a'))).toBeNull();
  });
  it('show what waits, once, and forget what arrived', () => {
    const entry = addToOutbox({
      conversationId: 'c1',
      channelId: 'ch1',
      body: { kind: 'text', text: 'Hello' },
      author: { id: me.member.id, name: 'Nadia' },
    });
    expect(withOutbox([], readOutbox(), 'c1')).toMatchObject([{ text: 'Hello', status: 'queued' }]);
    expect(withOutbox([], readOutbox(), 'c2')).toEqual([]);
    const arrived = message({ client_id: entry.clientId });
    expect(withOutbox([arrived], readOutbox(), 'c1')).toEqual([arrived]);
    markOutbox(entry.clientId, {
      reason: 'x',
      code: '',
      title: '',
      detail: 'No',
      hint: '',
      retryable: true,
    });
    expect(withOutbox([], readOutbox(), 'c1')).toMatchObject([{ status: 'failed' }]);
    removeFromOutbox(entry.clientId);
    expect(readOutbox()).toEqual([]);
  });
  it('wait longer after each failure, at most 30 s', () => {
    expect(backoff(0, () => 1)).toBe(500);
    expect(backoff(3, () => 1)).toBe(4000);
    expect(backoff(20, () => 1)).toBe(30_000);
    expect(backoff(5, () => 0)).toBe(0);
  });
});

describe('forms', () => {
  it('know a place', () => {
    expect(checkLocation({ latitude: '91', longitude: '', name: '', address: '' })).toEqual({
      latitude: { code: 'number', min: -90, max: 90 },
      longitude: { code: 'required' },
    });
    expect(
      locationBody({ latitude: '30.04', longitude: '31.2', name: ' Zamalek ', address: '' }).payload,
    ).toEqual({
      latitude: 30.04,
      longitude: 31.2,
      name: 'Zamalek',
    });
  });
  it('take limits from the channel type', () => {
    const form = { header: '', body: 'Which?', footer: '', buttons: ['Yes', 'Yes', 'x'.repeat(21)] };
    expect(checkButtons(form, { button_title: 20 })).toEqual({
      'buttons.1': { code: 'duplicate' },
      'buttons.2': { code: 'tooLong', used: 21, limit: 20 },
    });
  });
  it('want a way to reach the person on a card', () => {
    expect(checkContact({ name: 'Omar', phone: '', email: '', company: '' })).toEqual({
      phone: { code: 'required' },
    });
    expect(checkContact({ name: 'Omar', phone: '+20 122 555 0199', email: 'x', company: '' })).toEqual({
      email: { code: 'email' },
    });
  });
  it('fill a template in order, without gaps', () => {
    expect(checkTemplate({ name: 'Order update', language: 'en', values: [] })).toEqual({
      name: { code: 'templateName' },
    });
    expect(checkTemplate({ name: 'a', language: 'en', values: ['', 'b'] })).toEqual({
      'values.0': { code: 'required' },
    });
    expect(templateBody({ name: 'a', language: 'en', values: ['x', ''] }).payload?.components).toEqual([
      { type: 'body', parameters: [{ type: 'text', text: 'x' }] },
    ]);
  });
});

describe('emoji', () => {
  it('are found by every word, best first', () => {
    const list = [
      { unicode: '💔', label: 'broken heart', tags: ['love'] },
      { unicode: '❤️', label: 'heart', tags: ['red'] },
    ];
    expect(searchEmoji(list, 'heart').map((e) => e.unicode)).toEqual(['❤️', '💔']);
    expect(searchEmoji(list, 'heart love').map((e) => e.unicode)).toEqual(['💔']);
  });
});
