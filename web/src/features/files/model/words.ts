import {
  IconFile,
  IconFileTypePdf,
  IconFileZip,
  IconMicrophone,
  IconMusic,
  IconPhoto,
  IconSticker,
  IconVideo,
  type TablerIcon,
} from '@tabler/icons-react';
import type { FileKind, MediaItem } from '@/api/types';
import type { Key, Translate } from '@/shared/i18n';
import { bareType, safeName } from './kinds';

/** A word and a sign for each kind of file, where there is nothing else to show. */
export const fileWords: Record<FileKind | 'voice', Key> = {
  image: 'kind.image',
  video: 'kind.video',
  audio: 'kind.audio',
  voice: 'kind.voice',
  document: 'kind.document',
  sticker: 'kind.sticker',
};
export const fileIcons: Record<FileKind | 'voice', TablerIcon> = {
  image: IconPhoto,
  video: IconVideo,
  audio: IconMusic,
  voice: IconMicrophone,
  document: IconFile,
  sticker: IconSticker,
};

type Named = Pick<MediaItem, 'kind' | 'voice' | 'file_name' | 'mime_type'>;
const lookOf = (item: Named): FileKind | 'voice' =>
  item.kind === 'audio' && item.voice ? 'voice' : item.kind;
export const wordOf = (item: Named, t: Translate) => t(fileWords[lookOf(item)] ?? fileWords.document);
export const nameOf = (item: Named, t: Translate) => safeName(item.file_name) || wordOf(item, t);
export function iconOf(item: Named): TablerIcon {
  const type = bareType(item.mime_type);
  if (item.kind === 'document' && type === 'application/pdf') return IconFileTypePdf;
  if (item.kind === 'document' && /zip|compressed|x-tar|gzip/.test(type)) return IconFileZip;
  return fileIcons[lookOf(item)] ?? fileIcons.document;
}
