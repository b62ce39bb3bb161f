import { IconLanguage } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { Problem } from '@/api/http';
import { languageNames, setLanguage, useT } from '@/shared/i18n';
import { Logo } from '@/shared/ui/Logo';
import { useExplain } from '@/shared/ui/useExplain';
import { serverQuery } from './api';
import './login.css';

/** The frame of every page outside the app: logo, one thing to do, whom to ask, the other language. */
export function DoorPage({ title, children }: { title: string; children: ReactNode }) {
  const { t, language } = useT();
  const { data: server } = useQuery(serverQuery);
  const other = language === 'ar' ? 'en' : 'ar';
  return (
    <main className="lg" id="main">
      <div className="lg-c">
        <Logo size={40} />
        <h1>{title}</h1>
        <p className="lg-host">
          <bdi dir="ltr">{window.location.host}</bdi>
        </p>
        {children}
        <div className="lg-foot">
          {server?.support_contact && (
            <span className="mut" dir="auto">
              {t('login.help', { contact: server.support_contact })}
            </span>
          )}
          <span className="grow" />
          <button type="button" className="flt nb" lang={other} onClick={() => setLanguage(other)}>
            <IconLanguage size={15} aria-hidden="true" />
            {languageNames[other]}
          </button>
        </div>
      </div>
    </main>
  );
}

/** What stands behind # in the address; it is taken out of the address bar and the history at once. */
export function useSecret(): string {
  const [secret] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    if (window.location.hash) window.history.replaceState(window.history.state, '', window.location.pathname);
  }, []);
  return secret;
}

export function fieldFault(error: unknown, pointer: string): string | undefined {
  return error instanceof Problem ? error.body.errors?.find((e) => e.pointer === pointer)?.detail : undefined;
}

/** A failure that stands at no field. */
export function FormFault({ error, fields = [] }: { error: unknown; fields?: string[] }) {
  const why = useExplain()(error);
  if (!error || fields.some((f) => fieldFault(error, f))) return null;
  return (
    <p className="lg-err" role="alert">
      <span dir="auto">{[why.detail, why.hint].filter(Boolean).join(' ')}</span>
    </p>
  );
}
