import { configure, screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { me } from './data';
import { renderApp } from './render';
import { problem, rest, server } from './server';

configure({ asyncUtilTimeout: 5000 });

const out = () => server.use(http.get(rest('/auth/me'), () => problem(401, { code: 'unauthenticated' })));
beforeEach(out);
afterEach(() => {
  window.location.hash = '';
});

describe('forgotten password', () => {
  it('answers the same whoever asks', async () => {
    server.use(
      http.post(rest('/auth/forgot_password'), () =>
        HttpResponse.json({ mailed: true, support_contact: null }, { status: 202 }),
      ),
    );
    const { user } = await renderApp('/login');
    await user.click(await screen.findByRole('link', { name: 'Forgot your password?' }));
    await user.click(await screen.findByRole('button', { name: 'Send link' }));
    expect(screen.getByText('Enter the email address of your login.')).toBeInTheDocument();
    await user.type(screen.getByLabelText('Email'), 'nadia@example.com');
    await user.click(screen.getByRole('button', { name: 'Send link' }));
    expect(await screen.findByRole('status')).toHaveTextContent(/has an account here, a link is on its way/);
  });
  it('says whom to ask where no mail is sent', async () => {
    server.use(
      http.post(rest('/auth/forgot_password'), () =>
        HttpResponse.json({ mailed: false, support_contact: 'help@example.com' }, { status: 202 }),
      ),
    );
    const { user } = await renderApp('/forgot-password');
    await user.type(await screen.findByLabelText('Email'), 'nadia@example.com');
    await user.click(screen.getByRole('button', { name: 'Send link' }));
    expect(await screen.findByRole('status')).toHaveTextContent(/Ask for a link:.*help@example.com/);
  });
});

describe('new password', () => {
  it('is set by the link, which leaves the address bar', async () => {
    window.location.hash = '#secret-token';
    let body: unknown;
    server.use(
      http.post(rest('/auth/reset_password'), async ({ request }) => {
        body = await request.json();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = await renderApp('/reset-password');
    await user.type(await screen.findByLabelText('New password'), 'amber lantern quarry');
    expect(window.location.hash).toBe('');
    await user.click(screen.getByRole('button', { name: 'Set password' }));
    expect(await screen.findByRole('heading', { name: 'Password set' })).toBeInTheDocument();
    expect(body).toEqual({ token: 'secret-token', password: 'amber lantern quarry' });
  });
  it('points at a weak password', async () => {
    window.location.hash = '#t';
    server.use(
      http.post(rest('/auth/reset_password'), () =>
        problem(422, {
          code: 'password_too_short',
          errors: [{ pointer: '/password', code: 'password_too_short', detail: 'At least 12 are needed.' }],
        }),
      ),
    );
    const { user } = await renderApp('/reset-password');
    await user.type(await screen.findByLabelText('New password'), 'short');
    await user.click(screen.getByRole('button', { name: 'Set password' }));
    expect(await screen.findByText('At least 12 are needed.')).toBeInTheDocument();
  });
  it('says what to do about a dead link', async () => {
    await renderApp('/reset-password');
    expect(await screen.findByRole('heading', { name: 'This link does not work' })).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Ask for a new link' })).toBeInTheDocument();
  });
});

describe('invitation', () => {
  const invited = (has_account: boolean) =>
    server.use(
      http.post(rest('/auth/invitation'), () =>
        HttpResponse.json({
          organization: 'Lumen & Loom',
          email: 'new@example.com',
          role: 'agent',
          has_account,
        }),
      ),
    );
  it('makes a member who is signed in', async () => {
    window.location.hash = '#inv';
    invited(false);
    let body: unknown;
    server.use(
      http.post(rest('/auth/accept_invitation'), async ({ request }) => {
        body = await request.json();
        server.use(http.get(rest('/auth/me'), () => HttpResponse.json(me)));
        return HttpResponse.json(me);
      }),
    );
    const { user, router } = await renderApp('/invite');
    expect(await screen.findByRole('heading', { name: /Join .*Lumen & Loom/ })).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Join' }));
    expect(screen.getByText('Enter your name.')).toBeInTheDocument();
    await user.type(screen.getByLabelText('Your name'), 'Noor');
    await user.type(screen.getByLabelText('New password'), 'amber lantern quarry');
    await user.click(screen.getByRole('button', { name: 'Join' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/inbox'));
    expect(body).toEqual({ token: 'inv', name: 'Noor', password: 'amber lantern quarry' });
  });
  it('asks who has an account for its password', async () => {
    window.location.hash = '#inv';
    invited(true);
    await renderApp('/invite');
    expect(await screen.findByLabelText('Password')).toHaveAttribute('autocomplete', 'current-password');
    expect(screen.queryByLabelText('Your name')).toBeNull();
  });
  it('says what to do about a dead link', async () => {
    window.location.hash = '#inv';
    server.use(http.post(rest('/auth/invitation'), () => problem(404, { code: 'link_invalid' })));
    await renderApp('/invite');
    expect(await screen.findByRole('alert')).toHaveTextContent('Ask whoever invited you');
  });
  it('tries again when the server could not be reached', async () => {
    window.location.hash = '#inv';
    server.use(
      http.post(rest('/auth/invitation'), () => problem(503, { detail: 'Not now.' }), { once: true }),
    );
    const { user } = await renderApp('/invite');
    await screen.findByText(/Not now\./);
    invited(false);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByLabelText('Your name')).toBeInTheDocument();
  });
});
