/* Reads message payloads, which come from outside: every field may be missing or of another type. */
type Raw = Record<string, unknown> | null | undefined;
export const str = (raw: Raw, key: string): string => {
  const value = raw?.[key];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
};
export const num = (raw: Raw, key: string): number | null => {
  const value = Number(raw?.[key]);
  return raw?.[key] !== null && raw?.[key] !== undefined && Number.isFinite(value) ? value : null;
};
export const obj = (raw: Raw, key: string): Raw => {
  const value = raw?.[key];
  return value && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
};
export const arr = (raw: Raw, key: string): Record<string, unknown>[] => {
  const value = raw?.[key];
  return Array.isArray(value)
    ? value.filter((v): v is Record<string, unknown> => !!v && typeof v === 'object')
    : [];
};

export const flag = (raw: Raw, key: string): boolean => raw?.[key] === true;

/** The answers of a poll and how many chose each. */
export const pollOptionsOf = (raw: Raw): { text: string; votes: number }[] =>
  arr(raw, 'options').map((o) => ({ text: str(o, 'text'), votes: Math.max(0, num(o, 'votes') ?? 0) }));

/** A header or footer may be plain text or an object around it. */
export const headOf = (raw: Raw, key: string): string => str(raw, key) || str(obj(raw, key), 'text');

export interface Choice {
  id: string;
  title: string;
  description: string;
}
const choice = (raw: Record<string, unknown>): Choice => ({
  id: str(raw, 'id') || str(obj(raw, 'reply'), 'id'),
  title: str(raw, 'title') || str(obj(raw, 'reply'), 'title') || str(raw, 'text'),
  description: str(raw, 'description'),
});
export const buttonsOf = (raw: Raw): Choice[] => arr(raw, 'buttons').map(choice);
export const sectionsOf = (raw: Raw): { title: string; rows: Choice[] }[] =>
  arr(raw, 'sections').map((s) => ({ title: str(s, 'title'), rows: arr(s, 'rows').map(choice) }));

export interface Card {
  name: string;
  company: string;
  phones: string[];
  emails: string[];
}
export const cardsOf = (raw: Raw): Card[] =>
  arr(raw, 'contacts').map((c) => ({
    name: str(obj(c, 'name'), 'formatted_name') || str(c, 'name'),
    company: str(obj(c, 'org'), 'company'),
    phones: arr(c, 'phones')
      .map((p) => str(p, 'phone'))
      .filter(Boolean),
    emails: arr(c, 'emails')
      .map((e) => str(e, 'email'))
      .filter(Boolean),
  }));

/** Words filled into a template, in their order. */
export const templateValues = (raw: Raw): string[] =>
  arr(raw, 'components').flatMap((c) =>
    arr(c, 'parameters')
      .map((p) => str(p, 'text'))
      .filter(Boolean),
  );
