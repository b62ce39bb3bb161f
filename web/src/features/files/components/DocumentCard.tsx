import { IconDownload } from '@tabler/icons-react';
import type { MediaItem } from '@/api/types';
import { isolate, type Translate, useT } from '@/shared/i18n';
import { bytes } from '@/shared/lib/format';
import { typeName } from '../model/kinds';
import { iconOf, nameOf, wordOf } from '../model/words';

/** "PDF · 1.2 MB" */
export const factsOf = (item: MediaItem, t: Translate): string =>
  [typeName(item.mime_type) || (item.file_name ? wordOf(item, t) : ''), item.size ? bytes(item.size) : '']
    .filter(Boolean)
    .join(' · ');

export function DocumentCard({ item }: { item: MediaItem }) {
  const { t } = useT();
  const facts = factsOf(item, t);
  const Icon = iconOf(item);
  const name = nameOf(item, t);
  return (
    <a
      className="b-file b-doc"
      href={item.url ?? undefined}
      download={name}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={t('files.download', { name: isolate(name), facts })}
    >
      <span className="fi">
        <Icon size={20} stroke={1.6} aria-hidden="true" />
      </span>
      <span className="b-file-t">
        <b>
          <bdi>{name}</bdi>
        </b>
        <small dir="ltr">{facts}</small>
      </span>
      <IconDownload size={18} stroke={1.7} className="b-dl" aria-hidden="true" />
    </a>
  );
}
