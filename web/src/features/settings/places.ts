import {
  IconBuilding,
  IconKey,
  IconListSearch,
  IconUserCircle,
  IconUsers,
  IconUsersGroup,
  type TablerIcon,
} from '@tabler/icons-react';
import type { LinkProps } from '@tanstack/react-router';
import type { Key } from '@/shared/i18n';

export interface Place {
  to: LinkProps['to'];
  icon: TablerIcon;
  label: Key;
  group: Key;
  /** Without it the page is not offered; none = everybody's. */
  permission?: string;
}
/** The pages of the settings in the order in which the menu shows them. */
export const places: Place[] = [
  { to: '/settings/profile', icon: IconUserCircle, label: 'settings.profile', group: 'settings.you' },
  {
    to: '/settings/organization',
    icon: IconBuilding,
    label: 'settings.general',
    group: 'settings.organization',
    permission: 'settings.view',
  },
  {
    to: '/settings/members',
    icon: IconUsers,
    label: 'settings.members',
    group: 'settings.organization',
    permission: 'staff.view',
  },
  {
    to: '/settings/teams',
    icon: IconUsersGroup,
    label: 'settings.teams',
    group: 'settings.organization',
    permission: 'staff.view',
  },
  {
    to: '/settings/tokens',
    icon: IconKey,
    label: 'settings.tokens',
    group: 'settings.developers',
    permission: 'api_tokens.view',
  },
  {
    to: '/settings/audit',
    icon: IconListSearch,
    label: 'settings.audit',
    group: 'settings.developers',
    permission: 'audit.view',
  },
];
export const offered = (permissions: string[]) =>
  places.filter((p) => !p.permission || permissions.includes(p.permission));
