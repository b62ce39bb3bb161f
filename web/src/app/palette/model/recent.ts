/* What was chosen lately, by id alone: no name of a customer is left in the browser. */
import { organizationId } from '@/shared/lib/organization';
import { readItem, writeItem } from '@/shared/lib/storage';

const most = 5;
const key = () => `sb.palette.${organizationId() ?? ''}`;

export function readRecent(): string[] {
  try {
    const list: unknown = JSON.parse(readItem(key()) ?? '[]');
    return Array.isArray(list) ? list.filter((id) => typeof id === 'string').slice(0, most) : [];
  } catch {
    return [];
  }
}
export function remember(id: string): void {
  writeItem(key(), JSON.stringify([id, ...readRecent().filter((old) => old !== id)].slice(0, most)));
}
/** The conversations among them. */
export const conversationIds = (recent: string[]) =>
  recent.filter((id) => id.startsWith('conversation:')).map((id) => id.slice('conversation:'.length));
