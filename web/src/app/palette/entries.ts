/* What the palette offers without asking the server, by what the role allows. */
import { IconInbox, IconPlugConnected, type TablerIcon } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMe } from '@/features/auth';
import { channelsQuery, useChannelTypes } from '@/features/channels';
import { inboxTabs, tabWords } from '@/features/inbox';
import { offeredSettings } from '@/features/settings';
import { useT } from '@/shared/i18n';
import { useActs } from './acts';
import type { Entry } from './model/rank';

export interface Command extends Entry {
  icon?: TablerIcon;
  /** A channel's own mark instead of an icon. */
  mark?: { icon: string; accent: string };
  /** A person instead of an icon. */
  person?: string;
  keys?: string[];
  run: () => unknown;
}

/** The pages. */
function usePlaces(): Command[] {
  const { t } = useT();
  const navigate = useNavigate();
  const { permissions } = useMe();
  const list: Command[] = [];
  if (permissions.includes('inbox.view')) {
    list.push({
      id: 'go:inbox',
      group: 'go',
      label: t('shell.inbox'),
      icon: IconInbox,
      keys: ['G', 'I'],
      run: () => navigate({ to: '/inbox' }),
    });
    for (const tab of inboxTabs) {
      list.push({
        id: `go:inbox/${tab}`,
        group: 'go',
        label: t('palette.tab', { tab: t(tabWords[tab]) }),
        icon: IconInbox,
        run: () => navigate({ to: '/inbox', search: { tab } }),
      });
    }
  }
  if (permissions.includes('channels.view')) {
    list.push({
      id: 'go:channels',
      group: 'go',
      label: t('shell.channels'),
      icon: IconPlugConnected,
      keys: ['G', 'C'],
      run: () => navigate({ to: '/channels' }),
    });
  }
  for (const place of offeredSettings(permissions)) {
    list.push({
      id: `go:${place.to}`,
      group: 'go',
      label: t(place.label),
      detail: t('shell.settings'),
      icon: place.icon,
      run: () => navigate({ to: place.to }),
    });
  }
  return list;
}

/** One entry per channel. */
function useChannelEntries(): Command[] {
  const navigate = useNavigate();
  const may = useMe().permissions.includes('channels.view');
  const { data } = useQuery({ ...channelsQuery, enabled: may });
  const { byType } = useChannelTypes();
  return (data ?? []).map((c) => {
    const type = byType.get(c.type);
    return {
      id: `channel:${c.id}`,
      group: 'channels',
      label: c.name,
      detail: type?.name,
      mark: type && { icon: type.icon, accent: type.accent },
      icon: IconPlugConnected,
      run: () => navigate({ to: '/channels/$channelId', params: { channelId: c.id } }),
    };
  });
}

export function useEntries(onKeys: () => void): Command[] {
  return [...usePlaces(), ...useChannelEntries(), ...useActs(onKeys)];
}
