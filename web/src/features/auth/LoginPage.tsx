import { Button, PasswordInput, TextInput } from '@mantine/core';
import { IconAlertCircle, IconLanguage } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { useTitle } from '@/shared/hooks/useTitle';
import { languageNames, setLanguage, useT } from '@/shared/i18n';
import { organizationId, setOrganizationId } from '@/shared/lib/organization';
import { Logo } from '@/shared/ui/Logo';
import { authKeys, login, serverQuery } from './api';
import { type LoginFault, loginFault, safeReturn } from './model';
import './login.css';

export function LoginPage() {
  const { t, language } = useT();
  const queryClient = useQueryClient();
  const router = useRouter();
  const search = useSearch({ strict: false }) as { to?: string };
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<LoginFault | null>(null);
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({});
  const passwordField = useRef<HTMLInputElement>(null);
  const { data: server } = useQuery(serverQuery);
  useTitle(t('login.signIn'));

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const gaps = {
      email: email.trim() ? undefined : t('login.emailMissing'),
      password: password ? undefined : t('login.passwordMissing'),
    };
    setMissing(gaps);
    if (gaps.email || gaps.password) return;
    setBusy(true);
    setFault(null);
    try {
      const me = await login(email.trim(), password);
      queryClient.clear();
      if (me.organizations.length > 1) {
        // Which one is his to say; the last choice of this browser holds as long as it is one of them.
        if (!me.organizations.some((o) => o.id === organizationId())) {
          setOrganizationId(null);
          await router.navigate({ to: '/organizations', search: { to: search.to } });
          return;
        }
      } else {
        setOrganizationId(null);
        queryClient.setQueryData(authKeys.me, me);
      }
      await router.invalidate();
      router.history.push(safeReturn(search.to));
    } catch (error) {
      setFault(loginFault(error));
      setBusy(false);
      passwordField.current?.select();
    }
  };
  const words = fault?.key ? t(fault.key, { minutes: Math.ceil((fault.seconds ?? 0) / 60) }) : fault?.detail;
  const other = language === 'ar' ? 'en' : 'ar';

  return (
    <main className="lg" id="main">
      <form className="lg-c" onSubmit={submit} noValidate>
        <Logo size={40} />
        <h1>{t('login.title')}</h1>
        <p className="lg-host">
          <bdi dir="ltr">{window.location.host}</bdi>
        </p>
        {fault?.at === 'form' && (
          <p className="lg-err" role="alert" dir="auto">
            <IconAlertCircle size={16} aria-hidden="true" />
            <span>{words}</span>
          </p>
        )}
        <TextInput
          className="lg-f"
          label={t('login.email')}
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          dir="ltr"
          value={email}
          error={missing.email}
          onChange={(e) => setEmail(e.currentTarget.value)}
        />
        <PasswordInput
          className="lg-f"
          ref={passwordField}
          label={t('login.password')}
          name="password"
          autoComplete="current-password"
          aria-invalid={Boolean(missing.password) || fault?.at === 'password' || undefined}
          value={password}
          error={missing.password ?? (fault?.at === 'password' ? words : undefined)}
          visibilityToggleButtonProps={{ 'aria-label': t('login.show'), tabIndex: 0 }}
          onChange={(e) => setPassword(e.currentTarget.value)}
        />
        <Button type="submit" fullWidth className="lg-go" data-busy={busy || undefined} aria-disabled={busy}>
          {t('login.signIn')}
        </Button>
        <Link to="/forgot-password" className="lnk">
          {t('login.forgot')}
        </Link>
        {server?.demo && server.demo.logins.length > 0 && (
          <div className="lg-demo">
            <b>{t('login.demo')}</b>
            {server.demo.logins.map((d) => (
              <button
                key={d.email}
                type="button"
                onClick={() => {
                  setEmail(d.email);
                  setPassword(d.password);
                }}
              >
                <span dir="auto">{d.name || d.email}</span>
                <bdi dir="ltr">{d.email}</bdi>
              </button>
            ))}
          </div>
        )}
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
      </form>
    </main>
  );
}
