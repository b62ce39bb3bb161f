// Package idempotency keeps the first answer to an Idempotency-Key for a day, so
// that a repeated request gets it again instead of acting twice. It knows
// nothing of HTTP: an answer is bytes.
package idempotency

import (
	"bytes"
	"context"
	"errors"
	"time"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

// Bounds.
const (
	Keep      = 24 * time.Hour
	abandoned = 2 * time.Minute // after which an unanswered key is free again: its process died
	keyMost   = 255             // bytes of a key
	bodyMost  = 32 << 10        // bytes of a kept answer
)

var (
	insertKey = db.SQL(`INSERT INTO idempotency (organization_id, actor, key, request_hash, created_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (organization_id, actor, key) DO NOTHING`)
	readKey = db.SQL(`SELECT request_hash, status, answer, created_at FROM idempotency WHERE organization_id = $1 AND actor = $2 AND key = $3`)
	freeKey = db.SQL(`DELETE FROM idempotency WHERE organization_id = $1 AND actor = $2 AND key = $3 AND (status = 0 OR created_at < $4)`)
	keepKey = db.SQL(`UPDATE idempotency SET status = 1, answer = $4 WHERE organization_id = $1 AND actor = $2 AND key = $3`)
	oldKeys = db.SQL(`DELETE FROM idempotency WHERE created_at < $1`)
)

// Store keeps answers.
type Store struct {
	db    *db.DB
	keys  *secret.Keyring
	clock clock.Clock
}

// New makes a store; answers are sealed at rest.
func New(d *db.DB, keys *secret.Keyring, clk clock.Clock) *Store { return &Store{d, keys, clk} }

// Begin claims a key for a request, told apart by its hash. It gives the answer
// kept for the same request, or claims the key: then the caller ends it with
// Finish.
func (s *Store) Begin(ctx context.Context, org id.ID, actor, key string, hash []byte) (answer []byte, kept bool, err error) {
	if len(key) > keyMost {
		return nil, false, fault.New(fault.BadRequest, "bad_idempotency_key", "An Idempotency-Key has at most %d bytes.", keyMost)
	}
	err = s.db.Tenant(org).Write(ctx, func(tx *db.Tx) error {
		answer, kept = nil, false
		now := s.clock.Now()
		for range 2 {
			n, err := tx.Exec(insertKey, org, actor, key, hash, now)
			if err != nil || n > 0 {
				return err
			}
			var have []byte
			var status int
			var at time.Time
			if err := tx.Row(readKey, []any{org, actor, key}, &have, &status, &answer, db.Time(&at)); errors.Is(err, db.ErrNoRows) {
				continue
			} else if err != nil {
				return err
			}
			if now.Sub(at) > Keep || status == 0 && now.Sub(at) > abandoned {
				if _, err := tx.Exec(freeKey, org, actor, key, now.Add(-Keep)); err != nil {
					return err
				}
				continue
			}
			if !bytes.Equal(have, hash) {
				return fault.New(fault.Invalid, "idempotency_mismatch", "This Idempotency-Key was used for another request.").WithHint("Make a fresh key for each request.")
			}
			if status == 0 {
				f := fault.New(fault.Conflict, "in_progress", "The first request with this Idempotency-Key still runs.").WithHint("Repeat it in a moment for its answer.")
				f.RetryAfter = time.Second
				return f
			}
			kept = true
			return nil
		}
		return fault.New(fault.Conflict, "in_progress", "The first request with this Idempotency-Key still runs.")
	})
	if err != nil || !kept {
		return nil, false, err
	}
	answer, err = s.keys.Open(place(org, actor, key), answer)
	return answer, err == nil, err
}

// Finish keeps the answer, or frees the key when there is none.
func (s *Store) Finish(ctx context.Context, org id.ID, actor, key string, answer []byte) error {
	return s.db.Tenant(org).Write(ctx, func(tx *db.Tx) error {
		if answer == nil || len(answer) > bodyMost {
			_, err := tx.Exec(freeKey, org, actor, key, s.clock.Now().Add(-Keep))
			return err
		}
		_, err := tx.Exec(keepKey, org, actor, key, s.keys.Seal(place(org, actor, key), answer))
		return err
	})
}

// Sweep forgets old keys.
func (s *Store) Sweep(ctx context.Context) error {
	return s.db.System().Bulk(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(oldKeys, s.clock.Now().Add(-Keep))
		return err
	})
}

func place(org id.ID, actor, key string) []byte {
	return secret.AAD(org.String(), "idempotency", "answer", actor+"/"+key)
}
