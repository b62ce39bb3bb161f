/* Files on their way out of the composer, per conversation. They live as long as the page: they survive
   going to another conversation, and what was uploaded but never sent the server forgets by itself. */
import { useSyncExternalStore } from 'react';
import type { ChannelType, FileKind, Id, StoredMedia } from '@/api/types';
import { uuid } from '@/shared/lib/uuid';
import { removeUpload, upload } from '../api';
import { type Fault, isDrawable, planOf } from './kinds';

export interface Attachment {
  key: string;
  conversationId: Id;
  file: File;
  kind: FileKind | null;
  ways: FileKind[];
  voice: boolean;
  /** refused: the channel would not take it; the others say how far the upload is. */
  state: 'refused' | 'waiting' | 'uploading' | 'ready' | 'failed';
  fault: Fault | null;
  error: unknown;
  sent: number;
  media: StoredMedia | null;
  /** Address of the picture in this browser. */
  preview: string | null;
}

const atOnce = 2;
const none: Attachment[] = [];
const trays = new Map<Id, Attachment[]>();
const running = new Map<string, AbortController>();
const listeners = new Set<() => void>();

function put(conversationId: Id, list: Attachment[]): void {
  if (list.length) trays.set(conversationId, list);
  else trays.delete(conversationId);
  for (const listener of listeners) listener();
}
const find = (key: string) => [...trays.values()].flat().find((a) => a.key === key);
function change(key: string, part: Partial<Attachment>): void {
  const old = find(key);
  if (old)
    put(
      old.conversationId,
      readTray(old.conversationId).map((a) => (a.key === key ? { ...a, ...part } : a)),
    );
}

export const readTray = (conversationId: Id): Attachment[] => trays.get(conversationId) ?? none;
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useTray = (conversationId: Id): Attachment[] =>
  useSyncExternalStore(subscribe, () => readTray(conversationId));
export const useTrayCount = (conversationId: Id): number =>
  useSyncExternalStore(subscribe, () => readTray(conversationId).length);

export function addFiles(
  conversationId: Id,
  type: ChannelType | undefined,
  files: Iterable<File>,
  voice = false,
): void {
  const added = [...files].map((file): Attachment => {
    const { kind, ways, fault } = planOf(file, type);
    return {
      key: uuid(),
      conversationId,
      file,
      kind,
      ways,
      voice,
      state: kind ? 'waiting' : 'refused',
      fault,
      error: null,
      sent: 0,
      media: null,
      preview: isDrawable(file.type) ? URL.createObjectURL(file) : null,
    };
  });
  put(conversationId, [...readTray(conversationId), ...added]);
  pump();
}
function pump(): void {
  for (const a of [...trays.values()].flat()) {
    if (running.size >= atOnce) return;
    if (a.state === 'waiting') void run(a);
  }
}
async function run({ key, file, conversationId, voice }: Attachment): Promise<void> {
  const control = new AbortController();
  running.set(key, control);
  change(key, { state: 'uploading', sent: 0, error: null });
  try {
    const media = await upload(file, {
      conversationId,
      voice,
      signal: control.signal,
      onProgress: (sent) => change(key, { sent }),
    });
    if (find(key)) change(key, { state: 'ready', sent: file.size, media });
    else forget(media);
  } catch (error) {
    change(key, { state: 'failed', error });
  }
  running.delete(key);
  pump();
}
/** Nobody will send it: the server need not keep it until it finds out by itself. */
const forget = (media: StoredMedia | null) => {
  if (media) removeUpload(media.id).catch(() => undefined);
};

export function retryUpload(key: string): void {
  change(key, { state: 'waiting', error: null });
  pump();
}
/** Sends it as another kind. The bytes are the same, so what was uploaded stays. */
export function sendAs(key: string, kind: FileKind): void {
  const a = find(key);
  if (a) change(key, { kind, fault: null, state: a.state === 'refused' ? 'waiting' : a.state });
  pump();
}
export function removeAttachment(key: string): void {
  const a = find(key);
  if (!a) return;
  put(
    a.conversationId,
    readTray(a.conversationId).filter((b) => b.key !== key),
  );
  running.get(key)?.abort();
  if (a.preview) URL.revokeObjectURL(a.preview);
  forget(a.media);
}
/** Takes what is being sent out of the tray. */
export function takeReady(conversationId: Id): Attachment[] {
  const list = readTray(conversationId);
  put(
    conversationId,
    list.filter((a) => a.state !== 'ready'),
  );
  const ready = list.filter((a) => a.state === 'ready');
  for (const a of ready) if (a.preview) URL.revokeObjectURL(a.preview);
  return ready;
}

/** Whoever signs in next at this screen sees nothing of it. */
export function clearTrays(): void {
  for (const a of [...trays.values()].flat()) removeAttachment(a.key);
}

export type Holding = { reason: 'uploading' | 'faulty'; count: number } | null;
/** Why the tray cannot be sent yet, if so. */
export function holdingOf(tray: Attachment[]): Holding {
  const faulty = tray.filter((a) => a.state === 'refused' || a.state === 'failed').length;
  if (faulty) return { reason: 'faulty', count: faulty };
  const uploading = tray.filter((a) => a.state !== 'ready').length;
  return uploading ? { reason: 'uploading', count: uploading } : null;
}
