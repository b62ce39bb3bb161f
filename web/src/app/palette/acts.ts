/* What can be done from anywhere. */
import { useMantineColorScheme } from '@mantine/core';
import {
  IconDeviceDesktop,
  IconDeviceMobile,
  IconHourglass,
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconPlus,
  IconSun,
  IconUserPlus,
  type TablerIcon,
} from '@tabler/icons-react';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useMe } from '@/features/auth';
import { nextWaiting } from '@/features/inbox';
import { languageNames, languages, setLanguage, useT } from '@/shared/i18n';
import { toast } from '@/shared/ui/toast';
import { useExplain } from '@/shared/ui/useExplain';
import { useLogout } from '../shell/useLogout';
import type { Command } from './entries';

const schemes = [
  { value: 'light', icon: IconSun, key: 'profile.light' },
  { value: 'dark', icon: IconMoon, key: 'profile.dark' },
  { value: 'auto', icon: IconDeviceDesktop, key: 'profile.auto' },
] as const;

export function useActs(onKeys: () => void): Command[] {
  const { t, language } = useT();
  const navigate = useNavigate();
  const { permissions, server } = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const open = useRouterState({
    select: (s) => /^\/inbox\/([^/]+)/.exec(s.location.pathname)?.[1] ?? null,
  });
  const explain = useExplain();
  const leave = useLogout();
  const list: Command[] = [];
  const add = (
    id: string,
    label: string,
    icon: TablerIcon,
    run: () => unknown,
    more: Partial<Command> = {},
  ) => list.push({ id: `act:${id}`, group: 'acts', label, icon, run, ...more });

  if (permissions.includes('inbox.view')) {
    const next = async () => {
      const id = await nextWaiting(open);
      if (id)
        await navigate({
          to: '/inbox/$conversationId',
          params: { conversationId: id },
          search: { tab: 'waiting' },
        });
      else toast({ tone: 'ok', text: t('palette.nobodyWaits') });
    };
    add('next', t('palette.next'), IconHourglass, () =>
      next().catch((error: unknown) => toast({ tone: 'err', text: explain(error).detail })),
    );
  }
  if (permissions.includes('channels.edit')) {
    add('channel', t('palette.newChannel'), IconPlus, () => navigate({ to: '/channels/new' }), {
      words: t('palette.newChannelWords'),
    });
  }
  if (permissions.includes('staff.edit')) {
    add('invite', t('palette.invite'), IconUserPlus, () => navigate({ to: '/settings/members' }));
  }
  for (const s of schemes) {
    if (s.value === colorScheme) continue;
    add(
      `scheme/${s.value}`,
      t('palette.scheme', { scheme: t(s.key) }),
      s.icon,
      () => setColorScheme(s.value),
      {
        words: t('palette.schemeWords'),
      },
    );
  }
  for (const l of languages) {
    if (l === language) continue;
    add(
      `language/${l}`,
      t('palette.language', { language: languageNames[l] }),
      IconLanguage,
      () => setLanguage(l),
      {
        words: l,
      },
    );
  }
  const phone = server.demo?.visitor_phone_url;
  if (phone) {
    add('phone', t('shell.visitorPhone'), IconDeviceMobile, () => window.open(phone, '_blank', 'noopener'));
  }
  add('keys', t('keys.title'), IconKeyboard, onKeys, { keys: ['?'] });
  add('logout', t('profile.logout'), IconLogout, leave);
  return list;
}
