/* Sample data of the mock server. Names and places are made up. */
const now = Date.now();
export const iso = (ms) => new Date(ms).toISOString().replace('Z', '000Z');
let n = 0;
export const id = () => {
  n += 1;
  return `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`;
};
const min = 60_000;
const hour = 60 * min;

const phone =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="M3 21l1.65-3.8a9 9 0 1 1 3.4 2.9L3 21"/><path d="M9 10a.5.5 0 0 0 1 0V9a.5.5 0 0 0-1 0v1a5 5 0 0 0 5 5h1a.5.5 0 0 0 0-1h-1a.5.5 0 0 0 0 1"/></svg>';
const plane =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="M15 10l-4 4 6 6 4-16-18 7 4 2 2 6 3-4"/></svg>';

const limits = {
  text: 4096,
  caption: 1024,
  buttons: 3,
  button_title: 20,
  list_rows: 10,
  list_sections: 10,
  list_button: 20,
  row_title: 24,
  row_description: 72,
  body: 1024,
  header: 60,
  footer: 60,
  contacts: 257,
  media: {},
  per_second: 80,
};
const kinds = {
  text: 'supported',
  image: 'supported',
  location: 'supported',
  contacts: 'supported',
  interactive: 'supported',
  template: 'supported',
  reaction: 'supported',
};
export const types = [
  {
    type: 'WHATSAPP_CLOUD',
    name: 'WhatsApp Cloud',
    accent: '#1FA855',
    icon: phone,
    setup:
      '## Before you begin\n\nYou need an app in the developer console and rights on the business account.\n\n1. Open your app: **App settings › Basic**.\n   Copy `App ID` and `App secret`.\n2. Open **WhatsApp › API Setup**. Below the number stand `Phone number ID` and `WhatsApp Business Account ID`.\n3. Make a token that does not expire: **Business settings › Users › System users**. Tick:\n   - `whatsapp_business_messaging`\n   - `whatsapp_business_management`\n4. Open **WhatsApp › Configuration** and paste callback URL and verify token. See the [documentation](https://developers.example.com/docs).\n',
    fields: {
      type: 'object',
      required: ['phone_number_id', 'waba_id', 'app_id', 'app_secret', 'access_token'],
      properties: {
        phone_number_id: {
          type: 'string',
          title: 'Phone number ID',
          description: 'Digits only',
          pattern: '^\\d{10,20}$',
          'x-order': 1,
          'x-step': 2,
        },
        waba_id: {
          type: 'string',
          title: 'WhatsApp Business Account ID',
          pattern: '^\\d{10,20}$',
          'x-order': 2,
          'x-step': 2,
        },
        app_id: { type: 'string', title: 'App ID', pattern: '^\\d{15,16}$', 'x-order': 3, 'x-step': 1 },
        app_secret: {
          type: 'string',
          title: 'App secret',
          description: 'Proves that a webhook is genuine',
          secret: true,
          'x-order': 4,
          'x-step': 1,
        },
        access_token: {
          type: 'string',
          title: 'Access token',
          description: 'Stored encrypted',
          secret: true,
          'x-order': 5,
          'x-step': 3,
        },
        verify_token: { type: 'string', title: 'Verify token', generated: true, 'x-order': 6, 'x-step': 4 },
      },
    },
    capabilities: { kinds, reply: true, reactions: 'supported', typing: 'supported', read: 'supported' },
    limits,
    window: { hours: 24 },
    webhook: true,
  },
  {
    type: 'TELEGRAM',
    name: 'Telegram',
    accent: '#2AABEE',
    icon: plane,
    setup: '1. Write to the bot that makes bots.\n2. Send `/newbot` and copy the token.\n',
    fields: {
      type: 'object',
      required: ['bot_token'],
      properties: {
        bot_token: { type: 'string', title: 'Bot token', secret: true, 'x-order': 1, 'x-step': 2 },
      },
    },
    capabilities: {
      kinds: { ...kinds, template: 'refused' },
      reply: true,
      reactions: 'supported',
      typing: 'supported',
    },
    limits,
    window: null,
    webhook: true,
  },
];

const org = id();
export const member = id();
export const me = {
  user: {
    id: id(),
    email: 'nadia@lumenloom.example',
    name: 'Nadia Haddad',
    first_name: 'Nadia',
    last_name: 'Haddad',
    display_name: 'Nadia',
    language: 'en',
  },
  organization: { id: org, name: 'Lumen & Loom', language: 'en', time_zone: 'Africa/Cairo' },
  organizations: [{ id: org, name: 'Lumen & Loom' }],
  member: { id: member, role: 'administrator', presence: 'available' },
  permissions: [
    'inbox.read',
    'inbox.reply',
    'channels.read',
    'channels.edit',
    'contacts.read',
    'enquiries.read',
  ],
  server: {
    version: '0.2.0',
    public_url: 'http://127.0.0.1:8090',
    insecure: true,
    support_contact: null,
    demo: {
      visitor_phone_url: '/visitor',
      logins: [{ email: 'nadia@lumenloom.example', password: 'lamp-shade-2026', name: 'Nadia Haddad' }],
    },
  },
};

const channel = (part) => ({
  id: id(),
  organization_id: org,
  settings: {},
  is_active: true,
  source_id: id(),
  connection: 'connected',
  attention: [],
  validation: 'good',
  subscription: 'subscribed',
  health: 'healthy',
  routing: null,
  callback_url: 'https://chat.lumenloom.example/webhooks/whatsapp_cloud/01930000',
  verify_token: '********',
  last_inbound_at: iso(now - 12 * min),
  last_outbound_at: iso(now - 40 * min),
  created_at: iso(now - 90 * 24 * hour),
  updated_at: iso(now),
  ...part,
});
export const channels = [
  channel({
    name: 'Support MENA',
    type: 'WHATSAPP_CLOUD',
    settings: {
      phone_number_id: '106540352242922',
      waba_id: '102290129340398',
      app_id: '670123456789012',
      app_secret: '********',
      access_token: '********',
    },
  }),
  channel({
    name: 'Trade desk bot',
    type: 'TELEGRAM',
    settings: { bot_token: '********' },
    health: 'degraded',
    attention: [{ code: 'expiring', text: 'Token expires in 5 days', since: iso(now - 30 * hour) }],
  }),
  channel({
    name: 'Lumen & Loom Athens',
    type: 'WHATSAPP_CLOUD',
    settings: { app_id: '670123456789012' },
    connection: 'disconnected',
    validation: 'invalid',
    subscription: 'unsubscribed',
    health: 'down',
    attention: [
      {
        code: 'error',
        text: 'The platform refuses the token since 09:14: (#190) Session has expired',
        since: iso(now - 5 * hour),
      },
    ],
    last_inbound_at: iso(now - 5 * hour),
  }),
  channel({
    name: 'Showroom Berlin',
    type: 'WHATSAPP_CLOUD',
    settings: {},
    source_id: null,
    is_active: false,
    connection: 'disconnected',
    validation: 'pending',
    subscription: 'none',
    health: 'down',
    last_inbound_at: null,
    last_outbound_at: null,
  }),
  channel({ name: 'Warehouse', type: 'TELEGRAM', settings: { bot_token: '********' }, is_active: false }),
];

const people = [
  ['Amira El-Sayed', 0, 3 * hour + 12 * min, 'ongoing', 3],
  ['山田 花子', 1, null, 'ongoing', 1],
  ['Bartholomäus von Schwarzenfeld-Köstritz', 1, null, 'open', 0],
  ['+20 100 555 0142', 0, 23 * hour + 46 * min, 'open', 2],
  ['João Pedro Albuquerque', 0, 41 * min, 'ongoing', 0],
  ['Ζωή Παπαδοπούλου', 0, -hour, 'ongoing', 0],
  ['مريم الشناوي', 0, 9 * hour, 'open', 1],
  ['Nguyễn Thị Minh Khai', 1, null, 'missed', 0],
  ['Dana Whitfield', 2, 5 * hour, 'ongoing', 0],
];
export const contacts = [];
export const conversations = [];
export const messages = new Map();

function msg(c, part) {
  const at = part.at ?? now;
  return {
    id: id(),
    organization_id: org,
    conversation_id: c.id,
    channel_id: c.channel_id,
    direction: 'inbound',
    kind: 'text',
    text: null,
    payload: null,
    media: [],
    status: part.direction === 'outbound' ? 'read' : part.direction === 'internal' ? 'recorded' : 'received',
    attempt: 1,
    automatic: null,
    error: null,
    reply_to_id: null,
    provider_message_id: `wamid.${Math.abs(at % 1e9)}`,
    client_id: null,
    author: part.direction === 'outbound' ? { type: 'member', id: member, name: 'Nadia' } : null,
    reactions: [],
    edited_at: null,
    deleted_at: null,
    occurred_at: iso(at),
    created_at: iso(at),
    scheduled_at: null,
    sent_at: null,
    delivered_at: null,
    read_at: null,
    ...part,
    at: undefined,
  };
}
const media = (kind, part) => [
  {
    id: null,
    provider_id: 'm1',
    kind,
    mime_type: null,
    file_name: null,
    size: null,
    sha256: null,
    voice: false,
    animated: false,
    state: 'remote',
    ...part,
  },
];

function fill(c, rich) {
  const list = [];
  const add = (part) => {
    const m = msg(c, part);
    list.push(m);
    return m;
  };
  const filler = rich ? 400 : 6;
  for (let i = filler; i > 0; i--) {
    add({
      at: now - 26 * hour - i * 21 * min,
      direction: i % 3 === 0 ? 'outbound' : 'inbound',
      text:
        [
          'Thank you, that helps.',
          'Is the brass shade still available in the large size? I would need two of them before the end of the month.',
          'Let me look into it for you.',
          'One moment',
          'هل يمكن التوصيل إلى الزمالك؟',
        ][i % 5] + (rich ? ` (${i})` : ''),
    });
  }
  if (!rich) {
    add({ at: Date.parse(c.last_message_at), text: 'Hello, is somebody there?' });
    return list;
  }
  add({
    at: now - 25 * hour,
    direction: 'outbound',
    kind: 'template',
    text: 'Hello Amira, order 88197 left our warehouse and arrives on Saturday between 10:00 and 14:00.',
    payload: { name: 'order_shipped', language: 'en_US', components: [] },
    automatic: 'broadcast',
  });
  add({
    at: now - 24 * hour,
    kind: 'audio',
    media: media('audio', { voice: true, mime_type: 'audio/ogg', size: 48210 }),
  });
  add({
    at: now - 24 * hour + min,
    kind: 'location',
    payload: {
      latitude: 30.0626,
      longitude: 31.2197,
      name: 'Zamalek, Cairo',
      address: '12 Brazil St, entrance B, 4th floor',
    },
  });
  for (const [code, off] of [
    ['enquiry_opened', 3],
    ['enquiry_picked_up', 4],
    ['enquiry_followed_up', 5],
  ]) {
    add({
      at: now - 24 * hour + off * min,
      direction: 'internal',
      kind: 'event',
      payload: { code, number: 'E-202611-004218' },
      author: { type: 'member', id: member, name: 'Nadia' },
    });
  }
  const ask = add({
    at: now - 23.9 * hour,
    direction: 'outbound',
    kind: 'interactive',
    text: 'Which part of the delivery should we change?',
    payload: {
      type: 'button',
      buttons: [
        { id: 'b1', title: 'Day or time' },
        { id: 'b2', title: 'Address' },
        { id: 'b3', title: 'Talk to a person' },
      ],
    },
  });
  add({
    at: now - 23.8 * hour,
    kind: 'interactive',
    text: 'Talk to a person',
    payload: { type: 'button_reply', id: 'b3', title: 'Talk to a person' },
    reply_to_id: ask.id,
  });
  add({
    at: now - 23.7 * hour,
    direction: 'outbound',
    kind: 'interactive',
    text: 'Which slot suits you on Sunday?',
    payload: {
      type: 'list',
      button: 'See the slots',
      sections: [
        {
          title: 'Sunday',
          rows: [
            { id: 'r1', title: '09:00 – 12:00', description: 'Morning' },
            { id: 'r2', title: '17:00 – 20:00', description: 'Evening' },
          ],
        },
      ],
    },
  });
  add({
    at: now - 23.6 * hour,
    kind: 'contacts',
    payload: {
      contacts: [
        {
          name: { formatted_name: 'Omar El-Sayed' },
          phones: [{ phone: '+20 122 555 0199' }],
          emails: [{ email: 'omar@post.example' }],
        },
      ],
    },
  });
  add({
    at: now - 40 * min,
    direction: 'internal',
    kind: 'event',
    payload: { code: 'enquiry_opened', number: 'E-202611-004218' },
  });
  add({
    at: now - 38 * min,
    text: 'Good afternoon! The Halo pendant from order 88197 arrived, but the glass is cracked on one side 😕 https://lumenloom.example/orders/88197',
  });
  const photo = add({
    at: now - 37 * min,
    kind: 'image',
    text: 'This is how it looked when I opened the box',
    media: media('image', { mime_type: 'image/jpeg', size: 218_000 }),
    reactions: [{ emoji: '😮', author_name: 'Nadia', direction: 'outbound' }],
  });
  add({
    at: now - 30 * min,
    direction: 'outbound',
    text: 'I am so sorry, Amira. Thank you for the photo, that is all I need. I can send a new shade tomorrow or refund you today. Which do you prefer?',
    reply_to_id: photo.id,
  });
  add({
    at: now - 29 * min,
    direction: 'outbound',
    kind: 'document',
    status: 'failed',
    media: media('document', {
      file_name: 'unboxing-guide.pdf',
      mime_type: 'application/pdf',
      size: 18_200_000,
    }),
    error: {
      reason: 'too_large',
      code: '131052',
      title: 'Media upload error',
      detail: 'The file is 18.2 MB, the platform takes documents up to 16 MB.',
      hint: null,
      retryable: true,
    },
  });
  add({
    at: now - 27 * min,
    direction: 'internal',
    kind: 'note',
    text: 'Third cracked Halo from batch LX-07 this week. I have asked the warehouse to hold the rest.',
    author: { type: 'member', id: 'x', name: 'Tomasz Wiśniewski' },
  });
  add({
    at: now - 26 * min,
    direction: 'outbound',
    status: 'uncertain',
    text: 'The courier will call +20 100 555 0177 before he comes.',
  });
  add({
    at: now - 20 * min,
    kind: 'unsupported',
    payload: { type: 'story mention', raw: { type: 'unknown', id: 'wamid.1', errors: [{ code: 131051 }] } },
  });
  add({ at: now - 19 * min, text: null, deleted_at: iso(now - 18 * min) });
  add({
    at: now - 14 * min,
    text: 'A new shade please! The lamp itself is beautiful ❤️',
    edited_at: iso(now - 13 * min),
  });
  add({
    at: now - 13 * min,
    kind: 'sticker',
    media: media('sticker', { animated: true, mime_type: 'image/webp' }),
  });
  add({ at: now - 12 * min, text: 'Also, can the courier come after 17:00? 🙏' });
  return list;
}

const total = people.length + 260;
for (let i = 0; i < total; i++) {
  const [name, ch, left, status, unread] = people[i] ?? [
    `Visitor ${String(i).padStart(3, '0')}`,
    i % 3,
    ((i % 30) - 3) * hour,
    ['ongoing', 'open', 'closed', 'missed'][i % 4],
    i % 7 === 0 ? 1 : 0,
  ];
  const c = channels[ch];
  const last = now - 12 * min - i * 17 * min;
  const contact = {
    id: id(),
    organization_id: org,
    kind: 'person',
    name,
    display_name: name,
    avatar_url: null,
    language: 'ar',
    identities: [
      { id: id(), type: c.type, kind: 'phone', address: `+20 100 555 ${String(i).padStart(4, '0')}`, name },
    ],
    created_at: iso(now - 20 * 24 * hour),
    updated_at: iso(now),
  };
  contacts.push(contact);
  const owner =
    status === 'ongoing'
      ? i % 5 === 4
        ? { id: 'other', name: 'Tomasz Wiśniewski' }
        : { id: member, name: 'Nadia' }
      : null;
  const conv = {
    id: id(),
    organization_id: org,
    channel_id: c.id,
    contact_id: contact.id,
    thread_key: contact.id,
    kind: 'direct',
    subject: null,
    owner_id: owner?.id ?? null,
    unread_count: unread,
    last_message_at: iso(last),
    window_expires_at: left === null || left === undefined ? null : iso(now + left),
    chatbot_enabled: false,
    created_at: iso(now - 20 * 24 * hour),
    updated_at: iso(last),
    contact: { id: contact.id, name, display_name: name, kind: 'person' },
    channel: { id: c.id, name: c.name, type: c.type, is_active: c.is_active, connection: c.connection },
    owner,
    last_message: null,
    enquiry:
      status === 'closed'
        ? null
        : {
            id: id(),
            number: `E-202611-${String(4218 - i).padStart(6, '0')}`,
            status,
            owner_id: owner?.id ?? null,
            created_at: iso(last - 6 * min),
          },
    read_mark: null,
  };
  conversations.push(conv);
  const list = fill(conv, i === 0);
  messages.set(conv.id, list);
  const m = list.at(-1);
  if (i === 4) Object.assign(m, { direction: 'outbound', status: 'read', text: 'Perfeito, obrigado! ❤️' });
  if (i === 5)
    Object.assign(m, {
      direction: 'outbound',
      status: 'failed',
      text: 'Your refund is on its way, it takes 3–5 days',
    });
  conv.last_message = {
    id: m.id,
    kind: m.kind,
    direction: m.direction,
    text: m.text,
    status: m.status,
    occurred_at: m.occurred_at,
  };
  if (i === 0) conv.read_mark = { message_id: list.at(-5).id, occurred_at: list.at(-5).occurred_at };
}

export const events = [
  'processed',
  'duplicate',
  'processed',
  'rejected',
  'unsupported',
  'processed',
  'unroutable',
  'ignored',
].flatMap((outcome, i) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((k) => ({
    id: id(),
    organization_id: org,
    channel_id: channels[0].id,
    received_at: iso(now - (i * 8 + k) * 7 * min),
    signature: outcome === 'rejected' ? 'invalid' : 'valid',
    outcome,
    error: outcome === 'rejected' ? 'The signature does not match the app secret' : null,
    attempts: 1,
    size: 840 + i * 31,
    payload: JSON.stringify({ object: 'account', entry: [{ id: '1', changes: [{ field: 'messages' }] }] }),
  })),
);
export const make = msg;
