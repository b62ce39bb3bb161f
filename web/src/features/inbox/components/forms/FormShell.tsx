import { Button, Modal } from '@mantine/core';
import { type ChangeEvent, type FormEvent, type ReactNode, useState } from 'react';
import type { SendBody } from '@/api/types';
import { useT } from '@/shared/i18n';
import { number } from '@/shared/lib/format';
import type { Fault, Faults } from '../../model/forms';

interface Props {
  title: string;
  /** Faults are shown from the first try on; before, nobody has done anything wrong. */
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}
export function FormShell({ title, onSubmit, onClose, children }: Props) {
  const { t } = useT();
  const submit = (e: FormEvent) => {
    e.preventDefault();
    onSubmit();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={440}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit} noValidate className="frm">
        {children}
        <div className="frm-b">
          <Button variant="default" size="xs" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" size="xs">
            {t('composer.send')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

interface Rules<F> {
  empty: F;
  check: (form: F) => Faults;
  body: (form: F) => SendBody;
  onSend: (body: SendBody) => void;
}
/** What the small forms share: their values, the words for faults, and sending once nothing is at fault. */
export function useSendForm<F>({ empty, check, body, onSend }: Rules<F>) {
  const [form, setForm] = useState(empty);
  const [tried, setTried] = useState(false);
  const faults = check(form);
  const fault = useFaultWords(faults, tried);
  return {
    form,
    setForm,
    fault,
    /** Everything a text field of the form needs besides its label. */
    field: (name: keyof F & string) => ({
      value: String(form[name]),
      error: fault(name),
      onChange: (e: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
        setForm({ ...form, [name]: e.currentTarget.value }),
    }),
    submit: () => {
      setTried(true);
      if (Object.keys(faults).length === 0) onSend(body(form));
    },
  };
}

/** Words for a fault, with its figures. */
function useFaultWords(faults: Faults, shown: boolean): (field: string) => string | undefined {
  const { t } = useT();
  const say = (f: Fault): string => {
    switch (f.code) {
      case 'required':
        return t('fault.required');
      case 'tooLong':
        return t('fault.tooLong', { used: number(f.used), limit: number(f.limit) });
      case 'number':
        return t('fault.number', { min: f.min, max: f.max });
      case 'email':
        return t('fault.email');
      case 'phone':
        return t('fault.phone');
      case 'duplicate':
        return t('fault.duplicate');
      case 'templateName':
        return t('fault.templateName');
    }
  };
  return (field) => {
    const fault = faults[field];
    // What is too long shows at once; what is missing only after the first try.
    return fault && (shown || fault.code === 'tooLong') ? say(fault) : undefined;
  };
}
