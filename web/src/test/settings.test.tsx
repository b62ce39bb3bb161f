import { configure, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { deviceName, shown } from '@/features/settings/model/words';
import { me } from './data';
import { renderApp } from './render';
import { problem, rest, server } from './server';

// Pages are loaded on demand, dialogs and menus fade in; a busy machine takes its time.
configure({ asyncUtilTimeout: 5000 });

const stamp = '2026-11-20T10:00:00.000000Z';
const all = [
  ...me.permissions,
  'settings.view',
  'settings.edit',
  'staff.view',
  'staff.edit',
  'api_tokens.view',
  'api_tokens.edit',
  'audit.view',
];
const may = (...permissions: string[]) =>
  server.use(http.get(rest('/auth/me'), () => HttpResponse.json({ ...me, permissions })));
const member = (patch = {}) => ({
  id: 'm2',
  organization_id: 'o1',
  email: 'omar@example.com',
  name: 'Omar Aziz',
  role: 'agent',
  status: 'active',
  is_active: true,
  presence: 'available',
  teams: [] as { id: string; name: string }[],
  last_sign_in_at: stamp,
  created_at: stamp,
  updated_at: stamp,
  ...patch,
});
const own = member({ id: 'm1', name: 'Nadia Haddad', email: 'nadia@example.com', role: 'administrator' });

const team = {
  id: 't1',
  organization_id: 'o1',
  name: 'Sales',
  members: [{ id: 'm2', name: 'Omar Aziz' }],
  created_at: stamp,
  updated_at: stamp,
};
const role = (
  name: string,
  scope: string,
  permissions: string[],
  users: { id: string; name: string }[] = [],
) => ({
  name,
  description: '',
  scope,
  permissions,
  users,
});

beforeEach(() => {
  may(...all);
  server.use(
    http.get(rest('/roles'), () =>
      HttpResponse.json({
        roles: [
          role('administrator', 'all', ['inbox.view', 'staff.edit'], [{ id: 'm1', name: 'Nadia Haddad' }]),
          role('supervisor', 'team', ['inbox.view', 'webhooks.view']),
          role('agent', 'own', ['inbox.view', 'inbox.send'], [{ id: 'm2', name: 'Omar Aziz' }]),
        ],
        permissions: [],
      }),
    ),
    http.get(rest('/teams'), () => HttpResponse.json([team])),
    http.get(rest('/users'), () => HttpResponse.json([own, member()])),
    http.get(rest('/invitations'), () => HttpResponse.json([])),
    http.get(rest('/organizations/:id'), () => HttpResponse.json(me.organization)),
    http.get(rest('/api_tokens'), () => HttpResponse.json([])),
    http.get(rest('/auth/sessions'), () => HttpResponse.json({ sessions: [] })),
    http.get(rest('/auth/login_history'), () => HttpResponse.json({ logins: [] })),
    http.get(rest('/audit_log'), () => HttpResponse.json([])),
  );
});

describe('settings', () => {
  it('offers only what is part of the role', async () => {
    may('inbox.view', 'staff.view');
    await renderApp('/settings');
    const nav = await screen.findByRole('navigation', { name: 'Settings' });
    expect(within(nav).getByRole('link', { name: 'Members' })).toBeInTheDocument();
    expect(within(nav).queryByRole('link', { name: 'API tokens' })).toBeNull();
    expect(await screen.findByRole('heading', { name: 'My profile' })).toBeInTheDocument();
  });
  it.each([
    ['/settings/organization', 'The organization is not part of your role'],
    ['/settings/members', 'Members are not part of your role'],
    ['/settings/teams', 'Teams are not part of your role'],
    ['/settings/tokens', 'API tokens are not part of your role'],
    ['/settings/audit', 'The audit log is not part of your role'],
  ])('says who can open %s', async (path, title) => {
    may('inbox.view');
    await renderApp(path);
    expect(await screen.findByRole('heading', { name: title })).toBeInTheDocument();
  });
  it.each([
    ['/settings/organization', '/organizations/:id', 'The organization could not be loaded'],
    ['/settings/members', '/users', 'The members could not be loaded'],
    ['/settings/teams', '/teams', 'The teams could not be loaded'],
    ['/settings/tokens', '/api_tokens', 'The API tokens could not be loaded'],
    ['/settings/audit', '/audit_log', 'The audit log could not be loaded'],
    ['/settings/profile', '/auth/sessions', 'The sessions could not be loaded'],
    ['/settings/profile', '/auth/login_history', 'The sign-ins could not be loaded'],
  ])('tells at %s why it failed and tries again', async (path, call, title) => {
    server.use(
      http.get(rest(call), () => problem(503, { code: 'timeout', detail: 'It took too long.' }), {
        once: true,
      }),
    );
    const { user } = await renderApp(path);
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent(title);
    expect(alert).toHaveTextContent('It took too long.');
    await user.click(within(alert).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.queryByText(title)).toBeNull());
  });
});

describe('members', () => {
  it('invites and shows the link once', async () => {
    server.use(
      http.post(rest('/users/invite'), async ({ request }) => {
        expect(await request.json()).toEqual({ email: 'new@example.com', role: 'supervisor' });
        return HttpResponse.json(
          {
            id: 'i1',
            email: 'new@example.com',
            role: 'supervisor',
            link: 'https://chat.example.com/invite#abc',
            mailed: false,
          },
          { status: 201 },
        );
      }),
    );
    const { user } = await renderApp('/settings/members');
    await user.click(await screen.findByRole('button', { name: 'Invite a person' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Make invitation' }));
    expect(within(dialog).getByText('Enter the email address of your login.')).toBeInTheDocument();
    await user.type(within(dialog).getByLabelText('Email'), 'new@example.com');
    await user.click(within(dialog).getByRole('radio', { name: /Supervisor/ }));
    await user.click(within(dialog).getByRole('button', { name: 'Make invitation' }));
    expect(await within(dialog).findByText('https://chat.example.com/invite#abc')).toBeInTheDocument();
    expect(dialog).toHaveTextContent('This server sends no mail');
  });
  it('repeats why an invitation was refused', async () => {
    server.use(
      http.post(rest('/users/invite'), () =>
        problem(409, { code: 'already_member', detail: 'She belongs to the organization already.' }),
      ),
    );
    const { user } = await renderApp('/settings/members');
    await user.click(await screen.findByRole('button', { name: 'Invite a person' }));
    await user.type(await screen.findByLabelText('Email'), 'new@example.com');
    await user.click(screen.getByRole('button', { name: 'Make invitation' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('belongs to the organization already');
  });
  it('warns before a role changes, and says when it may not', async () => {
    server.use(
      http.patch(rest('/users/:id'), () =>
        problem(409, { code: 'last_administrator', detail: 'Nadia is the last administrator.' }),
      ),
    );
    const { user } = await renderApp('/settings/members');
    await screen.findByRole('heading', { name: 'Roles' });
    await user.click(await screen.findByRole('combobox', { name: /Role of .*Nadia/ }));
    const options = await screen.findAllByRole('option', { name: 'Agent', hidden: true });
    await user.click(options[0] as HTMLElement);
    const dialog = await screen.findByRole('dialog');
    expect(dialog).toHaveTextContent('Who loses rights is signed out at once.');
    expect(dialog).toHaveTextContent('Gains: ');
    expect(dialog).toHaveTextContent('Loses: ');
    expect(dialog).toHaveTextContent('sees what is theirs instead of sees everything');
    await user.click(within(dialog).getByRole('button', { name: 'Change to Agent' }));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('last administrator');
  });
  it.each([
    ['Deactivate', 'PATCH', { is_active: false }],
    ['Remove', 'DELETE', null],
  ])('can %s a member', async (label, method, body) => {
    let asked: unknown = 'nothing';
    server.use(
      http.all(rest('/users/:id'), async ({ request, params }) => {
        expect(request.method).toBe(method);
        expect(params.id).toBe('m2');
        asked = request.method === 'PATCH' ? await request.json() : null;
        return request.method === 'PATCH'
          ? HttpResponse.json(member())
          : new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = await renderApp('/settings/members');
    await screen.findByRole('heading', { name: 'Roles' });
    await user.click(await screen.findByRole('button', { name: /Actions for .*Omar/ }));
    await user.click(await screen.findByRole('menuitem', { name: label }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: label }));
    await waitFor(() => expect(asked).toEqual(body));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
  it('lists who was invited, and revokes', async () => {
    let gone = false;
    server.use(
      http.get(rest('/invitations'), () =>
        HttpResponse.json(
          gone
            ? []
            : [
                {
                  id: 'i1',
                  email: 'new@example.com',
                  role: 'agent',
                  expires_at: '2099-01-01T00:00:00Z',
                  is_expired: false,
                },
              ],
        ),
      ),
      http.delete(rest('/invitations/i1'), () => {
        gone = true;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = await renderApp('/settings/members');
    await user.click(await screen.findByRole('button', { name: 'Revoke the invitation of new@example.com' }));
    await user.click(await screen.findByRole('button', { name: 'Revoke invitation' }));
    await waitFor(() => expect(screen.queryByText('new@example.com')).toBeNull());
  });
  it('shows colleagues without offering changes', async () => {
    may('inbox.view', 'staff.view');
    await renderApp('/settings/members');
    expect(await screen.findByText('omar@example.com')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Invite a person' })).toBeNull();
    expect(screen.queryByRole('button', { name: /Actions for/ })).toBeNull();
  });
});

describe('API tokens', () => {
  it('are made with chosen permissions and shown once', async () => {
    server.use(
      http.post(rest('/api_tokens'), async ({ request }) => {
        expect(await request.json()).toEqual({ name: 'CRM', permissions: ['inbox.view'], expires_at: null });
        return HttpResponse.json(
          { id: 't1', name: 'CRM', permissions: ['inbox.view'], token: 'sb_secret' },
          { status: 201 },
        );
      }),
    );
    const { user } = await renderApp('/settings/tokens');
    expect(await screen.findByRole('heading', { name: 'No program has a token yet' })).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'New token' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Make token' }));
    expect(within(dialog).getByText('Give it a name.')).toBeInTheDocument();
    expect(within(dialog).getByText('Choose at least one.')).toBeInTheDocument();
    await user.type(within(dialog).getByLabelText('Name'), 'CRM');
    await user.click(within(dialog).getByRole('checkbox', { name: 'Read conversations and messages' }));
    // Nothing is offered that the maker may not do himself.
    expect(within(dialog).queryByRole('checkbox', { name: 'Work a delivery again' })).toBeNull();
    await user.click(within(dialog).getByRole('combobox', { name: 'Works for' }));
    await user.click(await screen.findByRole('option', { name: 'Until revoked', hidden: true }));
    await user.click(within(dialog).getByRole('button', { name: 'Make token' }));
    expect(await within(dialog).findByText('sb_secret')).toBeInTheDocument();
  });
  it('are revoked after a question', async () => {
    let gone = false;
    server.use(
      http.get(rest('/api_tokens'), () =>
        HttpResponse.json([
          {
            id: 't1',
            name: 'CRM',
            permissions: ['inbox.view', 'inbox.send'],
            member_id: null,
            member_name: '',
            created_at: stamp,
            expires_at: null,
            last_used_at: null,
          },
        ]),
      ),
      http.delete(rest('/api_tokens/t1'), () => {
        gone = true;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = await renderApp('/settings/tokens');
    expect(await screen.findByText('2 permissions')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: /Revoke .*CRM/ }));
    await user.click(await screen.findByRole('button', { name: 'Revoke token' }));
    await waitFor(() => expect(gone).toBe(true));
  });
});

describe('organization', () => {
  it('saves what was changed and points at what is wrong', async () => {
    let patch: unknown;
    server.use(
      http.patch(rest('/organizations/o1'), async ({ request }) => {
        patch = await request.json();
        return problem(422, {
          code: 'name_invalid',
          detail: 'Too long.',
          errors: [
            { pointer: '/name', code: 'name_invalid', detail: 'The organization needs a shorter name.' },
          ],
        });
      }),
    );
    const { user } = await renderApp('/settings/organization');
    const name = await screen.findByLabelText('Name');
    await user.clear(name);
    await user.type(name, 'Loom');
    await user.click(screen.getByRole('button', { name: 'Save changes' }));
    expect(await screen.findByText('The organization needs a shorter name.')).toBeInTheDocument();
    expect(patch).toEqual({ name: 'Loom', language: 'en', time_zone: 'Africa/Cairo' });
  });
  it('is read only without the permission', async () => {
    may('settings.view');
    await renderApp('/settings/organization');
    expect(await screen.findByText('Only administrators can change this.')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Save changes' })).toBeNull();
  });
});

describe('profile', () => {
  const session = (patch = {}) => ({
    id: 's1',
    current: true,
    device: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
    address: '192.0.2.1',
    created_at: stamp,
    last_seen_at: stamp,
    expires_at: stamp,
    ...patch,
  });
  it('ends one session, never the present one', async () => {
    let gone: unknown;
    server.use(
      http.get(rest('/auth/sessions'), () =>
        HttpResponse.json({ sessions: [session(), session({ id: 's2', current: false, device: 'curl' })] }),
      ),
      http.delete(rest('/auth/sessions/:id'), ({ params }) => {
        gone = params.id;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = await renderApp('/settings/profile');
    expect(await screen.findByText('Chrome · Linux')).toBeInTheDocument();
    expect(screen.getByText('This browser')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'End the session of curl' }));
    await user.click(await screen.findByRole('button', { name: 'End session' }));
    await waitFor(() => expect(gone).toBe('s2'));
  });
  it('changes the password and points at the wrong one', async () => {
    let body: unknown;
    server.use(
      http.post(
        rest('/auth/change_password'),
        () =>
          problem(422, {
            code: 'wrong_password',
            errors: [{ pointer: '/current_password', code: 'wrong_password', detail: 'It is another.' }],
          }),
        { once: true },
      ),
    );
    const { user } = await renderApp('/settings/profile');
    await user.type(await screen.findByLabelText('Current password'), 'old one');
    await user.click(screen.getByRole('button', { name: 'Change password' }));
    expect(screen.getByText('Enter a new password.')).toBeInTheDocument();
    await user.type(screen.getByLabelText('New password'), 'amber lantern quarry');
    await user.click(screen.getByRole('button', { name: 'Change password' }));
    expect(await screen.findByText('It is another.')).toBeInTheDocument();
    server.use(
      http.post(rest('/auth/change_password'), async ({ request }) => {
        body = await request.json();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    await user.click(screen.getByRole('button', { name: 'Change password' }));
    expect(await screen.findByText(/Your other sessions have ended/)).toBeInTheDocument();
    expect(body).toEqual({ current_password: 'old one', password: 'amber lantern quarry' });
  });
  it('names devices people know', () => {
    expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Safari/604')).toBe(
      'Safari · iPhone',
    );
    expect(deviceName('')).toBe('–');
  });
});

describe('audit log', () => {
  const entry = {
    id: 'a1',
    seq: 1,
    organization_id: 'o1',
    at: stamp,
    actor_type: 'member',
    actor_id: 'm1',
    actor_name: 'Nadia Haddad',
    address: '192.0.2.1',
    action: 'channel.update',
    object_type: 'channel',
    object_id: 'c1',
    before: { name: 'Support', is_active: true },
    after: { name: 'Sales', is_active: false },
  };
  it('shows before and after', async () => {
    server.use(http.get(rest('/audit_log'), () => HttpResponse.json([entry])));
    const { user } = await renderApp('/settings/audit');
    const line = await screen.findByRole('button', { name: /Channel changed: Sales/ });
    expect(line).toHaveAttribute('aria-expanded', 'false');
    await user.click(line);
    const row = await screen.findByRole('row', { name: 'name Support Sales' });
    expect(row).toBeInTheDocument();
  });
  it('filters by the address and clears', async () => {
    const asked: string[] = [];
    server.use(
      http.get(rest('/audit_log'), ({ request }) => {
        asked.push(new URL(request.url).search);
        return HttpResponse.json([]);
      }),
    );
    const { user, router } = await renderApp('/settings/audit?who=m2&about=channel&what=channel.update');
    expect(await screen.findByRole('heading', { name: 'Nothing matches' })).toBeInTheDocument();
    expect(asked[0]).toContain('actor_id=eq.m2');
    expect(asked[0]).toContain('action=eq.channel.update');
    expect(asked[0]).toContain('object_type=eq.channel');
    await user.click(screen.getByRole('button', { name: 'Clear filters' }));
    expect(await screen.findByRole('heading', { name: 'Nothing was changed yet' })).toBeInTheDocument();
    expect(router.state.location.search).toEqual({});
  });
  it('prints any value as words', () => {
    expect(shown(['a', 'b'])).toBe('a, b');
    expect(shown({ x: 1, y: null })).toBe('x: 1, y: –');
    expect(shown(false)).toBe('false');
  });
});
