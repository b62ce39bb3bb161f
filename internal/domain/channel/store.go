package channel

import (
	"encoding/json"
	"errors"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

const channelColumns = `c.organization_id, c.id, c.name, c.type, c.source_id, c.is_active, c.sticky_routing,
	c.display_name_format, c.last_inbound_at, c.last_outbound_at, c.created_at, c.updated_at,
	s.id, s.name, s.account, s.app, s.settings, s.secrets, s.connection, s.validation, s.subscription, s.attention,
	s.credentials_expire_at, s.created_at, s.updated_at`

const channelFrom = ` FROM channel c LEFT JOIN source s ON s.organization_id = c.organization_id AND s.id = c.source_id `

var (
	selectChannel = db.SQL(`SELECT ` + channelColumns + channelFrom +
		`WHERE c.organization_id = $1 AND c.id = $2 AND c.deleted_at IS NULL`)
	lockChannel           = db.SQL(`SELECT id FROM channel WHERE organization_id = $1 AND id = $2 @lock`)
	selectChannelAnywhere = db.SQL(`SELECT ` + channelColumns + channelFrom + `WHERE c.id = $1 AND c.deleted_at IS NULL`)
	selectActive          = db.SQL(`SELECT c.id FROM channel c WHERE c.is_active AND c.deleted_at IS NULL AND c.source_id IS NOT NULL`)
	selectSibling         = db.SQL(`SELECT c.id FROM source s JOIN channel c ON c.organization_id = s.organization_id AND c.source_id = s.id
		WHERE s.organization_id = $1 AND s.type = $2 AND s.account = $3 AND s.app = $4 AND c.deleted_at IS NULL`)
	selectSource = db.SQL(`SELECT s.organization_id, s.type, s.id, s.name, s.account, s.app, s.settings, s.secrets, s.connection,
		s.validation, s.subscription, s.attention, s.credentials_expire_at, s.created_at, s.updated_at,
		(SELECT c.id FROM channel c WHERE c.source_id = s.id AND c.deleted_at IS NULL)
		FROM source s WHERE s.organization_id = $1 AND s.id = $2`)
	insertChannel = db.SQL(`INSERT INTO channel (organization_id, id, name, name_folded, type, source_id, is_active, sticky_routing,
		display_name_format, created_at, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$10)`)
	updateChannel = db.SQL(`UPDATE channel SET name = $3, name_folded = $4, source_id = $5, is_active = $6, sticky_routing = $7,
		display_name_format = $8, updated_at = $9 WHERE organization_id = $1 AND id = $2`)
	deleteChannel = db.SQL(`UPDATE channel SET deleted_at = $3, source_id = NULL, is_active = FALSE, updated_at = $3
		WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL`)
	nameTaken = db.SQL(`SELECT id FROM channel WHERE organization_id = $1 AND name_folded = $2 AND deleted_at IS NULL AND id <> $3`)
	touchIn   = db.SQL(`UPDATE channel SET last_inbound_at = $3 WHERE organization_id = $1 AND id = $2`)
	touchOut  = db.SQL(`UPDATE channel SET last_outbound_at = $3 WHERE organization_id = $1 AND id = $2`)

	insertSource = db.SQL(`INSERT INTO source (organization_id, id, name, type, account, app, settings, secrets, connection,
		validation, subscription, attention, credentials_expire_at, created_at, updated_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$14)`)
	updateSource = db.SQL(`UPDATE source SET name = $3, account = $4, app = $5, settings = $6, secrets = $7, connection = $8,
		validation = $9, subscription = $10, attention = $11, credentials_expire_at = $12, updated_at = $13
		WHERE organization_id = $1 AND id = $2`)
	usedBy = db.SQL(`SELECT c.name FROM source s JOIN channel c ON c.organization_id = s.organization_id AND c.source_id = s.id
		WHERE s.organization_id = $1 AND s.type = $2 AND s.account = $3 AND s.id <> $4 AND c.deleted_at IS NULL LIMIT 1`)
	deleteSource = db.SQL(`DELETE FROM source WHERE organization_id = $1 AND id = $2`)
	provenBy     = db.SQL(`SELECT organization_id FROM source WHERE type = $1 AND account = $2 AND connection = 'connected'
		AND validation = 'good' AND id <> $3`)
)

func (s *Service) scanChannel(scan func(...any) error) (*Channel, error) {
	c, src := &Channel{}, &Source{}
	var name, account, app, settings, conn, val, sub, att string
	var secrets []byte
	err := scan(&c.OrganizationID, &c.ID, &c.Name, &c.Type, &c.SourceID, &c.IsActive, &c.StickyRouting, &c.DisplayNameFormat,
		db.Time(&c.LastInboundAt), db.Time(&c.LastOutboundAt), db.Time(&c.CreatedAt), db.Time(&c.UpdatedAt),
		&src.ID, db.Null(&name), db.Null(&account), db.Null(&app), db.Null(&settings), &secrets, db.Null(&conn), db.Null(&val),
		db.Null(&sub), db.Null(&att), db.Time(&src.ExpiresAt), db.Time(&src.CreatedAt), db.Time(&src.UpdatedAt))
	if err != nil || src.ID.IsZero() {
		return c, err
	}
	src.OrganizationID, src.Type, src.Name, src.Account, src.App, src.ChannelID = c.OrganizationID, c.Type, name, account, app, c.ID
	src.Connection, src.Validation, src.Subscription = Connection(conn), Validation(val), Subscription(sub)
	c.Source = src
	return c, s.unpack(src, settings, att, secrets)
}

func (s *Service) scanSource(scan func(...any) error) (*Source, error) {
	src := &Source{}
	var settings, att string
	var secrets []byte
	if err := scan(&src.OrganizationID, &src.Type, &src.ID, &src.Name, &src.Account, &src.App, &settings, &secrets, &src.Connection,
		&src.Validation, &src.Subscription, &att, db.Time(&src.ExpiresAt), db.Time(&src.CreatedAt), db.Time(&src.UpdatedAt), &src.ChannelID); err != nil {
		return nil, err
	}
	return src, s.unpack(src, settings, att, secrets)
}

// unpack opens the sealed secrets and joins them with the plain settings.
func (s *Service) unpack(src *Source, settings, attention string, secrets []byte) error {
	if err := json.Unmarshal([]byte(settings), &src.Settings); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(attention), &src.Attention); err != nil {
		return err
	}
	if len(secrets) == 0 {
		return nil
	}
	plain, err := s.keys.Open(sealedFor(src), secrets)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, &src.Settings); err != nil { // adds to what is there
		return err
	}
	if raw, ok := src.Settings[issuedKey]; ok {
		delete(src.Settings, issuedKey)
		return json.Unmarshal([]byte(raw), &src.Issued)
	}
	return nil
}

// issuedKey holds what we issued among the sealed settings; no field is named
// so.
const issuedKey = "#issued"

// pack splits the settings into what is plain and what is sealed.
func (s *Service) pack(src *Source) (settings, attention string, sealed []byte, err error) {
	plain, secret := map[string]string{}, map[string]string{}
	t := s.Type(src.Type)
	for k, v := range src.Settings {
		if f := t.Field(k); f != nil && (f.Secret || f.Generated) {
			secret[k] = v
		} else {
			plain[k] = v
		}
	}
	if len(src.Issued) > 0 {
		i, _ := json.Marshal(src.Issued)
		secret[issuedKey] = string(i)
	}
	if src.Attention == nil {
		src.Attention = []Attention{}
	}
	p, _ := json.Marshal(plain)
	a, _ := json.Marshal(src.Attention)
	x, _ := json.Marshal(secret)
	return string(p), string(a), s.keys.Seal(sealedFor(src), x), nil
}

// sealedFor binds the secrets to their row: copied elsewhere they do not open.
func sealedFor(src *Source) []byte {
	return secret.AAD(src.OrganizationID.String(), "source", "secrets", src.ID.String())
}

func (s *Service) load(tx *db.Tx, org, ch id.ID) (*Channel, error) {
	return s.loadOne(tx, selectChannel, org, ch)
}

// hold is load for who is going to change the channel or its source: two
// changes at once would otherwise each write back what they read.
func (s *Service) hold(tx *db.Tx, org, ch id.ID) (*Channel, error) {
	if err := tx.Row(lockChannel, []any{org, ch}, &ch); errors.Is(err, db.ErrNoRows) {
		return nil, errAbsent
	} else if err != nil {
		return nil, err
	}
	return s.load(tx, org, ch)
}

func (s *Service) loadOne(tx *db.Tx, stmt *db.Stmt, args ...any) (*Channel, error) {
	var c *Channel
	err := tx.Query(stmt, args, func(scan func(...any) error) (err error) {
		c, err = s.scanChannel(scan)
		return err
	})
	if err == nil && c == nil {
		err = errAbsent
	}
	return c, err
}

var errAbsent = errors.New("channel: no such row")

func (s *Service) saveSource(tx *db.Tx, src *Source, fresh bool, now time.Time) error {
	settings, att, sealed, err := s.pack(src)
	if err != nil {
		return err
	}
	src.UpdatedAt = now
	if fresh {
		src.CreatedAt = now
		_, err = tx.Exec(insertSource, src.OrganizationID, src.ID, src.Name, src.Type, src.Account, src.App, settings, sealed,
			string(src.Connection), string(src.Validation), string(src.Subscription), att, src.ExpiresAt, now)
		return err
	}
	_, err = tx.Exec(updateSource, src.OrganizationID, src.ID, src.Name, src.Account, src.App, settings, sealed,
		string(src.Connection), string(src.Validation), string(src.Subscription), att, src.ExpiresAt, now)
	return err
}
