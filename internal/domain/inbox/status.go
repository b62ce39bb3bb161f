package inbox

import (
	"encoding/json"
	"errors"
	"sort"
	"time"

	"switchboard/internal/domain/delivery"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// sentState is what is known about one provider message id.
type sentState struct {
	provider            string
	message             id.ID
	attempt             int
	state               message.State
	sent, delivered, rd time.Time
	failure             *SendFailure
	known, changed      bool
	reported            bool // a failure this batch told for the first time
	there               bool // its message exists
}

var (
	selectStates = db.SQL(`SELECT provider_message_id, message_id, attempt, status, sent_at, delivered_at, read_at, error FROM provider_message
		WHERE channel_id = $1 AND provider_message_id IN @list($2) AND organization_id = $3 ORDER BY provider_message_id @lock`)
	saveState = db.SQL(`UPDATE provider_message SET message_id = $4, attempt = $5, status = $6, sent_at = $7, delivered_at = $8, read_at = $9, error = $10
		WHERE organization_id = $1 AND channel_id = $2 AND provider_message_id = $3`)
)

// merge joins one report into what is known. The result does not depend on the
// order of reports: the state is the highest, each time the earliest, and of
// several reasons to fail always the same one.
func (p *sentState) merge(state message.State, at time.Time, failure *SendFailure) {
	before := *p
	p.state = p.state.Merge(state)
	first := func(t *time.Time) {
		if t.IsZero() || !at.IsZero() && at.Before(*t) {
			*t = at
		}
	}
	switch state {
	case message.Sent:
		first(&p.sent)
	case message.Delivered:
		first(&p.delivered)
	case message.Read:
		first(&p.rd)
	case message.Failed:
		if p.failure == nil || failure != nil && failure.before(p.failure) {
			p.failure, p.reported = failure, true
		}
	}
	p.changed = p.changed || before.state != p.state || !before.sent.Equal(p.sent) || !before.delivered.Equal(p.delivered) ||
		!before.rd.Equal(p.rd) || before.failure != p.failure
}

// before is any fixed order.
func (f *SendFailure) before(o *SendFailure) bool {
	a, _ := json.Marshal(f)
	b, _ := json.Marshal(o)
	return string(a) < string(b)
}

// applyStatuses joins the provider's reports about messages we sent. A report
// may come before we know the message by that id: it waits in the same row that
// the send's own answer will find.
func (b *batch) applyStatuses() error {
	var ids db.Texts
	states := map[string]*sentState{}
	for _, it := range b.items {
		if it.Status != nil && states[it.Status.ProviderID] == nil {
			states[it.Status.ProviderID] = &sentState{provider: it.Status.ProviderID, state: message.Queued}
			ids = append(ids, it.Status.ProviderID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	sort.Strings(ids)
	if err := readStates(b.tx, b.org, b.ch.ID, ids, states); err != nil {
		return err
	}
	var told []station
	for _, it := range b.items {
		if it.Status == nil {
			continue
		}
		st := states[it.Status.ProviderID]
		if st.state == message.GotIn {
			continue // a message to us has no delivery to report
		}
		if st.unheard(it.Status.State) {
			told = append(told, station{st, it})
		}
		st.merge(it.Status.State, earlier(it.Status.At, it.ReceivedAt), failureOf(it.Status))
		if st.message.IsZero() {
			if msg, attempt, ok := ParseRef(it.Status.ClientRef); ok {
				if err := b.adopt(st, msg, attempt); err != nil {
					return err
				}
			}
		}
	}
	keeps := b.s.channels.Type(b.ch.Type).Deliveries
	for _, key := range ids {
		st := states[key]
		if !st.changed {
			continue
		}
		if err := b.s.saveSent(b.tx, b.org, b.ch.ID, st); err != nil {
			return err
		}
		if keeps && (st.state == message.Delivered || st.state == message.Read) && !st.message.IsZero() {
			if err := delivery.Settle(b.tx, b.org, st.message, st.attempt, delivery.Delivered, b.now); err != nil {
				return err
			}
		}
	}
	return b.stations(told)
}

func readStates(tx *db.Tx, org, ch id.ID, ids db.Texts, states map[string]*sentState) error {
	var missing [][]any
	read := func() error {
		return tx.Query(selectStates, []any{ch, ids, org}, func(scan func(...any) error) error {
			var p sentState
			var raw json.RawMessage
			if err := scan(&p.provider, &p.message, &p.attempt, &p.state, db.Time(&p.sent), db.Time(&p.delivered), db.Time(&p.rd), db.JSON(&raw)); err != nil {
				return err
			}
			if len(raw) > 0 {
				if err := json.Unmarshal(raw, &p.failure); err != nil {
					return err
				}
			}
			p.known = true
			*states[p.provider] = p
			return nil
		})
	}
	if err := read(); err != nil {
		return err
	}
	for _, key := range ids {
		if !states[key].known {
			missing = append(missing, []any{org, ch, key, nil, 0, string(message.Queued), nil})
		}
	}
	fresh, err := tx.InsertNew(insertKey, missing)
	if err != nil {
		return err
	}
	for _, ok := range fresh {
		if !ok { // made by the send's own answer at this moment
			return read()
		}
	}
	return nil
}

var attemptOf = db.SQL(`SELECT attempt FROM message WHERE organization_id = $1 AND id = $2 AND channel_id = $3 AND direction = 'outbound'`)

// adopt connects a provider id to our message by the reference the provider
// echoed: how a send without an answer is settled.
func (b *batch) adopt(st *sentState, msg id.ID, attempt int) error {
	var current int
	err := b.tx.Row(attemptOf, []any{b.org, msg, b.ch.ID}, &current)
	if err == db.ErrNoRows || err == nil && attempt > current {
		return nil // not a message of this channel, or one we never attempted
	}
	if err != nil {
		return err
	}
	st.message, st.attempt, st.changed = msg, attempt, true
	return nil
}

func failureOf(s *message.Status) *SendFailure {
	if s.State != message.Failed {
		return nil
	}
	f := &SendFailure{Reason: s.Reason, Title: "Not sent."}
	if len(s.Errors) > 0 {
		f.Code, f.Title, f.Detail = s.Errors[0].Code, s.Errors[0].Title, s.Errors[0].Detail
	}
	if f.Reason == "" {
		f.Reason = "rejected"
	}
	f.Retryable = f.Reason == "throttled" || f.Reason == "unreachable"
	return f
}

var (
	lockMessage = db.SQL(`SELECT status, attempt, created_at, sent_at, delivered_at, read_at, provider_message_id, error FROM message
		WHERE organization_id = $1 AND id = $2 AND direction = 'outbound' @lock`)
	moveMessage = db.SQL(`UPDATE message SET status = $3, sent_at = $4, delivered_at = $5, read_at = $6, error = $7, provider_message_id = $8
		WHERE organization_id = $1 AND id = $2`)
)

// saveSent writes what is known about a provider id and moves its message
// forward. The caller holds the conversation.
func (s *Service) saveSent(tx *db.Tx, org, ch id.ID, st *sentState) error {
	var failure json.RawMessage
	if st.failure != nil {
		failure, _ = json.Marshal(st.failure)
	}
	if _, err := tx.Exec(saveState, org, ch, st.provider, st.message, st.attempt, string(st.state), st.sent, st.delivered, st.rd, failure); err != nil {
		return err
	}
	if st.message.IsZero() {
		return nil
	}
	var state message.State
	var attempt int
	var created, sent, delivered, rd time.Time
	var provider string
	var shown json.RawMessage
	if err := tx.Row(lockMessage, []any{org, st.message}, &state, &attempt, db.Time(&created), db.Time(&sent), db.Time(&delivered), db.Time(&rd), db.Null(&provider), db.JSON(&shown)); errors.Is(err, db.ErrNoRows) {
		return nil // not one that was sent
	} else if err != nil {
		return err
	}
	st.there = true
	if st.state == message.Failed && st.failure != nil && st.reported {
		data, _ := json.Marshal(st.failure)
		if err := addStep(tx, org, st.message, s.clock.Now(), st.attempt, "failed", st.failure.Title, data, 0); err != nil {
			return err
		}
	}
	if st.attempt < attempt && st.state != message.Delivered && st.state != message.Read {
		return nil // news of an older attempt; only an arrival changes the message
	}
	next := state.Merge(st.state)
	// What is shown is of the latest attempt that has a name at the provider.
	if st.attempt < attempt && provider != "" {
		st.provider = provider
	}
	// Platforms report in whole seconds; nothing happens to a message before it
	// was written.
	first := func(old, news time.Time) time.Time {
		if !news.IsZero() && news.Before(created) {
			news = created
		}
		if old.IsZero() || !news.IsZero() && news.Before(old) {
			return news
		}
		return old
	}
	at := [3]time.Time{first(sent, st.sent), first(delivered, st.delivered), first(rd, st.rd)}
	if next != message.Failed {
		failure = nil
	}
	if next != state || provider != st.provider || string(shown) != string(failure) || !at[0].Equal(sent) || !at[1].Equal(delivered) || !at[2].Equal(rd) {
		if _, err := tx.Exec(moveMessage, org, st.message, string(next), at[0], at[1], at[2], failure, st.provider); err != nil {
			return err
		}
		tx.Emit(db.Event{Org: org, Kind: "message.updated", Ref: st.message, Channel: ch})
	}
	// It arrived or failed at the provider: nothing of it waits any more.
	return s.settleOutbox(tx, org, st.message)
}
