import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTitle } from '@/shared/hooks/useTitle';
import { isolate, useT } from '@/shared/i18n';
import { DoorPage, FormFault } from './DoorPage';
import { forgotPassword } from './doors';

export function ForgotPage() {
  const { t } = useT();
  const [email, setEmail] = useState('');
  const [missing, setMissing] = useState(false);
  const ask = useMutation({ mutationFn: () => forgotPassword(email.trim()) });
  useTitle(t('forgot.title'));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setMissing(!email.trim());
    if (email.trim() && !ask.isPending) ask.mutate();
  };
  const back = (
    <Link to="/login" search={{ to: undefined }} className="lnk">
      {t('forgot.back')}
    </Link>
  );
  if (ask.data) {
    return (
      <DoorPage title={t('forgot.title')}>
        <div role="status" className="lg-note">
          {ask.data.mailed ? (
            <p>{t('forgot.sent', { email: isolate(email.trim()) })}</p>
          ) : (
            <>
              <p>{t('forgot.noMail')}</p>
              <p>
                {ask.data.support_contact
                  ? t('forgot.askContact', { contact: isolate(ask.data.support_contact) })
                  : t('forgot.askAdmin')}
              </p>
            </>
          )}
        </div>
        {back}
      </DoorPage>
    );
  }
  return (
    <DoorPage title={t('forgot.title')}>
      <form onSubmit={submit} noValidate>
        <FormFault error={ask.error} />
        <p className="sec">{t('forgot.text')}</p>
        <TextInput
          className="lg-f"
          label={t('login.email')}
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          dir="ltr"
          value={email}
          error={missing ? t('login.emailMissing') : undefined}
          onChange={(e) => setEmail(e.currentTarget.value)}
        />
        <Button type="submit" fullWidth className="lg-go" aria-disabled={ask.isPending}>
          {t('forgot.ask')}
        </Button>
      </form>
      {back}
    </DoorPage>
  );
}
