import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { logout } from '@/features/auth';
import { clearTrays } from '@/features/files';
import { toast } from '@/shared/ui/toast';
import { useExplain } from '@/shared/ui/useExplain';

/** Ends the session; nothing of it is left in memory. */
export function useLogout(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  const explain = useExplain();
  return async () => {
    try {
      await logout();
    } catch (error) {
      toast({ tone: 'err', text: explain(error).detail });
      return;
    }
    await navigate({ to: '/login', search: { to: undefined } });
    client.clear();
    clearTrays();
  };
}
