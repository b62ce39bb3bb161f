-- +goose Up
-- Files: what contacts sent and members upload, and durable jobs, the first of
-- which fetch and delete them.

CREATE TABLE job (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  kind @text NOT NULL,
  key @text NOT NULL, -- what it is about; one job of a kind per key
  payload @text,
  attempts BIGINT NOT NULL DEFAULT 0,
  dead BOOLEAN NOT NULL DEFAULT FALSE, -- given up, waits for a person
  error @text NOT NULL DEFAULT '',
  lease_owner @text NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0, -- nobody's before this time: when it is due, or when its holder's lease ends
  epoch BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX job_key ON job (organization_id, kind, key);
CREATE INDEX job_due ON job (dead, kind, lease_until);

CREATE TABLE media (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  conversation_id @id, -- NULL while an upload belongs to none
  message_id @id,      -- NULL until a message holds it
  channel_id @id,
  kind @text NOT NULL,
  state @text NOT NULL, -- uploading, remote, downloading, ready, failed
  mime_type @text NOT NULL DEFAULT '', -- found in the bytes; what was claimed until then
  file_name @text NOT NULL DEFAULT '', -- as it may be shown, never a path
  size BIGINT NOT NULL DEFAULT 0,
  sha256 @text NOT NULL DEFAULT '',
  width BIGINT NOT NULL DEFAULT 0,
  height BIGINT NOT NULL DEFAULT 0,
  duration_ms BIGINT NOT NULL DEFAULT 0,
  voice BOOLEAN NOT NULL DEFAULT FALSE,
  animated BOOLEAN NOT NULL DEFAULT FALSE,
  thumbnail BIGINT NOT NULL DEFAULT 0, -- bytes of its small picture, 0 = none
  blob @text NOT NULL DEFAULT '', -- its name in the store; of the attempt under way until it is ready
  remote @text,                   -- JSON: how the provider names it
  error @text,                    -- JSON: why it is not here
  created_by @id,                 -- member or token that uploaded it
  expires_at BIGINT,              -- until when the provider keeps it
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, id)
) @norowid;
CREATE INDEX media_conversation ON media (conversation_id);
CREATE INDEX media_message ON media (message_id);

-- only postgres
-- As in 00001, for the new tables.
-- +goose StatementBegin
DO $$
DECLARE t TEXT; r TEXT;
BEGIN
  FOREACH t IN ARRAY ARRAY['job', 'media'] LOOP
    FOREACH r IN ARRAY ARRAY['switchboard_system', 'switchboard_app'] LOOP
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', t, r);
    END LOOP;
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
