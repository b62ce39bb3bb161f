import { Menu } from '@mantine/core';
import { IconBuilding, IconChevronDown } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useMe } from '@/features/auth';
import { useT } from '@/shared/i18n';
import { setOrganizationId } from '@/shared/lib/organization';

function switchTo(id: string): void {
  setOrganizationId(id);
  // Everything on screen belongs to the other organization; a fresh start cannot mix the two.
  window.location.assign('/');
}

/** Only for members of several organizations, so few load it. */
export default function OrganizationMenu({ children }: { children: ReactNode }) {
  const { t } = useT();
  const { organization, organizations } = useMe();
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <button
          type="button"
          className="org"
          aria-label={t('shell.organization', { name: organization.name })}
        >
          {children}
          <IconChevronDown size={14} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {organizations.map((o) => (
          <Menu.Item key={o.id} leftSection={<IconBuilding size={16} />} onClick={() => switchTo(o.id)}>
            <span dir="auto">{o.name}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
