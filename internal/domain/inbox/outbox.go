package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"sort"
	"time"

	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

// States of an outbox row.
const (
	waiting = "queued"
	ahead   = "uploading" // its files are on their way, the message is not
	going   = "sending"
	unclear = "uncertain"
)

// Outgoing is one message about to be sent.
type Outgoing struct {
	Conversation, Message, Outbox, Contact id.ID
	Attempt, Tries                         int
	To                                     message.Party
	Content                                message.Content
	ReplyTo                                string // provider id of what it quotes or reacts to
	ExpiresAt                              time.Time
	ready                                  time.Time
	state                                  string
	epoch                                  int64
	failures                               int
}

// Outcome is what became of an Outgoing.
type Outcome struct {
	Outgoing
	Verdict  Verdict
	Provider string        // its id at the provider, for Went
	More     []string      // its further ids there
	Moved    message.Party // for Again: where the recipient is reached from now on
	Learned  message.Party // further addresses of the recipient
	Arrived  bool          // for Went: the contact's side has it already
	Try      *delivery.Try // how the delivery's try went, for types that keep them
	Failure  *SendFailure  // for the other verdicts
	RetryAt  time.Time     // for Again
	Rest     time.Duration // for Went: how long the recipient is left in peace
	Exchange json.RawMessage
	At       time.Time
	Took     time.Duration
}

// Verdict is the gateway's decision about an attempt.
type Verdict int

// Verdicts.
const (
	Went    Verdict = iota // the provider took it
	Refused                // it will never be taken
	Again                  // surely not taken; try later
	Unclear                // it may have been taken: never resent without a person
)

const headColumns = `o.conversation_id, o.id, o.message_id, o.attempt, o.tries, o.state, o.epoch, o.expires_at, l.ready_at, l.failures,
	m.kind, m.text, m.payload, m.media, m.reply_to_provider_id, c.contact_id`

const headFrom = ` FROM send_lane l JOIN outbox o ON o.organization_id = l.organization_id AND o.conversation_id = l.conversation_id
	AND o.id = (SELECT x.id FROM outbox x WHERE x.organization_id = l.organization_id AND x.conversation_id = l.conversation_id ORDER BY x.id LIMIT 1)
	JOIN message m ON m.organization_id = o.organization_id AND m.id = o.message_id
	JOIN conversation c ON c.organization_id = l.organization_id AND c.id = l.conversation_id `

var (
	readyLanes = db.SQL(`SELECT conversation_id FROM send_lane WHERE organization_id = $1 AND channel_id = $2 AND ready_at <= $3
		ORDER BY priority, ready_at LIMIT $4`)
	nextReady = db.SQL(`SELECT min(ready_at) FROM send_lane WHERE organization_id = $1 AND channel_id = $2 AND ready_at > $3`)
	lockConvs = db.SQL(`SELECT id FROM conversation WHERE organization_id = $1 AND id IN @ids($2) ORDER BY id @lock`)
	heads     = db.SQL(`SELECT ` + headColumns + headFrom + `WHERE l.organization_id = $1 AND l.conversation_id IN @ids($2) ORDER BY l.priority, o.id`)
	takeHead  = db.SQL(`UPDATE outbox SET state = $5, epoch = $4, tries = tries + 1 WHERE organization_id = $1 AND conversation_id = $2 AND id = $3`)
	setOutbox = db.SQL(`UPDATE outbox SET state = $4 WHERE organization_id = $1 AND conversation_id = $2 AND id = $3`)
	setLane   = db.SQL(`UPDATE send_lane SET ready_at = $3, failures = $4 WHERE organization_id = $1 AND conversation_id = $2`)
	dropHead  = db.SQL(`DELETE FROM outbox WHERE organization_id = $1 AND conversation_id = $2 AND id = $3`)
	dropLane  = db.SQL(`DELETE FROM send_lane WHERE organization_id = $1 AND conversation_id = $2
		AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.organization_id = $1 AND o.conversation_id = $2)`)
	freeLane = db.SQL(`UPDATE send_lane SET ready_at = 0, failures = 0 WHERE organization_id = $1 AND conversation_id = $2
		AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.organization_id = $1 AND o.conversation_id = $2 AND o.id < $3)`)
	unclaimed  = db.SQL(`SELECT conversation_id, id, message_id FROM outbox WHERE organization_id = $1 AND channel_id = $2 AND state IN ('sending', 'uploading') AND epoch = $3 ORDER BY conversation_id`)
	outboxOf   = db.SQL(`SELECT conversation_id, id, channel_id FROM outbox WHERE organization_id = $1 AND message_id = $2`)
	fence      = db.SQL(`SELECT state, epoch FROM outbox WHERE organization_id = $1 AND conversation_id = $2 AND id = $3`)
	allWaiting = db.SQL(`SELECT o.conversation_id, o.message_id FROM outbox o WHERE o.organization_id = $1 AND o.channel_id = $2 ORDER BY o.conversation_id, o.id`)
	pending    = db.SQL(`SELECT DISTINCT channel_id FROM send_lane`)
	oldest     = db.SQL(`SELECT conversation_id, id, message_id, attempt FROM outbox WHERE organization_id = $1 AND channel_id = $2
		AND state = 'queued' AND expires_at <= $3 ORDER BY conversation_id LIMIT 256`)
)

// Waiting lists the channels that have something to send; the system's own
// transaction sees those of all organizations.
func (s *Service) Waiting(tx *db.Tx) (out []id.ID, err error) {
	return out, tx.Query(pending, nil, func(scan func(...any) error) error {
		var c id.ID
		err := scan(&c)
		out = append(out, c)
		return err
	})
}

// Claim takes the first message of up to limit lanes that are ready and commits
// them as being sent, so that a crash leaves at most these uncertain. busy are
// conversations whose message is still under way. Messages whose files the type
// uploads first are committed as that alone: Going follows. It also settles what an
// earlier holder of the gate left behind, and says when the next lane is ready.
func (s *Service) Claim(ctx context.Context, ch *channel.Channel, epoch int64, limit int, busy map[id.ID]bool, echo time.Duration) (out []Outgoing, next time.Time, err error) {
	org := ch.OrganizationID
	err = s.db.Tenant(org).Write(ctx, func(tx *db.Tx) error {
		out, next = nil, time.Time{}
		now := s.clock.Now()
		var convs db.IDs
		if err := tx.Query(readyLanes, []any{org, ch.ID, now.UnixMicro(), limit + len(busy)}, func(scan func(...any) error) error {
			var c id.ID
			err := scan(&c)
			if !busy[c] && len(convs) < limit {
				convs = append(convs, c)
			}
			return err
		}); err != nil {
			return err
		}
		if len(convs) > 0 {
			if err := s.lockAll(tx, org, convs); err != nil {
				return err
			}
			for len(convs) > 0 { // a lane may have several things to settle before its next message
				var err error
				if convs, err = s.claimHeads(tx, ch, epoch, convs, now, echo, &out); err != nil {
					return err
				}
			}
		}
		var at *int64
		if err := tx.Row(nextReady, []any{org, ch.ID, now.UnixMicro()}, &at); err != nil {
			return err
		}
		if at != nil {
			next = time.UnixMicro(*at).UTC()
		}
		return nil
	})
	return out, next, err
}

func (s *Service) lockAll(tx *db.Tx, org id.ID, convs db.IDs) error {
	return tx.Query(lockConvs, []any{org, convs}, func(scan func(...any) error) error {
		var c id.ID
		return scan(&c)
	})
}

// claimHeads looks at the first row of each lane and returns the lanes to look
// at again.
func (s *Service) claimHeads(tx *db.Tx, ch *channel.Channel, epoch int64, convs db.IDs, now time.Time, echo time.Duration, out *[]Outgoing) (again db.IDs, err error) {
	org := ch.OrganizationID
	repeats := s.channels.Type(ch.Type).Deliveries // what may have arrived is sent again
	var rows []Outgoing
	var files []json.RawMessage
	if err := tx.Query(heads, []any{org, convs}, func(scan func(...any) error) error {
		var o Outgoing
		var kind message.Kind
		var text string
		var payload, raw json.RawMessage
		if err := scan(&o.Conversation, &o.Outbox, &o.Message, &o.Attempt, &o.Tries, &o.state, &o.epoch, db.Time(&o.ExpiresAt),
			db.Time(&o.ready), &o.failures, &kind, &text, db.JSON(&payload), db.JSON(&raw), db.Null(&o.ReplyTo), &o.Contact); err != nil {
			return err
		}
		var err error
		o.Content, err = message.ParseContent(kind, text, payload)
		rows, files = append(rows, o), append(files, raw)
		return err
	}); err != nil {
		return nil, err
	}
	for i, o := range rows {
		if o.ready.After(now) {
			continue
		}
		switch {
		case o.state == unclear: // its echo time is over; the next may go
			if _, err := tx.Exec(dropHead, org, o.Conversation, o.Outbox); err != nil {
				return nil, err
			}
			if n, err := tx.Exec(dropLane, org, o.Conversation); err != nil {
				return nil, err
			} else if n == 0 {
				again = append(again, o.Conversation)
			}
		case o.state == going && o.epoch < epoch && !repeats: // whoever held the gate died while sending it
			if err := s.unclear(tx, ch, o, now, echo, &SendFailure{Reason: "uncertain", Title: "The server stopped while this was being sent."}); err != nil {
				return nil, err
			}
		case o.state == going && o.epoch >= epoch, o.state == ahead && o.epoch == epoch:
		case !o.ExpiresAt.IsZero() && !o.ExpiresAt.After(now):
			if err := s.refuse(tx, ch, o, &SendFailure{Reason: "unreachable", Title: "It could not be sent in time.", Retryable: true}); err != nil {
				return nil, err
			}
			again = append(again, o.Conversation)
		default:
			if len(files[i]) > 0 {
				if o.Content, err = withFiles(tx, org, o.Content, files[i]); err != nil {
					return nil, err
				}
			}
			if o.To, err = s.contacts.Reach(tx, org, ch.Type, o.Contact); err != nil {
				return nil, err
			}
			first := going
			if s.channels.Type(ch.Type).FilesAhead && len(files[i]) > 0 {
				first = ahead
			}
			if _, err := tx.Exec(takeHead, org, o.Conversation, o.Outbox, epoch, first); err != nil {
				return nil, err
			}
			if first == going {
				if _, err := tx.Exec(setState, org, o.Message, string(message.Sending), nil); err != nil {
					return nil, err
				}
			}
			o.Tries++
			*out = append(*out, o)
		}
	}
	return again, nil
}

var nowGoing = db.SQL(`UPDATE outbox SET state = 'sending' WHERE organization_id = $1 AND conversation_id = $2 AND id = $3 AND state = 'uploading' AND epoch = $4`)

// Going commits that a message whose files were uploaded is sent from now on;
// false when it was canceled meanwhile, or is somebody else's.
func (s *Service) Going(ctx context.Context, ch *channel.Channel, epoch int64, o Outgoing) (ok bool, err error) {
	err = s.db.Tenant(ch.OrganizationID).Write(ctx, func(tx *db.Tx) error {
		ok = false
		if err := s.lockAll(tx, ch.OrganizationID, db.IDs{o.Conversation}); err != nil {
			return err
		}
		n, err := tx.Exec(nowGoing, ch.OrganizationID, o.Conversation, o.Outbox, epoch)
		if ok = err == nil && n == 1; !ok {
			return err
		}
		_, err = tx.Exec(setState, ch.OrganizationID, o.Message, string(message.Sending), nil)
		return err
	})
	return ok, err
}

// Settle records what became of messages that were claimed, together.
func (s *Service) Settle(ctx context.Context, ch *channel.Channel, epoch int64, outcomes []Outcome, echo time.Duration) error {
	return s.db.Tenant(ch.OrganizationID).Write(ctx, func(tx *db.Tx) error {
		now := s.clock.Now()
		var convs db.IDs
		for _, o := range outcomes {
			convs = append(convs, o.Conversation)
		}
		sort.Slice(convs, func(i, j int) bool { return string(convs[i][:]) < string(convs[j][:]) })
		if err := s.lockAll(tx, ch.OrganizationID, convs); err != nil {
			return err
		}
		// One order for rows of provider_message, as everywhere.
		sort.SliceStable(outcomes, func(i, j int) bool { return outcomes[i].Provider < outcomes[j].Provider })
		went := false
		for _, o := range outcomes {
			if err := s.settle(tx, ch, epoch, o, now, echo); err != nil {
				return err
			}
			went = went || o.Verdict == Went
		}
		if went {
			return s.channels.TouchOut(tx, ch.OrganizationID, ch.ID, now)
		}
		return nil
	})
}

func (s *Service) settle(tx *db.Tx, ch *channel.Channel, epoch int64, o Outcome, now time.Time, echo time.Duration) error {
	org := ch.OrganizationID
	if err := s.step(tx, org, o); err != nil {
		return err
	}
	if o.Try != nil {
		status := [...]delivery.Status{Went: delivery.Delivered, Refused: delivery.Dead, Again: delivery.Failed, Unclear: delivery.Failed}[o.Verdict]
		if err := delivery.Tried(tx, org, *o.Try, status, o.RetryAt, now); err != nil {
			return err
		}
	}
	if o.Verdict == Went {
		// Even a holder whose lease ran out knows what the provider said.
		states := map[string]*sentState{o.Provider: {provider: o.Provider, state: message.Queued}}
		if err := readStates(tx, org, ch.ID, db.Texts{o.Provider}, states); err != nil {
			return err
		}
		st := states[o.Provider]
		st.merge(message.Sent, o.At, nil)
		if o.Arrived {
			st.merge(message.Delivered, o.At, nil)
		}
		st.message, st.attempt = o.Message, o.Attempt
		if err := s.contacts.Learn(tx, org, ch.Type, o.Contact, o.Learned); err != nil {
			return err
		}
		if err := s.saveSent(tx, org, ch.ID, st); err != nil {
			return err
		}
		return s.named(tx, ch, o, now)
	}
	if len(o.Moved.Addresses) > 0 {
		if err := s.moved(tx, org, ch.Type, o.To, o.Moved); err != nil {
			return err
		}
	}
	var state string
	var held int64
	err := tx.Row(fence, []any{org, o.Conversation, o.Outbox}, &state, &held)
	if errors.Is(err, db.ErrNoRows) || err == nil && (state != going && state != ahead || held != epoch) {
		return nil // settled meanwhile by a status, a person or a later holder
	} else if err != nil {
		return err
	}
	switch o.Verdict {
	case Again:
		if !o.ExpiresAt.IsZero() && o.RetryAt.After(o.ExpiresAt) {
			o.RetryAt = o.ExpiresAt
		}
		if _, err := tx.Exec(setOutbox, org, o.Conversation, o.Outbox, waiting); err != nil {
			return err
		}
		if _, err := tx.Exec(setLane, org, o.Conversation, o.RetryAt.UnixMicro(), o.failures+1); err != nil {
			return err
		}
		raw, _ := json.Marshal(o.Failure)
		if _, err := tx.Exec(setState, org, o.Message, string(message.Queued), json.RawMessage(raw)); err != nil {
			return err
		}
		tx.Emit(db.Event{Org: org, Kind: "message.updated", Ref: o.Message, Channel: ch.ID})
		return nil
	case Unclear:
		return s.unclear(tx, ch, o.Outgoing, now, echo, o.Failure)
	default:
		return s.refuse(tx, ch, o.Outgoing, o.Failure)
	}
}

var (
	aliasKey = db.SQL(`UPDATE provider_message SET message_id = $4, attempt = $5 WHERE organization_id = $1 AND channel_id = $2 AND provider_message_id = $3
		AND message_id IS NULL`)
	restLane = db.SQL(`UPDATE send_lane SET ready_at = $3 WHERE organization_id = $1 AND conversation_id = $2`)
)

// named notes the further ids of a message that went, carries out what came for
// any of its ids before we knew them, and lets its recipient rest.
func (s *Service) named(tx *db.Tx, ch *channel.Channel, o Outcome, now time.Time) error {
	org := ch.OrganizationID
	b := &batch{s: s, tx: tx, ch: ch, org: org, now: now, targets: map[string]target{o.Provider: {o.Message, o.Conversation}}}
	keys := append(db.Texts{o.Provider}, o.More...)
	var rows [][]any
	for _, key := range o.More {
		b.targets[key] = target{o.Message, o.Conversation}
		rows = append(rows, []any{org, ch.ID, key, o.Message, o.Attempt, string(message.Sent), nil})
	}
	fresh, err := tx.InsertNew(insertKey, rows)
	if err != nil {
		return err
	}
	for i, ok := range fresh {
		if ok {
			continue
		}
		if _, err := tx.Exec(aliasKey, org, ch.ID, rows[i][2], o.Message, o.Attempt); err != nil {
			return err
		}
	}
	if o.Rest > 0 {
		if _, err := tx.Exec(restLane, org, o.Conversation, now.Add(o.Rest).UnixMicro()); err != nil {
			return err
		}
	}
	return b.unpark(keys)
}

func (s *Service) step(tx *db.Tx, org id.ID, o Outcome) error {
	name, detail := "sent", ""
	if o.Verdict != Went && o.Failure != nil {
		name = [...]string{"sent", "failed", "deferred", "uncertain"}[o.Verdict]
		detail = o.Failure.Title
	}
	return addStep(tx, org, o.Message, o.At, o.Attempt, name, detail, o.Exchange, o.Took)
}

// unclear marks a message that may or may not have arrived and holds its lane
// for as long as the provider may still report it.
func (s *Service) unclear(tx *db.Tx, ch *channel.Channel, o Outgoing, now time.Time, echo time.Duration, why *SendFailure) error {
	org := ch.OrganizationID
	if _, err := tx.Exec(setOutbox, org, o.Conversation, o.Outbox, unclear); err != nil {
		return err
	}
	if _, err := tx.Exec(setLane, org, o.Conversation, now.Add(echo).UnixMicro(), o.failures); err != nil {
		return err
	}
	raw, _ := json.Marshal(why)
	if _, err := tx.Exec(setState, org, o.Message, string(message.Uncertain), json.RawMessage(raw)); err != nil {
		return err
	}
	tx.Emit(db.Event{Org: org, Kind: "message.updated", Ref: o.Message, Channel: ch.ID})
	return nil
}

// refuse fails a message for good and lets its lane go on.
func (s *Service) refuse(tx *db.Tx, ch *channel.Channel, o Outgoing, why *SendFailure) error {
	org := ch.OrganizationID
	raw, _ := json.Marshal(why)
	if _, err := tx.Exec(setState, org, o.Message, string(message.Failed), json.RawMessage(raw)); err != nil {
		return err
	}
	tx.Emit(db.Event{Org: org, Kind: "message.updated", Ref: o.Message, Channel: ch.ID})
	if s.channels.Type(ch.Type).Deliveries {
		if err := delivery.Settle(tx, org, o.Message, o.Attempt, delivery.Dead, s.clock.Now()); err != nil {
			return err
		}
	}
	return s.settleOutbox(tx, org, o.Message)
}

// settleOutbox takes a message out of its lane; the next one may go at once. One
// taken out further behind leaves the first one's time as it is.
func (s *Service) settleOutbox(tx *db.Tx, org, msg id.ID) error {
	var c, row, ch id.ID
	err := tx.Row(outboxOf, []any{org, msg}, &c, &row, &ch)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	} else if err != nil {
		return err
	}
	if _, err := tx.Exec(dropHead, org, c, row); err != nil {
		return err
	}
	n, err := tx.Exec(dropLane, org, c)
	if err != nil || n > 0 {
		return err
	}
	tx.AfterCommit(func() { s.bus.Publish(event.Hint{Topic: event.Deliver, Key: ch}) })
	_, err = tx.Exec(freeLane, org, c, row)
	return err
}

// Unclaim puts back what was claimed under an epoch and surely never handed to
// the provider, because the holder did not learn that its claim was committed.
func (s *Service) Unclaim(ctx context.Context, ch *channel.Channel, epoch int64) error {
	return s.db.Tenant(ch.OrganizationID).Write(ctx, func(tx *db.Tx) error {
		var rows []Outgoing
		var convs db.IDs
		if err := tx.Query(unclaimed, []any{ch.OrganizationID, ch.ID, epoch}, func(scan func(...any) error) error {
			var o Outgoing
			err := scan(&o.Conversation, &o.Outbox, &o.Message)
			rows, convs = append(rows, o), append(convs, o.Conversation)
			return err
		}); err != nil || len(rows) == 0 {
			return err
		}
		if err := s.lockAll(tx, ch.OrganizationID, convs); err != nil {
			return err
		}
		for _, o := range rows {
			if n, err := tx.Exec(putBack, ch.OrganizationID, o.Conversation, o.Outbox, epoch); err != nil {
				return err
			} else if n == 0 {
				continue
			}
			if _, err := tx.Exec(setState, ch.OrganizationID, o.Message, string(message.Queued), nil); err != nil {
				return err
			}
		}
		return nil
	})
}

var putBack = db.SQL(`UPDATE outbox SET state = 'queued' WHERE organization_id = $1 AND conversation_id = $2 AND id = $3 AND state IN ('sending', 'uploading') AND epoch = $4`)

// FailExpired fails what has waited too long for a channel that cannot send.
func (s *Service) FailExpired(ctx context.Context, ch *channel.Channel, why SendFailure) (int, error) {
	n := 0
	err := s.db.Tenant(ch.OrganizationID).Write(ctx, func(tx *db.Tx) error {
		n = 0
		var rows []Outgoing
		var convs db.IDs
		if err := tx.Query(oldest, []any{ch.OrganizationID, ch.ID, s.clock.Now()}, func(scan func(...any) error) error {
			var o Outgoing
			err := scan(&o.Conversation, &o.Outbox, &o.Message, &o.Attempt)
			rows, convs = append(rows, o), append(convs, o.Conversation)
			return err
		}); err != nil || len(rows) == 0 {
			return err
		}
		if err := s.lockAll(tx, ch.OrganizationID, convs); err != nil {
			return err
		}
		for _, o := range rows {
			if err := s.refuse(tx, ch, o, &why); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// cancelOfChannel takes back everything that waits on a channel going away.
func (s *Service) cancelOfChannel(tx *db.Tx, org, ch id.ID) error {
	var msgs, convs db.IDs
	if err := tx.Query(allWaiting, []any{org, ch}, func(scan func(...any) error) error {
		var c, m id.ID
		err := scan(&c, &m)
		convs, msgs = append(convs, c), append(msgs, m)
		return err
	}); err != nil || len(msgs) == 0 {
		return err
	}
	if err := s.lockAll(tx, org, convs); err != nil {
		return err
	}
	for _, m := range msgs {
		if _, err := tx.Exec(setState, org, m, string(message.Canceled), nil); err != nil {
			return err
		}
		if err := delivery.Drop(tx, org, m, s.clock.Now()); err != nil {
			return err
		}
		if err := s.settleOutbox(tx, org, m); err != nil {
			return err
		}
		tx.Emit(db.Event{Org: org, Kind: "message.updated", Ref: m, Channel: ch})
	}
	return nil
}
