package channel

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// Outcome is what became of a webhook delivery.
type Outcome string

// Outcomes of a delivery; the values are fixed by the API contract.
const (
	WaitingOutcome     Outcome = "pending"
	Processed          Outcome = "processed"
	Duplicate          Outcome = "duplicate"
	Ignored            Outcome = "ignored"
	UnsupportedOutcome Outcome = "unsupported"
	Unroutable         Outcome = "unroutable"
	RejectedOutcome    Outcome = "rejected"
	Quarantined        Outcome = "quarantined"
)

// Delivery is one raw webhook delivery.
type Delivery struct {
	OrganizationID id.ID
	ID             id.ID
	ChannelID      id.ID
	Type           string // channel type, whose dictionary deflates the body
	ReceivedAt     time.Time
	Signature      string // valid, invalid or none
	Outcome        Outcome
	Error          string
	Attempts       int
	Headers        json.RawMessage
	Body           []byte
}

// DeliveryView is a delivery as the API shows it. Payload is the raw text, and
// null in lists and once the bytes have expired.
type DeliveryView struct {
	ID             id.ID           `json:"id"`
	OrganizationID id.ID           `json:"organization_id"`
	ChannelID      id.ID           `json:"channel_id" nullable:"true"`
	ReceivedAt     clock.Stamp     `json:"received_at"`
	Signature      string          `json:"signature" enum:"valid,invalid,none"`
	Outcome        Outcome         `json:"outcome" enum:"pending,processed,duplicate,ignored,unsupported,unroutable,rejected,quarantined"`
	Error          *string         `json:"error"`
	Attempts       int             `json:"attempts"`
	Size           int64           `json:"size"`
	Headers        json.RawMessage `json:"headers"`
	Payload        *string         `json:"payload"`
	ReplayedAt     clock.Stamp     `json:"replayed_at" nullable:"true"`
	ReplayOutcome  *string         `json:"replay_outcome" doc:"What became of the latest replay; outcome keeps what the delivery brought"`
}

// DeliverySpec is what lists of webhook events may be asked.
var DeliverySpec = query.Spec{Resource: "webhook_events", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "channel_id", Column: "t.channel_id", Type: query.UUID, Filterable: true},
	{Name: "received_at", Column: "t.received_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "signature", Column: "t.signature", Type: query.Enum, Values: []string{"valid", "invalid", "none"}, Filterable: true},
	{Name: "outcome", Column: "t.outcome", Type: query.Enum, Values: []string{"pending", "processed", "duplicate", "ignored", "unsupported", "unroutable", "rejected", "quarantined"}, Filterable: true},
	{Name: "attempts", Column: "t.attempts", Type: query.Int, Filterable: true},
	{Name: "size", Column: "t.size", Type: query.Int, Filterable: true},
}, Members: []string{"error", "headers", "payload", "replayed_at", "replay_outcome"}}

var (
	insertDelivery = db.NewInsert("webhook_event", nil,
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "channel_id", Type: db.ID}, db.Col{Name: "received_at", Type: db.Int},
		db.Col{Name: "signature", Type: db.Text}, db.Col{Name: "outcome", Type: db.Text}, db.Col{Name: "error", Type: db.Text}, db.Col{Name: "attempts", Type: db.Int}, db.Col{Name: "size", Type: db.Int},
		db.Col{Name: "body_id", Type: db.ID}, db.Col{Name: "body_offset", Type: db.Int}, db.Col{Name: "body_length", Type: db.Int}, db.Col{Name: "headers", Type: db.Text})
	insertBody = db.NewInsert("webhook_body", nil,
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "type", Type: db.Text}, db.Col{Name: "data", Type: db.Bytes})
	pendingOf = db.SQL(`SELECT e.id, e.received_at, e.signature, e.attempts, e.size, e.body_id, e.body_offset, e.body_length FROM webhook_event e
		WHERE e.channel_id = $1 AND e.outcome = 'pending' AND e.organization_id = $2 ORDER BY e.id LIMIT $3`)
	bodiesOf     = db.SQL(`SELECT id, type, data FROM webhook_body WHERE organization_id = $1 AND id IN @ids($2)`)
	finish       = db.SQL(`UPDATE webhook_event SET ` + finished + `, error = $4, attempts = $5 WHERE organization_id = $1 AND id = $2`)
	finishSame   = db.SQL(`UPDATE webhook_event SET ` + finished + ` WHERE organization_id = $1 AND id IN @ids($2)`)
	deliveryByID = db.SQL(`SELECT ` + deliveryColumns + ` FROM webhook_event t WHERE t.organization_id = $1 AND t.id = $2`)
	bodyOf       = db.SQL(`SELECT e.body_id, e.body_offset, e.body_length FROM webhook_event e WHERE e.organization_id = $1 AND e.id = $2`)
	again        = db.SQL(`UPDATE webhook_event SET first_outcome = outcome, outcome = 'pending', error = '', attempts = 0, replayed_at = $3, replay_outcome = NULL WHERE organization_id = $1 AND id = $2
		AND outcome NOT IN ('pending','rejected')
		AND EXISTS (SELECT 1 FROM webhook_body b WHERE b.organization_id = $1 AND b.id = webhook_event.body_id)`)
	backlogs = db.SQL(`SELECT DISTINCT channel_id FROM webhook_event WHERE outcome = 'pending'`)
	// The words of the partial index are repeated so that SQLite sees it fits.
	oldRefused = db.SQL(`SELECT id, body_id FROM webhook_event WHERE channel_id = $1 AND organization_id = $2 AND outcome = 'rejected'
		AND outcome <> 'pending' AND outcome <> 'processed' ORDER BY id DESC LIMIT 1000 OFFSET $3`)
	dropEvents = db.SQL(`DELETE FROM webhook_event WHERE organization_id = $1 AND id IN @ids($2)`)
	dropBodies = db.SQL(`DELETE FROM webhook_body WHERE organization_id = $1 AND id IN @ids($2)`)
	oldBodies  = db.SQL(`SELECT b.organization_id, b.id FROM webhook_body b WHERE b.id < $1 AND b.id NOT IN
		(SELECT e.body_id FROM webhook_event e WHERE e.outcome = 'pending' AND e.body_id IS NOT NULL) LIMIT 500`)
)

const deliveryColumns = `t.id, t.organization_id, t.channel_id, t.received_at, t.signature, t.outcome, t.error, t.attempts, t.size, t.headers,
	t.replayed_at, t.replay_outcome`

// finished is what a delivery shows once it was worked. A replay that finds
// nothing new does not undo what the first time brought.
const finished = `outcome = CASE WHEN $3 = 'duplicate' AND first_outcome IN ('processed', 'unsupported') THEN first_outcome ELSE $3 END,
	replay_outcome = CASE WHEN first_outcome IS NULL THEN NULL ELSE $3 END`

// Store commits deliveries. Bodies of one channel that arrive together are
// deflated together, primed with the type's dictionary.
func (s *Service) Store(tx *db.Tx, ds []Delivery) error {
	var bodies, rows [][]any
	for start := 0; start < len(ds); {
		end := start + 1
		for end < len(ds) && ds[end].ChannelID == ds[start].ChannelID {
			end++
		}
		body := id.New()
		data, err := s.deflate(ds[start].Type, ds[start:end])
		if err != nil {
			return err
		}
		bodies = append(bodies, []any{ds[start].OrganizationID, body, ds[start].Type, data})
		at := 0
		for _, d := range ds[start:end] {
			rows = append(rows, []any{d.OrganizationID, d.ID, d.ChannelID, d.ReceivedAt, d.Signature, string(d.Outcome), d.Error, d.Attempts,
				len(d.Body), body, at, len(d.Body), d.Headers})
			at += len(d.Body)
		}
		start = end
	}
	if err := tx.InsertMany(insertBody, bodies); err != nil {
		return err
	}
	return tx.InsertMany(insertDelivery, rows)
}

// StoreOnce is Store without the deliveries that are there already, by their
// ids: a replay finds the same broken elements again. The caller holds the
// channel's lane.
func (s *Service) StoreOnce(tx *db.Tx, org id.ID, ds []Delivery) error {
	var ids db.IDs
	for _, d := range ds {
		ids = append(ids, d.ID)
	}
	there := map[id.ID]bool{}
	if err := tx.Query(knownDeliveries, []any{org, ids}, func(scan func(...any) error) error {
		var v id.ID
		err := scan(&v)
		there[v] = true
		return err
	}); err != nil {
		return err
	}
	return s.Store(tx, slices.DeleteFunc(slices.Clone(ds), func(d Delivery) bool { return there[d.ID] }))
}

var knownDeliveries = db.SQL(`SELECT id FROM webhook_event WHERE organization_id = $1 AND id IN @ids($2)`)

var deflaters sync.Map // type -> *sync.Pool of *flate.Writer

func (s *Service) deflate(typ string, ds []Delivery) ([]byte, error) {
	var out bytes.Buffer
	p, _ := deflaters.LoadOrStore(typ, &sync.Pool{})
	pool := p.(*sync.Pool)
	w, _ := pool.Get().(*flate.Writer)
	if w == nil {
		var err error
		if w, err = flate.NewWriterDict(&out, 5, []byte(s.Type(typ).Dictionary)); err != nil {
			return nil, err
		}
	} else {
		w.Reset(&out)
	}
	for _, d := range ds {
		if _, err := w.Write(d.Body); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	pool.Put(w)
	return out.Bytes(), err
}

func (s *Service) inflate(typ string, data []byte) ([]byte, error) {
	r := flate.NewReaderDict(bytes.NewReader(data), []byte(s.Type(typ).Dictionary))
	defer r.Close()
	return io.ReadAll(r)
}

// Backlog reads what waits on a channel, in order of arrival, at most most
// deliveries and about 1 MiB.
func (s *Service) Backlog(tx *db.Tx, c *Channel, most int) ([]Delivery, error) {
	type place struct {
		body     id.ID
		from, to int
	}
	var out []Delivery
	var places []place
	var ids db.IDs
	size := 0
	if err := tx.Query(pendingOf, []any{c.ID, c.OrganizationID, most}, func(scan func(...any) error) error {
		d := Delivery{OrganizationID: c.OrganizationID, ChannelID: c.ID, Type: c.Type, Outcome: WaitingOutcome}
		var p place
		var n, bytes int
		if err := scan(&d.ID, db.Time(&d.ReceivedAt), &d.Signature, &d.Attempts, &bytes, &p.body, &p.from, &n); err != nil {
			return err
		}
		if size += bytes; size > 1<<20 && len(out) > 0 {
			return nil
		}
		p.to = p.from + n
		if len(ids) == 0 || ids[len(ids)-1] != p.body {
			ids = append(ids, p.body)
		}
		out, places = append(out, d), append(places, p)
		return nil
	}); err != nil || len(out) == 0 {
		return nil, err
	}
	raw := map[id.ID][]byte{}
	if err := tx.Query(bodiesOf, []any{c.OrganizationID, ids}, func(scan func(...any) error) error {
		var b id.ID
		var typ string
		var data []byte
		if err := scan(&b, &typ, &data); err != nil {
			return err
		}
		plain, err := s.inflate(typ, data)
		raw[b] = plain
		return err
	}); err != nil {
		return nil, err
	}
	for i, p := range places {
		if b := raw[p.body]; p.to <= len(b) {
			out[i].Body = b[p.from:p.to]
		}
	}
	return out, nil
}

// Finish records what became of deliveries.
func (s *Service) Finish(tx *db.Tx, org id.ID, ds []Delivery) error {
	same := map[Outcome]db.IDs{}
	var rows [][]any
	for _, d := range ds {
		if d.Error == "" && d.Attempts == 0 {
			same[d.Outcome] = append(same[d.Outcome], d.ID)
		} else {
			rows = append(rows, []any{org, d.ID, string(d.Outcome), d.Error, d.Attempts})
		}
	}
	for o, ids := range same {
		if err := tx.Do(finishSame, org, ids, string(o)); err != nil {
			return err
		}
	}
	return tx.Each(finish, rows)
}

// Worked tells whether a delivery has been worked.
func (s *Service) Worked(tx *db.Tx, d Delivery) (bool, error) {
	var o Outcome
	err := tx.Row(outcomeOf, []any{d.OrganizationID, d.ID}, &o)
	return err == nil && o != WaitingOutcome, err
}

var outcomeOf = db.SQL(`SELECT outcome FROM webhook_event WHERE organization_id = $1 AND id = $2`)

// Backlogs lists the channels with deliveries that wait, of all organizations.
func (s *Service) Backlogs(ctx context.Context) (out []id.ID, err error) {
	err = s.db.System().Read(ctx, func(tx *db.Tx) error {
		out = nil
		return tx.Query(backlogs, nil, func(scan func(...any) error) error {
			var c id.ID
			err := scan(&c)
			out = append(out, c)
			return err
		})
	})
	return out, err
}

// keepRefused is how many refused calls of a channel are kept.
const keepRefused = 100

// Refuse keeps a call whose signature was wrong, the latest of them only.
func (s *Service) Refuse(ctx context.Context, d Delivery) error {
	return s.db.System().Write(ctx, func(tx *db.Tx) error {
		if err := s.Store(tx, []Delivery{d}); err != nil {
			return err
		}
		var events, bodies db.IDs
		if err := tx.Query(oldRefused, []any{d.ChannelID, d.OrganizationID, keepRefused}, func(scan func(...any) error) error {
			var e, b id.ID
			err := scan(&e, &b)
			events, bodies = append(events, e), append(bodies, b)
			return err
		}); err != nil || len(events) == 0 {
			return err
		}
		if _, err := tx.Exec(dropEvents, d.OrganizationID, events); err != nil {
			return err
		}
		_, err := tx.Exec(dropBodies, d.OrganizationID, bodies)
		return err
	})
}

// Expire drops the bytes of deliveries older than the retention time; key and
// outcome stay. It returns how many bodies went, at most 500 at a time.
func (s *Service) Expire(ctx context.Context, before time.Time) (int, error) {
	n := 0
	err := s.db.System().Bulk(ctx, func(tx *db.Tx) error {
		old := map[id.ID]db.IDs{}
		n = 0
		if err := tx.Query(oldBodies, []any{id.Floor(before)}, func(scan func(...any) error) error {
			var org, b id.ID
			err := scan(&org, &b)
			old[org] = append(old[org], b)
			n++
			return err
		}); err != nil {
			return err
		}
		for org, ids := range old {
			if _, err := tx.Exec(dropBodies, org, ids); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// Deliveries lists webhook events.
func (s *Service) Deliveries(ctx context.Context, a account.Actor, l *query.List) ([]DeliveryView, int64, error) {
	if err := a.Require(account.WebhooksView); err != nil {
		return nil, 0, err
	}
	var out []DeliveryView
	total := int64(-1)
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = []DeliveryView{}
		total, err = db.List(tx, l, deliveryColumns, "webhook_event t", func(scan func(...any) error) error {
			v, err := scanDelivery(scan)
			out = append(out, v)
			return err
		})
		return err
	})
	return out, total, err
}

// Delivery reads one webhook event with its bytes.
func (s *Service) Delivery(ctx context.Context, a account.Actor, ev id.ID) (DeliveryView, error) {
	if err := a.Require(account.WebhooksView); err != nil {
		return DeliveryView{}, err
	}
	return s.delivery(ctx, a, ev)
}

func (s *Service) delivery(ctx context.Context, a account.Actor, ev id.ID) (DeliveryView, error) {
	var v DeliveryView
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		v = DeliveryView{}
		if err := tx.Query(deliveryByID, []any{a.Organization, ev}, func(scan func(...any) error) (err error) {
			v, err = scanDelivery(scan)
			return err
		}); err != nil {
			return err
		}
		var body id.ID
		var from, n int
		if err := tx.Row(bodyOf, []any{a.Organization, ev}, &body, &from, &n); errors.Is(err, db.ErrNoRows) || body.IsZero() {
			return nil
		} else if err != nil {
			return err
		}
		return tx.Query(bodiesOf, []any{a.Organization, db.IDs{body}}, func(scan func(...any) error) error {
			var typ string
			var data []byte
			if err := scan(&body, &typ, &data); err != nil {
				return err
			}
			plain, err := s.inflate(typ, data)
			if err == nil && from+n <= len(plain) {
				text := string(plain[from : from+n])
				v.Payload = &text
			}
			return err
		})
	})
	if err == nil && v.ID.IsZero() {
		err = fault.Absent("webhook event")
	}
	return v, err
}

func scanDelivery(scan func(...any) error) (DeliveryView, error) {
	var v DeliveryView
	var why, replay string
	err := scan(&v.ID, &v.OrganizationID, &v.ChannelID, db.Time(&v.ReceivedAt.Time), &v.Signature, &v.Outcome, &why, &v.Attempts, &v.Size, db.JSON(&v.Headers),
		db.Time(&v.ReplayedAt.Time), db.Null(&replay))
	if replay != "" {
		v.ReplayOutcome = &replay
	}
	if why != "" {
		v.Error = &why
	}
	return v, err
}

// Replay has a delivery worked again. What it already brought about is not
// repeated: every effect is keyed by the provider's ids.
func (s *Service) Replay(ctx context.Context, a account.Actor, ev id.ID) (DeliveryView, error) {
	if err := a.Require(account.WebhooksEdit); err != nil {
		return DeliveryView{}, err
	}
	v, err := s.delivery(ctx, a, ev)
	if err != nil {
		return v, err
	}
	var n int64
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		var err error
		if n, err = tx.Exec(again, a.Organization, ev, s.clock.Now()); err != nil || n == 0 {
			return err
		}
		tx.AfterCommit(func() { s.bus.Publish(event.Hint{Topic: event.Ingest, Key: v.ChannelID}) })
		return audit.Record(tx, s.clock.Now(), a.Audit(), audit.Act{Action: "webhook_event.replay", ObjectType: "webhook_event", ObjectID: ev,
			After: map[string]any{"channel_id": v.ChannelID}})
	})
	if err != nil {
		return v, err
	}
	if n == 0 && v.Outcome != WaitingOutcome {
		if v.Outcome == RejectedOutcome {
			return v, fault.New(fault.Conflict, "not_replayable", "A call with a wrong signature is kept for looking at only.")
		}
		return v, fault.New(fault.Conflict, "not_replayable", "The bytes of this delivery have expired.")
	}
	return s.delivery(ctx, a, ev)
}
