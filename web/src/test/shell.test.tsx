import { act, screen, waitFor } from '@testing-library/react';
import axe from 'axe-core';
import { HttpResponse, http } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { reconnectDelay, streamUrl } from '@/app/live/connection';
import { me } from './data';
import { renderApp } from './render';
import { rest, server } from './server';
import { FakeEventSource } from './setup';

describe('shell', () => {
  it('says when the connection is lost and when it has been caught up', async () => {
    await renderApp('/channels');
    await screen.findByRole('link', { name: 'Support' });
    const stream = FakeEventSource.last;
    act(() => stream?.send('ready', { seq: 5 }));
    act(() => {
      if (!stream) return;
      stream.readyState = 0;
      stream.onerror?.();
    });
    expect(await screen.findByText(/Connection lost at/, {}, { timeout: 10_000 })).toBeInTheDocument();
    act(() => stream?.send('ready', { seq: 8 }));
    expect(await screen.findByText('Connected again, catching up')).toBeInTheDocument();
    act(() => stream?.send('typing', { conversation_id: 'c1', until: '2026-01-01T00:00:00Z' }, '8'));
    await waitFor(() => expect(screen.queryByText(/catching up/)).not.toBeInTheDocument());
    expect(await screen.findByText('Connected, everything is up to date')).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByText(/up to date/)).not.toBeInTheDocument(), {
      timeout: 10_000,
    });
  });
  it('asks at once whether the server can be heard when the network comes or goes, and tells which is missing', async () => {
    await renderApp('/inbox/c1');
    await screen.findByRole('textbox', { name: 'Reply' });
    const first = FakeEventSource.last;
    act(() => first?.send('ready', { seq: 5 }));
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    act(() => void window.dispatchEvent(new Event('offline')));
    expect(first?.readyState).toBe(FakeEventSource.CLOSED);
    const second = FakeEventSource.last;
    expect(second).not.toBe(first);
    expect(second?.url).toContain('last_event_id=5');
    expect(await screen.findByText(/This device is offline/, {}, { timeout: 10_000 })).toBeInTheDocument();
    expect(screen.getByText(/No connection: what you send waits/)).toBeInTheDocument();
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(true);
    act(() => void window.dispatchEvent(new Event('online')));
    const third = FakeEventSource.last;
    expect(third).not.toBe(second);
    act(() => third?.send('ready', { seq: 5 }));
    await waitFor(() => expect(screen.queryByText(/offline|No connection/)).not.toBeInTheDocument());
  });
  it('keeps what was sent without a connection even where the browser stores nothing', async () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    let tries = 0;
    server.use(
      http.post(rest('/conversations/c1/messages'), () => {
        tries++;
        return HttpResponse.error();
      }),
    );
    const { user } = await renderApp('/inbox/c1');
    await user.type(await screen.findByRole('textbox', { name: 'Reply' }), 'Never lost{Enter}');
    await waitFor(() => expect(tries).toBeGreaterThan(0));
    expect(await screen.findByText('Never lost')).toBeInTheDocument();
    expect(await screen.findByLabelText('Queued')).toBeInTheDocument();
  });
  it('resumes where it stopped and spreads reconnections', () => {
    expect(streamUrl('')).toBe('/rest/v1/events');
    expect(streamUrl('42')).toBe('/rest/v1/events?last_event_id=42');
    expect(reconnectDelay(2, () => 1)).toBe(4000);
    expect(reconnectDelay(30, () => 1)).toBe(30_000);
  });
  it('tells that http is not encrypted, and links the visitor phone of the demo', async () => {
    server.use(
      http.get(rest('/auth/me'), () =>
        HttpResponse.json({
          ...me,
          server: { insecure: true, support_contact: null, demo: { visitor_phone_url: '/visitor' } },
        }),
      ),
    );
    await renderApp('/inbox');
    expect(await screen.findByText('Not encrypted')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Visitor phone' })).toHaveAttribute('href', '/visitor');
  });
  it('shows the keys on ?, and goes places by them', async () => {
    const { user, router } = await renderApp('/inbox');
    await screen.findByRole('link', { name: /Amira/ });
    await user.keyboard('?');
    expect(await screen.findByRole('dialog', { name: 'Keyboard' })).toBeInTheDocument();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
    await user.keyboard('gc');
    await waitFor(() => expect(router.state.location.pathname).toBe('/channels'));
  });
  it('walks conversations by J and opens them', async () => {
    const { user, router } = await renderApp('/inbox');
    await screen.findByRole('link', { name: /Amira/ });
    await user.keyboard('j');
    await waitFor(() => expect(router.state.location.pathname).toBe('/inbox/c1'));
  });
  it('logs out', async () => {
    let gone = false;
    server.use(
      http.post(rest('/auth/logout'), () => {
        gone = true;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user, router } = await renderApp('/inbox');
    await user.click(await screen.findByRole('button', { name: 'Profile of Nadia' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Log out' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/login'));
    expect(gone).toBe(true);
  });
});

describe('accessibility', () => {
  const pages = ['/inbox/c1', '/channels', '/channels/ch1', '/channels/ch1?tab=source', '/login'];
  it.each(pages)('has nothing serious on %s', async (path) => {
    const { container } = await renderApp(path);
    await screen.findAllByRole('heading');
    await waitFor(() => expect(container.querySelector('[aria-busy="true"]')).toBeNull());
    // Contrast needs real layout; it is measured in a browser.
    const result = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    const serious = result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
    expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`)).toEqual([]);
  });
});
