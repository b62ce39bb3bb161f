import { Button, Checkbox, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useT } from '@/shared/i18n';
import { checkPoll, type PollForm as Form, pollBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useFaultWords } from './FormShell';

export default function PollForm({ limits, onSend, onClose }: FormProps) {
  const { t } = useT();
  const most = limits.poll_options ?? 10;
  const [form, setForm] = useState<Form>({ question: '', options: ['', ''], multiple: false });
  const [tried, setTried] = useState(false);
  const faults = checkPoll(form, limits);
  const fault = useFaultWords(faults, tried);
  const submit = () => {
    setTried(true);
    if (Object.keys(faults).length === 0) onSend(pollBody(form));
  };
  return (
    <FormShell title={t('plus.poll')} onSubmit={submit} onClose={onClose}>
      <TextInput
        data-autofocus
        label={t('poll.question')}
        dir="auto"
        value={form.question}
        error={fault('question')}
        onChange={(e) => setForm({ ...form, question: e.currentTarget.value })}
      />
      {form.options.map((text, i) => (
        <TextInput
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer is its place
          key={i}
          label={t('poll.option', { n: i + 1 })}
          dir="auto"
          value={text}
          error={fault(`options.${i}`)}
          onChange={(e) => setForm({ ...form, options: form.options.with(i, e.currentTarget.value) })}
        />
      ))}
      {form.options.length < most && (
        <div>
          <Button
            variant="subtle"
            size="xs"
            leftSection={<IconPlus size={14} />}
            onClick={() => setForm({ ...form, options: [...form.options, ''] })}
          >
            {t('poll.addOption')}
          </Button>
        </div>
      )}
      <Checkbox
        label={t('poll.several')}
        checked={form.multiple}
        onChange={(e) => setForm({ ...form, multiple: e.currentTarget.checked })}
      />
    </FormShell>
  );
}
