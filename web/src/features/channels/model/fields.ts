/* Forms drawn from a channel type's own description of its fields. */
import type { ChannelType, FieldSchema, FieldsSchema, ProblemBody } from '@/api/types';

export const masked = '********';

export interface Field extends FieldSchema {
  name: string;
  required: boolean;
  step: number | null;
}
export function fieldsOf(schema: FieldsSchema): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties)
    .map(([name, f]) => ({ ...f, name, required: required.has(name), step: f['x-step'] || null }))
    .sort((a, b) => (a['x-order'] ?? 999) - (b['x-order'] ?? 999) || a.name.localeCompare(b.name));
}

export type Values = Record<string, string>;
export function initialValues(type: ChannelType, settings?: Record<string, unknown>): Values {
  const values: Values = {};
  for (const f of fieldsOf(type.fields)) {
    const stored = settings?.[f.name];
    const given = settings ? stored : f.default;
    // A secret is never read back: the field stays empty and the stored one stays in force.
    values[f.name] = f.secret || given === null || given === undefined ? '' : String(given);
  }
  return values;
}
export const isStored = (f: Field, settings?: Record<string, unknown>) =>
  Boolean(f.secret && settings && typeof settings[f.name] === 'string' && settings[f.name] !== '');

export type FieldFault =
  | { code: 'required' }
  | { code: 'pattern' }
  | { code: 'tooLong'; limit: number; used: number }
  | { code: 'server'; text: string };

export function checkField(f: Field, value: string, stored: boolean): FieldFault | null {
  const v = value.trim();
  if (v === '') return f.required && !f.generated && !stored ? { code: 'required' } : null;
  if (f.maxLength && v.length > f.maxLength) return { code: 'tooLong', limit: f.maxLength, used: v.length };
  if (f.pattern) {
    try {
      if (!new RegExp(f.pattern, 'u').test(v)) return { code: 'pattern' };
    } catch {
      // A pattern this browser cannot read is left to the server.
    }
  }
  return null;
}
export type FieldFaults = Record<string, FieldFault>;

/** Nothing filled in at all makes a draft, which the server takes; a half-filled form is checked. */
export function checkAll(fields: Field[], values: Values, settings?: Record<string, unknown>): FieldFaults {
  const faults: FieldFaults = {};
  const blank = fields.every(
    (f) => (values[f.name] ?? '').trim() === '' || values[f.name] === String(f.default ?? ''),
  );
  if (blank && !settings) return faults;
  for (const f of fields) {
    const fault = checkField(f, values[f.name] ?? '', isStored(f, settings));
    if (fault) faults[f.name] = fault;
  }
  return faults;
}

const typed = (f: Field, v: string): unknown =>
  f.type === 'integer' || f.type === 'number' ? Number(v) : f.type === 'boolean' ? v === 'true' : v;

/** What to send: on creation all that is filled in, on change only what differs. */
export function settingsOf(
  fields: Field[],
  values: Values,
  before?: Record<string, unknown>,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const blank = fields.every(
    (f) => (values[f.name] ?? '').trim() === '' || values[f.name] === String(f.default ?? ''),
  );
  if (blank && !before) return out;
  for (const f of fields) {
    const v = (values[f.name] ?? '').trim();
    if (!before) {
      if (v !== '') out[f.name] = typed(f, v);
    } else if (f.secret) {
      if (v !== '' && v !== masked) out[f.name] = typed(f, v);
    } else if (v !== String(before[f.name] ?? '')) {
      out[f.name] = v === '' ? null : typed(f, v);
    }
  }
  return out;
}

/** The server names the field by pointer; what it names elsewhere is shown above the form. */
export function serverFaults(
  body: ProblemBody,
  fields: Field[],
): { faults: FieldFaults; name?: string; rest: string[] } {
  const faults: FieldFaults = {};
  const rest: string[] = [];
  let name: string | undefined;
  for (const e of body.errors ?? []) {
    const field = e.pointer.match(/^\/settings\/([^/]+)/)?.[1];
    if (field && fields.some((f) => f.name === field)) faults[field] = { code: 'server', text: e.detail };
    else if (e.pointer === '/name') name = e.detail;
    else rest.push(e.detail);
  }
  return { faults, name, rest };
}
