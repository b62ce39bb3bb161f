import { Button, Textarea, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useT } from '@/shared/i18n';
import { checkList, type ListForm as Form, listBody } from '../../model/forms';
import type { FormProps } from '../PlusMenu';
import { FormShell, useSendForm } from './FormShell';

const emptyRow = { title: '', description: '' };

export default function ListForm({ limits, onSend, onClose }: FormProps) {
  const { t } = useT();
  const most = limits.list_rows ?? 10;
  const { form, setForm, fault, field, submit } = useSendForm<Form>({
    empty: { header: '', body: '', footer: '', button: '', section: '', rows: [emptyRow, emptyRow] },
    check: (f) => checkList(f, limits),
    body: listBody,
    onSend,
  });
  const line = (name: 'header' | 'footer' | 'button' | 'section', label: string) => (
    <TextInput label={label} dir="auto" {...field(name)} />
  );
  const setRow = (i: number, part: Partial<typeof emptyRow>) =>
    setForm({ ...form, rows: form.rows.with(i, { ...(form.rows[i] ?? emptyRow), ...part }) });
  return (
    <FormShell title={t('plus.list')} onSubmit={submit} onClose={onClose}>
      {line('header', t('interactive.header'))}
      <Textarea data-autofocus label={t('interactive.body')} dir="auto" rows={3} {...field('body')} />
      {line('button', t('interactive.listButton'))}
      {line('section', t('interactive.section'))}
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
      {line('footer', t('interactive.footer'))}
    </FormShell>
  );
}
