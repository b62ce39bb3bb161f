import { Button, Radio, TextInput } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useMemo, useState } from 'react';
import { Problem } from '@/api/http';
import type { ChannelType, Check, Id } from '@/api/types';
import { useT } from '@/shared/i18n';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { PageHead } from '@/shared/ui/PageHead';
import { Bar, ErrorState, Skeletons } from '@/shared/ui/states';
import {
  challengeSource,
  channelKeys,
  createChannel,
  createSource,
  freeSourcesQuery,
  updateSource,
} from '../api';
import { putChannel } from '../live';
import {
  checkAll,
  type FieldFaults,
  fieldsOf,
  initialValues,
  serverFaults,
  settingsOf,
} from '../model/fields';
import { SettingsForm } from './SettingsForm';
import { SetupGuide } from './SetupGuide';
import '../channels.css';

/** Connecting a type whose address proves itself: choose a free source or set up another, which is tested at once. */
export function ConnectTested({ type, crumbs }: { type: ChannelType; crumbs: ReactNode }) {
  const { t } = useT();
  const navigate = useNavigate();
  const client = useQueryClient();
  const free = useQuery(freeSourcesQuery(type.type));
  const fields = useMemo(() => fieldsOf(type.fields), [type]);
  const [chosen, setChosen] = useState<Id | 'new'>('new');
  const [made, setMade] = useState<Id | null>(null);
  const [values, setValues] = useState(() => initialValues(type));
  const [faults, setFaults] = useState<FieldFaults>({});
  const [name, setName] = useState('');
  const [nameFault, setNameFault] = useState<string | undefined>();
  const [step, setStep] = useState<number | null>(null);
  const [tried, setTried] = useState('');

  const test = useMutation({
    mutationFn: async () => {
      const settings = settingsOf(fields, values);
      if (made) await updateSource(made, settings);
      const id = made ?? (await createSource(type.type, settings)).id;
      setMade(id);
      return (await challengeSource(id)).checks;
    },
    onError: (error) => {
      if (error instanceof Problem) setFaults(serverFaults(error.body, fields).faults);
    },
    onSettled: () => client.invalidateQueries({ queryKey: channelKeys.freeSources(type.type) }),
  });
  const proven = test.data?.every((c) => c.ok) ?? false;
  const run = () => {
    const found = checkAll(fields, values);
    setFaults(found);
    const now = JSON.stringify(values);
    if (Object.keys(found).length > 0 || test.isPending || now === tried) return;
    if (fields.some((f) => f.required && !(values[f.name] ?? '').trim())) return;
    setTried(now);
    test.mutate();
  };
  const create = useMutation({
    mutationFn: (source: Id) =>
      createChannel({ name: name.trim(), type: type.type, source_id: source, is_active: true }),
    onSuccess: async (channel) => {
      putChannel(client, channel);
      await navigate({
        to: '/channels/$channelId',
        params: { channelId: channel.id },
        search: { tab: type.developer ? 'developer' : undefined },
      });
    },
  });
  const ready = chosen === 'new' ? proven && made : chosen;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setNameFault(name.trim() ? undefined : t('fault.required'));
    if (chosen === 'new' && !proven) {
      setTried('');
      run();
      return;
    }
    if (name.trim() && ready && !create.isPending) create.mutate(ready);
  };
  const others = free.data?.filter((s) => s.id !== made) ?? [];
  return (
    <>
      <PageHead
        crumbs={crumbs}
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
            {free.isPending ? (
              <Skeletons rows={2}>{(i) => <Bar key={i} width="60%" />}</Skeletons>
            ) : (
              <Radio.Group
                label={t('tested.select', { name: type.name })}
                value={chosen}
                onChange={setChosen}
              >
                <div className="pick">
                  {others.map((s) => (
                    <Radio
                      key={s.id}
                      value={s.id}
                      label={<bdi>{s.name}</bdi>}
                      description={s.validation === 'good' ? t('tested.good') : t('tested.not')}
                      disabled={s.validation !== 'good'}
                    />
                  ))}
                  <Radio value="new" label={t('tested.another', { name: type.name })} />
                </div>
              </Radio.Group>
            )}
            {chosen === 'new' && (
              <div className="wz-g">
                <SettingsForm
                  fields={fields}
                  values={values}
                  faults={faults}
                  onChange={setValues}
                  onFocusStep={setStep}
                  onLeave={run} // what was typed is tested when its field is left
                />
                {test.isPending && <p role="status">{t('tested.running')}</p>}
                {test.error && (
                  <ErrorState title={t('tested.failed')} error={test.error} retry={() => test.mutate()} />
                )}
                {!test.isPending && test.data && <Result checks={test.data} again={() => test.mutate()} />}
              </div>
            )}
            {(chosen !== 'new' || proven) && (
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
            )}
            {create.error && <ErrorState title={t('add.notSaved')} error={create.error} />}
          </div>
          <footer className="wz-b">
            <span className="grow" />
            <Button type="submit" aria-disabled={create.isPending || test.isPending}>
              {ready ? t('add.save') : t('tested.test')}
            </Button>
          </footer>
        </form>
        <SetupGuide source={type.setup} step={step} name={type.name} />
      </div>
    </>
  );
}

function Result({ checks, again }: { checks: Check[]; again: () => void }) {
  const { t } = useT();
  return (
    <ul className="checks" role="status">
      {checks.map((c) => (
        <li key={c.name} className={c.ok ? 'g' : 'b'}>
          {c.ok ? (
            <IconCircleCheck size={16} role="img" aria-label={t('validate.ok')} />
          ) : (
            <IconCircleX size={16} role="img" aria-label={t('validate.bad')} />
          )}
          <span>
            <b dir="auto">{c.ok ? t('tested.passed') : t('tested.sentence')}</b>
            {!c.ok && (
              <span dir="auto">{c.detail?.replace(/^The connection test failed[^.]*\.[^.]*\.\s*/, '')}</span>
            )}
            {!c.ok && c.hint && (
              <span className="hint" dir="auto">
                {c.hint}
              </span>
            )}
            {!c.ok && c.sent && (
              <>
                <span>{t('tested.sent')}</span>
                <code dir="ltr">{c.sent}</code>
                <span>{t('tested.received')}</span>
                <code dir="ltr">{c.received || t('tested.nothing')}</code>
                <Button size="compact-xs" variant="default" onClick={again}>
                  {t('tested.again')}
                </Button>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
