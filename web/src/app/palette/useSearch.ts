import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import type { Conversation } from '@/api/types';
import { useMay } from '@/features/auth';
import { conversationsOf, knownConversations, searchConversations } from '@/features/inbox';
import { useT } from '@/shared/i18n';
import type { Command } from './entries';
import { conversationIds } from './model/recent';

const pause = 150;
const shortest = 2;

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pause);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** Conversations by the name of the contact: those already seen at once, the server's as they come. A newer
    question ends the older one's request. */
export function useSearch(text: string, recent: string[]) {
  const { t } = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const inbox = useMay('inbox.view');
  const contacts = useMay('contacts.view');
  const asked = useSettled(text.trim());
  const found = useQuery({
    queryKey: ['palette', 'search', asked],
    queryFn: ({ signal }) => searchConversations(asked, signal),
    enabled: inbox && contacts && [...asked].length >= shortest,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const ids = conversationIds(recent);
  const lately = useQuery({
    queryKey: ['palette', 'recent', ids],
    queryFn: ({ signal }) => conversationsOf(ids, signal),
    enabled: inbox && ids.length > 0,
    staleTime: 10_000,
  });
  const known = useMemo(() => (inbox ? knownConversations(client) : []), [client, inbox]);
  const commands = useMemo(() => {
    const all = new Map<string, Conversation>();
    for (const c of [...known, ...(lately.data ?? []), ...(found.data ?? [])]) all.set(c.id, c);
    return [...all.values()].map((c): Command => {
      const name = c.contact.display_name || c.contact.name || t('contact.unknown');
      return {
        id: `conversation:${c.id}`,
        group: 'conversations',
        label: name,
        detail: c.channel.name,
        person: name,
        run: () =>
          navigate({
            to: '/inbox/$conversationId',
            params: { conversationId: c.id },
            search: { tab: 'all' },
          }),
      };
    });
  }, [known, lately.data, found.data, navigate, t]);
  return { commands, searching: found.isFetching, error: found.error };
}
