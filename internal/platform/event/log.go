package event

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// Record is one event of an organization's log.
type Record struct {
	Seq    int64
	Kind   string
	Ref    id.ID // the row it is about
	At     time.Time
	Before json.RawMessage // what readers must know of how it was
}

var (
	selectAfter = db.SQL(`SELECT seq, kind, ref, at, payload FROM event WHERE organization_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`)
	selectHead  = db.SQL(`SELECT seq FROM event_head WHERE organization_id = $1`)
	selectHeads = db.SQL(`SELECT organization_id, seq FROM event_head WHERE organization_id IN @ids($1)`)
)

// After reads the events that follow a sequence, in order. Since commit order
// is sequence order, nothing turns up later among what was read.
func After(tx *db.Tx, org id.ID, seq int64, limit int) ([]Record, error) {
	var out []Record
	err := tx.Query(selectAfter, []any{org, seq, limit}, func(scan func(...any) error) error {
		var r Record
		err := scan(&r.Seq, &r.Kind, &r.Ref, db.Time(&r.At), db.JSON(&r.Before))
		out = append(out, r)
		return err
	})
	return out, err
}

// Head is the newest sequence of an organization, 0 before its first event.
func Head(tx *db.Tx, org id.ID) (int64, error) {
	var seq int64
	err := tx.Row(selectHead, []any{org}, &seq)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return seq, err
}

// Heads are the newest sequences of several organizations in one query: it
// finds what a lost hint would have told.
func Heads(ctx context.Context, d *db.DB, orgs db.IDs) (map[id.ID]int64, error) {
	out := make(map[id.ID]int64, len(orgs))
	if len(orgs) == 0 {
		return out, nil
	}
	err := d.System().Read(ctx, func(tx *db.Tx) error {
		clear(out)
		return tx.Query(selectHeads, []any{orgs}, func(scan func(...any) error) error {
			var org id.ID
			var seq int64
			err := scan(&org, &seq)
			out[org] = seq
			return err
		})
	})
	return out, err
}
