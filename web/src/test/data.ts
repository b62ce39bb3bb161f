import type { Channel, ChannelType, Conversation, Me, Message } from '@/api/types';

export const me: Me = {
  user: { id: 'u1', email: 'nadia@example.com', name: 'Nadia Haddad', display_name: 'Nadia', language: 'en' },
  organization: { id: 'o1', name: 'Lumen & Loom', language: 'en', time_zone: 'Africa/Cairo' },
  organizations: [{ id: 'o1', name: 'Lumen & Loom' }],
  member: { id: 'm1', role: 'administrator', presence: 'available' },
  permissions: ['inbox.read', 'inbox.reply', 'channels.read', 'channels.edit'],
  server: { insecure: false, support_contact: null, demo: null },
};
export const chatType: ChannelType = {
  type: 'EXAMPLE_CHAT',
  name: 'Example chat',
  accent: '#0B6076',
  icon: '<svg viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/></svg>',
  setup: '1. Open the **console**.\n2. Copy `App id`.\n',
  fields: {
    type: 'object',
    required: ['app_id', 'token'],
    properties: {
      app_id: { type: 'string', title: 'App id', pattern: '^\\d+$', 'x-order': 1, 'x-step': 2 },
      token: { type: 'string', title: 'Token', secret: true, 'x-order': 2 },
    },
  },
  capabilities: {
    kinds: { text: 'supported', location: 'supported', template: 'supported', interactive: 'supported' },
    reply: true,
    reactions: 'supported',
    typing: 'refused',
  },
  limits: { text: 20, buttons: 3, button_title: 20 },
  window: { hours: 24 },
  webhook: true,
};
export const time = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();

export function conversation(part: Partial<Conversation> = {}): Conversation {
  return {
    id: 'c1',
    channel_id: 'ch1',
    contact_id: 'p1',
    kind: 'direct',
    subject: null,
    owner_id: 'm1',
    unread_count: 0,
    last_message_at: time(5),
    window_expires_at: time(-600),
    chatbot_enabled: false,
    created_at: time(1000),
    updated_at: time(5),
    contact: { id: 'p1', name: 'Amira', display_name: 'Amira', kind: 'person' },
    channel: { id: 'ch1', name: 'Support', type: 'EXAMPLE_CHAT', is_active: true, connection: 'connected' },
    owner: { id: 'm1', name: 'Nadia' },
    last_message: {
      id: 'x1',
      kind: 'text',
      direction: 'inbound',
      text: 'Is anybody there?',
      status: 'received',
      occurred_at: time(5),
    },
    enquiry: { id: 'e1', number: 'E-202611-000001', status: 'ongoing', owner_id: 'm1', created_at: time(9) },
    read_mark: null,
    ...part,
  };
}
export function message(part: Partial<Message> = {}): Message {
  return {
    id: 'x1',
    conversation_id: 'c1',
    channel_id: 'ch1',
    direction: 'inbound',
    kind: 'text',
    text: 'Is anybody there?',
    payload: null,
    media: [],
    status: 'received',
    attempt: 1,
    automatic: null,
    error: null,
    reply_to_id: null,
    provider_message_id: null,
    client_id: null,
    author: null,
    reactions: [],
    edited_at: null,
    deleted_at: null,
    occurred_at: time(5),
    created_at: time(5),
    sent_at: null,
    delivered_at: null,
    read_at: null,
    ...part,
  };
}
export function channel(part: Partial<Channel> = {}): Channel {
  return {
    id: 'ch1',
    organization_id: 'o1',
    name: 'Support',
    type: 'EXAMPLE_CHAT',
    settings: { app_id: '12', token: '********' },
    is_active: true,
    source_id: 's1',
    connection: 'connected',
    attention: [],
    validation: 'good',
    subscription: 'subscribed',
    health: 'healthy',
    callback_url: 'https://chat.example.com/webhooks/x',
    verify_token: '********',
    last_inbound_at: time(5),
    last_outbound_at: null,
    created_at: time(5000),
    updated_at: time(5),
    ...part,
  };
}
