import { useEffect, useRef, useState } from 'react';
import type { Message } from '@/api/types';
import { isolate, useT } from '@/shared/i18n';
import { kindWords } from '../components/kinds';

const pause = 3000;
/** Words for the polite live region: one message as itself, several within three seconds as a number. */
export function useAnnounce(messages: Message[], contact: string, ready: boolean): string {
  const { t } = useT();
  const [words, setWords] = useState('');
  const seen = useRef<string | null>(null);
  const waiting = useRef<Message[]>([]);
  const quietUntil = useRef(0);
  const newest = messages.findLast((m) => m.direction === 'inbound');

  useEffect(() => {
    if (!ready) return;
    if (seen.current === null || !newest) {
      seen.current = newest?.id ?? '';
      return;
    }
    if (newest.id === seen.current) return;
    seen.current = newest.id;
    waiting.current.push(newest);
  }, [ready, newest]);

  useEffect(() => {
    const timer = setInterval(() => {
      const list = waiting.current;
      if (list.length === 0 || Date.now() < quietUntil.current) return;
      quietUntil.current = Date.now() + pause;
      waiting.current = [];
      const [only] = list;
      setWords(
        list.length === 1 && only
          ? t('thread.announce', { name: isolate(contact), text: only.text || t(kindWords[only.kind]) })
          : t('thread.newMessages', { count: list.length }),
      );
    }, 250);
    return () => clearInterval(timer);
  }, [contact, t]);
  return words;
}
