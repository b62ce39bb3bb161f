package simulator

import (
	"encoding/json"
	"fmt"
	"time"
)

// Item names what one webhook carries, by the keys a consumer must be
// idempotent on: the message id, and for statuses also the status.
type Item struct {
	MessageID string `json:"message_id,omitempty"`
	Kind      string `json:"kind"` // "message", "status" or a webhook field name
	Type      string `json:"type,omitempty"`
	Status    string `json:"status,omitempty"`
	Visitor   string `json:"visitor,omitempty"`
	// ClientData is biz_opaque_callback_data of the send a status is about.
	ClientData string `json:"client_data,omitempty"`
	ErrorCode  int    `json:"error_code,omitempty"`
}

// Attempt is one POST of one copy of an event and what was seen of it.
type Attempt struct {
	At       time.Time `json:"at"`
	Copy     int       `json:"copy"`             // 1 is the original, further ones duplicates
	Status   int       `json:"status,omitempty"` // HTTP status; 0 = no answer
	Error    string    `json:"error,omitempty"`
	Duration float64   `json:"ms"`
}

// States of an Event.
const (
	EventPending       = "pending"       // on its way, or waiting for a retry
	EventAcked         = "acked"         // some copy was answered 200
	EventDropped       = "dropped"       // given up after Options.RetryFor
	EventUndeliverable = "undeliverable" // nobody subscribed when it arose
)

// Event is one webhook the simulator issued. Attempts beyond 100 are counted,
// not kept.
type Event struct {
	Seq      int             `json:"seq"`
	ID       string          `json:"id"`
	Account  string          `json:"account"`
	Items    []Item          `json:"items"`
	IssuedAt time.Time       `json:"issued_at"`
	State    string          `json:"state"`
	AckedAt  time.Time       `json:"acked_at,omitzero"`
	Copies   int             `json:"copies"`
	Acks     int             `json:"acks"`  // copies answered 200
	Tries    int             `json:"tries"` // POSTs made
	Attempts []Attempt       `json:"attempts,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
	// BodyForgotten: the body gave way to Options.MaxBodyBytes.
	BodyForgotten bool `json:"body_forgotten,omitempty"`

	body []byte // as sent, which raw injections need not be JSON
}

// Send is one POST to …/messages that carried a message, accepted or not.
type Send struct {
	Seq       int       `json:"seq"`
	At        time.Time `json:"at"`
	Account   string    `json:"account"`
	To        string    `json:"to,omitempty"`        // as given
	Recipient string    `json:"recipient,omitempty"` // BSUID as given
	Visitor   string    `json:"visitor,omitempty"`
	Type      string    `json:"type,omitempty"`
	Accepted  bool      `json:"accepted"`
	MessageID string    `json:"message_id,omitempty"`
	// ClientData is biz_opaque_callback_data.
	ClientData string `json:"client_data,omitempty"`
	HTTPStatus int    `json:"http_status,omitempty"`
	ErrorCode  int    `json:"error_code,omitempty"`
	// Answer: "answered", or what was done to it: "half_body", "reset",
	// "timeout", "garbage", or "caller_gone" when the caller did not wait.
	Answer        string          `json:"answer"`
	Body          json.RawMessage `json:"body,omitempty"`
	BodyForgotten bool            `json:"body_forgotten,omitempty"`
}

// Truth is a copy of what happened. Statuses are events whose items have kind
// "status".
type Truth struct {
	Events    []Event `json:"events"`
	Sends     []Send  `json:"sends"`
	NextEvent int     `json:"next_event"` // pass as FromEvent to go on
	NextSend  int     `json:"next_send"`
	Summary   Summary `json:"summary"`
}

// Summary counts over everything, not only the page returned.
type Summary struct {
	Events        int `json:"events"`
	Pending       int `json:"pending"`
	Acked         int `json:"acked"`
	Dropped       int `json:"dropped"`
	Undeliverable int `json:"undeliverable"`
	Sends         int `json:"sends"`
	Accepted      int `json:"accepted"`
	MaxEvents     int `json:"max_events"`
	MaxSends      int `json:"max_sends"`
}

type truth struct {
	events   []*Event
	sends    []*Send
	byID     map[string]*Event
	states   map[string]int
	accepted int

	maxEvents, maxSends int
	bodyBytes, maxBody  int64
	trimE, trimS        int
}

func newTruth(maxEvents, maxSends int, maxBody int64) truth {
	return truth{byID: map[string]*Event{}, states: map[string]int{}, maxEvents: maxEvents, maxSends: maxSends, maxBody: maxBody}
}

func (t *truth) roomForEvents(n int) error {
	if len(t.events)+n > t.maxEvents {
		return fmt.Errorf("%w: the truth holds %d of %d events; reset it or raise MaxEvents", ErrFull, len(t.events), t.maxEvents)
	}
	return nil
}

func (t *truth) addEvent(e *Event) {
	e.Seq = len(t.events) + 1
	e.ID = fmt.Sprintf("ev_%d", e.Seq)
	t.events = append(t.events, e)
	t.byID[e.ID] = e
	t.states[e.State]++
	t.grow(int64(len(e.body)))
}

func (t *truth) setState(e *Event, state string) {
	t.states[e.State]--
	e.State = state
	t.states[state]++
}

func (t *truth) addSend(d *Send) {
	d.Seq = len(t.sends) + 1
	t.sends = append(t.sends, d)
	if d.Accepted {
		t.accepted++
	}
	t.grow(int64(len(d.Body)))
}

// grow counts n more bytes of bodies and forgets the oldest ones no longer
// needed. A pending event keeps its body whatever the bound: a retry needs it.
func (t *truth) grow(n int64) {
	t.bodyBytes += n
	for t.bodyBytes > t.maxBody && t.trimE < len(t.events) {
		e := t.events[t.trimE]
		if e.State == EventPending || e.Acks < e.Copies && e.State == EventAcked {
			break
		}
		t.bodyBytes -= int64(len(e.body))
		e.BodyForgotten, e.body = len(e.body) > 0, nil
		t.trimE++
	}
	for t.bodyBytes > t.maxBody && t.trimS < len(t.sends)-1 {
		d := t.sends[t.trimS]
		t.bodyBytes -= int64(len(d.Body))
		d.BodyForgotten, d.Body = len(d.Body) > 0, nil
		t.trimS++
	}
}

// TruthQuery selects a page of the truth.
type TruthQuery struct {
	Account   string // "" = all
	FromEvent int    // first sequence number wanted, from 1
	FromSend  int
	Limit     int  // of each list; 0 = all
	NoBodies  bool // leave bodies out
}

// Truth copies what is known now.
func (s *Simulator) Truth(q TruthQuery) Truth {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.truth
	out := Truth{Events: []Event{}, Sends: []Send{}, NextEvent: len(t.events) + 1, NextSend: len(t.sends) + 1, Summary: t.summary()}
	for i := max(q.FromEvent, 1); i <= len(t.events); i++ {
		e := t.events[i-1]
		if q.Account != "" && e.Account != q.Account {
			continue
		}
		if q.Limit > 0 && len(out.Events) == q.Limit {
			out.NextEvent = i
			break
		}
		out.Events = append(out.Events, e.copy(!q.NoBodies))
	}
	for i := max(q.FromSend, 1); i <= len(t.sends); i++ {
		d := *t.sends[i-1]
		if q.Account != "" && d.Account != q.Account {
			continue
		}
		if q.Limit > 0 && len(out.Sends) == q.Limit {
			out.NextSend = i
			break
		}
		if q.NoBodies {
			d.Body = nil
		}
		out.Sends = append(out.Sends, d)
	}
	return out
}

func (t *truth) summary() Summary {
	return Summary{Events: len(t.events), Pending: t.states[EventPending], Acked: t.states[EventAcked], Dropped: t.states[EventDropped],
		Undeliverable: t.states[EventUndeliverable], Sends: len(t.sends), Accepted: t.accepted, MaxEvents: t.maxEvents, MaxSends: t.maxSends}
}

func (e *Event) copy(bodies bool) Event {
	c := *e
	c.Items = append([]Item(nil), e.Items...)
	c.Attempts = append([]Attempt(nil), e.Attempts...)
	c.body = nil
	if bodies && len(e.body) > 0 {
		if json.Valid(e.body) {
			c.Body = json.RawMessage(e.body)
		} else {
			c.Body, _ = json.Marshal(string(e.body))
		}
	}
	return c
}
