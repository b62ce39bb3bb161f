import { Problem, request, requestPage, Unreachable } from '@/api/http';
import type { Id, ProblemBody, StoredMedia } from '@/api/types';
import { organizationId } from '@/shared/lib/organization';

export const pageSize = 12;
export const fetchFiles = (conversationId: Id, cursor: string | null, signal?: AbortSignal) =>
  requestPage<StoredMedia>(
    `/media${cursor ?? `?conversation_id=eq.${conversationId}&order=id.desc&limit=${pageSize}`}`,
    { signal },
  );
export const fetchFile = (id: Id, signal?: AbortSignal) => request<StoredMedia>(`/media/${id}`, { signal });
/** Asks for a download that was given up once more. */
export const retryDownload = (id: Id) =>
  request<StoredMedia>(`/media/${id}/retry`, { method: 'POST', body: {} });
export const removeUpload = (id: Id) => request<void>(`/media/${id}`, { method: 'DELETE' });

export interface UploadOptions {
  conversationId: Id;
  voice: boolean;
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}
/** Only XMLHttpRequest tells how much has gone out. */
export function upload(file: File, options: UploadOptions): Promise<StoredMedia> {
  const query = new URLSearchParams({
    file_name: file.name,
    conversation_id: options.conversationId,
  });
  if (options.voice) query.set('voice', 'true');
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', `/rest/v1/media?${query}`);
    call.setRequestHeader('Accept', 'application/json');
    call.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    const organization = organizationId();
    if (organization) call.setRequestHeader('X-Organization-Id', organization);
    call.upload.onprogress = (e) => options.onProgress(e.loaded);
    call.onerror = () => reject(new Unreachable());
    call.onabort = () => reject(new DOMException('removed', 'AbortError'));
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) return resolve(JSON.parse(call.responseText));
      let body: ProblemBody = {};
      try {
        body = JSON.parse(call.responseText) as ProblemBody;
      } catch {
        // A proxy in front may answer with a page of its own.
      }
      reject(new Problem(call.status, body));
    };
    options.signal.addEventListener('abort', () => call.abort());
    call.send(file);
  });
}
