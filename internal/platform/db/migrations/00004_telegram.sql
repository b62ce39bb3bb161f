-- +goose Up
-- How polls of ours stand: what each voter chose last, and what the platform
-- counts where it does not tell who voted.

CREATE TABLE poll_vote (
  organization_id @id NOT NULL,
  message_id @id NOT NULL,
  contact_id @id NOT NULL,
  options @text NOT NULL, -- JSON array of places; empty = withdrawn
  at BIGINT NOT NULL,
  seq BIGINT NOT NULL,    -- the provider's own order; 0 = not known
  PRIMARY KEY (organization_id, message_id, contact_id),
  FOREIGN KEY (organization_id, message_id) REFERENCES message (organization_id, id)
) @norowid;

CREATE TABLE poll_tally (
  organization_id @id NOT NULL,
  message_id @id NOT NULL,
  votes @text NOT NULL,   -- JSON array, one number for each option
  closed BOOLEAN NOT NULL,
  at BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (organization_id, message_id),
  FOREIGN KEY (organization_id, message_id) REFERENCES message (organization_id, id)
) @norowid;

-- only postgres
-- As in 00001, for the new tables.
-- +goose StatementBegin
DO $$
DECLARE t TEXT; r TEXT;
BEGIN
  FOREACH t IN ARRAY ARRAY['poll_vote', 'poll_tally'] LOOP
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
