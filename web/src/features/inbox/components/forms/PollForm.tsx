import { Button, Checkbox, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useT } from '@/shared/i18n';
import { checkPoll, type PollForm as Form, pollBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useSendForm } from './FormShell';

export default function PollForm({ limits, onSend, onClose }: FormProps) {
  const { t } = useT();
  const most = limits.poll_options ?? 10;
  const { form, setForm, fault, field, submit } = useSendForm<Form>({
    empty: { question: '', options: ['', ''], multiple: false },
    check: (f) => checkPoll(f, limits),
    body: pollBody,
    onSend,
  });
  return (
    <FormShell title={t('plus.poll')} onSubmit={submit} onClose={onClose}>
      <TextInput data-autofocus label={t('poll.question')} dir="auto" {...field('question')} />
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
