package account

import (
	"encoding/json"
	"errors"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

var (
	selectUserByEmail = db.SQL(`SELECT id, email, name, first_name, last_name, display_name, language, password_hash FROM users WHERE email = $1`)
	selectUserByID    = db.SQL(`SELECT id, email, name, first_name, last_name, display_name, language, password_hash FROM users WHERE id = $1`)
	insertUser        = db.SQL(`INSERT INTO users (id, email, name, first_name, last_name, display_name, language, password_hash, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (email) DO NOTHING`)
	renewHash = db.SQL(`UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`)

	selectOrganization       = db.SQL(`SELECT id, name, language, time_zone FROM organization WHERE id = $1`)
	selectOrganizationByName = db.SQL(`SELECT id, name, language, time_zone FROM organization WHERE name = $1 ORDER BY id LIMIT 1`)
	insertOrganization       = db.SQL(`INSERT INTO organization (id, name, language, time_zone, created_at) VALUES ($1, $2, $3, $4, $5)`)

	selectHomes = db.SQL(`SELECT o.id, o.name, o.language, o.time_zone, m.id, m.role, m.name, m.presence
		FROM member m JOIN organization o ON o.id = m.organization_id
		WHERE m.user_id = $1 AND m.deactivated_at IS NULL AND m.removed_at IS NULL ORDER BY o.id`)
	upsertMember = db.SQL(`INSERT INTO member (organization_id, id, user_id, role, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (organization_id, user_id) DO UPDATE SET role = $4, updated_at = $6, deactivated_at = NULL, removed_at = NULL
		RETURNING id, role, name, presence`)

	insertSession  = db.SQL(`INSERT INTO session (token_hash, user_id, created_at, seen_at, expires_at, address, device) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	sessionByHash  = db.SQL(`SELECT user_id, seen_at, expires_at FROM session WHERE token_hash = $1`)
	touchSession   = db.SQL(`UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2`)
	sessionsOf     = db.SQL(`SELECT token_hash, created_at, seen_at, expires_at, address, device FROM session WHERE user_id = $1 ORDER BY seen_at DESC, created_at DESC`)
	deleteSession  = db.SQL(`DELETE FROM session WHERE token_hash = $1 RETURNING user_id`)
	deleteSessions = db.SQL(`DELETE FROM session WHERE user_id = $1`)
	sessionsFrom   = db.SQL(`SELECT COUNT(*) FROM session WHERE user_id = $1 AND address = $2`)

	deleteOldSessions = db.SQL(`DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2`)

	insertToken = db.SQL(`INSERT INTO api_token (organization_id, id, name, token_hash, permissions, member_id, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	selectToken = db.SQL(`SELECT t.organization_id, t.id, t.name, t.permissions, t.member_id, t.expires_at, t.used_at, m.user_id, m.role
		FROM api_token t LEFT JOIN member m ON m.organization_id = t.organization_id AND m.id = t.member_id
			AND m.deactivated_at IS NULL AND m.removed_at IS NULL WHERE t.token_hash = $1`)
	touchToken  = db.SQL(`UPDATE api_token SET used_at = $3 WHERE organization_id = $1 AND id = $2 AND (used_at IS NULL OR used_at < $3)`)
	deleteToken = db.SQL(`DELETE FROM api_token WHERE organization_id = $1 AND id = $2 RETURNING name, permissions`)

	lockOrganization   = db.SQL(`SELECT id FROM organization WHERE id = $1 @lock`)
	updateOrganization = db.SQL(`UPDATE organization SET name = $2, language = $3, time_zone = $4 WHERE id = $1`)

	updateMember        = db.SQL(`UPDATE member SET role = $3, name = $4, deactivated_at = $5, updated_at = $6 WHERE organization_id = $1 AND id = $2`)
	removeMember        = db.SQL(`UPDATE member SET removed_at = $3, updated_at = $3 WHERE organization_id = $1 AND id = $2`)
	forgetTokens        = db.SQL(`DELETE FROM api_token WHERE organization_id = $1 AND member_id = $2`)
	otherAdministrators = db.SQL(`SELECT COUNT(*) FROM member WHERE organization_id = $1 AND id <> $2 AND role = $3 AND deactivated_at IS NULL AND removed_at IS NULL`)
	memberOfEmail       = db.SQL(`SELECT m.id FROM member m JOIN users u ON u.id = m.user_id WHERE m.organization_id = $1 AND u.email = $2 AND m.removed_at IS NULL`)

	insertInvitation = db.SQL(`INSERT INTO invitation (organization_id, id, email, role, token_hash, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	openInvitation   = db.SQL(`SELECT i.organization_id, i.id, i.email, i.role, i.expires_at, o.name, o.language FROM invitation i JOIN organization o ON o.id = i.organization_id
		WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.expires_at > $2`)
	acceptInvitation    = db.SQL(`UPDATE invitation SET accepted_at = $3 WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL`)
	replaceInvitation   = db.SQL(`DELETE FROM invitation WHERE organization_id = $1 AND email = $2 AND accepted_at IS NULL`)
	deleteInvitation    = db.SQL(`DELETE FROM invitation WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL RETURNING email, role`)
	withdrawInvitations = db.SQL(`DELETE FROM invitation WHERE organization_id = $1 AND created_by = $2 AND accepted_at IS NULL`)
	oldInvitations      = db.SQL(`DELETE FROM invitation WHERE expires_at <= $1`)

	insertReset = db.SQL(`INSERT INTO password_reset (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`)
	openReset   = db.SQL(`SELECT u.id, u.email FROM password_reset r JOIN users u ON u.id = r.user_id WHERE r.token_hash = $1 AND r.used_at IS NULL AND r.expires_at > $2`)
	useReset    = db.SQL(`UPDATE password_reset SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2`)
	endResets   = db.SQL(`UPDATE password_reset SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL`)
	oldResets   = db.SQL(`DELETE FROM password_reset WHERE expires_at <= $1`)
	setPassword = db.SQL(`UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1`)
	hashOfUser  = db.SQL(`SELECT email, password_hash FROM users WHERE id = $1`)

	insertLogin = db.SQL(`INSERT INTO login_history (user_id, id, at, address, device, result) VALUES ($1, $2, $3, $4, $5, $6)`)
	oldLogins   = db.SQL(`DELETE FROM login_history WHERE at <= $1`)
	loginsOf    = db.SQL(`SELECT at, address, device, result FROM login_history WHERE user_id = $1 ORDER BY id DESC LIMIT 50`)
)

func scanUser(tx *db.Tx, s *db.Stmt, key any) (u User, hash string, err error) {
	err = tx.Row(s, []any{key}, &u.ID, &u.Email, &u.Name, &u.FirstName, &u.LastName, &u.DisplayName, &u.Language, &hash)
	if u.DisplayName == "" { // nobody has chosen one yet
		u.DisplayName = u.Name
	}
	return u, hash, err
}

func userByEmail(tx *db.Tx, email string) (User, string, error) {
	return scanUser(tx, selectUserByEmail, email)
}

func userByID(tx *db.Tx, user id.ID) (User, error) {
	u, _, err := scanUser(tx, selectUserByID, user)
	if errors.Is(err, db.ErrNoRows) {
		return u, fault.Absent("user")
	}
	return u, err
}

func scanOrganization(tx *db.Tx, s *db.Stmt, key any) (o Organization, err error) {
	err = tx.Row(s, []any{key}, &o.ID, &o.Name, &o.Language, &o.TimeZone)
	return o, err
}

func organizationByID(tx *db.Tx, organization id.ID) (Organization, error) {
	o, err := scanOrganization(tx, selectOrganization, organization)
	if errors.Is(err, db.ErrNoRows) {
		return o, fault.Absent("organization")
	}
	return o, err
}

func homesOf(tx *db.Tx, user id.ID) ([]home, error) {
	var homes []home
	err := tx.Query(selectHomes, []any{user}, func(scan func(...any) error) error {
		var h home
		o, m := &h.organization, &h.member
		if err := scan(&o.ID, &o.Name, &o.Language, &o.TimeZone, &m.ID, &m.Role, &m.Name, &m.Presence); err != nil {
			return err
		}
		m.Organization, m.User = o.ID, user
		homes = append(homes, h)
		return nil
	})
	return homes, err
}

// usedFrom tells whether the user has had a session from this address.
func usedFrom(tx *db.Tx, user id.ID, address string) (bool, error) {
	n := 0
	err := tx.Row(sessionsFrom, []any{user, address}, &n)
	return n > 0, err
}

type storedToken struct {
	organization, id, member, user id.ID
	name, role                     string
	permissions                    []string
	expires, used                  time.Time
}

func tokenByHash(tx *db.Tx, hash []byte) (t storedToken, err error) {
	var list json.RawMessage
	if err = tx.Row(selectToken, []any{hash}, &t.organization, &t.id, &t.name, db.JSON(&list), &t.member,
		db.Time(&t.expires), db.Time(&t.used), &t.user, db.Null(&t.role)); err != nil {
		return t, err
	}
	return t, json.Unmarshal(list, &t.permissions)
}
