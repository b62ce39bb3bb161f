package delivery

import (
	"context"
	"encoding/json"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// Service reads deliveries and forgets old ones.
type Service struct{ db *db.DB }

// NewService makes the service.
func NewService(d *db.DB) *Service { return &Service{d} }

// Outgoing is a delivery as the API shows it. Body is given for one only.
type Outgoing struct {
	ID             id.ID       `json:"id"`
	OrganizationID id.ID       `json:"organization_id"`
	ChannelID      id.ID       `json:"channel_id" nullable:"true"`
	SubscriptionID id.ID       `json:"subscription_id" nullable:"true"`
	MessageID      id.ID       `json:"message_id" nullable:"true"`
	ConversationID id.ID       `json:"conversation_id" nullable:"true"`
	Kind           string      `json:"kind" enum:"message,enquiry"`
	URL            string      `json:"url" doc:"Of the latest attempt"`
	Status         Status      `json:"status" enum:"pending,failed,delivered,dead,canceled" doc:"failed is tried again at next_attempt_at, dead is given up"`
	AttemptCount   int         `json:"attempt_count"`
	Attempts       []Attempt   `json:"attempts"`
	NextAttemptAt  clock.Stamp `json:"next_attempt_at" nullable:"true"`
	Body           *string     `json:"body" doc:"The bytes of every attempt; null in lists"`
	CreatedAt      clock.Stamp `json:"created_at"`
	UpdatedAt      clock.Stamp `json:"updated_at"`
}

// Attempt is one try as the API shows it.
type Attempt struct {
	Number   int         `json:"number"`
	At       clock.Stamp `json:"at"`
	Request  Request     `json:"request"`
	Answer   *Answer     `json:"answer" doc:"null when there was none"`
	Error    *string     `json:"error"`
	Duration int64       `json:"duration" doc:"Milliseconds"`
}

// Request is what was sent besides the body.
type Request struct {
	Method  string          `json:"method"`
	URL     string          `json:"url"`
	Headers json.RawMessage `json:"headers"`
}

// Answer is what came back.
type Answer struct {
	Status int    `json:"status"`
	Body   string `json:"body" doc:"The first 1 KB"`
}

// Spec is what lists of deliveries may be asked.
var Spec = query.Spec{Resource: "deliveries", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "channel_id", Column: "t.channel_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "subscription_id", Column: "t.subscription_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "message_id", Column: "t.message_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "conversation_id", Column: "t.conversation_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "kind", Column: "t.kind", Type: query.Enum, Values: []string{Message, Enquiry}, Filterable: true},
	{Name: "status", Column: "t.status", Type: query.Enum, Values: []string{"pending", "failed", "delivered", "dead", "canceled"}, Filterable: true},
	{Name: "next_attempt_at", Column: "t.next_attempt_at", Type: query.Time, Filterable: true, Nullable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "updated_at", Column: "t.updated_at", Type: query.Time, Filterable: true, Sortable: true},
}, Members: []string{"url", "attempt_count", "attempts", "body"}}

const columns = `t.id, t.organization_id, t.channel_id, t.subscription_id, t.message_id, t.conversation_id, t.kind, t.url, t.status, t.tries, t.next_attempt_at, t.created_at, t.updated_at`

var (
	one = db.SQL(`SELECT ` + columns + `, t.body FROM delivery t WHERE t.organization_id = $1 AND t.id = $2`)
	// The latest of each: a plan has eight, replays add to them.
	attempts = db.SQL(`SELECT delivery_id, number, at, url, headers, status, answer, error, duration_us FROM delivery_attempt
		WHERE organization_id = $1 AND delivery_id IN @ids($2) ORDER BY delivery_id, number`)
)

// List reads deliveries.
func (s *Service) List(ctx context.Context, a account.Actor, l *query.List) ([]Outgoing, int64, error) {
	if err := a.Require(account.WebhooksView); err != nil {
		return nil, 0, err
	}
	var out []Outgoing
	total := int64(-1)
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = []Outgoing{}
		total, err = db.List(tx, l, columns, "delivery t", func(scan func(...any) error) error {
			v, err := scanView(scan)
			out = append(out, v)
			return err
		})
		if err != nil {
			return err
		}
		return fill(tx, a.Organization, out)
	})
	return out, total, err
}

// Get reads one delivery with its bytes.
func (s *Service) Get(ctx context.Context, a account.Actor, d id.ID) (Outgoing, error) {
	if err := a.Require(account.WebhooksView); err != nil {
		return Outgoing{}, err
	}
	return s.Read(ctx, a, d)
}

// Read is Get after an act, for who may act but not look.
func (s *Service) Read(ctx context.Context, a account.Actor, d id.ID) (Outgoing, error) {
	var out []Outgoing
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		out = nil
		if err := tx.Query(one, []any{a.Organization, d}, func(scan func(...any) error) error {
			var body string
			v, err := scanView(func(dest ...any) error { return scan(append(dest, &body)...) })
			v.Body = &body
			out = append(out, v)
			return err
		}); err != nil {
			return err
		}
		return fill(tx, a.Organization, out)
	})
	if err == nil && len(out) == 0 {
		err = fault.Absent("delivery")
	}
	if err != nil {
		return Outgoing{}, err
	}
	return out[0], nil
}

func scanView(scan func(...any) error) (Outgoing, error) {
	v := Outgoing{Attempts: []Attempt{}}
	err := scan(&v.ID, &v.OrganizationID, &v.ChannelID, &v.SubscriptionID, &v.MessageID, &v.ConversationID, &v.Kind, &v.URL, &v.Status,
		&v.AttemptCount, db.Time(&v.NextAttemptAt.Time), db.Time(&v.CreatedAt.Time), db.Time(&v.UpdatedAt.Time))
	return v, err
}

func fill(tx *db.Tx, org id.ID, out []Outgoing) error {
	at := map[id.ID]int{}
	var ids db.IDs
	for i, v := range out {
		at[v.ID], ids = i, append(ids, v.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	return tx.Query(attempts, []any{org, ids}, func(scan func(...any) error) error {
		var d id.ID
		var a Attempt
		var answer Answer
		var why string
		var us int64
		if err := scan(&d, &a.Number, db.Time(&a.At.Time), &a.Request.URL, db.JSON(&a.Request.Headers), &answer.Status, &answer.Body, &why, &us); err != nil {
			return err
		}
		a.Request.Method, a.Duration = "POST", us/1000
		if answer.Status != 0 {
			a.Answer = &answer
		}
		if why != "" {
			a.Error = &why
		}
		n := at[d]
		out[n].Attempts = append(out[n].Attempts, a)
		return nil
	})
}

// Row is what decides about a delivery.
type Row struct {
	Organization, ID, Channel, Conversation, Message id.ID
	Attempt, Tries                                   int
	Status                                           Status
}

var (
	readRow = db.SQL(`SELECT id, channel_id, conversation_id, message_id, attempt, tries, status FROM delivery WHERE organization_id = $1 AND id = $2`)
	again   = db.SQL(`UPDATE delivery SET status = 'pending', next_attempt_at = $3, tries = 0, updated_at = $3 WHERE organization_id = $1 AND id = $2`)
	cancel  = db.SQL(`UPDATE delivery SET status = 'canceled', next_attempt_at = NULL, updated_at = $3 WHERE organization_id = $1 AND id = $2`)
	old     = db.SQL(`SELECT organization_id, id FROM delivery WHERE id < $1 AND status NOT IN ('pending', 'failed') LIMIT 500`)
	forget  = db.SQL(`DELETE FROM delivery WHERE organization_id = $1 AND id IN @ids($2)`)
)

// Read reads a delivery; db.ErrNoRows when there is none. Whoever decides by it
// about a message's holds the conversation.
func Read(tx *db.Tx, org, d id.ID) (Row, error) {
	r := Row{Organization: org}
	return r, tx.Row(readRow, []any{org, d}, &r.ID, &r.Channel, &r.Conversation, &r.Message, &r.Attempt, &r.Tries, &r.Status)
}

// Again has a delivery that no message waits for tried again at once.
func Again(tx *db.Tx, r Row, now time.Time) error {
	if r.Status == Delivered || r.Status == Pending {
		return fault.New(fault.Conflict, "not_replayable", "This delivery is %s; one that failed, was given up or canceled can be sent again.", r.Status)
	}
	return tx.Do(again, r.Organization, r.ID, now)
}

// Cancel takes back a delivery that no message waits for.
func Cancel(tx *db.Tx, r Row, now time.Time) error {
	if r.Status != Failed && r.Status != Pending {
		return fault.New(fault.Conflict, "not_cancelable", "Only a delivery that still waits can be canceled; this one is %s.", r.Status)
	}
	return tx.Do(cancel, r.Organization, r.ID, now)
}

// Expire forgets what is settled and older than a time, at most 500 at once.
func (s *Service) Expire(ctx context.Context, before time.Time) (int, error) {
	n := 0
	err := s.db.System().Bulk(ctx, func(tx *db.Tx) error {
		n = 0
		all := map[id.ID]db.IDs{}
		if err := tx.Query(old, []any{id.Floor(before)}, func(scan func(...any) error) error {
			var org, d id.ID
			err := scan(&org, &d)
			all[org] = append(all[org], d)
			n++
			return err
		}); err != nil {
			return err
		}
		for org, ids := range all {
			if _, err := tx.Exec(forget, org, ids); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
