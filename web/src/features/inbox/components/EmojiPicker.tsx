import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import dataUrl from 'emojibase-data/en/compact.json?url';
import { useMemo, useState } from 'react';
import { useT } from '@/shared/i18n';
import { ErrorState } from '@/shared/ui/states';
import { type Emoji, recentEmoji, rememberEmoji, searchEmoji, usable } from '../model/emoji';

const pageSize = 240;

/** Data comes as a file of its own, so neither the inbox nor the picker's code carries it. */
export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useT();
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(pageSize);
  const { data, error, refetch } = useQuery({
    queryKey: ['emoji'],
    queryFn: async ({ signal }) => usable((await (await fetch(dataUrl, { signal })).json()) as Emoji[]),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const found = useMemo(() => searchEmoji(data ?? [], search), [data, search]);
  const recent = search ? [] : recentEmoji();
  const pick = (emoji: string) => {
    rememberEmoji(emoji);
    onPick(emoji);
  };
  const button = (unicode: string, label: string, key = unicode) => (
    <button key={key} type="button" title={label} aria-label={label} onClick={() => pick(unicode)}>
      {unicode}
    </button>
  );
  return (
    <div className="emo">
      <TextInput
        size="xs"
        data-autofocus
        aria-label={t('emoji.search')}
        placeholder={t('emoji.search')}
        leftSection={<IconSearch size={14} />}
        value={search}
        onChange={(e) => {
          setSearch(e.currentTarget.value);
          setShown(pageSize);
        }}
        onKeyDown={(e) => {
          const [best] = found;
          if (e.key === 'Enter' && best) pick(best.unicode);
        }}
      />
      {error ? (
        <ErrorState title={t('emoji.error')} error={error} retry={() => void refetch()} />
      ) : (
        <div
          className="emo-g"
          onScroll={(e) => {
            const el = e.currentTarget;
            if (el.scrollHeight - el.scrollTop - el.clientHeight < 400)
              setShown((n) => Math.min(found.length, n + pageSize));
          }}
        >
          {recent.map((emoji) => button(emoji, t('emoji.recent', { emoji }), `recent-${emoji}`))}
          {recent.length > 0 && <hr />}
          {found.slice(0, shown).map((e) => button(e.unicode, e.label))}
          {data && found.length === 0 && <p className="mut">{t('emoji.none', { search })}</p>}
        </div>
      )}
    </div>
  );
}
