import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { channel, chatType, conversation, me, message } from './data';

const base = '*/rest/v1';
/** A server on which everything goes well; a test replaces what it is about. */
export const server = setupServer(
  http.get(`${base}/auth/me`, () => HttpResponse.json(me)),
  http.get(`${base}/auth/server`, () => HttpResponse.json(me.server)),
  http.get(`${base}/channel_types`, () => HttpResponse.json([chatType])),
  http.get(`${base}/channel_accounts`, () => HttpResponse.json([channel()])),
  http.get(`${base}/channel_accounts/:id`, () => HttpResponse.json(channel())),
  http.get(`${base}/conversations/counts`, () => HttpResponse.json({ mine: 1, waiting: 2, missed: 0 })),
  http.get(`${base}/conversations`, () => HttpResponse.json([conversation()])),
  http.get(`${base}/conversations/:id`, () => HttpResponse.json(conversation())),
  http.get(`${base}/messages`, () => HttpResponse.json([message()])),
  http.get(`${base}/media`, () => HttpResponse.json([])),
  http.get(`${base}/webhook_events`, () => HttpResponse.json([])),
  http.get(`${base}/enquiries`, () => HttpResponse.json([])),
  http.get(`${base}/contacts/:id`, () =>
    HttpResponse.json({
      id: 'p1',
      kind: 'person',
      name: 'Amira',
      display_name: 'Amira',
      avatar_url: null,
      organization_id: 'o1',
      language: 'ar',
      identities: [{ id: 'i1', type: 'EXAMPLE_CHAT', kind: 'phone', address: '+20 100 555 0142', name: '' }],
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
    }),
  ),
  http.post(`${base}/conversations/:id/read`, () => new HttpResponse(null, { status: 204 })),
);
export const rest = (path: string) => base + path;
export const problem = (status: number, body: Record<string, unknown>) =>
  HttpResponse.json(body, { status, headers: { 'Content-Type': 'application/problem+json' } });
