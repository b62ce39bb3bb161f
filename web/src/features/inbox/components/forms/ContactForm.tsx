import { TextInput } from '@mantine/core';
import { useT } from '@/shared/i18n';
import { checkContact, contactBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useSendForm } from './FormShell';

const empty = { name: '', phone: '', email: '', company: '' };

export default function ContactForm({ onSend, onClose }: FormProps) {
  const { t } = useT();
  const { field, submit } = useSendForm({ empty, check: checkContact, body: contactBody, onSend });
  return (
    <FormShell title={t('plus.contact')} onSubmit={submit} onClose={onClose}>
      <TextInput data-autofocus label={t('card.name')} dir="auto" {...field('name')} />
      <TextInput
        label={t('card.phone')}
        description={t('card.phoneHint')}
        type="tel"
        dir="ltr"
        {...field('phone')}
      />
      <TextInput label={t('card.email')} type="email" dir="ltr" {...field('email')} />
      <TextInput label={t('card.company')} dir="auto" {...field('company')} />
    </FormShell>
  );
}
