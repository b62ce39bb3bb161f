-- +goose Up
-- Stars of messages, each somebody's own (a member's or a program's); replays of
-- deliveries apart from their first outcome.

CREATE TABLE message_star (
  organization_id @id NOT NULL,
  actor_id @id NOT NULL, -- member or API token
  message_id @id NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, actor_id, message_id)
) @norowid;
CREATE INDEX message_star_message ON message_star (organization_id, message_id);

-- A replay is shown beside what the delivery brought the first time.
ALTER TABLE webhook_event ADD COLUMN first_outcome @text;
ALTER TABLE webhook_event ADD COLUMN replay_outcome @text;
ALTER TABLE webhook_event ADD COLUMN replayed_at BIGINT;

-- only postgres
-- As in 00001, for the new table.
-- +goose StatementBegin
DO $$
BEGIN
  GRANT SELECT, INSERT, UPDATE, DELETE ON message_star TO switchboard_system, switchboard_app;
  ALTER TABLE message_star ENABLE ROW LEVEL SECURITY;
  ALTER TABLE message_star FORCE ROW LEVEL SECURITY;
  CREATE POLICY system ON message_star TO switchboard_system USING (true) WITH CHECK (true);
  CREATE POLICY tenant ON message_star TO switchboard_app
    USING (organization_id = nullif(current_setting('app.organization', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.organization', true), '')::uuid);
END $$;
-- +goose StatementEnd
-- end only
