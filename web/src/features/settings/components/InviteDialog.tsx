import { Button, Modal, Radio, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { isolate, useT } from '@/shared/i18n';
import { CopyLine } from '@/shared/ui/CopyLine';
import { ErrorState } from '@/shared/ui/states';
import { type Invited, invite, type Role, settingsKeys } from '../api';
import { roleName, roles, roleText } from '../model/words';
import { fieldError, unplaced } from './Parts';

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useT();
  const [made, setMade] = useState<Invited | null>(null);
  return (
    <Modal
      opened
      onClose={onClose}
      // A click beside the dialog must not lose what is shown once.
      closeOnClickOutside={!made}
      title={made ? t('invite.madeTitle') : t('members.invite')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {made ? <Made made={made} onClose={onClose} /> : <Form onMade={setMade} onClose={onClose} />}
    </Modal>
  );
}

function Form({ onMade, onClose }: { onMade: (made: Invited) => void; onClose: () => void }) {
  const { t } = useT();
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('agent');
  const [missing, setMissing] = useState(false);
  const send = useMutation({
    mutationFn: () => invite(email.trim(), role),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: settingsKeys.invitations });
      onMade(made);
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setMissing(!email.trim());
    if (email.trim() && !send.isPending) send.mutate();
  };
  return (
    <form className="frm" onSubmit={submit} noValidate>
      <TextInput
        label={t('login.email')}
        type="email"
        inputMode="email"
        autoComplete="off"
        dir="ltr"
        data-autofocus
        value={email}
        error={missing ? t('login.emailMissing') : fieldError(send.error, '/email')}
        onChange={(e) => setEmail(e.currentTarget.value)}
      />
      <Radio.Group label={t('members.role')} value={role} onChange={(v) => setRole(v as Role)}>
        <div className="st-radios">
          {roles.map((r) => (
            <Radio key={r} value={r} label={roleName(t, r)} description={roleText(t, r)} />
          ))}
        </div>
      </Radio.Group>
      {unplaced(send.error, '/email') && <ErrorState title={t('invite.failed')} error={send.error} />}
      <div className="frm-b">
        <Button variant="default" size="xs" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" size="xs" aria-disabled={send.isPending}>
          {t('invite.make')}
        </Button>
      </div>
    </form>
  );
}

function Made({ made, onClose }: { made: Invited; onClose: () => void }) {
  const { t } = useT();
  return (
    <div className="frm" role="status">
      <p>
        {made.mailed
          ? t('invite.mailed', { email: isolate(made.email) })
          : t('invite.byHand', { email: isolate(made.email) })}
      </p>
      <CopyLine label={t('invite.link')} value={made.link} />
      <p className="sec">{t('invite.once')}</p>
      <div className="frm-b">
        <Button size="xs" data-autofocus onClick={onClose}>
          {t('invite.done')}
        </Button>
      </div>
    </div>
  );
}
