import { Button, TextInput } from '@mantine/core';
import { IconArrowLeft, IconChevronRight } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useMemo, useState } from 'react';
import { Problem } from '@/api/http';
import type { ChannelType } from '@/api/types';
import { useMay } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { PageHead } from '@/shared/ui/PageHead';
import { Bar, ErrorState, NoPermission, Skeletons } from '@/shared/ui/states';
import { createChannel, useChannelTypes } from '../api';
import { putChannel } from '../live';
import {
  checkAll,
  type FieldFaults,
  fieldsOf,
  initialValues,
  serverFaults,
  settingsOf,
} from '../model/fields';
import { ConnectTested } from './ConnectTested';
import { SettingsForm } from './SettingsForm';
import { SetupGuide } from './SetupGuide';
import '../channels.css';

export function NewChannelPage() {
  const { t } = useT();
  const may = useMay('channels.edit');
  const { type } = useSearch({ from: '/app/channels/new' });
  const { query, byType } = useChannelTypes();
  useTitle(t('channels.add'));
  if (!may) {
    return (
      <div className="page-mid">
        <NoPermission title={t('channels.forbidden')} text={t('channels.forbiddenText')} />
      </div>
    );
  }
  const chosen = type ? byType.get(type) : undefined;
  if (chosen && chosen.issued.length > 0)
    return <ConnectTested key={chosen.type} type={chosen} crumbs={<Crumbs />} />;
  if (chosen) return <Connect key={chosen.type} type={chosen} />;
  return (
    <>
      <PageHead crumbs={<Crumbs />} title={t('add.title')} sub={t('add.sub')} />
      <div className="ch-body ch-pad">
        {query.isPending ? (
          <Skeletons rows={3}>{(i) => <Bar key={i} width="100%" height={64} />}</Skeletons>
        ) : query.error && !query.data ? (
          <ErrorState title={t('add.error')} error={query.error} retry={() => void query.refetch()} />
        ) : (
          <ul className="types">
            {query.data?.map((d) => (
              <li key={d.type}>
                <Link to="/channels/new" search={{ type: d.type }} className="way">
                  <ChannelMark icon={d.icon} accent={d.accent} size={30} soft />
                  <b>{d.name}</b>
                  <IconChevronRight size={16} className="flip" aria-hidden="true" />
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

function Crumbs() {
  const { t } = useT();
  return (
    <Link to="/channels" className="lnk row">
      <IconArrowLeft size={13} className="flip" aria-hidden="true" />
      {t('shell.channels')}
    </Link>
  );
}

function Connect({ type }: { type: ChannelType }) {
  const { t } = useT();
  const navigate = useNavigate();
  const client = useQueryClient();
  const fields = useMemo(() => fieldsOf(type.fields), [type]);
  const [name, setName] = useState('');
  const [values, setValues] = useState(() => initialValues(type));
  const [faults, setFaults] = useState<FieldFaults>({});
  const [nameFault, setNameFault] = useState<string | undefined>();
  const [problem, setProblem] = useState<unknown>(null);
  const [step, setStep] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy) return;
    const found = checkAll(fields, values);
    setFaults(found);
    setNameFault(name.trim() ? undefined : t('fault.required'));
    setProblem(null);
    if (Object.keys(found).length > 0 || !name.trim()) return;
    setBusy(true);
    try {
      const settings = settingsOf(fields, values);
      // A channel without credentials is a draft; the server refuses to make a draft active.
      const channel = await createChannel({
        name: name.trim(),
        type: type.type,
        settings,
        is_active: Object.keys(settings).length > 0,
      });
      putChannel(client, channel);
      await navigate({ to: '/channels/$channelId', params: { channelId: channel.id } });
    } catch (error) {
      setBusy(false);
      if (error instanceof Problem && error.body.errors?.length) {
        const server = serverFaults(error.body, fields);
        setFaults(server.faults);
        setNameFault(server.name);
        if (server.rest.length === 0 && (Object.keys(server.faults).length > 0 || server.name)) return;
      }
      setProblem(error);
    }
  };
  return (
    <>
      <PageHead
        crumbs={<Crumbs />}
        title={
          <>
            <ChannelMark icon={type.icon} accent={type.accent} size={28} soft />
            {t('add.connect', { name: type.name })}
          </>
        }
      />
      <div className="wz">
        <form className="wz-f" onSubmit={submit} noValidate>
          <div className="wz-g">
            {problem ? <ErrorState title={t('add.notSaved')} error={problem} /> : null}
            <TextInput
              label={t('channels.name')}
              description={t('add.nameHint')}
              required
              dir="auto"
              value={name}
              error={nameFault}
              onFocus={() => setStep(null)}
              onChange={(e) => setName(e.currentTarget.value)}
            />
            <SettingsForm
              fields={fields}
              values={values}
              faults={faults}
              onChange={setValues}
              onFocusStep={setStep}
            />
          </div>
          <footer className="wz-b">
            <Button component={Link} to="/channels/new" variant="subtle" color="gray">
              {t('add.otherType')}
            </Button>
            <span className="grow" />
            <span className="mut">{t('add.draft')}</span>
            <Button type="submit" aria-disabled={busy}>
              {t('add.save')}
            </Button>
          </footer>
        </form>
        <SetupGuide source={type.setup} step={step} name={type.name} />
      </div>
    </>
  );
}
