/* Which organization this tab works in. A session with one organization needs no choice. */
const key = 'sb.organization';
let current: string | null = null;

export function organizationId(): string | null {
  current ??= read();
  return current;
}
export function setOrganizationId(id: string | null): void {
  current = id;
  try {
    if (id) localStorage.setItem(key, id);
    else localStorage.removeItem(key);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the tab.
  }
}
function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
