import { Textarea, TextInput } from '@mantine/core';
import { useT } from '@/shared/i18n';
import { buttonsBody, checkButtons, type ButtonsForm as Form } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useSendForm } from './FormShell';

/** More buttons than these are better asked as a list. */
const shownMost = 6;

export default function ButtonsForm({ limits, onSend, onClose }: FormProps) {
  const { t } = useT();
  const most = Math.min(limits.buttons ?? 3, shownMost);
  const { form, setForm, fault, field, submit } = useSendForm<Form>({
    empty: { header: '', body: '', footer: '', buttons: Array(most).fill('') },
    check: (f) => checkButtons(f, limits),
    body: buttonsBody,
    onSend,
  });
  return (
    <FormShell title={t('plus.buttons')} onSubmit={submit} onClose={onClose}>
      <TextInput label={t('interactive.header')} dir="auto" {...field('header')} />
      <Textarea data-autofocus label={t('interactive.body')} dir="auto" rows={3} {...field('body')} />
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
      <TextInput label={t('interactive.footer')} dir="auto" {...field('footer')} />
    </FormShell>
  );
}
