import { act, screen, waitFor, within } from '@testing-library/react';
import { delay, HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { channel, chatType } from './data';
import { renderApp } from './render';
import { problem, rest, server } from './server';
import { FakeEventSource } from './setup';

describe('channels', () => {
  it('teaches when there is none', async () => {
    server.use(http.get(rest('/channel_accounts'), () => HttpResponse.json([])));
    await renderApp('/channels');
    expect(await screen.findByText('No channel is connected yet')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Add channel' })).toHaveAttribute('href', '/channels/new');
  });
  it('shows bars while it loads, and mends an error', async () => {
    server.use(
      http.get(rest('/channel_accounts'), async () => {
        await delay(500);
        return problem(500, { detail: 'The database is locked.' });
      }),
    );
    const { container, user } = await renderApp('/channels');
    await waitFor(() => expect(container.querySelectorAll('.ch-sk')).toHaveLength(5));
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The database is locked.');
    server.use(http.get(rest('/channel_accounts'), () => HttpResponse.json([channel()])));
    await user.click(within(alert).getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: 'Support' })).toBeInTheDocument();
  });
  it('follows live changes and names what is down', async () => {
    await renderApp('/channels');
    await screen.findByText('Healthy');
    act(() =>
      FakeEventSource.last?.send('channel.updated', {
        channel: channel({ health: 'down', updated_at: new Date(Date.now() + 1000).toISOString() }),
      }),
    );
    expect(await screen.findByText('1 channel is down.')).toBeInTheDocument();
    expect(screen.getByText('Down')).toBeInTheDocument();
  });
  it('names what switching off means before it does', async () => {
    server.use(
      http.get(rest('/enquiries'), () => HttpResponse.json([], { headers: { 'Content-Range': '0-0/2' } })),
    );
    const { user } = await renderApp('/channels');
    await user.click(await screen.findByRole('switch', { name: /is active/ }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText('2 open enquiries stay readable.')).toBeInTheDocument();
    let sent: unknown;
    server.use(
      http.patch(rest('/channel_accounts/:id'), async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json(channel({ is_active: false }));
      }),
    );
    await user.click(within(dialog).getByRole('button', { name: 'Switch off' }));
    await waitFor(() => expect(sent).toEqual({ is_active: false }));
  });
});

describe('adding a channel', () => {
  it('draws the form from the descriptor and shows faults at their fields', async () => {
    server.use(
      http.post(rest('/channel_accounts'), () =>
        problem(422, {
          code: 'invalid',
          detail: 'Some values are wrong.',
          errors: [{ pointer: '/settings/app_id', detail: 'The platform knows no such app.' }],
        }),
      ),
    );
    const { user } = await renderApp(`/channels/new?type=${chatType.type}`);
    const app = await screen.findByLabelText(/App id/);
    expect(screen.getByLabelText(/Token/, { selector: 'input' })).toHaveAttribute('type', 'password');
    await user.click(app);
    expect(screen.getByText('2', { selector: '.ps.on .ps-n' })).toBeInTheDocument();
    await user.type(screen.getByLabelText(/Name/), 'Support');
    await user.type(app, 'abc');
    await user.click(screen.getByRole('button', { name: 'Save and go on' }));
    expect(screen.getByText(/does not have the form/)).toBeInTheDocument();
    await user.clear(app);
    await user.type(app, '123');
    await user.type(screen.getByLabelText(/Token/, { selector: 'input' }), 'secret');
    await user.click(screen.getByRole('button', { name: 'Save and go on' }));
    expect(await screen.findByText('The platform knows no such app.')).toBeInTheDocument();
    expect(app).toHaveAttribute('aria-invalid', 'true');
  });
});

describe('a channel', () => {
  it('checks the credentials and says what to do', async () => {
    server.use(
      http.post(rest('/channel_accounts/:id/validate'), () =>
        HttpResponse.json({
          ok: false,
          validation: 'invalid',
          connection: 'disconnected',
          checks: [
            { name: 'token', title: 'Access token', ok: false, detail: 'Expired', hint: 'Make a new one.' },
          ],
        }),
      ),
    );
    const { user } = await renderApp('/channels/ch1');
    await user.click(await screen.findByRole('button', { name: 'Check now' }));
    expect(await screen.findByText('Make a new one.')).toBeInTheDocument();
    expect(screen.getByRole('img', { name: 'Needs mending' })).toBeInTheDocument();
  });
  it('is deleted only by its name', async () => {
    let deleted = false;
    server.use(
      http.delete(rest('/channel_accounts/:id'), () => {
        deleted = true;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user, router } = await renderApp('/channels/ch1');
    await user.click(await screen.findByRole('button', { name: 'Delete this channel' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Delete channel' }));
    expect(within(dialog).getByText('This is not the name of the channel.')).toBeInTheDocument();
    expect(deleted).toBe(false);
    await user.type(within(dialog).getByLabelText('Type the channel’s name'), 'Support');
    await user.click(within(dialog).getByRole('button', { name: 'Delete channel' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/channels'));
    expect(deleted).toBe(true);
  });
  it('lists deliveries: none, none with the filter, and an error', async () => {
    const { user } = await renderApp('/channels/ch1?tab=log');
    expect(await screen.findByText('Nothing has arrived yet')).toBeInTheDocument();
    await user.click(screen.getByRole('link', { name: 'Rejected' }));
    expect(await screen.findByText('No delivery with this outcome')).toBeInTheDocument();
    server.use(http.get(rest('/webhook_events'), () => problem(500, { detail: 'Not now.' })));
    await user.click(screen.getByRole('link', { name: 'Ignored' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('Not now.');
  });
  it('shows the payload of a delivery and processes it again', async () => {
    const event = {
      id: 'w1',
      channel_id: 'ch1',
      received_at: '2026-11-22T10:00:00Z',
      signature: 'valid',
      outcome: 'unsupported',
      error: null,
      attempts: 1,
      size: 20,
    };
    let replayed = false;
    server.use(
      http.get(rest('/webhook_events'), () => HttpResponse.json([event])),
      http.get(rest('/webhook_events/:id'), () => HttpResponse.json({ ...event, payload: '{"a":1}' })),
      http.post(rest('/webhook_events/:id/replay'), () => {
        replayed = true;
        return HttpResponse.json(event, { status: 202 });
      }),
    );
    const { user } = await renderApp('/channels/ch1?tab=log');
    await user.click(await screen.findByRole('button', { name: /Unsupported/ }));
    expect(await screen.findByText(/"a": 1/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Process again' }));
    await waitFor(() => expect(replayed).toBe(true));
  });
});
