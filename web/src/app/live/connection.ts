/* The stream of live events. One tab per browser holds it (Web Locks elect which), the others listen in on
   a BroadcastChannel; where either is missing each tab has its own. */
import type { LiveKind } from '@/api/types';
import type { LiveState } from '@/shared/lib/connection';
import { organizationId } from '@/shared/lib/organization';

export interface LiveSink {
  event(kind: LiveKind, data: unknown): void;
  state(state: LiveState): void;
  /** The stream was refused for good, most likely because the session ended. */
  refused(): void;
}

export const liveKinds = [
  'message.created',
  'message.updated',
  'conversation.updated',
  'conversation.removed',
  'enquiry.updated',
  'channel.updated',
  'typing',
  'reset',
] as const satisfies readonly LiveKind[];

/** Silence longer than two heartbeats and a bit: the line is dead even if the browser does not know. */
const silence = 40_000;
/** Full jitter, so that a restarted server is not met by everybody at once. */
export const reconnectDelay = (attempt: number, random = Math.random) =>
  random() * Math.min(30_000, 1000 * 2 ** Math.min(attempt, 10));

type Wire =
  | { type: 'event'; kind: LiveKind; data: unknown; id: string }
  | { type: 'state'; state: LiveState }
  | { type: 'hello' };

const seqOf = (value: unknown) => {
  const n = Number(value);
  return Number.isFinite(n) ? n : 0;
};

export function streamUrl(lastId: string): string {
  const query = new URLSearchParams();
  if (lastId) query.set('last_event_id', lastId);
  const organization = organizationId();
  if (organization) query.set('organization_id', organization);
  const text = query.toString();
  return `/rest/v1/events${text ? `?${text}` : ''}`;
}

export function startLive(sink: LiveSink): () => void {
  let lastId = '';
  let source: EventSource | null = null;
  let attempt = 0;
  let target = 0;
  let state: LiveState = 'connecting';
  let retry: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let holder = false;
  let releaseLock: (() => void) | null = null;

  const shared = typeof BroadcastChannel !== 'undefined' && 'locks' in navigator;
  const channel = shared ? new BroadcastChannel(`sb.live.${organizationId() ?? ''}`) : null;

  const setState = (next: LiveState) => {
    if (state === next) return;
    state = next;
    sink.state(next);
    if (source || next === 'lost') channel?.postMessage({ type: 'state', state: next } satisfies Wire);
  };
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      source?.close();
      reconnect();
    }, silence);
  };
  const reconnect = () => {
    clearTimeout(watchdog);
    clearTimeout(retry);
    if (stopped) return;
    source = null;
    setState('lost');
    retry = setTimeout(open, reconnectDelay(attempt++));
  };
  const settle = () => {
    if (seqOf(lastId) >= target) setState('live');
  };

  function open(): void {
    if (stopped) return;
    clearTimeout(retry);
    const current = new EventSource(streamUrl(lastId));
    source = current;
    heard();
    for (const kind of liveKinds) {
      current.addEventListener(kind, (event: MessageEvent<string>) => {
        heard();
        if (event.lastEventId) lastId = event.lastEventId;
        const data: unknown = event.data ? JSON.parse(event.data) : {};
        sink.event(kind, data);
        channel?.postMessage({ type: 'event', kind, data, id: lastId } satisfies Wire);
        settle();
      });
    }
    current.addEventListener('ready', (event: MessageEvent<string>) => {
      heard();
      attempt = 0;
      const { seq } = JSON.parse(event.data || '{}') as { seq?: unknown };
      // A first connection starts here; a later one is behind until it has been told what it missed.
      if (!lastId) lastId = String(seqOf(seq) || '');
      target = seqOf(seq);
      if (seqOf(lastId) < target) setState('catching_up');
      settle();
    });
    current.addEventListener('heartbeat', () => {
      heard();
      // Ids this member may not see are skipped, so a quiet stream is an up-to-date one.
      setState('live');
    });
    current.onerror = () => {
      if (current !== source) return;
      // While it reconnects by itself the browser sends Last-Event-ID; a closed one is ours to reopen.
      if (current.readyState === EventSource.CLOSED) {
        sink.refused();
        reconnect();
      } else {
        setState('lost');
      }
    };
  }

  /* The network came or went: whether the server can still be heard is found out now, not at the next
     heartbeat. A device without any network may well have the server on itself. */
  const ask = () => {
    if (!holder) return;
    source?.close();
    source = null;
    setState('lost');
    attempt = 0;
    open();
  };
  window.addEventListener('online', ask);
  window.addEventListener('offline', ask);

  if (channel) {
    channel.onmessage = (message: MessageEvent<Wire>) => {
      const wire = message.data;
      if (wire.type === 'hello') {
        if (source) channel.postMessage({ type: 'state', state } satisfies Wire);
      } else if (source) {
        return;
      } else if (wire.type === 'state') {
        state = wire.state;
        sink.state(wire.state);
      } else {
        lastId = wire.id;
        sink.event(wire.kind, wire.data);
      }
    };
    channel.postMessage({ type: 'hello' } satisfies Wire);
    const held = new Promise<void>((resolve) => {
      releaseLock = resolve;
    });
    void navigator.locks.request(`sb.live.${organizationId() ?? ''}`, () => {
      if (stopped) return;
      holder = true;
      open();
      return held;
    });
  } else {
    holder = true;
    open();
  }

  return () => {
    stopped = true;
    clearTimeout(retry);
    clearTimeout(watchdog);
    window.removeEventListener('online', ask);
    window.removeEventListener('offline', ask);
    source?.close();
    source = null;
    channel?.close();
    releaseLock?.();
  };
}
