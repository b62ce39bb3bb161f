import { Button, Menu, Select } from '@mantine/core';
import {
  IconDots,
  IconLogin2,
  IconMail,
  IconPlus,
  IconUserCheck,
  IconUserOff,
  IconUserX,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay, useMe } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { isolate, useT } from '@/shared/i18n';
import { Avatar } from '@/shared/ui/Avatar';
import { Chip } from '@/shared/ui/Chip';
import { IconButton } from '@/shared/ui/IconButton';
import { PageHead } from '@/shared/ui/PageHead';
import { ErrorState } from '@/shared/ui/states';
import { toast } from '@/shared/ui/toast';
import {
  changeMember,
  type Invitation,
  invitationsQuery,
  type Member,
  membersQuery,
  type Role,
  removeMember,
  revokeInvitation,
  rolesQuery,
  settingsKeys,
} from '../api';
import { roleChange, roleName, roles, roleText } from '../model/words';
import { InviteDialog } from './InviteDialog';
import { MemberLogins } from './MemberLogins';
import { Closed, Confirm, Loaded, Stamp } from './Parts';
import { Roles } from './Roles';

type Ask =
  | { what: 'logins'; member: Member }
  | { what: 'role'; member: Member; role: Role }
  | { what: 'deactivate' | 'activate' | 'remove'; member: Member }
  | { what: 'revoke'; invitation: Invitation };

export function MembersPage() {
  const { t } = useT();
  const may = useMay('staff.view');
  useTitle(t('settings.members'));
  return may ? <Members /> : <Closed title={t('members.closed')} />;
}

function Members() {
  const { t } = useT();
  const mayEdit = useMay('staff.edit');
  const [inviting, setInviting] = useState(false);
  const [ask, setAsk] = useState<Ask | null>(null);
  const members = useQuery(membersQuery);
  const open = useQuery({ ...invitationsQuery, enabled: mayEdit });
  return (
    <>
      <PageHead
        title={t('settings.members')}
        count={members.data?.length}
        sub={t('members.sub')}
        right={
          mayEdit && (
            <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => setInviting(true)}>
              {t('members.invite')}
            </Button>
          )
        }
      />
      <Loaded query={members} failed={t('members.error')}>
        {(list) => (
          <>
            <Table list={list} mayEdit={mayEdit} onAsk={setAsk} />
            <Roles />
            {mayEdit && (
              <Invitations list={open.data ?? []} error={open.error} retry={open.refetch} onAsk={setAsk} />
            )}
          </>
        )}
      </Loaded>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
      {ask?.what === 'logins' && <MemberLogins member={ask.member} onClose={() => setAsk(null)} />}
      {ask && ask.what !== 'logins' && <Question ask={ask} onClose={() => setAsk(null)} />}
    </>
  );
}

function Table({ list, mayEdit, onAsk }: { list: Member[]; mayEdit: boolean; onAsk: (ask: Ask) => void }) {
  const { t } = useT();
  return (
    <table className="st-tbl">
      <thead>
        <tr>
          <th scope="col">{t('members.name')}</th>
          <th scope="col">{t('members.role')}</th>
          <th scope="col">{t('members.status')}</th>
          {mayEdit && <th scope="col">{t('members.lastSignIn')}</th>}
          {mayEdit && (
            <th scope="col">
              <span className="vh">{t('members.actions')}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {list.map((m) => (
          <Row key={m.id} member={m} mayEdit={mayEdit} onAsk={onAsk} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ member: m, mayEdit, onAsk }: { member: Member; mayEdit: boolean; onAsk: (ask: Ask) => void }) {
  const { t } = useT();
  const me = useMe();
  const self = m.id === me.member.id;
  return (
    <tr className={m.is_active ? undefined : 'off'}>
      <td>
        <div className="st-who">
          <Avatar name={m.name} size={30} />
          <div className="st-two">
            <span>
              <bdi>{m.name}</bdi> {self && <Chip tone="mute">{t('members.you')}</Chip>}
            </span>
            <bdi dir="ltr">{m.email}</bdi>
            {m.teams.length > 0 && (
              <span className="mut" dir="auto">
                {m.teams.map((team) => isolate(team.name)).join(t('teams.comma'))}
              </span>
            )}
          </div>
        </div>
      </td>
      <td>
        {mayEdit && m.is_active ? (
          <Select
            aria-label={t('members.roleOf', { name: isolate(m.name) })}
            className="st-role"
            size="xs"
            data={roles.map((r) => ({ value: r, label: roleName(t, r) }))}
            value={m.role}
            onChange={(v) => v && v !== m.role && onAsk({ what: 'role', member: m, role: v as Role })}
          />
        ) : (
          roleName(t, m.role)
        )}
      </td>
      <td>
        {m.is_active ? (
          <Chip tone="ok">{t('members.active')}</Chip>
        ) : (
          <Chip tone="mute">{t('members.deactivated')}</Chip>
        )}
      </td>
      {mayEdit && (
        <td className="sec">
          {m.last_sign_in_at ? (
            <Stamp time={m.last_sign_in_at} />
          ) : (
            <span className="mut">{t('members.never')}</span>
          )}
        </td>
      )}
      {mayEdit && (
        <td className="st-more">
          <Menu position="bottom-end" width={220}>
            <Menu.Target>
              <IconButton label={t('members.actionsOf', { name: isolate(m.name) })}>
                <IconDots size={18} />
              </IconButton>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconLogin2 size={16} />}
                onClick={() => onAsk({ what: 'logins', member: m })}
              >
                {t('logins.title')}
              </Menu.Item>
              {m.is_active ? (
                <Menu.Item
                  leftSection={<IconUserOff size={16} />}
                  onClick={() => onAsk({ what: 'deactivate', member: m })}
                >
                  {t('members.deactivate')}
                </Menu.Item>
              ) : (
                <Menu.Item
                  leftSection={<IconUserCheck size={16} />}
                  onClick={() => onAsk({ what: 'activate', member: m })}
                >
                  {t('members.activate')}
                </Menu.Item>
              )}
              <Menu.Item
                leftSection={<IconUserX size={16} />}
                onClick={() => onAsk({ what: 'remove', member: m })}
              >
                {t('members.remove')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </td>
      )}
    </tr>
  );
}

function Invitations({
  list,
  error,
  retry,
  onAsk,
}: {
  list: Invitation[];
  error: unknown;
  retry: () => void;
  onAsk: (ask: Ask) => void;
}) {
  const { t } = useT();
  if (error) {
    return (
      <div className="st-pad">
        <ErrorState title={t('invites.error')} error={error} retry={retry} />
      </div>
    );
  }
  if (list.length === 0) return null;
  return (
    <section className="st-sub" aria-labelledby="open-invitations">
      <h2 id="open-invitations">{t('invites.title')}</h2>
      <ul className="st-list">
        {list.map((i) => (
          <li key={i.id}>
            <IconMail size={18} stroke={1.6} aria-hidden="true" />
            <div className="st-two">
              <bdi dir="ltr">{i.email}</bdi>
              <span className="mut">
                {roleName(t, i.role)} · {i.is_expired ? t('invites.expired') : <Until time={i.expires_at} />}
              </span>
            </div>
            <span className="grow" />
            <Button
              size="xs"
              variant="default"
              aria-label={t('invites.revokeOf', { email: i.email })}
              onClick={() => onAsk({ what: 'revoke', invitation: i })}
            >
              {t('invites.revoke')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Until({ time }: { time: string }) {
  const { t } = useT();
  return (
    <>
      {t('invites.until')} <Stamp time={time} />
    </>
  );
}

function Question({ ask, onClose }: { ask: Exclude<Ask, { what: 'logins' }>; onClose: () => void }) {
  const { t } = useT();
  const list = useQuery(rolesQuery);
  const client = useQueryClient();
  const done = (text: string) => () => {
    void client.invalidateQueries({ queryKey: settingsKeys.members });
    void client.invalidateQueries({ queryKey: settingsKeys.roles });
    void client.invalidateQueries({ queryKey: settingsKeys.invitations });
    toast({ tone: 'ok', text });
    onClose();
  };
  const common = { onClose, keep: t('common.cancel'), failed: t('members.failed') };
  if (ask.what === 'revoke') {
    const { id, email } = ask.invitation;
    return (
      <Confirm
        {...common}
        danger
        title={t('invites.revokeAsk', { email: isolate(email) })}
        lines={[t('invites.revokeText')]}
        act={t('invites.revokeAct')}
        run={() => revokeInvitation(id)}
        onDone={done(t('invites.revoked', { email: isolate(email) }))}
      />
    );
  }
  const { id } = ask.member;
  const name = isolate(ask.member.name);
  switch (ask.what) {
    case 'role': {
      const role = roleName(t, ask.role);
      return (
        <Confirm
          {...common}
          title={t('members.roleAsk', { name })}
          lines={[
            `${role}: ${roleText(t, ask.role)}`,
            ...roleChange(t, list.data, ask.member.role, ask.role),
            t('members.roleSignedOut'),
            t('members.roleTokens'),
          ]}
          act={t('members.roleAct', { role })}
          run={() => changeMember(id, { role: ask.role })}
          onDone={done(t('members.roleDone', { name, role }))}
        />
      );
    }
    case 'deactivate':
      return (
        <Confirm
          {...common}
          danger
          title={t('members.deactivateAsk', { name })}
          lines={[t('members.deactivateOut'), t('members.deactivateTokens'), t('members.deactivateBack')]}
          act={t('members.deactivate')}
          run={() => changeMember(id, { is_active: false })}
          onDone={done(t('members.deactivateDone', { name }))}
        />
      );
    case 'activate':
      return (
        <Confirm
          {...common}
          title={t('members.activateAsk', { name })}
          lines={[t('members.activateText', { role: roleName(t, ask.member.role) })]}
          act={t('members.activate')}
          run={() => changeMember(id, { is_active: true })}
          onDone={done(t('members.activateDone', { name }))}
        />
      );
    default:
      return (
        <Confirm
          {...common}
          danger
          title={t('members.removeAsk', { name })}
          lines={[t('members.removeOut'), t('members.removeTokens'), t('members.removeKeeps')]}
          act={t('members.remove')}
          run={() => removeMember(id)}
          onDone={done(t('members.removeDone', { name }))}
        />
      );
  }
}
