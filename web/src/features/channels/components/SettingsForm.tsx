import { PasswordInput, Select, TextInput } from '@mantine/core';
import { useT } from '@/shared/i18n';
import { number } from '@/shared/lib/format';
import { type Field, type FieldFault, type FieldFaults, isStored, type Values } from '../model/fields';

interface Props {
  fields: Field[];
  values: Values;
  faults: FieldFaults;
  settings?: Record<string, unknown>;
  onChange: (values: Values) => void;
  onFocusStep: (step: number | null) => void;
  onLeave?: () => void;
}

function useFaultWords(): (fault: FieldFault | undefined) => string | undefined {
  const { t } = useT();
  return (fault) => {
    switch (fault?.code) {
      case 'required':
        return t('fault.required');
      case 'pattern':
        return t('fault.pattern');
      case 'tooLong':
        return t('fault.tooLong', { used: number(fault.used), limit: number(fault.limit) });
      case 'server':
        return fault.text;
      default:
        return undefined;
    }
  };
}

/** One field per property of the descriptor, in its order. */
export function SettingsForm({ fields, values, faults, settings, onChange, onFocusStep, onLeave }: Props) {
  const { t } = useT();
  const words = useFaultWords();
  return fields.map((f) => {
    const stored = isStored(f, settings);
    const hints = [
      f.description,
      !f.description && f.generated && t('field.generated'),
      f.step && t('field.step', { step: f.step }),
      stored && t('field.stored'),
    ];
    const told = hints.filter((hint) => typeof hint === 'string' && hint !== '');
    const shared = {
      label:
        f.wanted && !f.required ? (
          <>
            {f.title} <span className="wanted">{t('field.wanted')}</span>
          </>
        ) : (
          f.title
        ),
      // Each keeps its own direction: the platform's words are often in another language than the page.
      description:
        told.length > 0
          ? told.map((hint, i) => [i > 0 && ' ', <bdi key={String(hint)}>{hint}</bdi>])
          : undefined,
      error: words(faults[f.name]),
      'aria-invalid': faults[f.name] ? true : undefined,
      required: f.required && !f.generated && !stored,
      withAsterisk: f.required && !f.generated && !stored,
      onFocus: () => onFocusStep(f.step),
      onBlur: onLeave,
    };
    const set = (value: string) => onChange({ ...values, [f.name]: value });
    if (f.enum) {
      return (
        <Select
          key={f.name}
          {...shared}
          data={f.enum}
          value={values[f.name] || null}
          onChange={(v) => set(v ?? '')}
        />
      );
    }
    const text = {
      ...shared,
      dir: 'ltr' as const,
      autoComplete: 'off',
      spellCheck: false,
      value: values[f.name] ?? '',
      onChange: (e: React.ChangeEvent<HTMLInputElement>) => set(e.currentTarget.value),
    };
    return f.secret ? (
      <PasswordInput
        key={f.name}
        {...text}
        // Keeps password managers from offering the login here.
        autoComplete="new-password"
        placeholder={stored ? '••••••••' : undefined}
        visibilityToggleButtonProps={{ 'aria-label': t('field.show'), tabIndex: 0 }}
      />
    ) : (
      <TextInput key={f.name} {...text} inputMode={f.type === 'integer' ? 'numeric' : undefined} />
    );
  });
}
