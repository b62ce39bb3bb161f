import { TextInput } from '@mantine/core';
import type { ChangeEvent } from 'react';
import { useT } from '@/shared/i18n';
import { checkLocation, locationBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useSendForm } from './FormShell';

const empty = { latitude: '', longitude: '', name: '', address: '' };

export default function LocationForm({ onSend, onClose }: FormProps) {
  const { t } = useT();
  const { form, setForm, field, submit } = useSendForm({
    empty,
    check: checkLocation,
    body: locationBody,
    onSend,
  });
  const latitude = field('latitude');
  // Maps copy both figures at once: "30.0444, 31.2357" fills both fields.
  const setLatitude = (e: ChangeEvent<HTMLInputElement>) => {
    const pair = e.currentTarget.value.match(/^\s*(-?\d+(?:\.\d+)?)\s*,\s+(-?\d+(?:\.\d+)?)\s*$/);
    if (pair?.[1] && pair[2]) setForm({ ...form, latitude: pair[1], longitude: pair[2] });
    else latitude.onChange(e);
  };
  return (
    <FormShell title={t('plus.location')} onSubmit={submit} onClose={onClose}>
      <div className="frm-2">
        <TextInput
          data-autofocus
          label={t('location.latitude')}
          placeholder="30.0444"
          dir="ltr"
          {...latitude}
          onChange={setLatitude}
        />
        <TextInput label={t('location.longitude')} placeholder="31.2357" dir="ltr" {...field('longitude')} />
      </div>
      <TextInput label={t('location.name')} dir="auto" {...field('name')} />
      <TextInput label={t('location.address')} dir="auto" {...field('address')} />
    </FormShell>
  );
}
