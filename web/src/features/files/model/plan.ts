/* From attachments and a text to messages. */
import type { ChannelType, FileKind, SendBody, StoredMedia } from '@/api/types';
import { lengthOf } from '@/shared/lib/format';

interface Ready {
  kind: FileKind | null;
  voice: boolean;
  media: StoredMedia | null;
}
export interface Outgoing {
  body: SendBody;
  media: StoredMedia[];
}
const captioned: FileKind[] = ['image', 'video', 'document'];
/** Pictures and films share an album; files of one other kind do too, stickers and voice never. */
const family = (a: Ready) =>
  a.voice || a.kind === 'sticker' ? null : a.kind === 'image' || a.kind === 'video' ? 'visual' : a.kind;

/** One message each, or albums where the channel has them; the text goes with the first that can carry it. */
export function outgoing(list: Ready[], text: string, type: ChannelType | undefined): Outgoing[] {
  const most = Math.max(1, type?.capabilities.albums ?? 1);
  const out: Outgoing[] = [];
  let open: string | null = null;
  for (const a of list) {
    if (!a.media || !a.kind) continue;
    const last = out.at(-1);
    const own = family(a);
    if (last && own !== null && own === open && last.media.length < most) {
      last.media.push(a.media);
      last.body.media?.push({ id: a.media.id });
      continue;
    }
    open = own;
    out.push({
      body: { kind: a.kind, media: [{ id: a.media.id }], ...(a.voice && { payload: { voice: true } }) },
      media: [a.media],
    });
  }
  const words = text.trim();
  if (!words) return out;
  // A channel that names no limit has none.
  const limit = type?.limits.caption || Number.POSITIVE_INFINITY;
  const carrier = out.find((o) => captioned.includes(o.body.kind as FileKind));
  if (carrier && lengthOf(words) <= limit) carrier.body.text = words;
  else out.unshift({ body: { kind: 'text', text: words }, media: [] });
  return out;
}
