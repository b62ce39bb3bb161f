import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { useT } from '@/shared/i18n';
import { Jacks } from '@/shared/ui/Logo';
import { EmptyState, ErrorState } from '@/shared/ui/states';

export function RouteError({ error, reset }: ErrorComponentProps) {
  const { t } = useT();
  const router = useRouter();
  return (
    <main className="page-mid" id="main">
      <ErrorState
        title={t('error.page')}
        error={error}
        retry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </main>
  );
}

export function NotFound() {
  const { t } = useT();
  return (
    <div className="page-mid">
      <EmptyState art={<Jacks />} title={t('error.notFound')} text={t('error.notFoundText')}>
        <Link to="/" className="lnk">
          {t('error.home')}
        </Link>
      </EmptyState>
    </div>
  );
}
