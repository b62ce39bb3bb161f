import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { authKeys, useMay, useMe } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { languageNames, useT } from '@/shared/i18n';
import { PageHead } from '@/shared/ui/PageHead';
import { ErrorState } from '@/shared/ui/states';
import { toast } from '@/shared/ui/toast';
import { changeOrganization, type Organization, organizationQuery, settingsKeys } from '../api';
import { Card, Closed, fieldError, RowBars, unplaced } from './Parts';

const zones = () => {
  const known = Intl.supportedValuesOf('timeZone');
  return known.includes('UTC') ? known : ['UTC', ...known];
};

export function OrganizationPage() {
  const { t } = useT();
  const me = useMe();
  const may = useMay('settings.view');
  const { data, error, isPending, refetch } = useQuery({
    ...organizationQuery(me.organization.id),
    enabled: may,
  });
  useTitle(t('settings.general'));
  if (!may) return <Closed title={t('org.closed')} />;
  return (
    <>
      <PageHead title={t('settings.general')} sub={t('org.sub')} />
      <div className="st-body st-pad">
        {isPending ? (
          <RowBars />
        ) : error ? (
          <ErrorState title={t('org.error')} error={error} retry={() => void refetch()} />
        ) : (
          <Form organization={data} key={data.id} />
        )}
      </div>
    </>
  );
}

function Form({ organization }: { organization: Organization }) {
  const { t } = useT();
  const client = useQueryClient();
  const mayEdit = useMay('settings.edit');
  const [draft, setDraft] = useState(organization);
  const save = useMutation({
    mutationFn: () =>
      changeOrganization(organization.id, {
        name: draft.name,
        language: draft.language,
        time_zone: draft.time_zone,
      }),
    onSuccess: (saved) => {
      setDraft(saved);
      client.setQueryData(settingsKeys.organization(saved.id), saved);
      void client.invalidateQueries({ queryKey: authKeys.me });
      toast({ tone: 'ok', text: t('org.saved') });
    },
  });
  const changed =
    draft.name !== organization.name ||
    draft.language !== organization.language ||
    draft.time_zone !== organization.time_zone;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (changed && !save.isPending) save.mutate();
  };
  const languages = Object.entries(languageNames).map(([value, label]) => ({ value, label }));
  if (!languages.some((l) => l.value === draft.language))
    languages.push({ value: draft.language as 'en', label: draft.language });
  return (
    <Card title={t('org.card')}>
      <form className="frm" onSubmit={submit} noValidate>
        <TextInput
          label={t('org.name')}
          description={t('org.nameHint')}
          value={draft.name}
          readOnly={!mayEdit}
          error={fieldError(save.error, '/name')}
          onChange={(e) => setDraft({ ...draft, name: e.currentTarget.value })}
        />
        <Select
          label={t('org.language')}
          description={t('org.languageHint')}
          data={languages}
          value={draft.language}
          readOnly={!mayEdit}
          error={fieldError(save.error, '/language')}
          onChange={(v) => v && setDraft({ ...draft, language: v })}
        />
        <Select
          label={t('org.zone')}
          description={t('org.zoneHint')}
          data={zones()}
          value={draft.time_zone}
          searchable
          limit={60}
          nothingFoundMessage={t('org.zoneNone')}
          readOnly={!mayEdit}
          error={fieldError(save.error, '/time_zone')}
          onChange={(v) => v && setDraft({ ...draft, time_zone: v })}
        />
        {unplaced(save.error, '/name', '/language', '/time_zone') && (
          <ErrorState title={t('org.notSaved')} error={save.error} />
        )}
        {mayEdit ? (
          <div className="frm-b">
            <Button type="submit" size="xs" aria-disabled={!changed} data-disabled={!changed || undefined}>
              {t('org.save')}
            </Button>
          </div>
        ) : (
          <p className="sec">{t('settings.readOnly')}</p>
        )}
      </form>
    </Card>
  );
}
