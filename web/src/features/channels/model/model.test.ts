import { describe, expect, it } from 'vitest';
import { channel, chatType } from '@/test/data';
import { checkAll, fieldsOf, initialValues, serverFaults, settingsOf } from './fields';
import { byAttention, conditionOf } from './health';
import { parseInline, parseMarkdown } from './markdown';

describe('fields', () => {
  const fields = fieldsOf(chatType.fields);
  const stored = { app_id: '12', token: '********' };
  it('stand in the order of the descriptor', () => {
    expect(fields.map((f) => [f.name, f.required, f.step])).toEqual([
      ['app_id', true, 2],
      ['token', true, null],
    ]);
  });
  it('never show a stored secret and send it only when it is new', () => {
    const values = initialValues(chatType, stored);
    expect(values).toEqual({ app_id: '12', token: '' });
    expect(settingsOf(fields, values, stored)).toEqual({});
    expect(settingsOf(fields, { ...values, token: 'new' }, stored)).toEqual({ token: 'new' });
    expect(checkAll(fields, values, stored)).toEqual({});
  });
  it('take an empty form as a draft and check a half-filled one', () => {
    expect(checkAll(fields, { app_id: '', token: '' })).toEqual({});
    expect(settingsOf(fields, { app_id: '', token: '' })).toEqual({});
    expect(checkAll(fields, { app_id: 'x', token: '' })).toEqual({
      app_id: { code: 'pattern' },
      token: { code: 'required' },
    });
  });
  it('put what the server says at its field', () => {
    const server = serverFaults(
      {
        errors: [
          { pointer: '/settings/app_id', detail: 'Unknown app.', code: 'invalid' },
          { pointer: '/name', detail: 'Taken.', code: 'invalid' },
          { pointer: '/type', detail: 'Other.', code: 'invalid' },
        ],
      },
      fields,
    );
    expect(server).toEqual({
      faults: { app_id: { code: 'server', text: 'Unknown app.' } },
      name: 'Taken.',
      rest: ['Other.'],
    });
  });
});

describe('condition', () => {
  it('sorts trouble to the top and never blames a draft', () => {
    const draft = channel({ id: 'd', settings: {}, source_id: null, health: 'down' });
    expect(conditionOf(draft)).toBe('setup');
    expect(conditionOf(channel({ is_active: false, health: 'down' }))).toBe('paused');
    const down = channel({ id: 'x', health: 'down', name: 'Z' });
    expect(byAttention([channel({ id: 'ok' }), draft, down]).map((c) => c.id)).toEqual(['x', 'd', 'ok']);
  });
});

describe('guides', () => {
  it('count steps through headings and keep nested lists', () => {
    const blocks = parseMarkdown(
      '## One\n\n1. First\n   more\n   - a\n   - b\n\n## Two\n\n1. Next **bold** `code`\n',
    );
    expect(blocks.map((b) => (b.type === 'step' ? b.step : b.type))).toEqual(['heading', 1, 'heading', 2]);
    expect(blocks[1]).toMatchObject({
      children: [{ type: 'text', text: 'First more' }],
      blocks: [{ type: 'bullets' }],
    });
  });
  it('read numbered headings as steps', () => {
    expect(parseMarkdown('### 14. Copy the id\nText')).toMatchObject([{ step: 14 }, { type: 'paragraph' }]);
  });
  it('make no link out of a script', () => {
    expect(parseInline('[x](javascript:alert(1))')).not.toContainEqual(
      expect.objectContaining({ type: 'link' }),
    );
    expect(parseInline('[x](https://example.com)')).toMatchObject([
      { type: 'link', href: 'https://example.com' },
    ]);
  });
});
