import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Id } from '@/api/types';
import { isolate, useT } from '@/shared/i18n';
import { inboxKeys } from '../model/keys';
import type { TypingNow } from '../model/live';

/** Who is typing in a conversation right now; ends by itself when its time is over. */
export function useTypingNow(conversationId: Id): TypingNow | null {
  // Only events fill this key; the query never fetches.
  const { data } = useQuery<TypingNow | null>({
    queryKey: inboxKeys.typing(conversationId),
    queryFn: () => null,
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [over, setOver] = useState<string | null>(null);
  const until = data?.until ?? null;
  useEffect(() => {
    if (!until) return;
    const left = Date.parse(until) - Date.now();
    const timer = setTimeout(() => setOver(until), Math.max(0, left));
    return () => clearTimeout(timer);
  }, [until]);
  return data && until !== over ? data : null;
}

/** The strip over the composer keeps its 22 px whether or not somebody types. */
export function TypingStrip({ conversationId, contact }: { conversationId: Id; contact: string }) {
  const { t } = useT();
  const typing = useTypingNow(conversationId);
  return (
    <div className="typ-l">
      {typing && (
        <>
          <span className="td" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {t('typing.member', { name: isolate(typing.name ?? contact) })}
        </>
      )}
    </div>
  );
}
