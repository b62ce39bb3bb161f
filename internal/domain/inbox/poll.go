package inbox

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// ballot is a vote or a tally on its way to its poll.
type ballot struct {
	Options []int `json:"options,omitempty"` // of a vote
	Votes   []int `json:"votes,omitempty"`   // of a tally
	Closed  bool  `json:"closed,omitempty"`
	Order   int64 `json:"order,omitempty"`
}

// orderSpan is how long a provider's own order of reports is believed: some
// begin anew at random after a quiet week, and none deliver later than a day.
const orderSpan = 48 * time.Hour

// later tells whether a report is newer than the one we have.
func later(seq int64, at time.Time, oldSeq int64, old time.Time) bool {
	if apart := at.Sub(old); seq != 0 && oldSeq != 0 && apart < orderSpan && apart > -orderSpan {
		return seq > oldSeq
	}
	return !at.Before(old)
}

var (
	voteOf  = db.SQL(`SELECT at, seq FROM poll_vote WHERE organization_id = $1 AND message_id = $2 AND contact_id = $3`)
	setVote = db.SQL(`INSERT INTO poll_vote (organization_id, message_id, contact_id, options, at, seq) VALUES ($1,$2,$3,$4,$5,$6)
		ON CONFLICT (organization_id, message_id, contact_id) DO UPDATE SET options = excluded.options, at = excluded.at, seq = excluded.seq`)
	votesOf  = db.SQL(`SELECT options FROM poll_vote WHERE organization_id = $1 AND message_id = $2`)
	tallyOf  = db.SQL(`SELECT votes, closed, at, seq FROM poll_tally WHERE organization_id = $1 AND message_id = $2`)
	setTally = db.SQL(`INSERT INTO poll_tally (organization_id, message_id, votes, closed, at, seq) VALUES ($1,$2,$3,$4,$5,$6)
		ON CONFLICT (organization_id, message_id) DO UPDATE SET votes = excluded.votes, closed = excluded.closed, at = excluded.at, seq = excluded.seq`)
	pollOf    = db.SQL(`SELECT kind, direction, payload FROM message WHERE organization_id = $1 AND id = $2`)
	setPoll   = db.SQL(`UPDATE message SET payload = $3 WHERE organization_id = $1 AND id = $2`)
	errNoPoll = errors.New("not a poll of ours")
)

// applyPolls records votes and tallies.
func (b *batch) applyPolls() error {
	for i, it := range b.items {
		var a alteration
		var what ballot
		switch {
		case it.Vote != nil && b.fresh[i]:
			what = ballot{Options: it.Vote.Options, Order: it.Vote.Order}
			a = alteration{kind: "vote", target: it.Vote.Target, author: b.voters[i], at: earlier(it.Vote.At, it.ReceivedAt)}
		case it.Tally != nil:
			what = ballot{Votes: it.Tally.Votes, Closed: it.Tally.Closed, Order: it.Tally.Order}
			a = alteration{kind: "tally", target: it.Tally.Target, at: earlier(it.Tally.At, it.ReceivedAt)}
		default:
			continue
		}
		var err error
		if a.payload, err = json.Marshal(what); err != nil {
			return err
		}
		if err := b.apply(a); err != nil {
			return err
		}
	}
	return nil
}

// count takes a vote or a tally in, unless a later one is known, and counts the
// poll anew: the result does not depend on the order they come in.
func (b *batch) count(msg id.ID, a alteration) error {
	poll, err := b.poll(msg)
	if errors.Is(err, errNoPoll) {
		return nil // somebody else's, or of a message that is no poll
	} else if err != nil {
		return err
	}
	var what ballot
	if err := json.Unmarshal(a.payload, &what); err != nil {
		return err
	}
	changed := false
	if a.kind == "vote" {
		changed, err = b.cast(msg, a, what)
	} else {
		changed, err = b.tell(msg, a, what)
	}
	if err != nil || !changed {
		return err
	}
	return b.recount(msg, poll)
}

// poll reads the members of a poll's payload; those we do not know stay.
func (b *batch) poll(msg id.ID) (map[string]json.RawMessage, error) {
	var kind message.Kind
	var dir Direction
	var raw json.RawMessage
	if err := b.tx.Row(pollOf, []any{b.org, msg}, &kind, &dir, db.JSON(&raw)); err != nil {
		return nil, err
	}
	if kind != message.Poll || dir != Out {
		return nil, errNoPoll
	}
	var all map[string]json.RawMessage
	return all, json.Unmarshal(raw, &all)
}

func (b *batch) cast(msg id.ID, a alteration, what ballot) (bool, error) {
	var at time.Time
	var seq int64
	err := b.tx.Row(voteOf, []any{b.org, msg, a.author}, db.Time(&at), &seq)
	if err != nil && !errors.Is(err, db.ErrNoRows) || err == nil && !later(what.Order, a.at, seq, at) {
		if errors.Is(err, db.ErrNoRows) {
			err = nil
		}
		return false, err
	}
	chosen := slices.Clone(what.Options)
	slices.Sort(chosen)
	raw, err := json.Marshal(append([]int{}, slices.Compact(chosen)...))
	if err != nil {
		return false, err
	}
	_, err = b.tx.Exec(setVote, b.org, msg, a.author, json.RawMessage(raw), a.at, what.Order)
	return true, err
}

func (b *batch) tell(msg id.ID, a alteration, what ballot) (bool, error) {
	var raw json.RawMessage
	var closed bool
	var at time.Time
	var seq int64
	err := b.tx.Row(tallyOf, []any{b.org, msg}, db.JSON(&raw), &closed, db.Time(&at), &seq)
	switch {
	case errors.Is(err, db.ErrNoRows):
	case err != nil:
		return false, err
	case !later(what.Order, a.at, seq, at):
		return false, nil
	}
	if raw, err = json.Marshal(append([]int{}, what.Votes...)); err != nil {
		return false, err
	}
	_, err = b.tx.Exec(setTally, b.org, msg, raw, what.Closed, a.at, what.Order)
	return true, err
}

// recount writes into the poll what is known: people's votes where they are
// told, the platform's own figures otherwise.
func (b *batch) recount(msg id.ID, poll map[string]json.RawMessage) error {
	var options []message.PollOption
	if err := json.Unmarshal(poll["options"], &options); err != nil {
		return err
	}
	votes, named := make([]int, len(options)), false
	if err := b.tx.Query(votesOf, []any{b.org, msg}, func(scan func(...any) error) error {
		var raw json.RawMessage
		var chosen []int
		if err := scan(db.JSON(&raw)); err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &chosen); err != nil {
			return err
		}
		for _, place := range chosen {
			if place >= 0 && place < len(votes) {
				votes[place]++
			}
		}
		named = true
		return nil
	}); err != nil {
		return err
	}
	var raw json.RawMessage
	var closed bool
	var at time.Time
	var seq int64
	err := b.tx.Row(tallyOf, []any{b.org, msg}, db.JSON(&raw), &closed, db.Time(&at), &seq)
	if err == nil && !named {
		var told []int
		if err := json.Unmarshal(raw, &told); err != nil {
			return err
		}
		copy(votes, told)
	} else if err != nil && !errors.Is(err, db.ErrNoRows) {
		return err
	}
	for i := range options {
		options[i].Votes = votes[i]
	}
	if poll["options"], err = json.Marshal(options); err != nil {
		return err
	}
	delete(poll, "closed")
	if closed {
		poll["closed"] = json.RawMessage("true")
	}
	payload, err := json.Marshal(poll)
	if err != nil {
		return err
	}
	b.tx.Emit(db.Event{Org: b.org, Kind: "message.updated", Ref: msg, Channel: b.ch.ID})
	_, err = b.tx.Exec(setPoll, b.org, msg, json.RawMessage(payload))
	return err
}
