import { Button, PasswordInput } from '@mantine/core';
import { IconDevices } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useMe } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { Chip } from '@/shared/ui/Chip';
import { PageHead } from '@/shared/ui/PageHead';
import { ErrorState } from '@/shared/ui/states';
import { toast } from '@/shared/ui/toast';
import {
  changePassword,
  endOtherSessions,
  endSession,
  loginsQuery,
  type Session,
  sessionsQuery,
  settingsKeys,
} from '../api';
import { deviceName, resultName, roleName } from '../model/words';
import { Card, Confirm, fieldError, RowBars, Stamp, unplaced } from './Parts';

export function ProfilePage() {
  const { t } = useT();
  const me = useMe();
  useTitle(t('settings.profile'));
  return (
    <>
      <PageHead
        title={t('settings.profile')}
        sub={
          <>
            <bdi>{me.member.name}</bdi> · <bdi dir="ltr">{me.user.email}</bdi> · {roleName(t, me.member.role)}
          </>
        }
      />
      <div className="st-body st-pad">
        <Password />
        <Sessions />
        <Logins />
      </div>
    </>
  );
}

function Password() {
  const { t } = useT();
  const client = useQueryClient();
  const me = useMe();
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => changePassword(current, fresh),
    onSuccess: () => {
      setCurrent('');
      setFresh('');
      setTried(false);
      void client.invalidateQueries({ queryKey: settingsKeys.sessions });
      void client.invalidateQueries({ queryKey: settingsKeys.logins });
      toast({ tone: 'ok', text: t('password.changed') });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (current && fresh && !save.isPending) save.mutate();
  };
  const eye = { 'aria-label': t('login.show'), tabIndex: 0 };
  return (
    <Card title={t('password.title')}>
      <form className="frm" onSubmit={submit} noValidate>
        {/* Tells password managers whose password it is. */}
        <input type="hidden" name="username" autoComplete="username" value={me.user.email} readOnly />
        <PasswordInput
          label={t('password.current')}
          autoComplete="current-password"
          value={current}
          visibilityToggleButtonProps={eye}
          error={tried && !current ? t('login.passwordMissing') : fieldError(save.error, '/current_password')}
          onChange={(e) => setCurrent(e.currentTarget.value)}
        />
        <PasswordInput
          label={t('password.new')}
          description={t('password.hint')}
          autoComplete="new-password"
          value={fresh}
          visibilityToggleButtonProps={eye}
          error={tried && !fresh ? t('password.newMissing') : fieldError(save.error, '/password')}
          onChange={(e) => setFresh(e.currentTarget.value)}
        />
        {unplaced(save.error, '/current_password', '/password') && (
          <ErrorState title={t('password.failed')} error={save.error} />
        )}
        <div className="frm-b">
          <Button type="submit" size="xs" aria-disabled={save.isPending}>
            {t('password.change')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Sessions() {
  const { t } = useT();
  const client = useQueryClient();
  const [ending, setEnding] = useState<Session | 'others' | null>(null);
  const { data, error, isPending, refetch } = useQuery({ ...sessionsQuery, staleTime: 0 });
  const done = () => {
    void client.invalidateQueries({ queryKey: settingsKeys.sessions });
    toast({ tone: 'ok', text: t('sessions.ended') });
    setEnding(null);
  };
  return (
    <Card title={t('sessions.title')}>
      <p className="sec">{t('sessions.sub')}</p>
      {isPending ? (
        <RowBars />
      ) : error && !data ? (
        <ErrorState title={t('sessions.error')} error={error} retry={() => void refetch()} />
      ) : (
        <>
          <ul className="st-list">
            {data.map((s) => (
              <li key={s.id}>
                <IconDevices size={18} stroke={1.6} aria-hidden="true" />
                <div className="st-two">
                  <span>
                    <bdi title={s.device}>{deviceName(s.device)}</bdi>{' '}
                    {s.current && <Chip tone="ok">{t('sessions.current')}</Chip>}
                  </span>
                  <span className="mut">
                    <bdi dir="ltr">{s.address}</bdi> · {t('sessions.seen')} <Stamp time={s.last_seen_at} /> ·{' '}
                    {t('sessions.since')} <Stamp time={s.created_at} />
                  </span>
                </div>
                <span className="grow" />
                {!s.current && (
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={t('sessions.endOf', { device: deviceName(s.device) })}
                    onClick={() => setEnding(s)}
                  >
                    {t('sessions.end')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
          {data.length > 1 && (
            <div className="frm-b">
              <Button size="xs" variant="default" onClick={() => setEnding('others')}>
                {t('sessions.endOthers')}
              </Button>
            </div>
          )}
        </>
      )}
      {ending && (
        <Confirm
          danger
          title={
            ending === 'others'
              ? t('sessions.endOthersAsk')
              : t('sessions.endAsk', { device: deviceName(ending.device) })
          }
          lines={[t('sessions.endText')]}
          keep={t('common.cancel')}
          act={t('sessions.endAct')}
          failed={t('sessions.failed')}
          run={() => (ending === 'others' ? endOtherSessions() : endSession(ending.id))}
          onDone={done}
          onClose={() => setEnding(null)}
        />
      )}
    </Card>
  );
}

function Logins() {
  const { t } = useT();
  const { data, error, isPending, refetch } = useQuery({ ...loginsQuery, staleTime: 0 });
  return (
    <Card title={t('logins.title')}>
      <p className="sec">{t('logins.sub')}</p>
      {isPending ? (
        <RowBars />
      ) : error && !data ? (
        <ErrorState title={t('logins.error')} error={error} retry={() => void refetch()} />
      ) : data.length === 0 ? (
        <p className="sec">{t('logins.empty')}</p>
      ) : (
        <ul className="st-lines">
          {data.slice(0, 20).map((l) => (
            <li key={l.at + l.result}>
              <span className="st-when">
                <Stamp time={l.at} />
              </span>
              <Chip tone={l.result === 'failure' ? 'warn' : 'mute'}>{resultName(t, l.result)}</Chip>
              <bdi dir="ltr" className="mut">
                {l.address}
              </bdi>
              {l.device && <bdi className="mut ell">{deviceName(l.device)}</bdi>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
