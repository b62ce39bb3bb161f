import { Menu, useMantineColorScheme } from '@mantine/core';
import {
  IconCheck,
  IconDeviceDesktop,
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSun,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { logout, useMe } from '@/features/auth';
import { languageNames, languages, setLanguage, useT } from '@/shared/i18n';
import { Avatar } from '@/shared/ui/Avatar';
import { toast } from '@/shared/ui/toast';
import { useExplain } from '@/shared/ui/useExplain';

const schemes = [
  { value: 'light', icon: IconSun, key: 'profile.light' },
  { value: 'dark', icon: IconMoon, key: 'profile.dark' },
  { value: 'auto', icon: IconDeviceDesktop, key: 'profile.auto' },
] as const;

export function ProfileMenu({ onKeys }: { onKeys: () => void }) {
  const { t, language } = useT();
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const explain = useExplain();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const leave = async () => {
    try {
      await logout();
    } catch (error) {
      toast({ tone: 'err', text: explain(error).detail });
      return;
    }
    await navigate({ to: '/login', search: { to: undefined } });
    client.clear();
  };
  const chosen = <IconCheck size={14} aria-hidden="true" />;
  return (
    <Menu position="bottom-end" width={248}>
      <Menu.Target>
        <button type="button" className="me" aria-label={t('profile.menu', { name: me.user.display_name })}>
          <Avatar name={me.user.display_name} size={28} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="me-h">
          <b dir="auto">{me.user.display_name}</b>
          <bdi dir="ltr">{me.user.email}</bdi>
        </div>
        <Menu.Divider />
        <Menu.Label>{t('profile.scheme')}</Menu.Label>
        {schemes.map((s) => (
          <Menu.Item
            key={s.value}
            role="menuitemradio"
            aria-checked={colorScheme === s.value}
            closeMenuOnClick={false}
            leftSection={<s.icon size={16} />}
            rightSection={colorScheme === s.value ? chosen : null}
            onClick={() => setColorScheme(s.value)}
          >
            {t(s.key)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('profile.language')}</Menu.Label>
        {languages.map((l) => (
          <Menu.Item
            key={l}
            lang={l}
            role="menuitemradio"
            aria-checked={language === l}
            leftSection={<IconLanguage size={16} />}
            rightSection={language === l ? chosen : null}
            onClick={() => void setLanguage(l)}
          >
            {languageNames[l]}
          </Menu.Item>
        ))}
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
