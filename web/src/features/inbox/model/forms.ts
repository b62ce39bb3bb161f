/* Rules of the small forms behind "+". Figures come from the channel type, never from here. */
import type { SendBody, TypeLimits } from '@/api/types';
import { lengthOf } from '@/shared/lib/format';

/** A fault at a field: which words to say and the figures in them. */
export type Fault =
  | { code: 'required' }
  | { code: 'tooLong'; used: number; limit: number }
  | { code: 'number'; min: number; max: number }
  | { code: 'email' }
  | { code: 'phone' }
  | { code: 'duplicate' }
  | { code: 'templateName' };
export type Faults = Record<string, Fault>;

function text(faults: Faults, field: string, value: string, required: boolean, limit?: number): void {
  const used = lengthOf(value.trim());
  if (required && used === 0) faults[field] = { code: 'required' };
  else if (limit && used > limit) faults[field] = { code: 'tooLong', used, limit };
}

export interface LocationForm {
  latitude: string;
  longitude: string;
  name: string;
  address: string;
}
export function checkLocation(f: LocationForm): Faults {
  const faults: Faults = {};
  const range = (field: 'latitude' | 'longitude', max: number) => {
    const value = Number(f[field].trim().replace(',', '.'));
    if (f[field].trim() === '') faults[field] = { code: 'required' };
    else if (!Number.isFinite(value) || Math.abs(value) > max)
      faults[field] = { code: 'number', min: -max, max };
  };
  range('latitude', 90);
  range('longitude', 180);
  return faults;
}
export function locationBody(f: LocationForm): SendBody {
  return {
    kind: 'location',
    payload: {
      latitude: Number(f.latitude.replace(',', '.')),
      longitude: Number(f.longitude.replace(',', '.')),
      ...(f.name.trim() && { name: f.name.trim() }),
      ...(f.address.trim() && { address: f.address.trim() }),
    },
  };
}

export interface ContactForm {
  name: string;
  phone: string;
  email: string;
  company: string;
}
export function checkContact(f: ContactForm): Faults {
  const faults: Faults = {};
  text(faults, 'name', f.name, true);
  if (f.phone.trim() === '' && f.email.trim() === '') faults.phone = { code: 'required' };
  else if (f.phone.trim() && !/^\+?[\d\s().-]{5,24}$/.test(f.phone.trim())) faults.phone = { code: 'phone' };
  if (f.email.trim() && !/^\S+@\S+\.\S+$/.test(f.email.trim())) faults.email = { code: 'email' };
  return faults;
}
export function contactBody(f: ContactForm): SendBody {
  const name = f.name.trim();
  return {
    kind: 'contacts',
    payload: {
      contacts: [
        {
          name: { formatted_name: name, first_name: name.split(/\s+/)[0] ?? name },
          phones: f.phone.trim() ? [{ phone: f.phone.trim() }] : [],
          emails: f.email.trim() ? [{ email: f.email.trim() }] : [],
          ...(f.company.trim() && { org: { company: f.company.trim() } }),
        },
      ],
    },
  };
}

export interface ButtonsForm {
  header: string;
  body: string;
  footer: string;
  buttons: string[];
}
const filled = (list: string[]) => list.map((b) => b.trim()).filter(Boolean);
function duplicates(faults: Faults, field: string, list: string[]): void {
  const seen = new Set<string>();
  list.forEach((value, i) => {
    const v = value.trim();
    if (v && seen.has(v)) faults[`${field}.${i}`] = { code: 'duplicate' };
    seen.add(v);
  });
}
export function checkButtons(f: ButtonsForm, limits: TypeLimits): Faults {
  const faults: Faults = {};
  text(faults, 'header', f.header, false, limits.header);
  text(faults, 'body', f.body, true, limits.body ?? limits.text);
  text(faults, 'footer', f.footer, false, limits.footer);
  duplicates(faults, 'buttons', f.buttons);
  f.buttons.forEach((b, i) => {
    text(faults, `buttons.${i}`, b, i === 0 && filled(f.buttons).length === 0, limits.button_title);
  });
  return faults;
}
export function buttonsBody(f: ButtonsForm): SendBody {
  return {
    kind: 'interactive',
    text: f.body.trim(),
    payload: {
      type: 'button',
      ...(f.header.trim() && { header: f.header.trim() }),
      ...(f.footer.trim() && { footer: f.footer.trim() }),
      buttons: filled(f.buttons).map((title, i) => ({ id: `b${i + 1}`, title })),
    },
  };
}

export interface ListForm {
  header: string;
  body: string;
  footer: string;
  button: string;
  section: string;
  rows: { title: string; description: string }[];
}
export function checkList(f: ListForm, limits: TypeLimits): Faults {
  const faults: Faults = {};
  text(faults, 'header', f.header, false, limits.header);
  text(faults, 'body', f.body, true, limits.body ?? limits.text);
  text(faults, 'footer', f.footer, false, limits.footer);
  text(faults, 'button', f.button, true, limits.list_button ?? limits.button_title);
  text(faults, 'section', f.section, false, limits.row_title);
  const titles = f.rows.map((r) => r.title);
  duplicates(faults, 'rows', titles);
  f.rows.forEach((r, i) => {
    const needed = r.description.trim() !== '' || (i === 0 && filled(titles).length === 0);
    text(faults, `rows.${i}`, r.title, needed, limits.row_title);
    text(faults, `descriptions.${i}`, r.description, false, limits.row_description);
  });
  return faults;
}
export function listBody(f: ListForm): SendBody {
  const rows = f.rows.filter((r) => r.title.trim());
  return {
    kind: 'interactive',
    text: f.body.trim(),
    payload: {
      type: 'list',
      ...(f.header.trim() && { header: f.header.trim() }),
      ...(f.footer.trim() && { footer: f.footer.trim() }),
      button: f.button.trim(),
      sections: [
        {
          title: f.section.trim(),
          rows: rows.map((r, i) => ({
            id: `r${i + 1}`,
            title: r.title.trim(),
            ...(r.description.trim() && { description: r.description.trim() }),
          })),
        },
      ],
    },
  };
}

export interface PollForm {
  question: string;
  options: string[];
  multiple: boolean;
}
export function checkPoll(f: PollForm, limits: TypeLimits): Faults {
  const faults: Faults = {};
  text(faults, 'question', f.question, true, limits.poll_question);
  duplicates(faults, 'options', f.options);
  // Two answers are the least; further ones may stay empty.
  const missing = 2 - filled(f.options).length;
  let empty = 0;
  f.options.forEach((o, i) => {
    const needed = o.trim() === '' && empty++ < missing;
    text(faults, `options.${i}`, o, needed, limits.poll_option);
  });
  return faults;
}
export function pollBody(f: PollForm): SendBody {
  return {
    kind: 'poll',
    payload: {
      question: f.question.trim(),
      options: filled(f.options).map((text) => ({ text })),
      ...(f.multiple && { multiple: true }),
    },
  };
}

export interface TemplateForm {
  name: string;
  language: string;
  values: string[];
}
export function checkTemplate(f: TemplateForm): Faults {
  const faults: Faults = {};
  text(faults, 'name', f.name, true);
  if (f.name.trim() && !/^[a-z0-9_]+$/.test(f.name.trim())) faults.name = { code: 'templateName' };
  text(faults, 'language', f.language, true);
  // A gap would move every later value into the wrong place.
  const last = f.values.findLastIndex((v) => v.trim() !== '');
  f.values.slice(0, last).forEach((v, i) => {
    text(faults, `values.${i}`, v, true);
  });
  return faults;
}
export function templateBody(f: TemplateForm): SendBody {
  const values = filled(f.values);
  return {
    kind: 'template',
    payload: {
      name: f.name.trim(),
      language: f.language.trim(),
      components: values.length
        ? [{ type: 'body', parameters: values.map((v) => ({ type: 'text', text: v })) }]
        : [],
    },
  };
}
