import { organizationId } from '@/shared/lib/organization';
import type { ProblemBody } from './types';

/** What the server answered when it refused: RFC 9457 with our own members. */
export class Problem extends Error {
  readonly status: number;
  readonly body: ProblemBody;
  readonly retryAfter: number | null;
  constructor(status: number, body: ProblemBody, retryAfter: number | null = null) {
    super(body.detail ?? body.message ?? body.title ?? `HTTP ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
  }
  get code(): string {
    return this.body.code ?? '';
  }
}

/** The request never got an answer: the network, not the server, is at fault. */
export class Unreachable extends Error {
  constructor() {
    super('unreachable');
    this.name = 'Unreachable';
  }
}

export interface Page<T> {
  items: T[];
  /** Query string of the next page, null on the last one. */
  next: string | null;
  total: number | null;
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

const base = '/rest/v1';

async function call(path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  const organization = organizationId();
  if (organization) headers['X-Organization-Id'] = organization;
  if (options.body !== undefined) {
    headers['Content-Type'] =
      options.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  }
  let response: Response;
  try {
    response = await fetch(base + path, {
      method: options.method ?? 'GET',
      headers,
      credentials: 'same-origin',
      signal: options.signal,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable();
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as ProblemBody;
  const wait = Number(response.headers.get('Retry-After'));
  throw new Problem(response.status, body, Number.isFinite(wait) && wait > 0 ? wait : null);
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await call(path, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** One page of a list; `next` comes from the Link header, the total from Content-Range if asked for. */
export async function requestPage<T>(path: string, options: RequestOptions = {}): Promise<Page<T>> {
  const response = await call(path, options);
  return {
    items: (await response.json()) as T[],
    next: nextQuery(response.headers.get('Link')),
    total: rangeTotal(response.headers.get('Content-Range')),
  };
}

export function nextQuery(link: string | null): string | null {
  const match = link?.match(/<([^>]+)>\s*;[^,]*\brel="?next"?/);
  if (!match?.[1]) return null;
  const query = match[1].indexOf('?');
  return query < 0 ? null : match[1].slice(query);
}

export function rangeTotal(range: string | null): number | null {
  const total = Number(range?.split('/')[1]);
  return range && Number.isFinite(total) ? total : null;
}

/** How many rows match, without fetching them. */
export async function countOf(path: string, signal?: AbortSignal): Promise<number | null> {
  const page = await requestPage<unknown>(path, { signal, headers: { Prefer: 'count=exact' } });
  return page.total;
}
