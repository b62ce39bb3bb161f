import type { FileKind, MediaItem, Message } from '@/api/types';
import { useT } from '@/shared/i18n';
import { isDrawable } from '../model/kinds';
import { iconOf, wordOf } from '../model/words';
import { Album } from './Album';
import { AudioPlayer } from './AudioPlayer';
import { DocumentCard } from './DocumentCard';
import { Film } from './Film';
import { Pending } from './Pending';
import { Picture } from './Picture';
import '../files.css';

export interface MediaActs {
  /** Shows a picture or film large. */
  open: (item: MediaItem) => void;
  /** Asks for a failed download again; null for who may not. */
  retry: ((message: Message, item: MediaItem) => void) | null;
}
interface Props {
  message: Message;
  acts: MediaActs;
}

/** Whether an item is drawn in the thread; what a browser cannot draw is a card. */
export const isVisual = (item: MediaItem) =>
  item.kind === 'video' ||
  ((item.kind === 'image' || item.kind === 'sticker') &&
    (isDrawable(item.mime_type) || item.state !== 'ready'));

/** The files of a message, whatever state they are in. */
export function MediaBody({ message, acts }: Props) {
  const items = message.media;
  if (items.length === 0)
    return <Nothing kind={message.kind as FileKind} voice={message.payload?.voice === true} />;
  if (items.length > 1 && items.every(isVisual)) return <Album message={message} acts={acts} />;
  return items.map((item, i) => <Item key={item.id ?? i} item={item} message={message} acts={acts} />);
}

function Item({ item, message, acts }: Props & { item: MediaItem }) {
  if (item.state !== 'ready' || !item.url)
    return <Pending item={item} retry={acts.retry && (() => acts.retry?.(message, item))} />;
  if (item.kind === 'audio') return <AudioPlayer item={item} url={item.url} />;
  if (item.kind === 'video') return <Film item={item} url={item.url} />;
  if (isVisual(item)) return <Picture item={item} onOpen={() => acts.open(item)} />;
  return <DocumentCard item={item} />;
}

/** A message whose provider named no file at all. */
function Nothing({ kind, voice }: { kind: FileKind; voice: boolean }) {
  const { t } = useT();
  const item = { kind, voice, file_name: '', mime_type: '' };
  const Icon = iconOf(item);
  return (
    <div className="b-file">
      <span className="fi">
        <Icon size={18} stroke={1.6} aria-hidden="true" />
      </span>
      <span className="b-file-t">
        <b>{wordOf(item, t)}</b>
      </span>
    </div>
  );
}
