/* What a file can be sent as. Limits come from the channel type, never from here. */
import type { ChannelType, FileKind } from '@/api/types';

/** A stand-in for File where only its outside matters. */
export type Outside = Pick<File, 'name' | 'size' | 'type'>;
export type Fault =
  | { code: 'none' }
  | { code: 'empty' }
  | { code: 'type'; kind: FileKind; mime: string; takes: string[] }
  | { code: 'size'; kind: FileKind; size: number; limit: number };
export interface Plan {
  /** What it is sent as; null while nothing fits without somebody's choice. */
  kind: FileKind | null;
  /** Everything it could be sent as, the natural kind first. */
  ways: FileKind[];
  fault: Fault | null;
}

/** Browsers name some types otherwise than the rest of the world. */
const sameAs: Record<string, string> = {
  'image/jpg': 'image/jpeg',
  'audio/mp3': 'audio/mpeg',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/x-aac': 'audio/aac',
  'audio/opus': 'audio/ogg',
  'audio/x-wav': 'audio/wav',
};
export function bareType(mime: string | undefined): string {
  const bare = ((mime ?? '').split(';')[0] ?? '').trim().toLowerCase();
  return sameAs[bare] ?? bare;
}

export function naturalKind(mime: string): FileKind {
  const major = bareType(mime).split('/')[0];
  return major === 'image' || major === 'video' || major === 'audio' ? major : 'document';
}

type Sender = Pick<ChannelType, 'capabilities' | 'limits'> | undefined;
const limitOf = (type: Sender, kind: FileKind) => {
  const support = type?.capabilities.kinds[kind];
  return support && support !== 'refused'
    ? (type?.limits.media?.[kind] ?? { max_bytes: 0, types: [] })
    : null;
};
/** An unknown type is left to the server, which looks into the file. */
const takesType = (types: string[], mime: string) =>
  types.length === 0 ||
  mime === '' ||
  types.some((t) => t === mime || (t.endsWith('/*') && mime.startsWith(t.slice(0, -1))));
const fitsSize = (max: number, size: number) => max === 0 || size <= max;

const kinds: FileKind[] = ['image', 'video', 'audio', 'document', 'sticker'];
export const takesFiles = (type: Sender) => kinds.some((k) => limitOf(type, k) !== null);

export function planOf(file: Outside, type: Sender): Plan {
  const mime = bareType(file.type);
  const natural = naturalKind(mime);
  const possible: FileKind[] = [natural];
  if (natural !== 'document') possible.push('document');
  if (natural === 'image' || natural === 'video') possible.push('sticker');
  if (file.size === 0) return { kind: null, ways: [], fault: { code: 'empty' } };
  const ways = possible.filter((kind) => {
    const limit = limitOf(type, kind);
    return limit !== null && takesType(limit.types, mime) && fitsSize(limit.max_bytes, file.size);
  });
  if (ways[0] === natural) return { kind: natural, ways, fault: null };
  const limit = limitOf(type, natural);
  // A picture too big for a picture is asked about; one of a type that pictures do not have is a document.
  if (limit && takesType(limit.types, mime))
    return {
      kind: null,
      ways,
      fault: { code: 'size', kind: natural, size: file.size, limit: limit.max_bytes },
    };
  if (ways[0] === 'document') return { kind: 'document', ways, fault: null };
  const document = limitOf(type, 'document');
  if (document && takesType(document.types, mime))
    return {
      kind: null,
      ways,
      fault: { code: 'size', kind: 'document', size: file.size, limit: document.max_bytes },
    };
  const named = limit ? natural : document ? 'document' : null;
  return {
    kind: null,
    ways,
    fault: named
      ? { code: 'type', kind: named, mime, takes: (limit ?? document)?.types ?? [] }
      : { code: 'none' },
  };
}

/** For the picker: what it should offer; undefined where everything may be chosen. */
export function acceptOf(type: Sender): string | undefined {
  const types: string[] = [];
  for (const kind of kinds) {
    const limit = limitOf(type, kind);
    if (limit?.types.length === 0) return undefined;
    types.push(...(limit?.types ?? []));
  }
  return [...new Set(types)].join(',') || undefined;
}

const shortNames: Record<string, string> = {
  'text/plain': 'TXT',
  'audio/mpeg': 'MP3',
  'audio/mp4': 'M4A',
  'video/3gpp': '3GP',
  'video/quicktime': 'MOV',
  'image/svg+xml': 'SVG',
  'application/msword': 'DOC',
  'application/vnd.ms-excel': 'XLS',
  'application/vnd.ms-powerpoint': 'PPT',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'DOCX',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'XLSX',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PPTX',
  'application/octet-stream': '',
};
/** "PDF" for application/pdf: how people call a type. */
export function typeName(mime: string | undefined): string {
  const bare = bareType(mime);
  return shortNames[bare] ?? (bare.split('/')[1] ?? '').replace(/^x-/, '').toUpperCase();
}

/** Pictures that a browser only draws; everything else is a card with a download. */
export const isDrawable = (mime: string | undefined) => /^image\/(jpeg|png|gif|webp)$/.test(bareType(mime));

// What turns text round, hides in it or moves its end, so that "exe.pdf" may be an "fdp.exe".
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/gu;
/** A file's name as it may stand on a page. */
export const safeName = (name: string | undefined) => (name ?? '').replace(unseen, '').trim();
