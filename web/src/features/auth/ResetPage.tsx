import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Problem } from '@/api/http';
import { useTitle } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { DoorPage, FormFault, fieldFault, useSecret } from './DoorPage';
import { resetPassword } from './doors';

export function ResetPage() {
  const { t } = useT();
  const token = useSecret();
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState(false);
  const reset = useMutation({ mutationFn: () => resetPassword(token, password) });
  useTitle(t('reset.title'));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setMissing(!password);
    if (password && !reset.isPending) reset.mutate();
  };
  if (reset.isSuccess) {
    return (
      <DoorPage title={t('reset.done')}>
        <p role="status" className="lg-note">
          {t('reset.doneText')}
        </p>
        <Link to="/login" search={{ to: undefined }} className="lnk">
          {t('login.signIn')}
        </Link>
      </DoorPage>
    );
  }
  const dead = !token || (reset.error instanceof Problem && reset.error.code === 'link_invalid');
  if (dead) {
    return (
      <DoorPage title={t('link.dead')}>
        <p role="alert" className="lg-note">
          {t('reset.deadText')}
        </p>
        <Link to="/forgot-password" className="lnk">
          {t('reset.again')}
        </Link>
      </DoorPage>
    );
  }
  return (
    <DoorPage title={t('reset.title')}>
      <form onSubmit={submit} noValidate>
        <FormFault error={reset.error} fields={['/password']} />
        <p className="sec">{t('reset.text')}</p>
        <PasswordInput
          className="lg-f"
          label={t('password.new')}
          description={t('password.hint')}
          autoComplete="new-password"
          value={password}
          error={missing ? t('password.newMissing') : fieldFault(reset.error, '/password')}
          visibilityToggleButtonProps={{ 'aria-label': t('login.show'), tabIndex: 0 }}
          onChange={(e) => setPassword(e.currentTarget.value)}
        />
        <Button type="submit" fullWidth className="lg-go" aria-disabled={reset.isPending}>
          {t('reset.set')}
        </Button>
      </form>
    </DoorPage>
  );
}
