-- +goose Up
-- Teams, and what decides who sees a conversation: its team, and whose it is.

CREATE TABLE team (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  name @text NOT NULL,
  name_folded @text NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  PRIMARY KEY (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX team_name ON team (organization_id, name_folded) WHERE deleted_at IS NULL;

CREATE TABLE team_member (
  organization_id @id NOT NULL,
  member_id @id NOT NULL,
  team_id @id NOT NULL,
  PRIMARY KEY (organization_id, member_id, team_id),
  FOREIGN KEY (organization_id, team_id) REFERENCES team (organization_id, id),
  FOREIGN KEY (organization_id, member_id) REFERENCES member (organization_id, id)
) @norowid;
CREATE INDEX team_member_team ON team_member (organization_id, team_id, member_id);

ALTER TABLE enquiry ADD COLUMN team_id @id;        -- NULL = nobody's team, everybody's
ALTER TABLE conversation ADD COLUMN team_id @id;   -- of the latest enquiry
ALTER TABLE conversation ADD COLUMN holder_id @id; -- owner of the latest enquiry, also when it is closed
CREATE INDEX conversation_holder ON conversation (organization_id, holder_id, last_message_at, id) WHERE holder_id IS NOT NULL;
CREATE INDEX conversation_free ON conversation (organization_id, last_message_at, id, team_id) WHERE holder_id IS NULL;

-- The team at the end, so that what waits is counted and picked without the row.
DROP INDEX conversation_status;
CREATE INDEX conversation_status ON conversation (organization_id, enquiry_status, last_message_at, id, team_id);

-- only postgres
-- As in 00001, for the new tables.
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
  FOREACH t IN ARRAY ARRAY['team', 'team_member'] LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO switchboard_system', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO switchboard_app', t);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY system ON %I TO switchboard_system USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO switchboard_app
      USING (organization_id = nullif(current_setting(''app.organization'', true), '''')::uuid)
      WITH CHECK (organization_id = nullif(current_setting(''app.organization'', true), '''')::uuid)', t);
  END LOOP;
  SET LOCAL ROLE switchboard_system; -- whose rows the next statement may see
END $$;
-- +goose StatementEnd
-- end only
UPDATE conversation SET holder_id = (SELECT e.owner_id FROM enquiry e WHERE e.organization_id = conversation.organization_id
  AND e.conversation_id = conversation.id ORDER BY e.id DESC LIMIT 1);
-- only postgres
RESET ROLE;
-- end only
-- only sqlite
DELETE FROM sqlite_stat1 WHERE idx = 'conversation_status';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('conversation', 'conversation_status', '200000 200000 40000 1 1 1'),
  ('conversation', 'conversation_holder', '150000 150000 10000 1 1'),
  ('conversation', 'conversation_free', '50000 50000 1 1 1'),
  ('team', 'team', '20 20 1'),
  ('team_member', 'team_member', '200 200 2 1'),
  ('team_member', 'team_member_team', '200 200 10 1');
-- end only
