// Package job does later, surely and somewhere what is slow or has a time of its
// own and needs no order: a file to fetch, a file to delete. A job is a row
// committed together with what caused it; each node works those that are due.
// Holding one is a lease (platform/lease): a job is nobody's before it is due,
// and nobody else's while its holder keeps it, so one column says both. The
// package knows nothing of what the jobs do.
package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/lease"
)

// Job is something to do. There is one job of a kind per key and organization.
type Job struct {
	Org     id.ID
	Kind    string
	Key     string
	Payload json.RawMessage
	Delay   time.Duration // from now, for Add

	ID       id.ID
	Attempts int // this one included

	epoch int64
	done  bool
}

// Again asks for another attempt after a pause; it never makes a job die.
type Again struct {
	After time.Duration
	Err   error
}

// Error is why.
func (a *Again) Error() string { return fmt.Sprintf("again in %s: %v", a.After, a.Err) }

// Unwrap gives the cause.
func (a *Again) Unwrap() error { return a.Err }

var (
	leases = lease.On("job", "id")
	add    = db.SQL(`INSERT INTO job (organization_id, id, kind, key, payload, lease_until, created_at) VALUES ($1,$2,$3,$4,$5, @now + $6, @now)
		ON CONFLICT (organization_id, kind, key) DO UPDATE SET payload = $5, dead = FALSE, attempts = 0, error = '',
			lease_until = CASE WHEN job.dead OR job.lease_until > @now + $6 THEN @now + $6 ELSE job.lease_until END
		WHERE job.lease_owner = ''`)
	addMany = db.NewInsert("job", []string{"organization_id", "kind", "key"},
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "kind", Type: db.Text}, db.Col{Name: "key", Type: db.Text},
		db.Col{Name: "payload", Type: db.Text}, db.Col{Name: "created_at", Type: db.Int})
	due = db.SQL(`SELECT organization_id, id FROM job WHERE dead = FALSE AND kind = $1 AND lease_until <= @now
		ORDER BY lease_until LIMIT $2 @skip_locked`)
	begin     = db.SQL(`UPDATE job SET attempts = attempts + 1 WHERE organization_id = $1 AND id = $2 RETURNING key, payload, attempts`)
	untilNext = db.SQL(`SELECT min(lease_until) - @now FROM job WHERE dead = FALSE AND kind = $1`)
	finish    = db.SQL(`DELETE FROM job WHERE organization_id = $1 AND id = $2 AND epoch = $3`)
	putOff    = db.SQL(`UPDATE job SET lease_owner = '', epoch = epoch + 1, lease_until = @now + $4, error = $5 WHERE organization_id = $1 AND id = $2 AND epoch = $3`)
	bury      = db.SQL(`UPDATE job SET lease_owner = '', epoch = epoch + 1, dead = TRUE, error = $4 WHERE organization_id = $1 AND id = $2 AND epoch = $3`)
	orphan    = db.SQL(`UPDATE job SET lease_owner = '', lease_until = @now WHERE lease_owner <> ''`)
)

// Add puts off to after the transaction what a job describes. One that waits
// under the same key is brought forward, a dead one lives again, one that is
// being worked stays as it is.
func (q *Queue) Add(tx *db.Tx, j Job) error {
	tx.AfterCommit(q.hint)
	return tx.Do(add, j.Org, id.New(), j.Kind, j.Key, j.Payload, j.Delay.Microseconds())
}

// AddNew adds many jobs that are due at once; keys that have one already are
// left alone.
func (q *Queue) AddNew(tx *db.Tx, jobs []Job) error {
	if len(jobs) == 0 {
		return nil
	}
	rows := make([][]any, len(jobs))
	for i, j := range jobs {
		v := id.New()
		rows[i] = []any{j.Org, v, j.Kind, j.Key, j.Payload, v.Time()}
	}
	tx.AfterCommit(q.hint)
	return tx.InsertMany(addMany, rows)
}

// hint tells all nodes that something may be due.
func (q *Queue) hint() { q.bus.Publish(event.Hint{Topic: event.Jobs}) }

// Finish ends the job in the transaction that holds its effect, so that the
// effect happens once; it fails with lease.ErrLost when somebody else has the
// job by now.
func (j *Job) Finish(tx *db.Tx) error {
	n, err := tx.Exec(finish, j.Org, j.ID, j.epoch)
	if err == nil && n == 0 {
		return lease.ErrLost
	}
	if err == nil {
		tx.AfterCommit(func() { j.done = true })
	}
	return err
}

// Held fails with lease.ErrLost unless the job is still this holder's, and keeps
// it so until the transaction ends.
func (j *Job) Held(tx *db.Tx) error { return leases.Held(tx, j.Org, j.ID, j.epoch) }

// take leases up to most due jobs of a kind.
func take(tx *db.Tx, kind, owner string, most int, ttl time.Duration) ([]*Job, error) {
	var found []*Job
	if err := tx.Query(due, []any{kind, most}, func(scan func(...any) error) error {
		j := &Job{Kind: kind}
		err := scan(&j.Org, &j.ID)
		found = append(found, j)
		return err
	}); err != nil {
		return nil, err
	}
	var out []*Job
	for _, j := range found {
		epoch, ok, err := leases.Take(tx, j.Org, j.ID, owner, ttl)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue // another node was faster
		}
		j.epoch = epoch
		if err := tx.Row(begin, []any{j.Org, j.ID}, &j.Key, db.JSON(&j.Payload), &j.Attempts); err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

// settle records how an attempt ended that did not finish the job itself.
func (j *Job) settle(tx *db.Tx, result error, pause time.Duration, die bool) error {
	if result == nil {
		_, err := tx.Exec(finish, j.Org, j.ID, j.epoch)
		return err
	}
	text := result.Error()
	var again *Again
	if errors.As(result, &again) && again.Err != nil {
		text = again.Err.Error()
	}
	if len(text) > 500 {
		text = text[:500]
	}
	if die {
		_, err := tx.Exec(bury, j.Org, j.ID, j.epoch, text)
		return err
	}
	_, err := tx.Exec(putOff, j.Org, j.ID, j.epoch, pause.Microseconds(), text)
	return err
}
