import { screen, waitFor, within } from '@testing-library/react';
import axe from 'axe-core';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import type { AppLanguage } from '@/shared/i18n';
import { conversation, me } from './data';
import { renderApp } from './render';
import { rest, server } from './server';

const everything = [...me.permissions, 'contacts.view', 'staff.view', 'staff.edit', 'settings.view'];
const may = (permissions: string[]) =>
  server.use(http.get(rest('/auth/me'), () => HttpResponse.json({ ...me, permissions })));

async function opened(path = '/channels', language: AppLanguage = 'en') {
  const view = await renderApp(path, language);
  await screen.findByRole('link', { name: 'Support' });
  await view.user.keyboard('{Control>}k{/Control}');
  const field = await screen.findByRole('combobox');
  await waitFor(() => expect(field).toHaveFocus());
  return { ...view, field };
}
const options = () => screen.queryAllByRole('option').map((o) => o.textContent);
const chosen = (field: HTMLElement) =>
  document.getElementById(field.getAttribute('aria-activedescendant') ?? '')?.textContent;

describe('command palette', () => {
  it('goes places by the keyboard alone, and knows next time where one went', async () => {
    may(everything);
    const { user, router, field } = await opened();
    await user.type(field, 'memb');
    await waitFor(() => expect(chosen(field)).toMatch(/^Members/));
    await user.keyboard('{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/settings/members'));
    expect(screen.queryByRole('combobox')).not.toBeInTheDocument();
    await user.keyboard('{Control>}k{/Control}');
    const again = await screen.findByRole('combobox');
    const lately = await screen.findByRole('group', { name: 'Lately' });
    expect(within(lately).getAllByRole('option')[0]).toHaveTextContent('Members');
    expect(chosen(again)).toMatch(/^Members/);
  });
  it('walks with the arrows and closes with Escape or the same keys', async () => {
    const { user, field } = await opened();
    const all = options();
    expect(chosen(field)).toBe(all[0]);
    await user.keyboard('{ArrowDown}{ArrowDown}');
    expect(chosen(field)).toBe(all[2]);
    await user.keyboard('{ArrowUp}{ArrowUp}{ArrowUp}');
    expect(chosen(field)).toBe(all.at(-1));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('combobox')).not.toBeInTheDocument());
    await user.keyboard('{Control>}k{/Control}');
    await screen.findByRole('combobox');
    await user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(screen.queryByRole('combobox')).not.toBeInTheDocument());
  });
  it('finds people on the server, once typing pauses, and drops the question before', async () => {
    may(everything);
    const asked: string[] = [];
    server.use(
      http.get(rest('/contacts'), ({ request }) => {
        asked.push(new URL(request.url).searchParams.get('name') ?? '');
        return HttpResponse.json([{ id: 'p7' }]);
      }),
      http.get(rest('/conversations'), ({ request }) => {
        const ids = new URL(request.url).searchParams.get('contact_id');
        if (ids !== 'in.(p7)') return HttpResponse.json([conversation()]);
        const contact = { ...conversation().contact, id: 'p7', display_name: 'Zoë Quill', name: 'Zoë Quill' };
        return HttpResponse.json([{ ...conversation(), id: 'c7', contact_id: 'p7', contact }]);
      }),
    );
    const { user, router, field } = await opened();
    await user.type(field, 'zoe  qu*');
    await waitFor(() => expect(options()[0]).toContain('Zoë Quill'));
    expect(asked.at(-1)).toBe('ilike.*zoe*qu*');
    // Fewer questions than letters, however slowly they are typed here.
    expect(asked.length).toBeLessThan('zoe  qu*'.length);
    await user.keyboard('{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/inbox/c7'));
  });
  it('offers nothing that is not part of the role, and asks for nothing either', async () => {
    may(['channels.view']);
    server.use(
      http.get(rest('/contacts'), () => {
        throw new Error('asked for contacts');
      }),
    );
    const { user, field } = await opened();
    expect(options().join()).not.toMatch(/Inbox|Connect|Members|waiting|Invite/);
    expect(options().join()).toMatch(/Channels/);
    await user.type(field, 'amira');
    expect(await screen.findByText('Nothing goes by this name.')).toBeInTheDocument();
  });
  it('opens who has waited longest, and says when nobody does', async () => {
    server.use(
      http.get(rest('/conversations'), ({ request }) => {
        const order = new URL(request.url).searchParams.get('order') ?? '';
        return HttpResponse.json(order.includes('.asc') ? [{ ...conversation(), id: 'c9' }] : []);
      }),
    );
    const { user, router, field } = await opened();
    await user.type(field, 'next wait{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/inbox/c9'));
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByRole('combobox'), 'next wait{Enter}');
    expect(await screen.findByText('Nobody else is waiting.')).toBeInTheDocument();
  });
  it('changes colours and language', async () => {
    const { user, field } = await opened();
    await user.type(field, 'dark{Enter}');
    await waitFor(() => expect(document.documentElement.dataset.mantineColorScheme).toBe('dark'));
    await user.click(screen.getByRole('button', { name: 'Search or run a command' }));
    await user.type(await screen.findByRole('combobox'), 'العربية{Enter}');
    await waitFor(() => expect(document.documentElement.dir).toBe('rtl'));
  });
  it.each(['en', 'ar'] as const)('has nothing serious for axe (%s)', async (language) => {
    await opened('/channels', language);
    const result = await axe.run(screen.getByRole('dialog'), {
      rules: { 'color-contrast': { enabled: false } },
    });
    const serious = result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
    expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`)).toEqual([]);
  });
});
