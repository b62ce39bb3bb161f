// Package lease lets one node at a time hold a row. Taking it raises the row's
// epoch; everything the holder writes afterwards carries that epoch, so that a
// holder whose lease ran out can do no harm. Expiry is decided by the
// database's time alone.
package lease

import (
	"errors"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// Table is a table whose rows can be held. It needs the columns
// organization_id, lease_owner, lease_until and epoch.
type Table struct {
	take, renew, release, check, keep *db.Stmt
}

// On declares leases on a table by its key column.
func On(table, key string) *Table {
	where := " WHERE organization_id = $1 AND " + key + " = $2 "
	return &Table{
		take:    db.SQL(`UPDATE ` + table + ` SET lease_owner = $3, lease_until = @now + $4, epoch = epoch + 1` + where + `AND (lease_until <= @now OR lease_owner = $3) RETURNING epoch`),
		renew:   db.SQL(`UPDATE ` + table + ` SET lease_until = @now + $4` + where + `AND epoch = $3`),
		release: db.SQL(`UPDATE ` + table + ` SET lease_until = 0` + where + `AND epoch = $3`),
		check:   db.SQL(`SELECT epoch FROM ` + table + where + `AND epoch = $3 AND lease_until > @now @lock`),
		keep:    db.SQL(`UPDATE ` + table + ` SET lease_until = @now + $4` + where + `AND epoch = $3 AND lease_until > @now`),
	}
}

// Moment is a moment of this process's own monotonic time. A holder trusts its
// lease from the moment it asked for it, not from that of the answer: the
// database counted from somewhere in between.
type Moment struct{ at time.Time }

// Now is the present moment.
func Now() Moment { return Moment{time.Now()} }

// Age is how long ago the moment was.
func (m Moment) Age() time.Duration { return time.Since(m.at) }

// ErrLost says that the lease is no longer held.
var ErrLost = errors.New("lease: lost to another holder")

// Take takes the row for a while; ok is false while another node holds it.
func (t *Table) Take(tx *db.Tx, org, key id.ID, owner string, ttl time.Duration) (epoch int64, ok bool, err error) {
	err = tx.Row(t.take, []any{org, key, owner, ttl.Microseconds()}, &epoch)
	if errors.Is(err, db.ErrNoRows) {
		return 0, false, nil
	}
	return epoch, err == nil, err
}

// Renew prolongs the lease; ErrLost when somebody else took it.
func (t *Table) Renew(tx *db.Tx, org, key id.ID, epoch int64, ttl time.Duration) error {
	n, err := tx.Exec(t.renew, org, key, epoch, ttl.Microseconds())
	if err == nil && n == 0 {
		err = ErrLost
	}
	return err
}

// Release gives the row back.
func (t *Table) Release(tx *db.Tx, org, key id.ID, epoch int64) error {
	return tx.Do(t.release, org, key, epoch)
}

// Held fails with ErrLost unless the lease still holds, and keeps it from being
// taken until the transaction ends.
func (t *Table) Held(tx *db.Tx, org, key id.ID, epoch int64) error {
	var e int64
	err := tx.Row(t.check, []any{org, key, epoch}, &e)
	if errors.Is(err, db.ErrNoRows) {
		return ErrLost
	}
	return err
}

// Keep is Held and Renew in one.
func (t *Table) Keep(tx *db.Tx, org, key id.ID, epoch int64, ttl time.Duration) error {
	n, err := tx.Exec(t.keep, org, key, epoch, ttl.Microseconds())
	if err == nil && n == 0 {
		err = ErrLost
	}
	return err
}
