import { Button, Textarea, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useT } from '@/shared/i18n';
import { checkList, type ListForm as Form, listBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useFaultWords } from './FormShell';

const emptyRow = { title: '', description: '' };

export default function ListForm({ limits, onSend, onClose }: FormProps) {
  const { t } = useT();
  const most = limits.list_rows ?? 10;
  const [form, setForm] = useState<Form>({
    header: '',
    body: '',
    footer: '',
    button: '',
    section: '',
    rows: [emptyRow, emptyRow],
  });
  const [tried, setTried] = useState(false);
  const faults = checkList(form, limits);
  const fault = useFaultWords(faults, tried);
  const submit = () => {
    setTried(true);
    if (Object.keys(faults).length === 0) onSend(listBody(form));
  };
  const field = (name: 'header' | 'footer' | 'button' | 'section', label: string) => (
    <TextInput
      label={label}
      dir="auto"
      value={form[name]}
      error={fault(name)}
      onChange={(e) => setForm({ ...form, [name]: e.currentTarget.value })}
    />
  );
  const setRow = (i: number, part: Partial<typeof emptyRow>) =>
    setForm({ ...form, rows: form.rows.with(i, { ...(form.rows[i] ?? emptyRow), ...part }) });
  return (
    <FormShell title={t('plus.list')} onSubmit={submit} onClose={onClose}>
      {field('header', t('interactive.header'))}
      <Textarea
        data-autofocus
        label={t('interactive.body')}
        dir="auto"
        rows={3}
        value={form.body}
        error={fault('body')}
        onChange={(e) => setForm({ ...form, body: e.currentTarget.value })}
      />
      {field('button', t('interactive.listButton'))}
      {field('section', t('interactive.section'))}
      {form.rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
        <div className="frm-2" key={i}>
          <TextInput
            label={t('interactive.row', { n: i + 1 })}
            dir="auto"
            value={row.title}
            error={fault(`rows.${i}`)}
            onChange={(e) => setRow(i, { title: e.currentTarget.value })}
          />
          <TextInput
            label={t('interactive.description')}
            dir="auto"
            value={row.description}
            error={fault(`descriptions.${i}`)}
            onChange={(e) => setRow(i, { description: e.currentTarget.value })}
          />
        </div>
      ))}
      {form.rows.length < most && (
        <div>
          <Button
            variant="subtle"
            size="xs"
            leftSection={<IconPlus size={14} />}
            onClick={() => setForm({ ...form, rows: [...form.rows, emptyRow] })}
          >
            {t('interactive.addRow')}
          </Button>
        </div>
      )}
      {field('footer', t('interactive.footer'))}
    </FormShell>
  );
}
