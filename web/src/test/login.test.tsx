import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { safeReturn } from '@/features/auth/model';
import { me } from './data';
import { renderApp } from './render';
import { problem, rest, server } from './server';

const out = () =>
  server.use(
    http.get(rest('/auth/me'), () => problem(401, { code: 'unauthenticated', detail: 'Not signed in.' })),
  );

describe('login', () => {
  it('is where everything leads without a session, and leads back', async () => {
    out();
    const { user, router } = await renderApp('/channels');
    expect(await screen.findByRole('heading', { name: 'Welcome back' })).toBeInTheDocument();
    expect(router.state.location.search).toEqual({ to: '/channels' });
    server.use(
      http.post(rest('/auth/login'), async ({ request }) => {
        expect(await request.json()).toEqual({ email: 'nadia@example.com', password: 'a long password' });
        server.use(http.get(rest('/auth/me'), () => HttpResponse.json(me)));
        return HttpResponse.json(me);
      }),
    );
    await user.type(screen.getByLabelText('Email'), 'nadia@example.com');
    await user.type(screen.getByLabelText('Password'), 'a long password');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/channels'));
  });
  it('says what to do about a wrong password', async () => {
    out();
    server.use(http.post(rest('/auth/login'), () => problem(401, { code: 'invalid_credentials' })));
    const { user } = await renderApp('/login');
    await user.click(await screen.findByRole('button', { name: 'Sign in' }));
    expect(screen.getByText('Enter your password.')).toBeInTheDocument();
    await user.type(screen.getByLabelText('Email'), 'a@example.com');
    await user.type(screen.getByLabelText('Password'), 'nope');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText(/do not match/)).toBeInTheDocument();
    expect(screen.getByLabelText('Password')).toHaveAttribute('aria-invalid', 'true');
  });
  it('names the pause after too many tries and repeats the server’s own words', async () => {
    out();
    server.use(
      http.post(rest('/auth/login'), () =>
        HttpResponse.json({ code: 'too_many_attempts' }, { status: 429, headers: { 'Retry-After': '240' } }),
      ),
    );
    const { user } = await renderApp('/login');
    await user.type(await screen.findByLabelText('Email'), 'a@example.com');
    await user.type(screen.getByLabelText('Password'), 'nope');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('again in 4 min');
    server.use(
      http.post(rest('/auth/login'), () =>
        problem(403, { code: 'https_required', detail: 'Open https://chat.example.com.' }),
      ),
    );
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() =>
      expect(screen.getByRole('alert')).toHaveTextContent('Open https://chat.example.com.'),
    );
  });
  it('offers the demo logins that the server names, and another language', async () => {
    out();
    server.use(
      http.get(rest('/auth/server'), () =>
        HttpResponse.json({
          ...me.server,
          demo: {
            visitor_phone_url: '/v',
            logins: [{ email: 'demo@example.com', password: 'demo demo demo', name: 'Demo' }],
          },
        }),
      ),
    );
    const { user } = await renderApp('/login');
    await user.click(await screen.findByRole('button', { name: /demo@example.com/ }));
    expect(screen.getByLabelText('Email')).toHaveValue('demo@example.com');
    await user.click(screen.getByRole('button', { name: 'العربية' }));
    expect(await screen.findByRole('heading', { name: 'مرحبًا بعودتك' })).toBeInTheDocument();
    expect(document.documentElement).toHaveAttribute('dir', 'rtl');
  });
  it('never leads to another site', () => {
    expect(safeReturn('//evil.example')).toBe('/');
    expect(safeReturn('https://evil.example')).toBe('/');
    expect(safeReturn('/inbox?tab=all')).toBe('/inbox?tab=all');
  });
});
