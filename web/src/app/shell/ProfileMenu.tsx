import { lazy, Suspense, useState } from 'react';
import { useMe } from '@/features/auth';
import { useT } from '@/shared/i18n';
import { Avatar } from '@/shared/ui/Avatar';

const ProfileItems = lazy(() => import('./ProfileItems'));

export function ProfileMenu({ onKeys }: { onKeys: () => void }) {
  const { t } = useT();
  const name = useMe().user.display_name;
  const [wanted, setWanted] = useState(false);
  const button = (
    <button
      type="button"
      className="me"
      aria-label={t('profile.menu', { name })}
      aria-haspopup="menu"
      onClick={wanted ? undefined : () => setWanted(true)}
    >
      <Avatar name={name} size={28} />
    </button>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <ProfileItems onKeys={onKeys} target={button} />
    </Suspense>
  );
}
