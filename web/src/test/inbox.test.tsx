import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { delay, HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import type { SendBody } from '@/api/types';
import { conversation, me, media, message, time } from './data';
import { renderApp } from './render';
import { problem, rest, server } from './server';
import { FakeEventSource } from './setup';

const field = () => screen.findByRole('textbox', { name: 'Reply' });

describe('list of conversations', () => {
  it('shows rows with what matters', async () => {
    server.use(
      http.get(rest('/conversations'), () => HttpResponse.json([conversation({ unread_count: 3 })])),
    );
    await renderApp('/inbox');
    const row = await screen.findByRole('link', { name: /Amira/ });
    expect(row).toHaveTextContent('Is anybody there?');
    expect(row).toHaveTextContent('3 unread');
    await waitFor(() => expect(row).toHaveTextContent(/9h 59m|10h 00m/));
    await waitFor(() => expect(document.title).toBe('(2) Inbox · Switchboard'));
  });
  it('teaches when it is empty', async () => {
    server.use(http.get(rest('/conversations'), () => HttpResponse.json([])));
    await renderApp('/inbox?tab=waiting');
    expect(await screen.findByText('Nothing is waiting')).toBeInTheDocument();
  });
  it('shows bars after 200 ms while it loads', async () => {
    server.use(
      http.get(rest('/conversations'), async () => {
        await delay(600);
        return HttpResponse.json([]);
      }),
    );
    const { container } = await renderApp('/inbox');
    await waitFor(() => expect(container.querySelectorAll('.cr-sk')).toHaveLength(8));
  });
  it('mends an error with one button', async () => {
    server.use(
      http.get(rest('/conversations'), () =>
        problem(400, { code: 'bad_filter', detail: 'The filter is wrong.', hint: 'Use another.' }),
      ),
    );
    const { user } = await renderApp('/inbox');
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The filter is wrong. Use another.');
    server.use(http.get(rest('/conversations'), () => HttpResponse.json([conversation()])));
    await user.click(within(alert).getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: /Amira/ })).toBeInTheDocument();
  });
  it('says so when the inbox is not part of the role', async () => {
    server.use(http.get(rest('/auth/me'), () => HttpResponse.json({ ...me, permissions: [] })));
    await renderApp('/inbox');
    expect(await screen.findByText('The inbox is not part of your role')).toBeInTheDocument();
    expect(screen.queryByRole('link', { name: 'Channels' })).not.toBeInTheDocument();
  });
  it('follows live events, and keeps the order under the hand', async () => {
    const other = conversation({
      id: 'c2',
      contact: { id: 'p2', name: 'Omar', display_name: 'Omar', kind: 'person' },
      last_message_at: time(50),
    });
    server.use(http.get(rest('/conversations'), () => HttpResponse.json([conversation(), other])));
    await renderApp('/inbox');
    await screen.findByRole('link', { name: /Omar/ });
    const names = () =>
      screen.getAllByRole('link').flatMap((l) => l.textContent?.match(/Amira|Omar/)?.[0] ?? []);
    expect(names()).toEqual(['Amira', 'Omar']);
    const rows = document.querySelector('.ib-rows') as HTMLElement;
    fireEvent.focus(screen.getByRole('link', { name: /Amira/ }));
    const moved = { ...other, last_message_at: time(0), updated_at: time(0), unread_count: 1 };
    act(() =>
      FakeEventSource.last?.send('message.created', {
        conversation: moved,
        message: message({ id: 'n1', conversation_id: 'c2', text: 'New', occurred_at: time(0) }),
      }),
    );
    const pill = await screen.findByRole('button', { name: '1 newer' });
    expect(names()).toEqual(['Amira', 'Omar']);
    expect(rows).toHaveTextContent('1 unread');
    fireEvent.click(pill);
    await waitFor(() => expect(names()).toEqual(['Omar', 'Amira']));
  });
});

describe('thread', () => {
  it('shows messages and marks them as read', async () => {
    let read: unknown;
    server.use(
      http.get(rest('/conversations/:id'), () => HttpResponse.json(conversation({ unread_count: 1 }))),
      http.get(rest('/conversations'), () => HttpResponse.json([conversation({ unread_count: 1 })])),
      http.post(rest('/conversations/:id/read'), async ({ request }) => {
        read = await request.json();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    await renderApp('/inbox/c1');
    expect(await screen.findByRole('article', { name: /Amira/ })).toHaveTextContent('Is anybody there?');
    expect(await screen.findByText('1 new message')).toBeInTheDocument();
    await waitFor(() => expect(read).toEqual({ message_id: 'x1' }));
  });
  it('is calm when it is empty, and mends an error', async () => {
    server.use(http.get(rest('/messages'), () => problem(500, { detail: 'The disk is full.' })));
    const { user } = await renderApp('/inbox/c1');
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The disk is full.');
    server.use(http.get(rest('/messages'), () => HttpResponse.json([])));
    await user.click(within(alert).getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('What is written here appears as bubbles.')).toBeInTheDocument();
  });
  it('shows bars while it loads', async () => {
    server.use(
      http.get(rest('/messages'), async () => {
        await delay(600);
        return HttpResponse.json([]);
      }),
    );
    const { container } = await renderApp('/inbox/c1');
    await waitFor(() => expect(container.querySelectorAll('.th-sk .sk-bar').length).toBeGreaterThan(3));
  });
  it('says that a conversation is gone', async () => {
    server.use(
      http.get(rest('/conversations/:id'), () => problem(404, { code: 'not_found' })),
      http.get(rest('/conversations'), () => HttpResponse.json([])),
    );
    await renderApp('/inbox/c9');
    expect(await screen.findByText('This conversation is not here')).toBeInTheDocument();
  });
  it('shows each kind', async () => {
    const kinds = [
      message({ id: 'k1', kind: 'location', payload: { latitude: 30, longitude: 31, name: 'Zamalek' } }),
      message({
        id: 'k2',
        kind: 'contacts',
        text: '',
        payload: { contacts: [{ name: { formatted_name: 'Omar' }, phones: [{ phone: '+20 1' }] }] },
      }),
      message({ id: 'k3', kind: 'unsupported', text: '', payload: { type: 'story', raw: { a: 1 } } }),
      message({
        id: 'k4',
        kind: 'document',
        text: '',
        media: [
          media({
            kind: 'document',
            mime_type: 'application/pdf',
            file_name: 'bill.pdf',
            size: 18_200_000,
            state: 'remote',
          }),
        ],
      }),
      message({
        id: 'k5',
        text: 'with a reaction',
        reactions: [{ emoji: '👍', author_id: 'p1', author_name: 'Amira', direction: 'inbound' }],
      }),
      message({
        id: 'k6',
        direction: 'outbound',
        status: 'failed',
        text: 'no',
        error: {
          reason: 'x',
          code: '131026',
          title: '',
          detail: 'This number is not reachable.',
          hint: '',
          retryable: true,
        },
      }),
      message({ id: 'k7', direction: 'outbound', status: 'uncertain', text: 'maybe' }),
    ];
    server.use(http.get(rest('/messages'), () => HttpResponse.json(kinds)));
    await renderApp('/inbox/c1');
    expect(await screen.findByRole('link', { name: 'Open Zamalek on a map' })).toHaveAttribute(
      'target',
      '_blank',
    );
    expect(screen.getByText('+20 1')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'See raw data' })).toBeInTheDocument();
    expect(screen.getByText(/18.2 MB/)).toBeInTheDocument();
    expect(screen.getByRole('img', { name: /Reactions: 👍/ })).toBeInTheDocument();
    expect(screen.getByText(/Not sent: This number is not reachable./)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'It arrived' })).toBeInTheDocument();
  });
});

describe('composer', () => {
  it('sends at once and shows the message before the server has answered', async () => {
    let sent: SendBody | undefined;
    server.use(
      http.post(rest('/conversations/:id/messages'), async ({ request }) => {
        sent = (await request.json()) as SendBody;
        await delay(300);
        return HttpResponse.json(
          message({
            id: 'x9',
            direction: 'outbound',
            status: 'sent',
            text: sent.text,
            client_id: sent.client_id,
            occurred_at: time(0),
          }),
          { status: 201 },
        );
      }),
    );
    const { user } = await renderApp('/inbox/c1');
    const box = await field();
    await screen.findByRole('article', { name: /Amira/ });
    await user.type(box, 'Hello{Enter}');
    expect(screen.getByText('Hello')).toBeInTheDocument();
    expect(screen.getByRole('img', { name: 'Queued' })).toBeInTheDocument();
    expect(box).toHaveValue('');
    expect(await screen.findByRole('img', { name: 'Sent' })).toBeInTheDocument();
    expect(sent?.client_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(screen.getAllByText('Hello')).toHaveLength(1);
  });
  it('keeps what the server refuses, with the reason', async () => {
    server.use(
      http.post(rest('/conversations/:id/messages'), () =>
        problem(422, { code: 'text_too_long', detail: 'At most 4,096 characters.', hint: 'Split it.' }),
      ),
    );
    const { user } = await renderApp('/inbox/c1');
    await user.type(await field(), 'Hello{Enter}');
    expect(await screen.findByText(/Not sent: At most 4,096 characters. Split it./)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Edit' }));
    expect(await field()).toHaveValue('Hello');
    expect(screen.queryByText(/Not sent/)).not.toBeInTheDocument();
  });
  it('counts, and does not send beyond the limit', async () => {
    const { user } = await renderApp('/inbox/c1');
    const box = await field();
    expect(await screen.findByText('0 / 20')).toBeInTheDocument();
    await user.type(box, 'x'.repeat(32));
    expect(screen.getByText('−12 · 32 / 20')).toBeInTheDocument();
    const send = screen.getByRole('button', { name: 'Send' });
    expect(send).toHaveAttribute('aria-disabled', 'true');
    expect(send).toHaveAttribute('title', '12 characters too long');
  });
  it('keeps a draft through a reload', async () => {
    const { user, unmount } = await renderApp('/inbox/c1');
    await user.type(await field(), 'half');
    unmount();
    await renderApp('/inbox/c1');
    expect(await field()).toHaveValue('half');
    expect(screen.getByRole('link', { name: /Draft: half/ })).toBeInTheDocument();
  });
  it('becomes the window card when the window has lapsed; closing stays possible', async () => {
    let closed = false;
    const lapsed = conversation({ window_expires_at: time(5) });
    server.use(
      http.get(rest('/conversations/:id'), () => HttpResponse.json(lapsed)),
      http.get(rest('/conversations'), () => HttpResponse.json([lapsed])),
      http.post(rest('/enquiries/:id/close'), () => {
        closed = true;
        return HttpResponse.json({ id: 'e1', status: 'closed' });
      }),
    );
    const { user } = await renderApp('/inbox/c1');
    expect(
      await screen.findByText(
        'Sorry, your message can no longer send; the 24-hour message window has lapsed. Close this enquiry, or wait until the visitor sends a message again.',
      ),
    ).toBeInTheDocument();
    expect(screen.queryByRole('textbox', { name: 'Reply' })).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Close enquiry' }));
    await waitFor(() => expect(closed).toBe(true));
  });
  it('says that the channel is inactive', async () => {
    const off = conversation();
    off.channel = { ...off.channel, is_active: false };
    server.use(
      http.get(rest('/conversations/:id'), () => HttpResponse.json(off)),
      http.get(rest('/conversations'), () => HttpResponse.json([off])),
    );
    await renderApp('/inbox/c1');
    expect(await screen.findByText(/Support.* is not active/)).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Open the channel' })).toBeInTheDocument();
  });
});

describe('in Arabic', () => {
  it('keeps numbers in their own direction', async () => {
    await renderApp('/inbox/c1', 'ar');
    expect(await screen.findByRole('button', { name: /إغلاق/ })).toBeInTheDocument();
    const phone = await screen.findByText('+20 100 555 0142');
    expect(phone.closest('bdi')).toHaveAttribute('dir', 'ltr');
  });
});
