-- +goose Up
-- Doors: members that are switched off or gone, invitations, forgotten
-- passwords, the record of administrative acts and of signing in.

ALTER TABLE member ADD COLUMN deactivated_at BIGINT;
ALTER TABLE member ADD COLUMN removed_at BIGINT; -- the row stays: what he wrote keeps his name

CREATE TABLE invitation (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  email @text NOT NULL, -- lower case
  role @text NOT NULL,
  token_hash @bytes NOT NULL UNIQUE,
  created_by @id,       -- member; NULL = a token made on the machine
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  accepted_at BIGINT,
  PRIMARY KEY (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX invitation_open ON invitation (organization_id, email) WHERE accepted_at IS NULL;

CREATE TABLE password_reset (
  token_hash @bytes NOT NULL PRIMARY KEY,
  user_id @id NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
) @norowid;
CREATE INDEX password_reset_user ON password_reset (user_id);

CREATE TABLE login_history (
  user_id @id NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id @id NOT NULL,
  at BIGINT NOT NULL,
  address @text NOT NULL DEFAULT '',
  device @text NOT NULL DEFAULT '',
  result @text NOT NULL,
  PRIMARY KEY (user_id, id)
) @norowid;
CREATE INDEX login_history_age ON login_history (at);
CREATE INDEX login_history_result ON login_history (user_id, result, at);

CREATE TABLE audit_log (
  organization_id @id NOT NULL REFERENCES organization (id),
  id @id NOT NULL,
  seq BIGINT NOT NULL,    -- without a gap: a missing row shows
  at BIGINT NOT NULL,
  actor_type @text NOT NULL,
  actor_id @id,
  actor_name @text NOT NULL,
  address @text NOT NULL DEFAULT '',
  action @text NOT NULL,
  object_type @text NOT NULL,
  object_id @id,
  before @text,           -- JSON, never a secret
  after @text,
  hash @bytes NOT NULL,   -- SHA-256 of the hash before and this row
  PRIMARY KEY (organization_id, id)
) @norowid;
CREATE UNIQUE INDEX audit_log_seq ON audit_log (organization_id, seq);
CREATE INDEX audit_log_actor ON audit_log (organization_id, actor_id, id);
CREATE INDEX audit_log_object ON audit_log (organization_id, object_id, id);

CREATE TABLE audit_head (
  organization_id @id NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash @bytes NOT NULL
) @norowid;

-- only postgres
-- As in 00001, for the new tables; the record of acts can be added to, never
-- changed.
-- +goose StatementBegin
DO $$
DECLARE t TEXT; tenant BOOLEAN; rights TEXT;
BEGIN
  FOREACH t IN ARRAY ARRAY['invitation', 'password_reset', 'login_history', 'audit_log', 'audit_head'] LOOP
    tenant := t NOT IN ('password_reset', 'login_history');
    rights := CASE t WHEN 'audit_log' THEN 'SELECT, INSERT' ELSE 'SELECT, INSERT, UPDATE, DELETE' END;
    EXECUTE format('GRANT %s ON %I TO switchboard_system', rights, t);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY system ON %I TO switchboard_system USING (true) WITH CHECK (true)', t);
    IF tenant THEN
      EXECUTE format('GRANT %s ON %I TO switchboard_app', rights, t);
      EXECUTE format('CREATE POLICY tenant ON %I TO switchboard_app
        USING (organization_id = nullif(current_setting(''app.organization'', true), '''')::uuid)
        WITH CHECK (organization_id = nullif(current_setting(''app.organization'', true), '''')::uuid)', t);
    END IF;
  END LOOP;
END $$;
-- +goose StatementEnd
-- end only
-- only sqlite
-- +goose StatementBegin
CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_log_keeps BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
-- +goose StatementEnd
-- end only
