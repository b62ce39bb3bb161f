import { Button, Modal, MultiSelect, TextInput } from '@mantine/core';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useMay } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { isolate, useT } from '@/shared/i18n';
import { PageHead } from '@/shared/ui/PageHead';
import { EmptyState, ErrorState } from '@/shared/ui/states';
import { toast } from '@/shared/ui/toast';
import {
  changeTeam,
  createTeam,
  deleteTeam,
  membersQuery,
  settingsKeys,
  type Team,
  teamsQuery,
} from '../api';
import { Closed, Confirm, fieldError, Loaded, unplaced } from './Parts';

export function TeamsPage() {
  const { t } = useT();
  const may = useMay('staff.view');
  useTitle(t('settings.teams'));
  return may ? <Teams /> : <Closed title={t('teams.closed')} />;
}

function Teams() {
  const { t } = useT();
  const mayEdit = useMay('staff.edit');
  const [editing, setEditing] = useState<Team | 'new' | null>(null);
  const [ending, setEnding] = useState<Team | null>(null);
  const client = useQueryClient();
  const teams = useQuery(teamsQuery);
  const add = mayEdit && (
    <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => setEditing('new')}>
      {t('teams.add')}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t('settings.teams')}
        count={teams.data?.length}
        sub={t('teams.sub')}
        right={teams.data?.length ? add : undefined}
      />
      <Loaded query={teams} failed={t('teams.error')}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState
              art={<IconUsersGroup size={32} stroke={1.3} />}
              title={t('teams.empty')}
              text={t('teams.emptyText')}
            >
              {add}
            </EmptyState>
          ) : (
            <ul className="st-list st-teams">
              {list.map((team) => (
                <li key={team.id}>
                  <IconUsersGroup size={18} stroke={1.6} aria-hidden="true" />
                  <div className="st-two">
                    <bdi>{team.name}</bdi>
                    <span className="mut" dir="auto">
                      {team.members.length
                        ? team.members.map((m) => isolate(m.name)).join(t('teams.comma'))
                        : t('teams.nobody')}
                    </span>
                  </div>
                  <span className="grow" />
                  {mayEdit && (
                    <>
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={t('teams.changeOf', { name: isolate(team.name) })}
                        onClick={() => setEditing(team)}
                      >
                        {t('teams.change')}
                      </Button>
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={t('teams.deleteOf', { name: isolate(team.name) })}
                        onClick={() => setEnding(team)}
                      >
                        {t('teams.delete')}
                      </Button>
                    </>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {editing && <TeamDialog team={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {ending && (
        <Confirm
          danger
          title={t('teams.deleteAsk', { name: isolate(ending.name) })}
          lines={[t('teams.deleteText'), t('teams.deleteOpen')]}
          keep={t('common.cancel')}
          act={t('teams.delete')}
          failed={t('teams.deleteFailed')}
          run={() => deleteTeam(ending.id)}
          onClose={() => setEnding(null)}
          onDone={() => {
            void client.invalidateQueries({ queryKey: settingsKeys.teams });
            void client.invalidateQueries({ queryKey: settingsKeys.members });
            toast({ tone: 'ok', text: t('teams.deleted', { name: isolate(ending.name) }) });
            setEnding(null);
          }}
        />
      )}
    </>
  );
}

function TeamDialog({ team, onClose }: { team: Team | null; onClose: () => void }) {
  const { t } = useT();
  const client = useQueryClient();
  const members = useQuery(membersQuery);
  const [name, setName] = useState(team?.name ?? '');
  const [chosen, setChosen] = useState(team?.members.map((m) => m.id) ?? []);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => {
      const draft = { name: name.trim(), member_ids: chosen };
      return team ? changeTeam(team.id, draft) : createTeam(draft);
    },
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: settingsKeys.teams });
      void client.invalidateQueries({ queryKey: settingsKeys.members });
      toast({ tone: 'ok', text: t('teams.saved', { name: isolate(saved.name) }) });
      onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (name.trim() && !save.isPending) save.mutate();
  };
  // Who is in the team already stands in the list also while it is on its way.
  const people = new Map([
    ...(team?.members ?? []).map((m) => [m.id, m.name] as const),
    ...(members.data ?? []).map((m) => [m.id, m.name] as const),
  ]);
  return (
    <Modal
      opened
      onClose={onClose}
      title={team ? t('teams.changeOf', { name: isolate(team.name) }) : t('teams.add')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form className="frm" onSubmit={submit} noValidate>
        <TextInput
          label={t('teams.name')}
          description={t('teams.nameHint')}
          maxLength={40}
          data-autofocus
          value={name}
          error={tried && !name.trim() ? t('teams.nameMissing') : fieldError(save.error, '/name')}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <MultiSelect
          label={t('settings.members')}
          description={t('teams.membersHint')}
          searchable
          data={[...people].map(([value, label]) => ({ value, label }))}
          value={chosen}
          nothingFoundMessage={t('teams.noMember')}
          onChange={setChosen}
        />
        {unplaced(save.error, '/name') && <ErrorState title={t('teams.failed')} error={save.error} />}
        <div className="frm-b">
          <Button variant="default" size="xs" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button
            type="submit"
            size="xs"
            aria-disabled={save.isPending}
            data-busy={save.isPending || undefined}
          >
            {t('teams.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
