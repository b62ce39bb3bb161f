package media

import (
	"encoding/json"
	"errors"
	"slices"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// Spec is what lists of files may be asked.
var Spec = query.Spec{Resource: "media", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "conversation_id", Column: "t.conversation_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "message_id", Column: "t.message_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "kind", Column: "t.kind", Type: query.Enum, Values: []string{"image", "audio", "video", "document", "sticker"}, Filterable: true},
	{Name: "state", Column: "t.state", Type: query.Enum, Values: []string{"remote", "downloading", "ready", "failed"}, Filterable: true},
	{Name: "mime_type", Column: "t.mime_type", Type: query.Text, Filterable: true},
	{Name: "file_name", Column: "t.file_name", Type: query.Text, Filterable: true},
	{Name: "size", Column: "t.size", Type: query.Int, Filterable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true},
}, Members: []string{"width", "height", "duration_ms", "voice", "animated", "url", "thumbnail_url", "error", "updated_at"}, Scoped: true}

// Sent narrows a list to what messages hold.
func Sent() query.Cond {
	i := slices.IndexFunc(Spec.Fields, func(f query.Field) bool { return f.Name == "message_id" })
	return query.Cond{Op: query.Is, Not: true, Field: &Spec.Fields[i], Args: []any{nil}}
}

// Columns and Scan read files; the table goes by the alias t.
const Columns = `t.organization_id, t.id, t.conversation_id, t.message_id, t.channel_id, t.kind, t.state, t.mime_type, t.file_name, t.size, t.sha256,
	t.width, t.height, t.duration_ms, t.voice, t.animated, t.thumbnail, t.blob, t.remote, t.error, t.created_by, t.expires_at, t.created_at, t.updated_at`

// Scan reads one row of Columns.
func Scan(scan func(...any) error) (*File, error) {
	f := &File{}
	var remote, failure json.RawMessage
	if err := scan(&f.Org, &f.ID, &f.Conversation, &f.Message, &f.Channel, &f.Kind, &f.State, &f.MIMEType, &f.FileName, &f.Size, &f.SHA256,
		&f.Width, &f.Height, &f.DurationMS, &f.Voice, &f.Animated, &f.Thumbnail, &f.blob, db.JSON(&remote), db.JSON(&failure), &f.CreatedBy,
		db.Time(&f.ExpiresAt), db.Time(&f.CreatedAt), db.Time(&f.UpdatedAt)); err != nil {
		return nil, err
	}
	for _, j := range []struct {
		raw  json.RawMessage
		into any
	}{{remote, &f.Remote}, {failure, &f.Error}} {
		if len(j.raw) > 0 {
			if err := json.Unmarshal(j.raw, j.into); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

var (
	byIDs  = db.SQL(`SELECT ` + Columns + ` FROM media t WHERE t.organization_id = $1 AND t.id IN @ids($2)`)
	lock   = db.SQL(`SELECT ` + Columns + ` FROM media t WHERE t.organization_id = $1 AND t.id = $2 @lock`)
	insert = db.NewInsert("media", nil,
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "conversation_id", Type: db.ID}, db.Col{Name: "message_id", Type: db.ID},
		db.Col{Name: "channel_id", Type: db.ID}, db.Col{Name: "kind", Type: db.Text}, db.Col{Name: "state", Type: db.Text}, db.Col{Name: "mime_type", Type: db.Text},
		db.Col{Name: "file_name", Type: db.Text}, db.Col{Name: "size", Type: db.Int}, db.Col{Name: "voice", Type: db.Bool}, db.Col{Name: "animated", Type: db.Bool},
		db.Col{Name: "blob", Type: db.Text}, db.Col{Name: "remote", Type: db.Text}, db.Col{Name: "error", Type: db.Text}, db.Col{Name: "created_by", Type: db.ID},
		db.Col{Name: "expires_at", Type: db.Int}, db.Col{Name: "created_at", Type: db.Int}, db.Col{Name: "updated_at", Type: db.Int})
	// What an attempt found counts only while the row is still that attempt's.
	ready = db.SQL(`UPDATE media SET state = 'ready', error = NULL, kind = $4, mime_type = $5, file_name = $6, size = $7, sha256 = $8, width = $9, height = $10,
		duration_ms = $11, animated = $12, thumbnail = $13, updated_at = $14
		WHERE organization_id = $1 AND id = $2 AND blob = $3 AND state IN ('uploading', 'downloading')`)
	attempt = db.SQL(`UPDATE media SET state = 'downloading', blob = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2`)
	fail    = db.SQL(`UPDATE media SET state = $4, error = $5, updated_at = $6 WHERE organization_id = $1 AND id = $2 AND blob = $3 AND state = 'downloading'`)
	again   = db.SQL(`UPDATE media SET state = 'remote', error = NULL, updated_at = $3 WHERE organization_id = $1 AND id = $2`)
	attach  = db.SQL(`UPDATE media SET message_id = $3, conversation_id = $4, channel_id = $5, kind = $6, voice = $7, updated_at = $8
		WHERE organization_id = $1 AND id = $2 AND message_id IS NULL AND state = 'ready'`)
	filesOf = db.SQL(`SELECT id, blob FROM media WHERE message_id = $2 AND organization_id = $1`)
	erase   = db.SQL(`DELETE FROM media WHERE organization_id = $1 AND id IN @ids($2)`)
	remove  = db.SQL(`DELETE FROM media WHERE organization_id = $1 AND id = $2 AND message_id IS NULL`)
)

// ByIDs reads files.
func ByIDs(tx *db.Tx, org id.ID, ids db.IDs) (map[id.ID]*File, error) {
	out := make(map[id.ID]*File, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	return out, tx.Query(byIDs, []any{org, ids}, func(scan func(...any) error) error {
		f, err := Scan(scan)
		if err == nil {
			out[f.ID] = f
		}
		return err
	})
}

// One reads a file; a fault when there is none, or it is still on its way up.
func One(tx *db.Tx, org, file id.ID) (*File, error) {
	all, err := ByIDs(tx, org, db.IDs{file})
	if err != nil {
		return nil, err
	}
	if f := all[file]; f != nil && f.State != Uploading {
		return f, nil
	}
	return nil, fault.Absent("file")
}

// held reads a file and keeps it from being changed; nil when there is none.
func held(tx *db.Tx, org, file id.ID) (f *File, err error) {
	err = tx.Query(lock, []any{org, file}, func(scan func(...any) error) (err error) {
		f, err = Scan(scan)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return f, err
}
