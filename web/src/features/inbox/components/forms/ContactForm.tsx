import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useT } from '@/shared/i18n';
import { checkContact, contactBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useFaultWords } from './FormShell';

export default function ContactForm({ onSend, onClose }: FormProps) {
  const { t } = useT();
  const [form, setForm] = useState({ name: '', phone: '', email: '', company: '' });
  const [tried, setTried] = useState(false);
  const faults = checkContact(form);
  const fault = useFaultWords(faults, tried);
  const submit = () => {
    setTried(true);
    if (Object.keys(faults).length === 0) onSend(contactBody(form));
  };
  const set = (field: keyof typeof form) => (e: React.ChangeEvent<HTMLInputElement>) =>
    setForm({ ...form, [field]: e.currentTarget.value });
  return (
    <FormShell title={t('plus.contact')} onSubmit={submit} onClose={onClose}>
      <TextInput
        data-autofocus
        label={t('card.name')}
        dir="auto"
        value={form.name}
        error={fault('name')}
        onChange={set('name')}
      />
      <TextInput
        label={t('card.phone')}
        description={t('card.phoneHint')}
        type="tel"
        dir="ltr"
        value={form.phone}
        error={fault('phone')}
        onChange={set('phone')}
      />
      <TextInput
        label={t('card.email')}
        type="email"
        dir="ltr"
        value={form.email}
        error={fault('email')}
        onChange={set('email')}
      />
      <TextInput label={t('card.company')} dir="auto" value={form.company} onChange={set('company')} />
    </FormShell>
  );
}
