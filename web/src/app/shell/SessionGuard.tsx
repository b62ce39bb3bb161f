import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Problem } from '@/api/http';
import { meQuery } from '@/features/auth';

const signedOut = (error: unknown) => error instanceof Problem && error.status === 401;

/** Any answer "not signed in" leads to the login, which leads back to the same place. */
export function SessionGuard() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { error } = useQuery(meQuery);
  useEffect(() => {
    const leave = () => {
      const to = window.location.pathname + window.location.search;
      void navigate({ to: '/login', search: { to }, replace: true });
    };
    if (signedOut(error)) leave();
    return client.getQueryCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'error' && signedOut(event.action.error)) leave();
    });
  }, [client, navigate, error]);
  return null;
}
