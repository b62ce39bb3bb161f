import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useT } from '@/shared/i18n';
import { checkLocation, locationBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useFaultWords } from './FormShell';

export default function LocationForm({ onSend, onClose }: FormProps) {
  const { t } = useT();
  const [form, setForm] = useState({ latitude: '', longitude: '', name: '', address: '' });
  const [tried, setTried] = useState(false);
  const faults = checkLocation(form);
  const fault = useFaultWords(faults, tried);
  const submit = () => {
    setTried(true);
    if (Object.keys(faults).length === 0) onSend(locationBody(form));
  };
  const set = (field: keyof typeof form) => (e: React.ChangeEvent<HTMLInputElement>) => {
    const { value } = e.currentTarget;
    // Maps copy both figures at once: "30.0444, 31.2357" fills both fields.
    const pair = value.match(/^\s*(-?\d+(?:\.\d+)?)\s*,\s+(-?\d+(?:\.\d+)?)\s*$/);
    if (field === 'latitude' && pair?.[1] && pair[2])
      setForm({ ...form, latitude: pair[1], longitude: pair[2] });
    else setForm({ ...form, [field]: value });
  };
  return (
    <FormShell title={t('plus.location')} onSubmit={submit} onClose={onClose}>
      <div className="frm-2">
        <TextInput
          data-autofocus
          label={t('location.latitude')}
          placeholder="30.0444"
          dir="ltr"
          value={form.latitude}
          error={fault('latitude')}
          onChange={set('latitude')}
        />
        <TextInput
          label={t('location.longitude')}
          placeholder="31.2357"
          dir="ltr"
          value={form.longitude}
          error={fault('longitude')}
          onChange={set('longitude')}
        />
      </div>
      <TextInput label={t('location.name')} dir="auto" value={form.name} onChange={set('name')} />
      <TextInput label={t('location.address')} dir="auto" value={form.address} onChange={set('address')} />
    </FormShell>
  );
}
