-- +goose Up
-- What we post to addresses of others: written down once, tried until it is
-- taken or given up, every try kept.

CREATE TABLE delivery (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,               -- what the receiver tells repeats by
  channel_id @id,
  subscription_id @id,
  conversation_id @id,
  kind @text NOT NULL,           -- message, enquiry
  message_id @id,
  attempt BIGINT NOT NULL DEFAULT 0, -- of the message
  url @text NOT NULL DEFAULT '', -- of the latest try
  body @text NOT NULL,           -- the same bytes on every try
  status @text NOT NULL,         -- pending, failed (to be tried again), delivered, dead, canceled
  tries BIGINT NOT NULL DEFAULT 0,
  next_attempt_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX delivery_message ON delivery (message_id, attempt) WHERE message_id IS NOT NULL;
CREATE INDEX delivery_channel ON delivery (channel_id, id);
CREATE INDEX delivery_status ON delivery (organization_id, status, id);
-- What no message waits for, by conversation and in order.
CREATE INDEX delivery_due ON delivery (channel_id, conversation_id, id) WHERE message_id IS NULL AND next_attempt_at IS NOT NULL;

CREATE TABLE delivery_attempt (
  organization_id @id NOT NULL,
  delivery_id @id NOT NULL,
  number BIGINT NOT NULL,
  at BIGINT NOT NULL,
  url @text NOT NULL,
  headers @text,                 -- of the request, JSON
  status BIGINT NOT NULL,        -- 0 = no answer
  answer @text NOT NULL DEFAULT '', -- the first 1 KB
  error @text NOT NULL DEFAULT '',
  duration_us BIGINT NOT NULL,
  PRIMARY KEY (organization_id, delivery_id, number),
  FOREIGN KEY (organization_id, delivery_id) REFERENCES delivery (organization_id, id) ON DELETE CASCADE
) @norowid;

-- A source's interface is called by its id alone.
CREATE UNIQUE INDEX source_id ON source (id);

-- Tells contents apart where one provider id must not be used for two.
ALTER TABLE provider_message ADD COLUMN digest @text;

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('delivery', 'delivery', '200000 200000 1'),
  ('delivery', 'delivery_message', '200000 1 1'),
  ('delivery', 'delivery_channel', '200000 20000 1'),
  ('delivery', 'delivery_status', '200000 200000 40000 1'),
  ('delivery_attempt', 'delivery_attempt', '300000 300000 2 1');
-- end only

-- only postgres
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
  FOREACH t IN ARRAY ARRAY['delivery', 'delivery_attempt'] LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO switchboard_app, switchboard_system', t);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY system ON %I TO switchboard_system USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO switchboard_app
      USING (organization_id = nullif(current_setting(''app.organization'', true), '''')::uuid)
      WITH CHECK (organization_id = nullif(current_setting(''app.organization'', true), '''')::uuid)', t);
  END LOOP;
END $$;
-- +goose StatementEnd
-- end only
