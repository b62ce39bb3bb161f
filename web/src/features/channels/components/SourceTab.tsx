import { Button, TextInput } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { Problem } from '@/api/http';
import type { Channel, ChannelType } from '@/api/types';
import { useT } from '@/shared/i18n';
import { Jacks } from '@/shared/ui/Logo';
import { EmptyState, ErrorState } from '@/shared/ui/states';
import { updateChannel } from '../api';
import { putChannel } from '../live';
import {
  checkAll,
  type FieldFaults,
  fieldsOf,
  initialValues,
  serverFaults,
  settingsOf,
} from '../model/fields';
import { IssuedCard } from './IssuedCard';
import { SettingsForm } from './SettingsForm';
import { SetupGuide } from './SetupGuide';

interface Props {
  channel: Channel;
  type: ChannelType | undefined;
  mayEdit: boolean;
}
export function SourceTab({ channel, type, mayEdit }: Props) {
  const { t } = useT();
  if (!type) return <EmptyState art={<Jacks />} title={t('source.unknown')} text={t('source.unknownText')} />;
  if (!mayEdit)
    return <EmptyState art={<Jacks />} title={t('channels.forbidden')} text={t('channels.forbiddenText')} />;
  return (
    <>
      {type.issued.length > 0 && channel.source_id && (
        <div className="cards">
          <IssuedCard channel={channel} />
        </div>
      )}
      <Form channel={channel} type={type} />
    </>
  );
}

function Form({ channel, type }: { channel: Channel; type: ChannelType }) {
  const { t } = useT();
  const client = useQueryClient();
  const fields = useMemo(() => fieldsOf(type.fields), [type]);
  const [name, setName] = useState(channel.name);
  const [values, setValues] = useState(() => initialValues(type, channel.settings));
  const [faults, setFaults] = useState<FieldFaults>({});
  const [problem, setProblem] = useState<unknown>(null);
  const [saved, setSaved] = useState(false);
  const [busy, setBusy] = useState(false);
  const [step, setStep] = useState<number | null>(null);
  const settings = settingsOf(fields, values, channel.settings);
  const changed = name.trim() !== channel.name || Object.keys(settings).length > 0;

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy || !changed) return;
    const found = checkAll(fields, values, channel.settings);
    setFaults(found);
    setProblem(null);
    setSaved(false);
    if (Object.keys(found).length > 0 || !name.trim()) return;
    setBusy(true);
    try {
      const next = await updateChannel(channel.id, {
        ...(name.trim() !== channel.name && { name: name.trim() }),
        ...(Object.keys(settings).length > 0 && { settings }),
      });
      putChannel(client, next);
      setValues(initialValues(type, next.settings));
      setSaved(true);
    } catch (error) {
      const server = error instanceof Problem ? serverFaults(error.body, fields) : null;
      setFaults(server?.faults ?? {});
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="wz wz-in">
      <form className="wz-f" onSubmit={submit} noValidate>
        <div className="wz-g">
          {problem ? <ErrorState title={t('source.notSaved')} error={problem} /> : null}
          <TextInput
            label={t('channels.name')}
            required
            dir="auto"
            value={name}
            error={name.trim() ? undefined : t('fault.required')}
            onFocus={() => setStep(null)}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <SettingsForm
            fields={fields}
            values={values}
            faults={faults}
            settings={channel.settings}
            onChange={(v) => {
              setValues(v);
              setSaved(false);
            }}
            onFocusStep={setStep}
          />
        </div>
        <footer className="wz-b">
          <span role="status" className="ok row">
            {saved && !changed && (
              <>
                <IconCircleCheck size={16} aria-hidden="true" />
                {t('source.saved')}
              </>
            )}
          </span>
          <span className="grow" />
          <Button
            type="submit"
            size="xs"
            aria-disabled={!changed || busy}
            data-disabled={!changed || undefined}
            title={changed ? undefined : t('source.unchanged')}
          >
            {t('source.save')}
          </Button>
        </footer>
      </form>
      <SetupGuide source={type.setup} step={step} name={type.name} />
    </div>
  );
}
