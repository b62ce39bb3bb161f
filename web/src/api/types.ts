/* The shapes of the REST API under the names the app uses. schema.d.ts is made from the server's own
   description (make generate), so the compiler notices when the server changes what it sends. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Id = string;
/** RFC 3339, UTC. */
export type Time = string;

export type ServerInfo = Schemas['ServerInfo'];
/** A browser session always has a person and his membership; only API tokens lack them. */
export type Me = Omit<Schemas['Me'], 'user' | 'member'> & {
  user: NonNullable<Schemas['Me']['user']>;
  member: NonNullable<Schemas['Me']['member']>;
};

export type Support = 'supported' | 'degraded' | 'refused';
export type FieldSchema = Schemas['RestField'];
export type FieldsSchema = Schemas['Fields'];
export type TypeLimits = Partial<Schemas['Limits']>;
export type ChannelType = Omit<Schemas['ChannelType'], 'capabilities'> & {
  capabilities: Omit<Schemas['Capabilities'], 'kinds' | 'reactions' | 'typing' | 'read'> & {
    kinds: Partial<Record<MessageKind, Support>>;
    reactions: Support;
    typing: Support;
    read: Support;
  };
};

export type Channel = Schemas['View'];
export type Connection = Channel['connection'];
export type Validation = Channel['validation'];
export type Subscription = Channel['subscription'];
export type Health = Channel['health'];
export type Attention = Schemas['Attention'];
export type Check = Schemas['CheckResult'];
export type ValidateResult = Schemas['Checked'];
export type WebhookEvent = Schemas['DeliveryView'];
export type Source = Schemas['SourceView'];
export type Delivery = Schemas['Outgoing'];
export type IssuedValues = Schemas['Issued'];
export type Outcome = WebhookEvent['outcome'];

export type Identity = Schemas['Identity'];
export type Contact = Schemas['ContactView'];

export type Enquiry = Schemas['Enquiry'];
export type EnquiryStatus = Enquiry['status'];

/** What a payload holds depends on the kind; components/payload.ts reads it with care. */
export type Message = Omit<Schemas['Message'], 'payload'> & { payload: Record<string, unknown> | null };
export type MessageKind = Message['kind'];
export type MessageStatus = Message['status'];
/** A file of a message: still at the provider (remote), on its way to us, ready, or given up with a reason. */
export type MediaItem = Schemas['MediaView'];
export type FileKind = MediaItem['kind'];
/** A file as a resource of its own. */
export type StoredMedia = Schemas['MediaFile'] & { id: Id };
export type Reaction = Schemas['ReactionView'];
export type MessageError = Schemas['SendFailure'];
export type SendBody = Omit<Schemas['InboxDraft'], 'kind' | 'payload'> & {
  kind: MessageKind;
  payload?: Record<string, unknown>;
};
export type Provenance = Schemas['Provenance'];
export type ProvenanceStep = Schemas['Step'];

export type Conversation = Schemas['Conversation'];
export type Counts = Schemas['Counts'];
export type InboxTab = 'mine' | 'waiting' | 'all' | 'missed' | 'closed';

/** A refusal may come from a proxy in front of the server, so nothing in it is certain. */
export type ProblemBody = Partial<Schemas['Problem']>;

export interface LiveEvents {
  'message.created': { message: Message; conversation: Conversation };
  /** A row is null once it is erased; then id names it. */
  'message.updated': { message: Message | null; id?: Id };
  'conversation.updated': { conversation: Conversation };
  /** Erased, or no longer this reader's to see. */
  'conversation.removed': { id: Id };
  'enquiry.updated': { enquiry: Enquiry | null; id?: Id };
  'channel.updated': { channel: Channel | null; id?: Id };
  typing: { conversation_id: Id; member?: { id: Id; name: string } | null; until: Time };
  reset: Record<string, never>;
  ready: { seq: number | string };
  heartbeat: { seq: number | string };
}
export type LiveKind = keyof LiveEvents;
