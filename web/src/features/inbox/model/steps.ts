import type { Key, Translate } from '@/shared/i18n';

/** What the server says of a message's life, in the reader's language. */
const words: Record<string, Key> = {
  webhook_received: 'story.webhook',
  accepted: 'story.accepted',
  stored: 'story.stored',
  sent: 'story.sent',
  failed: 'story.failed',
  deferred: 'story.deferred',
  uncertain: 'story.uncertain',
  delivered: 'story.delivered',
  read: 'story.read',
  'reported by the platform': 'story.reported',
  'signature valid': 'story.signatureValid',
  'signature invalid': 'story.signatureInvalid',
  'signature none': 'story.signatureNone',
};
/** A word of a newer server, or the platform's own, is shown as it is. */
export function stepWord(t: Translate, text: string): string {
  const key = words[text];
  return key ? t(key as 'story.read') : text;
}
