import { useCallback } from 'react';
import { Problem, Unreachable } from '@/api/http';
import { useT } from '@/shared/i18n';

export interface Explanation {
  detail: string;
  hint: string;
  code: string;
}
/** Words for any failure: the server's own where it gave some, ours where there was no answer at all. */
export function useExplain(): (error: unknown) => Explanation {
  const { t } = useT();
  return useCallback(
    (error: unknown): Explanation => {
      if (error instanceof Problem) {
        const detail = error.body.detail ?? error.body.message ?? error.body.title;
        return {
          detail: detail ?? t('error.status', { status: error.status }),
          hint: error.body.hint ?? '',
          code: error.code,
        };
      }
      if (error instanceof Unreachable) {
        return { detail: t('error.unreachable'), hint: t('error.unreachableHint'), code: '' };
      }
      return {
        detail: t('error.unexpected'),
        hint: '',
        code: error instanceof Error ? error.message : '',
      };
    },
    [t],
  );
}
