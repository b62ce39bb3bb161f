// Package delivery keeps what we post to addresses of others: the bytes, which
// stay the same over all tries, what was answered to each try, and when the next
// is due. It never posts anything itself and decides nothing about repeating:
// who sends says how a try ended.
package delivery

import (
	"encoding/json"
	"errors"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// Status is how far a delivery got; the values are fixed by the API contract.
type Status string

// Statuses.
const (
	Pending   Status = "pending" // not tried yet, or being tried
	Failed    Status = "failed"  // tried, and to be tried again
	Delivered Status = "delivered"
	Dead      Status = "dead" // given up; a person may have it sent again
	Canceled  Status = "canceled"
)

// Kinds of delivery.
const (
	Message = "message"
	Enquiry = "enquiry"
)

// New is a delivery to be.
type New struct {
	Organization, Channel, Conversation id.ID
	Kind                                string
	Message                             id.ID // zero for other kinds
	Attempt                             int   // of the message
}

// Parcel is a delivery about to be tried.
type Parcel struct {
	ID   id.ID
	Try  int
	Body []byte
}

// Try is how a try went.
type Try struct {
	Delivery id.ID
	Number   int
	At       time.Time
	Took     time.Duration
	URL      string
	Headers  json.RawMessage // of the request
	Status   int             // 0 = no answer
	Answer   string          // the first 1 KB
	Error    string
}

var (
	insert = db.SQL(`INSERT INTO delivery (organization_id, id, channel_id, conversation_id, kind, message_id, attempt, body, status, tries, next_attempt_at, created_at, updated_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'pending',$9,$10,$11,$11)`)
	next = db.SQL(`UPDATE delivery SET tries = tries + 1, updated_at = $4 WHERE organization_id = $1 AND message_id = $2 AND attempt = $3
		RETURNING id, body, tries`)
	insertTry = db.SQL(`INSERT INTO delivery_attempt (organization_id, delivery_id, number, at, url, headers, status, answer, error, duration_us)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (organization_id, delivery_id, number) DO NOTHING`)
	// What somebody canceled meanwhile stays so, unless it arrived.
	tried = db.SQL(`UPDATE delivery SET status = $3, next_attempt_at = $4, url = $5, updated_at = $6 WHERE organization_id = $1 AND id = $2
		AND (status IN ('pending','failed') OR $7)`)
	settle = db.SQL(`UPDATE delivery SET status = $4, next_attempt_at = NULL, updated_at = $5 WHERE organization_id = $1 AND message_id = $2 AND attempt = $3
		AND status <> 'delivered' AND status <> $4`)
	drop = db.SQL(`UPDATE delivery SET status = 'canceled', next_attempt_at = NULL, updated_at = $3 WHERE organization_id = $1 AND message_id = $2
		AND status IN ('pending', 'failed')`)
	erase = db.SQL(`DELETE FROM delivery WHERE organization_id = $1 AND message_id IN @ids($2)`) // its tries go with it
)

// Open gives the delivery of one attempt of a message for its next try, whose
// number is recorded before anything is sent. write renders the body of one that
// is not there yet.
func Open(tx *db.Tx, n New, now time.Time, write func() ([]byte, error)) (Parcel, error) {
	p := Parcel{}
	var body string
	err := tx.Row(next, []any{n.Organization, n.Message, n.Attempt, now}, &p.ID, &body, &p.Try)
	if err == nil || !errors.Is(err, db.ErrNoRows) {
		p.Body = []byte(body)
		return p, err
	}
	p.ID, p.Try = id.New(), 1
	if p.Body, err = write(); err != nil {
		return p, err
	}
	_, err = tx.Exec(insert, n.Organization, p.ID, n.Channel, n.Conversation, n.Kind, n.Message, n.Attempt, string(p.Body), p.Try, nil, now)
	return p, err
}

// Tried records a try of a delivery and what follows from it.
func Tried(tx *db.Tx, org id.ID, t Try, s Status, again, now time.Time) error {
	if _, err := tx.Exec(insertTry, org, t.Delivery, t.Number, t.At, t.URL, t.Headers, t.Status, t.Answer, t.Error, t.Took.Microseconds()); err != nil {
		return err
	}
	if s != Failed {
		again = time.Time{}
	}
	_, err := tx.Exec(tried, org, t.Delivery, string(s), again, t.URL, now, s == Delivered)
	return err
}

// Settle ends, or with Pending begins anew, the delivery of one attempt of a
// message, when that is decided elsewhere. One that arrived stays so.
func Settle(tx *db.Tx, org, message id.ID, attempt int, s Status, now time.Time) error {
	_, err := tx.Exec(settle, org, message, attempt, string(s), now)
	return err
}

// Erase forgets what was posted of messages, in the transaction that erases
// them.
func Erase(tx *db.Tx, org id.ID, messages db.IDs) error { return tx.Do(erase, org, messages) }

// Drop cancels what waits of a message.
func Drop(tx *db.Tx, org, message id.ID, now time.Time) error {
	return tx.Do(drop, org, message, now)
}
