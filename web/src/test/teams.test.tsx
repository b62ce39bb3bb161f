import { configure, screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { setOrganizationId } from '@/shared/lib/organization';
import { me } from './data';
import { renderApp } from './render';
import { problem, rest, server } from './server';

configure({ asyncUtilTimeout: 5000 });

const stamp = '2026-11-20T10:00:00.000000Z';
const team = (patch = {}) => ({
  id: 't1',
  organization_id: 'o1',
  name: 'Sales',
  members: [{ id: 'm2', name: 'Omar Aziz' }],
  created_at: stamp,
  updated_at: stamp,
  ...patch,
});
const member = {
  id: 'm2',
  organization_id: 'o1',
  email: 'omar@example.com',
  name: 'Omar Aziz',
  role: 'agent',
  status: 'active',
  is_active: true,
  presence: 'available',
  teams: [{ id: 't1', name: 'Sales' }],
  last_sign_in_at: stamp,
  created_at: stamp,
  updated_at: stamp,
};
const role = (name: string, scope: string, permissions: string[]) => ({
  name,
  description: '',
  scope,
  permissions,
  users: [{ id: 'm2', name: 'Omar Aziz' }],
});

beforeEach(() => {
  setOrganizationId(null);
  server.use(
    http.get(rest('/auth/me'), () =>
      HttpResponse.json({ ...me, permissions: [...me.permissions, 'staff.view', 'staff.edit'] }),
    ),
    http.get(rest('/users'), () => HttpResponse.json([member])),
    http.get(rest('/invitations'), () => HttpResponse.json([])),
    http.get(rest('/teams'), () => HttpResponse.json([team()])),
    http.get(rest('/roles'), () =>
      HttpResponse.json({
        roles: [
          role('supervisor', 'team', ['inbox.view', 'webhooks.view']),
          role('agent', 'own', ['inbox.view', 'inbox.send']),
        ],
        permissions: [],
      }),
    ),
  );
});

describe('teams', () => {
  it('are listed with their members, made and changed', async () => {
    let sent: unknown;
    server.use(
      http.post(rest('/teams'), async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json(team({ id: 't2', name: 'Support', members: [] }), { status: 201 });
      }),
    );
    const { user } = await renderApp('/settings/teams');
    expect(await screen.findByText('Sales')).toBeInTheDocument();
    expect(screen.getByText('Omar Aziz', { exact: false })).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'New team' }));
    const dialog = await screen.findByRole('dialog', { name: 'New team' });
    await user.click(within(dialog).getByRole('button', { name: 'Save' }));
    expect(within(dialog).getByText('Give the team a name.')).toBeInTheDocument();
    await user.type(within(dialog).getByLabelText('Name'), 'Support');
    await user.click(within(dialog).getByRole('button', { name: 'Save' }));
    expect(await screen.findByText(/is saved/)).toBeInTheDocument();
    expect(sent).toEqual({ name: 'Support', member_ids: [] });
  });
  it('say why one cannot be deleted', async () => {
    server.use(
      http.delete(rest('/teams/t1'), () =>
        problem(409, { code: 'team_in_use', detail: 'The team has 2 open enquiries.' }),
      ),
    );
    const { user } = await renderApp('/settings/teams');
    await user.click(await screen.findByRole('button', { name: /Delete .*Sales/ }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
    expect(
      await within(dialog).findByText('The team has 2 open enquiries.', { exact: false }),
    ).toBeInTheDocument();
  });
  it('offer what is not there yet', async () => {
    server.use(http.get(rest('/teams'), () => HttpResponse.json([])));
    await renderApp('/settings/teams');
    expect(await screen.findByRole('heading', { name: 'No teams yet' })).toBeInTheDocument();
  });
});

describe('members', () => {
  it('show their teams and their sign-ins', async () => {
    server.use(
      http.get(rest('/users/m2/logins'), () =>
        HttpResponse.json([{ id: 'l1', at: stamp, address: '192.0.2.7', device: 'curl', result: 'failure' }]),
      ),
    );
    const { user } = await renderApp('/settings/members');
    await screen.findByRole('heading', { name: 'Roles' });
    const row = (await screen.findByText('omar@example.com')).closest('tr') as HTMLElement;
    expect(within(row).getByText('Sales', { exact: false })).toBeInTheDocument();
    await user.click(within(row).getByRole('button', { name: /Actions/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Sign-ins', hidden: true }));
    const logins = await screen.findByRole('dialog', { name: /Sign-ins of/ });
    expect(await within(logins).findByText('192.0.2.7')).toBeInTheDocument();
  });
});

describe('several organizations', () => {
  it('are chosen from before anything is shown', async () => {
    server.use(
      http.get(rest('/auth/me'), () => problem(400, { code: 'organization_required', detail: 'Several.' })),
      http.get(rest('/auth/organizations'), () =>
        HttpResponse.json({
          organizations: [
            { id: 'o1', name: 'Cedar' },
            { id: 'o2', name: 'شركة النور' },
          ],
        }),
      ),
    );
    await renderApp('/inbox');
    expect(await screen.findByRole('heading', { name: 'Choose an organization' })).toBeInTheDocument();
    expect(await screen.findByRole('button', { name: 'شركة النور' })).toBeInTheDocument();
  });
  it('lead to the sign-in when nobody is signed in', async () => {
    server.use(http.get(rest('/auth/organizations'), () => problem(401, { code: 'unauthenticated' })));
    await renderApp('/organizations');
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeInTheDocument();
  });
});
