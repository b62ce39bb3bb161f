package event

import (
	"context"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// pruneBatch bounds how many events one transaction deletes, so that nobody
// who writes waits for it for long.
const pruneBatch = 1000

var selectLogs = db.SQL(`SELECT organization_id FROM event_head`)

// Prune deletes the events of all organizations that are older than a time, in
// batches that yield to everybody else, and tells how many there were. Heads
// stay, so sequences never start again.
func Prune(ctx context.Context, d *db.DB, before time.Time) (int64, error) {
	var orgs []id.ID
	if err := d.System().Read(ctx, func(tx *db.Tx) error {
		orgs = orgs[:0]
		return tx.Query(selectLogs, nil, func(scan func(...any) error) error {
			var org id.ID
			err := scan(&org)
			orgs = append(orgs, org)
			return err
		})
	}); err != nil {
		return 0, err
	}
	var total int64
	for _, org := range orgs {
		for {
			var n int64
			if err := d.Tenant(org).Bulk(ctx, func(tx *db.Tx) (err error) {
				n, err = tx.ForgetEvents(before, pruneBatch)
				return err
			}); err != nil {
				return total, err
			}
			total += n
			if n < pruneBatch {
				break
			}
		}
	}
	return total, nil
}
