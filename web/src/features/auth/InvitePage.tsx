import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Problem } from '@/api/http';
import { useTitle } from '@/shared/hooks/useTitle';
import { isolate, useT } from '@/shared/i18n';
import { setOrganizationId } from '@/shared/lib/organization';
import { ErrorState } from '@/shared/ui/states';
import { DoorPage, FormFault, fieldFault, useSecret } from './DoorPage';
import { acceptInvitation, type InvitationInfo, readInvitation } from './doors';

const isDead = (error: unknown) => error instanceof Problem && error.code === 'link_invalid';

export function InvitePage() {
  const { t } = useT();
  const token = useSecret();
  useTitle(t('join.title'));
  const { data, error, refetch } = useQuery({
    queryKey: ['auth', 'invitation'],
    queryFn: () => readInvitation(token),
    enabled: token !== '',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const [dead, setDead] = useState(false);
  if (!token || dead || isDead(error)) {
    return (
      <DoorPage title={t('link.dead')}>
        <p role="alert" className="lg-note">
          {t('join.deadText')}
        </p>
      </DoorPage>
    );
  }
  if (data) return <Join token={token} invitation={data} onDead={() => setDead(true)} />;
  return (
    <DoorPage title={t('join.title')}>
      {error ? (
        <ErrorState title={t('join.error')} error={error} retry={() => void refetch()} />
      ) : (
        <p role="status" className="sec">
          {t('common.loading')}
        </p>
      )}
    </DoorPage>
  );
}

function Join({
  token,
  invitation,
  onDead,
}: {
  token: string;
  invitation: InvitationInfo;
  onDead: () => void;
}) {
  const { t } = useT();
  const client = useQueryClient();
  const router = useRouter();
  const known = invitation.has_account;
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const join = useMutation({
    mutationFn: () => acceptInvitation(token, known ? undefined : name.trim(), password),
    onSuccess: async (me) => {
      setOrganizationId(me.organization.id);
      client.clear();
      await router.invalidate();
      router.history.push('/');
    },
    onError: (error) => isDead(error) && onDead(),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (password && (known || name.trim()) && !join.isPending) join.mutate();
  };
  const noPassword = known ? t('login.passwordMissing') : t('password.newMissing');
  return (
    <DoorPage title={t('join.to', { organization: isolate(invitation.organization) })}>
      <form onSubmit={submit} noValidate>
        <FormFault error={join.error} fields={['/name', '/password']} />
        <p className="sec">
          {known ? t('join.known') : t('join.new')} <bdi dir="ltr">{invitation.email}</bdi>
        </p>
        <input type="hidden" name="username" autoComplete="username" value={invitation.email} readOnly />
        {!known && (
          <TextInput
            className="lg-f"
            label={t('join.name')}
            description={t('join.nameHint')}
            autoComplete="name"
            value={name}
            error={tried && !name.trim() ? t('join.nameMissing') : fieldFault(join.error, '/name')}
            onChange={(e) => setName(e.currentTarget.value)}
          />
        )}
        <PasswordInput
          className="lg-f"
          label={known ? t('login.password') : t('password.new')}
          description={known ? t('join.passwordHint') : t('password.hint')}
          autoComplete={known ? 'current-password' : 'new-password'}
          value={password}
          error={tried && !password ? noPassword : fieldFault(join.error, '/password')}
          visibilityToggleButtonProps={{ 'aria-label': t('login.show'), tabIndex: 0 }}
          onChange={(e) => setPassword(e.currentTarget.value)}
        />
        <Button type="submit" fullWidth className="lg-go" aria-disabled={join.isPending}>
          {t('join.join')}
        </Button>
      </form>
    </DoorPage>
  );
}
