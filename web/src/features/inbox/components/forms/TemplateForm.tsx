import { TextInput } from '@mantine/core';
import { ltr, useT } from '@/shared/i18n';
import { checkTemplate, type TemplateForm as Form, templateBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useSendForm } from './FormShell';

export default function TemplateForm({ onSend, onClose }: FormProps) {
  const { t } = useT();
  const { form, setForm, fault, field, submit } = useSendForm<Form>({
    empty: { name: '', language: 'en_US', values: [''] },
    check: checkTemplate,
    body: templateBody,
    onSend,
  });
  const setValue = (i: number, value: string) => {
    const values = form.values.with(i, value);
    // A free field always follows the last filled one.
    if (values.at(-1)?.trim()) values.push('');
    setForm({ ...form, values });
  };
  return (
    <FormShell title={t('plus.template')} onSubmit={submit} onClose={onClose}>
      <div className="frm-2">
        <TextInput
          data-autofocus
          label={t('template.name')}
          description={t('template.nameHint')}
          dir="ltr"
          {...field('name')}
        />
        <TextInput
          label={t('template.language')}
          description={t('template.languageHint')}
          dir="ltr"
          {...field('language')}
        />
      </div>
      {form.values.map((value, i) => (
        <TextInput
          // biome-ignore lint/suspicious/noArrayIndexKey: a value is its place
          key={i}
          label={t('template.value', { place: ltr(`{{${i + 1}}}`) })}
          dir="auto"
          value={value}
          error={fault(`values.${i}`)}
          onChange={(e) => setValue(i, e.currentTarget.value)}
        />
      ))}
    </FormShell>
  );
}
