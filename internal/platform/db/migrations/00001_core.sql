-- +goose Up
-- Column types are tokens, see stmt.go. Times are microseconds UTC. Every table
-- of an organization has a key that begins with it; the server-wide tables are
-- organization, users, session, data_key and instance.

CREATE TABLE organization (
  id @id NOT NULL PRIMARY KEY,
  name @text NOT NULL,
  language @text NOT NULL DEFAULT 'en',
  time_zone @text NOT NULL DEFAULT 'UTC',
  created_at BIGINT NOT NULL
) @norowid;

CREATE TABLE users (
  id @id NOT NULL PRIMARY KEY,
  email @text NOT NULL UNIQUE, -- lower case
  name @text NOT NULL,
  first_name @text NOT NULL DEFAULT '',
  last_name @text NOT NULL DEFAULT '',
  display_name @text NOT NULL DEFAULT '',
  language @text NOT NULL DEFAULT '',
  password_hash @text NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) @norowid;

CREATE TABLE session (
  token_hash @bytes NOT NULL PRIMARY KEY,
  user_id @id NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address @text NOT NULL DEFAULT '',
  device @text NOT NULL DEFAULT ''
) @norowid;
CREATE INDEX session_of_user ON session (user_id);

CREATE TABLE data_key (
  id @text NOT NULL PRIMARY KEY,
  wrapped @bytes NOT NULL,
  created_at BIGINT NOT NULL
) @norowid;

CREATE TABLE instance (
  name @text NOT NULL PRIMARY KEY,
  value @bytes NOT NULL
) @norowid;

CREATE TABLE member (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  user_id @id NOT NULL REFERENCES users (id),
  role @text NOT NULL,
  name @text NOT NULL,
  presence @text NOT NULL DEFAULT 'available',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, user_id)
) @norowid;
CREATE INDEX member_user ON member (user_id);

CREATE TABLE api_token (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  name @text NOT NULL,
  token_hash @bytes NOT NULL UNIQUE,
  permissions @text NOT NULL, -- JSON array
  member_id @id,              -- whose permissions bound it; NULL = made on the machine
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  used_at BIGINT,
  PRIMARY KEY (organization_id, id)
) @norowid;

CREATE TABLE source (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  name @text NOT NULL,
  type @text NOT NULL,
  account @text NOT NULL DEFAULT '', -- the outside account: phone number id, page id …
  app @text NOT NULL DEFAULT '',     -- which provider app signs for it
  settings @text NOT NULL DEFAULT '{}',
  secrets @bytes,
  connection @text NOT NULL DEFAULT 'disconnected',
  validation @text NOT NULL DEFAULT 'pending',
  subscription @text NOT NULL DEFAULT 'none',
  attention @text NOT NULL DEFAULT '[]',
  credentials_expire_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, id)
) @norowid;
CREATE INDEX source_account ON source (type, account);
-- An account proven at the provider belongs to one organization of the server.
CREATE UNIQUE INDEX source_proven ON source (type, account) WHERE connection = 'connected' AND validation = 'good';

CREATE TABLE channel (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  name @text NOT NULL,
  name_folded @text NOT NULL,
  type @text NOT NULL,
  source_id @id,
  is_active BOOLEAN NOT NULL DEFAULT FALSE,
  sticky_routing BOOLEAN NOT NULL DEFAULT FALSE,
  display_name_format @text NOT NULL DEFAULT 'none',
  last_inbound_at BIGINT,
  last_outbound_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, source_id) REFERENCES source (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX channel_name ON channel (organization_id, name_folded) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX channel_source ON channel (source_id) WHERE source_id IS NOT NULL;
CREATE UNIQUE INDEX channel_id ON channel (id);

-- When the provider last said something about the account itself.
CREATE TABLE channel_notice (
  organization_id @id NOT NULL,
  channel_id @id NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, channel_id),
  FOREIGN KEY (organization_id, channel_id) REFERENCES channel (organization_id, id)
) @norowid;

CREATE TABLE webhook_body (
  organization_id @id NOT NULL,
  id @id NOT NULL,
  type @text NOT NULL,   -- whose dictionary deflated it
  data @bytes NOT NULL,  -- several bodies, one after the other, deflated together
  PRIMARY KEY (organization_id, id)
);

CREATE TABLE webhook_event (
  organization_id @id NOT NULL,
  id @id NOT NULL,
  channel_id @id NOT NULL,
  received_at BIGINT NOT NULL,
  signature @text NOT NULL,
  outcome @text NOT NULL,
  error @text NOT NULL DEFAULT '',
  attempts BIGINT NOT NULL DEFAULT 0,
  size BIGINT NOT NULL,
  body_id @id,
  body_offset BIGINT NOT NULL DEFAULT 0,
  body_length BIGINT NOT NULL DEFAULT 0,
  headers @text,         -- of refused calls only
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, channel_id) REFERENCES channel (organization_id, id)
) @norowid;
CREATE INDEX webhook_event_pending ON webhook_event (channel_id, id) WHERE outcome = 'pending';
CREATE INDEX webhook_event_trouble ON webhook_event (channel_id, outcome, id) WHERE outcome <> 'pending' AND outcome <> 'processed';

CREATE TABLE ingest_lane (
  organization_id @id NOT NULL,
  channel_id @id NOT NULL,
  ready_at BIGINT NOT NULL DEFAULT 0,
  failures BIGINT NOT NULL DEFAULT 0,
  lease_owner @text NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  epoch BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (organization_id, channel_id),
  FOREIGN KEY (organization_id, channel_id) REFERENCES channel (organization_id, id)
) @norowid;

CREATE TABLE contact (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  kind @text NOT NULL DEFAULT 'person',
  name @text NOT NULL DEFAULT '',
  name_folded @text NOT NULL DEFAULT '',
  language @text NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, id)
) @norowid;

CREATE TABLE identity (
  organization_id @id NOT NULL,
  type @text NOT NULL,     -- channel type
  kind @text NOT NULL,     -- phone, scoped_id …
  address @text NOT NULL,
  id @id NOT NULL,
  contact_id @id NOT NULL,
  name @text NOT NULL DEFAULT '',
  username @text NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, type, address, kind), -- looked up by address
  FOREIGN KEY (organization_id, contact_id) REFERENCES contact (organization_id, id)
) @norowid;
CREATE INDEX identity_contact ON identity (contact_id);

CREATE TABLE conversation (
  organization_id @id NOT NULL,
  id @id NOT NULL,
  channel_id @id NOT NULL,
  contact_id @id NOT NULL,
  thread_key @text NOT NULL,
  kind @text NOT NULL DEFAULT 'direct',
  subject @text NOT NULL DEFAULT '',
  owner_id @id,
  unread_count BIGINT NOT NULL DEFAULT 0,
  last_message_at BIGINT NOT NULL DEFAULT 0,
  last_message_id @id,
  last_inbound_at BIGINT NOT NULL DEFAULT 0,
  window_expires_at BIGINT,
  chatbot_enabled BOOLEAN NOT NULL DEFAULT TRUE,
  enquiry_id @id,
  enquiry_status @text NOT NULL DEFAULT 'none',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, channel_id) REFERENCES channel (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contact (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX conversation_thread ON conversation (channel_id, thread_key);
CREATE INDEX conversation_recent ON conversation (organization_id, last_message_at, id);
CREATE INDEX conversation_status ON conversation (organization_id, enquiry_status, last_message_at, id);
CREATE INDEX conversation_owner ON conversation (organization_id, owner_id, last_message_at, id) WHERE owner_id IS NOT NULL;
CREATE INDEX conversation_contact ON conversation (contact_id);

CREATE TABLE message (
  organization_id @id NOT NULL,
  id @id NOT NULL,
  conversation_id @id NOT NULL,
  channel_id @id NOT NULL,
  direction @text NOT NULL,
  kind @text NOT NULL,
  text @text NOT NULL DEFAULT '',
  payload @text,
  media @text,
  reactions @text,
  status @text NOT NULL,
  attempt BIGINT NOT NULL DEFAULT 0,
  automatic BOOLEAN NOT NULL DEFAULT FALSE,
  error @text,
  reply_to_id @id,
  reply_to_provider_id @text,
  provider_message_id @text,
  client_id @text,
  author_type @text NOT NULL,
  author_id @id,
  occurred_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  scheduled_at BIGINT,
  sent_at BIGINT,
  delivered_at BIGINT,
  read_at BIGINT,
  edited_at BIGINT,
  deleted_at BIGINT,
  webhook_event_id @id,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) @norowid;
CREATE INDEX message_thread ON message (conversation_id, occurred_at, id);
CREATE UNIQUE INDEX message_client ON message (conversation_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE provider_message (
  organization_id @id NOT NULL,
  channel_id @id NOT NULL,
  provider_message_id @text NOT NULL,
  message_id @id,         -- NULL while only a status of it is known
  attempt BIGINT NOT NULL DEFAULT 0,
  status @text NOT NULL,
  sent_at BIGINT,
  delivered_at BIGINT,
  read_at BIGINT,
  error @text,
  PRIMARY KEY (channel_id, provider_message_id)
) @norowid;

-- What refers to a message that has not arrived yet: applied when it does.
CREATE TABLE parked (
  organization_id @id NOT NULL,
  channel_id @id NOT NULL,
  target @text NOT NULL,   -- provider id of the message that is missing
  id @id NOT NULL,
  kind @text NOT NULL,     -- reply, reaction, edit, delete
  message_id @id,          -- what refers to it, for replies and reactions
  author_id @id,
  text @text NOT NULL DEFAULT '',
  payload @text,
  at BIGINT NOT NULL,
  PRIMARY KEY (channel_id, target, id)
) @norowid;

CREATE TABLE message_step (
  organization_id @id NOT NULL,
  message_id @id NOT NULL,
  id @id NOT NULL,
  at BIGINT NOT NULL,
  attempt BIGINT NOT NULL DEFAULT 0,
  name @text NOT NULL,
  detail @text NOT NULL DEFAULT '',
  data @text,
  duration_us BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (organization_id, message_id, id)
) @norowid;

CREATE TABLE read_mark (
  organization_id @id NOT NULL,
  conversation_id @id NOT NULL,
  member_id @id NOT NULL,
  message_id @id,
  message_at BIGINT NOT NULL,
  read_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, conversation_id, member_id)
) @norowid;

CREATE TABLE enquiry (
  organization_id @id NOT NULL,
  id @id NOT NULL,
  number @text NOT NULL,
  status @text NOT NULL,
  waiting_reason @text NOT NULL DEFAULT '',
  conversation_id @id NOT NULL,
  channel_id @id NOT NULL,
  contact_id @id NOT NULL,
  destination_id @id,
  owner_id @id,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  first_reply_at BIGINT,
  closed_at BIGINT,
  close_reason @text NOT NULL DEFAULT '',
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX enquiry_current ON enquiry (conversation_id) WHERE status <> 'closed';
CREATE UNIQUE INDEX enquiry_number ON enquiry (organization_id, number);
CREATE INDEX enquiry_conversation ON enquiry (conversation_id, id);
CREATE INDEX enquiry_status ON enquiry (organization_id, status, id);

CREATE TABLE enquiry_event (
  organization_id @id NOT NULL,
  enquiry_id @id NOT NULL,
  id @id NOT NULL,
  at BIGINT NOT NULL,
  kind @text NOT NULL,
  actor_type @text NOT NULL,
  actor_id @id,
  data @text,
  PRIMARY KEY (organization_id, enquiry_id, id)
) @norowid;

CREATE TABLE enquiry_counter (
  organization_id @id NOT NULL,
  month @text NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (organization_id, month)
) @norowid;

CREATE TABLE send_gate (
  organization_id @id NOT NULL,
  channel_id @id NOT NULL,
  paused @text NOT NULL DEFAULT '', -- why nothing may go; '' = open
  ready_at BIGINT NOT NULL DEFAULT 0,
  failures BIGINT NOT NULL DEFAULT 0,
  lease_owner @text NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  epoch BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (organization_id, channel_id),
  FOREIGN KEY (organization_id, channel_id) REFERENCES channel (organization_id, id)
) @norowid;

CREATE TABLE send_lane (
  organization_id @id NOT NULL,
  conversation_id @id NOT NULL,
  channel_id @id NOT NULL,
  priority BIGINT NOT NULL DEFAULT 0, -- 0 people, 1 automatic, 2 broadcast
  ready_at BIGINT NOT NULL DEFAULT 0,
  failures BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (organization_id, conversation_id)
) @norowid;
CREATE INDEX send_lane_ready ON send_lane (channel_id, priority, ready_at);

CREATE TABLE outbox (
  organization_id @id NOT NULL,
  conversation_id @id NOT NULL,
  id @id NOT NULL,         -- the order within the lane
  message_id @id NOT NULL,
  channel_id @id NOT NULL,
  attempt BIGINT NOT NULL,
  state @text NOT NULL DEFAULT 'queued', -- queued, sending, uncertain
  tries BIGINT NOT NULL DEFAULT 0,
  epoch BIGINT NOT NULL DEFAULT 0,
  expires_at BIGINT,       -- held longest until here
  PRIMARY KEY (organization_id, conversation_id, id),
  FOREIGN KEY (organization_id, message_id) REFERENCES message (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX outbox_message ON outbox (message_id);

CREATE TABLE event_head (
  organization_id @id NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL
) @norowid;

CREATE TABLE event (
  organization_id @id NOT NULL,
  seq BIGINT NOT NULL,
  kind @text NOT NULL,
  ref @id,
  channel_id @id,
  owner_id @id,
  payload @text,
  at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, seq)
) @norowid;

CREATE TABLE idempotency (
  organization_id @id NOT NULL,
  actor @text NOT NULL,
  key @text NOT NULL,
  request_hash @bytes NOT NULL,
  status BIGINT NOT NULL DEFAULT 0, -- 0 while the first call runs
  answer @bytes,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, actor, key)
) @norowid;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- only sqlite
-- What ANALYZE would find in a busy organization, so that SQLite's planner never
-- takes organization_id, by which every key begins, for a selective condition.
-- Fixed figures give the same plans on the first day as later.
ANALYZE;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('channel', 'channel', '20 20 1'),
  ('channel', 'channel_id', '20 1'),
  ('webhook_event', 'webhook_event', '1000000 1000000 1'),
  ('webhook_event', 'webhook_event_pending', '1000 1000 1'),
  ('webhook_event', 'webhook_event_trouble', '10000 10000 3000 1'),
  ('contact', 'contact', '200000 200000 1'),
  ('identity', 'identity', '200000 200000 200000 1 1'),
  ('identity', 'identity_contact', '200000 2'),
  ('conversation', 'conversation', '200000 200000 1'),
  ('conversation', 'conversation_thread', '200000 100000 1'),
  ('conversation', 'conversation_recent', '200000 200000 1 1'),
  ('conversation', 'conversation_status', '200000 200000 40000 1 1'),
  ('conversation', 'conversation_owner', '100000 100000 5000 1 1'),
  ('conversation', 'conversation_contact', '200000 2'),
  ('message', 'message', '1000000 1000000 1'),
  ('message', 'message_thread', '1000000 50 1 1'),
  ('message', 'message_client', '100000 10 1'),
  ('provider_message', 'provider_message', '1000000 1000000 1'),
  ('enquiry', 'enquiry', '200000 200000 1'),
  ('enquiry', 'enquiry_current', '50000 1'),
  ('enquiry', 'enquiry_number', '200000 200000 1'),
  ('enquiry', 'enquiry_conversation', '200000 3 1'),
  ('enquiry', 'enquiry_status', '200000 200000 50000 1'),
  ('event', 'event', '1000000 1000000 1'),
  ('send_lane', 'send_lane', '1000 1000 1'),
  ('send_lane', 'send_lane_ready', '1000 500 300 1'),
  ('outbox', 'outbox', '1000 1000 2 1'),
  ('outbox', 'outbox_message', '1000 1');
-- end only

-- only postgres
-- Two roles: the application sees one organization at a time, the system all.
-- +goose StatementBegin
DO $$
DECLARE t RECORD; r TEXT;
BEGIN
  FOREACH r IN ARRAY ARRAY['switchboard_app', 'switchboard_system'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', r);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    IF NOT pg_has_role(current_user, r, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', r, current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), r);
  END LOOP;
  FOR t IN SELECT c.table_name AS name,
      EXISTS (SELECT 1 FROM information_schema.columns k WHERE k.table_schema = c.table_schema
        AND k.table_name = c.table_name AND k.column_name = 'organization_id') AS tenant
    FROM information_schema.tables c
    WHERE c.table_schema = current_schema() AND c.table_type = 'BASE TABLE' AND c.table_name NOT LIKE 'goose%'
  LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO switchboard_system', t.name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t.name);
    EXECUTE format('CREATE POLICY system ON %I TO switchboard_system USING (true) WITH CHECK (true)', t.name);
    IF t.tenant THEN
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO switchboard_app', t.name);
      EXECUTE format('CREATE POLICY tenant ON %I TO switchboard_app
        USING (organization_id = nullif(current_setting(''app.organization'', true), '''')::uuid)
        WITH CHECK (organization_id = nullif(current_setting(''app.organization'', true), '''')::uuid)', t.name);
    END IF;
  END LOOP;
  GRANT SELECT, UPDATE ON organization TO switchboard_app;
  CREATE POLICY tenant ON organization TO switchboard_app
    USING (id = nullif(current_setting('app.organization', true), '')::uuid);
END $$;
-- +goose StatementEnd
-- end only
