import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { ltr, useT } from '@/shared/i18n';
import { checkTemplate, type TemplateForm as Form, templateBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useFaultWords } from './FormShell';

export default function TemplateForm({ onSend, onClose }: FormProps) {
  const { t } = useT();
  const [form, setForm] = useState<Form>({ name: '', language: 'en_US', values: [''] });
  const [tried, setTried] = useState(false);
  const faults = checkTemplate(form);
  const fault = useFaultWords(faults, tried);
  const submit = () => {
    setTried(true);
    if (Object.keys(faults).length === 0) onSend(templateBody(form));
  };
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
          value={form.name}
          error={fault('name')}
          onChange={(e) => setForm({ ...form, name: e.currentTarget.value })}
        />
        <TextInput
          label={t('template.language')}
          description={t('template.languageHint')}
          dir="ltr"
          value={form.language}
          error={fault('language')}
          onChange={(e) => setForm({ ...form, language: e.currentTarget.value })}
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
