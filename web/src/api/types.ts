/* Shapes of the REST API. Hand-written until the server publishes its OpenAPI description;
   generated types then replace this file, the names stay. */
export type Id = string;
/** RFC 3339, UTC. */
export type Time = string;

export interface Me {
  user: {
    id: Id;
    email: string;
    name: string;
    first_name?: string;
    last_name?: string;
    display_name: string;
    language: string;
  };
  organization: { id: Id; name: string; language: string; time_zone: string };
  organizations: { id: Id; name: string }[];
  member: { id: Id; role: string; presence: string };
  permissions: string[];
  server: ServerInfo;
}
export interface ServerInfo {
  version?: string;
  public_url?: string;
  insecure: boolean;
  support_contact: string | null;
  demo: { visitor_phone_url: string; logins?: { email: string; password: string; name?: string }[] } | null;
}

export type Support = 'supported' | 'degraded' | 'refused';
export interface FieldSchema {
  type?: string;
  title?: string;
  description?: string;
  secret?: boolean;
  generated?: boolean;
  pattern?: string;
  maxLength?: number;
  minLength?: number;
  minimum?: number;
  maximum?: number;
  format?: string;
  enum?: string[];
  default?: unknown;
  'x-order'?: number;
  'x-step'?: number;
}
export interface FieldsSchema {
  type: 'object';
  required?: string[];
  properties: Record<string, FieldSchema>;
}
export interface TypeLimits {
  text?: number;
  caption?: number;
  buttons?: number;
  button_title?: number;
  list_rows?: number;
  list_sections?: number;
  list_button?: number;
  row_title?: number;
  row_description?: number;
  body?: number;
  header?: number;
  footer?: number;
  contacts?: number;
  media?: Record<string, { max_bytes: number; types: string[] }>;
  per_second?: number;
}
export interface ChannelType {
  type: string;
  name: string;
  accent: string;
  icon: string;
  setup: string;
  fields: FieldsSchema;
  capabilities: {
    kinds: Partial<Record<MessageKind, Support>>;
    reply?: boolean;
    reactions?: Support;
    typing?: Support;
    read?: Support;
  };
  limits: TypeLimits;
  window: { hours: number } | null;
  webhook: boolean;
}

export type Connection = 'connected' | 'disconnected';
export type Validation = 'pending' | 'good' | 'invalid';
export type Subscription = 'subscribed' | 'unsubscribed' | 'none';
export type Health = 'healthy' | 'degraded' | 'down';
export interface Attention {
  code: string;
  text: string;
  since: Time;
}
export interface Channel {
  id: Id;
  organization_id: Id;
  name: string;
  type: string;
  settings: Record<string, unknown>;
  is_active: boolean;
  source_id: Id | null;
  connection: Connection;
  attention: Attention[];
  validation: Validation;
  subscription: Subscription;
  health: Health;
  callback_url: string | null;
  verify_token: string | null;
  last_inbound_at: Time | null;
  last_outbound_at: Time | null;
  created_at: Time;
  updated_at: Time;
}
export interface Check {
  name: string;
  title: string;
  ok: boolean;
  detail: string | null;
  hint: string | null;
}
export interface ValidateResult {
  ok: boolean;
  validation: Validation;
  connection: Connection;
  checks: Check[];
}
export type Outcome =
  | 'pending'
  | 'processed'
  | 'duplicate'
  | 'ignored'
  | 'unsupported'
  | 'unroutable'
  | 'rejected'
  | 'quarantined';
export interface WebhookEvent {
  id: Id;
  channel_id: Id | null;
  received_at: Time;
  signature: 'valid' | 'invalid' | 'none';
  outcome: Outcome;
  error: string | null;
  attempts: number;
  size: number;
  payload?: string | null;
}

export interface Identity {
  id: Id;
  type: string;
  kind: string;
  address: string;
  name: string | null;
}
export interface Contact {
  id: Id;
  kind: 'person' | 'group';
  name: string | null;
  display_name: string;
  avatar_url: string | null;
  language: string | null;
  identities: Identity[];
  created_at: Time;
  updated_at: Time;
}

export type EnquiryStatus = 'open' | 'ongoing' | 'missed' | 'followed_up' | 'closed';
export interface Enquiry {
  id: Id;
  number: string;
  status: EnquiryStatus;
  waiting_reason?: string | null;
  conversation_id: Id;
  channel_id: Id;
  contact_id: Id;
  owner_id: Id | null;
  created_at: Time;
  updated_at: Time;
  first_reply_at: Time | null;
  closed_at: Time | null;
  close_reason: string | null;
  owner?: { id: Id; name: string } | null;
}

export type MessageKind =
  | 'text'
  | 'image'
  | 'audio'
  | 'video'
  | 'document'
  | 'sticker'
  | 'location'
  | 'contacts'
  | 'interactive'
  | 'template'
  | 'reaction'
  | 'poll'
  | 'note'
  | 'event'
  | 'unsupported';
export type MessageStatus =
  | 'received'
  | 'recorded'
  | 'scheduled'
  | 'queued'
  | 'sending'
  | 'uncertain'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'canceled';
export interface MediaItem {
  id: Id | null;
  provider_id: string | null;
  kind: string;
  mime_type: string | null;
  file_name: string | null;
  size: number | null;
  sha256?: string | null;
  voice?: boolean;
  animated?: boolean;
  state: string;
}
export interface Reaction {
  emoji: string;
  author_name: string | null;
  direction: 'inbound' | 'outbound';
}
export interface MessageError {
  reason: string;
  code: string | number | null;
  title: string | null;
  detail: string | null;
  hint: string | null;
  retryable: boolean;
}
export interface Message {
  id: Id;
  conversation_id: Id;
  channel_id: Id;
  direction: 'inbound' | 'outbound' | 'internal';
  kind: MessageKind;
  text: string | null;
  payload: Record<string, unknown> | null;
  media: MediaItem[];
  status: MessageStatus;
  attempt: number;
  automatic: string | boolean | null;
  error: MessageError | null;
  reply_to_id: Id | null;
  provider_message_id: string | null;
  client_id: string | null;
  author: { type: 'member' | 'contact' | 'system'; id: Id | null; name: string | null } | null;
  reactions: Reaction[];
  edited_at: Time | null;
  deleted_at: Time | null;
  occurred_at: Time;
  created_at: Time;
  sent_at: Time | null;
  delivered_at: Time | null;
  read_at: Time | null;
}
export interface SendBody {
  kind: MessageKind;
  text?: string;
  payload?: Record<string, unknown>;
  reply_to_id?: Id;
  client_id?: string;
}

export interface Conversation {
  id: Id;
  channel_id: Id;
  contact_id: Id;
  kind: string;
  subject: string | null;
  owner_id: Id | null;
  unread_count: number;
  last_message_at: Time | null;
  window_expires_at: Time | null;
  chatbot_enabled: boolean;
  created_at: Time;
  updated_at: Time;
  contact: { id: Id; name: string | null; display_name: string; kind: string };
  channel: { id: Id; name: string; type: string; is_active: boolean; connection: Connection };
  owner: { id: Id; name: string } | null;
  last_message: {
    id: Id;
    kind: MessageKind;
    direction: Message['direction'];
    text: string | null;
    status: MessageStatus;
    occurred_at: Time;
  } | null;
  enquiry: { id: Id; number: string; status: EnquiryStatus; owner_id: Id | null; created_at: Time } | null;
  read_mark: { message_id: Id; occurred_at: Time } | null;
}
export type InboxTab = 'mine' | 'waiting' | 'all' | 'missed' | 'closed';
export interface Counts {
  mine: number;
  waiting: number;
  missed: number;
}

export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  message?: string;
  details?: string;
  hint?: string;
  errors?: { pointer: string; detail: string; code?: string }[];
  server?: ServerInfo;
}

export interface LiveEvents {
  'message.created': { message: Message; conversation: Conversation };
  'message.updated': { message: Message };
  'conversation.updated': { conversation: Conversation };
  'enquiry.updated': { enquiry: Enquiry };
  /** channel is null once it is deleted; then id names it. */
  'channel.updated': { channel: Channel | null; id?: Id };
  typing: { conversation_id: Id; member?: { id: Id; name: string } | null; until: Time };
  reset: Record<string, never>;
  ready: { seq: number | string };
  heartbeat: { seq: number | string };
}
export type LiveKind = keyof LiveEvents;
