import { Menu } from '@mantine/core';
import type { ReactElement } from 'react';
import { useT } from '@/shared/i18n';
import type { Entry } from './PlusMenu';

interface Props {
  entries: Entry[];
  onPick: (id: string) => void;
  target: ReactElement;
}
/** The menu itself, loaded when somebody wants it and open from the start. */
export default function PlusItems({ entries, onPick, target }: Props) {
  const { t } = useT();
  return (
    <Menu defaultOpened position="top-start" width={220}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        {entries.map((e) => (
          <Menu.Item
            key={e.id}
            data-form={e.id}
            leftSection={<e.icon size={16} />}
            onClick={() => onPick(e.id)}
          >
            {t(e.key)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
