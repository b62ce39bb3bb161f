import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconKeyboard, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useMe } from '@/features/auth';
import { type AppLanguage, languageNames, languages, setLanguage, useT } from '@/shared/i18n';
import { useLogout } from './useLogout';

const schemes = [
  { value: 'light', icon: IconSun, key: 'profile.light' },
  { value: 'dark', icon: IconMoon, key: 'profile.dark' },
  { value: 'auto', icon: IconDeviceDesktop, key: 'profile.auto' },
] as const;

/** The menu itself, loaded when somebody wants it and open from the start. */
export default function ProfileItems({ onKeys, target }: { onKeys: () => void; target: ReactElement }) {
  const { t, language } = useT();
  const me = useMe();
  const leave = useLogout();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu defaultOpened position="bottom-end" width={248}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        <div className="me-h">
          <b dir="auto">{me.user.display_name}</b>
          <bdi dir="ltr">{me.user.email}</bdi>
        </div>
        <Menu.Divider />
        <Menu.Label>{t('profile.scheme')}</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(value as MantineColorScheme)}
        >
          {schemes.map((s) => (
            <Menu.RadioItem key={s.value} value={s.value} closeMenuOnClick={false}>
              <span className="me-i">
                <s.icon size={16} aria-hidden="true" />
                {t(s.key)}
              </span>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t('profile.language')}</Menu.Label>
        <Menu.RadioGroup value={language} onChange={(value) => void setLanguage(value as AppLanguage)}>
          {languages.map((l) => (
            <Menu.RadioItem key={l} value={l}>
              <span className="me-i" lang={l}>
                {languageNames[l]}
              </span>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={onKeys}>
          {t('keys.title')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} className="flip" />} onClick={leave}>
          {t('profile.logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
