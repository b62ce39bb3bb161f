import { Problem, Unreachable } from '@/api/http';
import type { Key } from '@/shared/i18n';

export interface LoginFault {
  /** Where the sentence stands: at the password, or above the form when no field can mend it. */
  at: 'password' | 'form';
  key: Key | null;
  seconds?: number;
  detail?: string;
}
export function loginFault(error: unknown): LoginFault {
  if (error instanceof Unreachable) return { at: 'form', key: 'login.unreachable' };
  if (!(error instanceof Problem)) return { at: 'form', key: 'error.unexpected' };
  switch (error.code) {
    case 'invalid_credentials':
      return { at: 'password', key: 'login.invalid' };
    case 'too_many_attempts':
      return { at: 'form', key: 'login.tooMany', seconds: error.retryAfter ?? 300 };
    default: {
      const detail = [error.body.detail ?? error.message, error.body.hint].filter(Boolean).join(' ');
      return { at: 'form', key: null, detail };
    }
  }
}
/** Only a place inside the app is believed, never another site. */
export const safeReturn = (to: string | undefined): string =>
  to?.startsWith('/') && !to.startsWith('//') && !to.startsWith('/login') ? to : '/';
