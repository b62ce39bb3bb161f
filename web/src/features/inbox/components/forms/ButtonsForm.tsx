import { Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useT } from '@/shared/i18n';
import { buttonsBody, checkButtons, type ButtonsForm as Form } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useFaultWords } from './FormShell';

/** More buttons than these are better asked as a list. */
const shownMost = 6;

export default function ButtonsForm({ limits, onSend, onClose }: FormProps) {
  const { t } = useT();
  const most = Math.min(limits.buttons ?? 3, shownMost);
  const [form, setForm] = useState<Form>({ header: '', body: '', footer: '', buttons: Array(most).fill('') });
  const [tried, setTried] = useState(false);
  const faults = checkButtons(form, limits);
  const fault = useFaultWords(faults, tried);
  const submit = () => {
    setTried(true);
    if (Object.keys(faults).length === 0) onSend(buttonsBody(form));
  };
  return (
    <FormShell title={t('plus.buttons')} onSubmit={submit} onClose={onClose}>
      <TextInput
        label={t('interactive.header')}
        dir="auto"
        value={form.header}
        error={fault('header')}
        onChange={(e) => setForm({ ...form, header: e.currentTarget.value })}
      />
      <Textarea
        data-autofocus
        label={t('interactive.body')}
        dir="auto"
        rows={3}
        value={form.body}
        error={fault('body')}
        onChange={(e) => setForm({ ...form, body: e.currentTarget.value })}
      />
      {form.buttons.map((title, i) => (
        <TextInput
          // biome-ignore lint/suspicious/noArrayIndexKey: a button is its place
          key={i}
          label={t('interactive.button', { n: i + 1 })}
          description={
            i === 0 && limits.button_title ? t('interactive.upTo', { n: limits.button_title }) : undefined
          }
          dir="auto"
          value={title}
          error={fault(`buttons.${i}`)}
          onChange={(e) => setForm({ ...form, buttons: form.buttons.with(i, e.currentTarget.value) })}
        />
      ))}
      <TextInput
        label={t('interactive.footer')}
        dir="auto"
        value={form.footer}
        error={fault('footer')}
        onChange={(e) => setForm({ ...form, footer: e.currentTarget.value })}
      />
    </FormShell>
  );
}
