package simulator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// delivery is one copy of one event on its way.
type delivery struct {
	ev        *Event
	acct      *account
	copy      int
	tries     int
	first     time.Time
	lane      int
	signature string // "" = compute; set only to tamper
	note      string
	epoch     int
}

// lane delivers its queue one after another, so that without trouble the
// messages of one visitor arrive in order. A failed one leaves the lane and
// comes back by timer: Meta keeps no order over retries either.
type lane struct {
	queue []*delivery
	busy  bool
}

// issue records an event and sends it on its way; the caller holds the lock
// and has asked roomForEvents.
func (s *Simulator) issue(a *account, body []byte, key, note string, items []Item, signature string) *Event {
	k := s.knobs(a)
	e := &Event{Account: a.ID, Items: items, IssuedAt: s.now(), State: EventPending, Copies: max(k.Duplicate, 1), body: body}
	_, subscribed := a.provider.target()
	revoked := k.AppRevoked && len(items) > 0 && (items[0].Kind == "message" || items[0].Kind == "status")
	if !subscribed || revoked {
		e.State = EventUndeliverable
		s.truth.addEvent(e)
		s.settle(e)
		return e
	}
	s.truth.addEvent(e)
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	base := int(h.Sum32() % lanesPerAcct)
	for c := 1; c <= e.Copies; c++ {
		d := &delivery{ev: e, acct: a, copy: c, lane: (base + c - 1) % lanesPerAcct, signature: signature, note: note, first: time.Now(), epoch: s.epoch}
		s.begin()
		delay := time.Duration(k.DelayWebhooksMS) * time.Millisecond
		switch {
		case k.ReorderMS > 0:
			a.reorder = append(a.reorder, d)
			if len(a.reorder) == 1 {
				s.after(delay+time.Duration(k.ReorderMS)*time.Millisecond, func() { s.flushReordered(a) })
			}
		case delay > 0:
			s.after(delay, func() { s.enqueue(d) })
		default:
			s.enqueue(d)
		}
	}
	return e
}

// Redeliver sends an event once more, whether or not it was acknowledged:
// Meta's retries also reach apps that have already answered 200 (Meta
// documentation: §1.4). Errors: ErrNotFound, ErrInvalid when its body is
// forgotten.
func (s *Simulator) Redeliver(eventID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.truth.byID[eventID]
	if e == nil || s.accounts[e.Account] == nil {
		return fmt.Errorf("%w: event %q", ErrNotFound, eventID)
	}
	if e.BodyForgotten {
		return fmt.Errorf("%w: the body of %s is forgotten", ErrInvalid, eventID)
	}
	if e.State != EventAcked {
		s.truth.setState(e, EventPending)
	}
	e.Copies++
	s.begin()
	s.enqueue(&delivery{ev: e, acct: s.accounts[e.Account], copy: e.Copies, first: time.Now(), note: "again", epoch: s.epoch})
	return nil
}

func (s *Simulator) flushReordered(a *account) {
	batch := a.reorder
	a.reorder = nil
	shuffle(s.rnd, batch)
	// One lane: spread over several, chance of scheduling would add to the
	// seeded order and a run could not be repeated.
	for _, d := range batch {
		d.lane = 0
		s.enqueue(d)
	}
}

func (s *Simulator) enqueue(d *delivery) {
	if s.closed {
		return
	}
	l := &d.acct.lanes[d.lane]
	l.queue = append(l.queue, d)
	if !l.busy {
		l.busy = true
		s.wg.Add(1)
		go s.runLane(d.acct, d.lane, s.epoch)
	}
}

func (s *Simulator) runLane(a *account, n, epoch int) {
	defer s.wg.Done()
	for {
		s.mu.Lock()
		if s.closed || s.epoch != epoch {
			s.mu.Unlock()
			return
		}
		l := &a.lanes[n]
		if len(l.queue) == 0 {
			l.busy, l.queue = false, nil
			s.mu.Unlock()
			return
		}
		d := l.queue[0]
		l.queue[0], l.queue = nil, l.queue[1:]
		target, ok := a.provider.target()
		proof := http.Header{}
		a.provider.stamp(proof, d.ev.body, d.signature)
		s.mu.Unlock()
		if !ok {
			s.mu.Lock()
			s.giveUp(d)
			s.mu.Unlock()
			continue
		}
		select {
		case s.slots <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		s.try(d, target, proof)
		<-s.slots
	}
}

// try makes one POST and books the result.
func (s *Simulator) try(d *delivery, target string, proof http.Header) {
	at, began := s.now(), time.Now()
	status, answer, err := s.post(target, proof, d.ev.body)
	ms := float64(time.Since(began).Microseconds()) / 1000
	fault := ""
	if err != nil {
		fault = plainNetError(err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || d.epoch != s.epoch {
		return
	}
	d.tries++
	d.ev.Tries++
	if len(d.ev.Attempts) < 100 {
		d.ev.Attempts = append(d.ev.Attempts, Attempt{At: at, Copy: d.copy, Status: status, Error: fault, Duration: ms})
	}
	note := d.note
	if d.ev.Copies > 1 {
		note += fmt.Sprintf(", copy %d of %d", d.copy, d.ev.Copies)
	}
	if d.tries > 1 {
		note += fmt.Sprintf(", try %d", d.tries)
	}
	s.logWire(WireEntry{At: at, Account: d.acct.ID, Dir: "to", Method: "POST", Path: pathOf(target), Status: status, Error: fault, MS: ms, Note: note},
		d.ev.body, answer)
	if d.acct.provider.took(status) {
		d.ev.Acks++
		if d.ev.State != EventAcked {
			s.truth.setState(d.ev, EventAcked)
			d.ev.AckedAt = s.now()
			s.settle(d.ev)
		}
		s.done(d.epoch)
		return
	}
	s.log.Warn("webhook not accepted", "event", d.ev.ID, "copy", d.copy, "try", d.tries, "status", status, "error", fault)
	d.acct.provider.failed(orDefault(fault, fmt.Sprintf("Wrong response from the webhook: %d %s", status, http.StatusText(status))))
	if time.Since(d.first) >= s.opt.RetryFor {
		s.giveUp(d)
		return
	}
	wait := s.opt.RetrySchedule[min(d.tries, len(s.opt.RetrySchedule))-1]
	s.after(wait, func() { s.enqueue(d) })
}

func (s *Simulator) giveUp(d *delivery) {
	if d.epoch != s.epoch {
		return
	}
	if d.ev.State == EventPending {
		s.truth.setState(d.ev, EventDropped)
		s.settle(d.ev)
	}
	s.done(d.epoch)
}

func (s *Simulator) post(target string, proof http.Header, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.opt.DeliveryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = proof
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "*/*")
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	// The rest of a longer answer is read too: the connection is kept only then.
	answer, err := io.ReadAll(io.LimitReader(resp.Body, wireResponseMax))
	if err == nil {
		_, _ = io.CopyN(io.Discard, resp.Body, 256<<10)
	}
	return resp.StatusCode, answer, nil
}

// verify performs the GET handshake (Meta documentation: §1.1). It returns in
// words what went wrong, or "".
func (s *Simulator) verify(a *account, target, token string) string {
	u, err := url.Parse(target)
	if err != nil || checkURL(target) != nil {
		return "The URL is not valid"
	}
	s.mu.Lock()
	challenge := strconv.Itoa(1_000_000_000 + s.rnd.IntN(1_000_000_000))
	s.mu.Unlock()
	q := u.RawQuery
	if q != "" {
		q += "&"
	}
	u.RawQuery = q + "hub.mode=subscribe&hub.challenge=" + challenge + "&hub.verify_token=" + url.QueryEscape(token)
	at, began := s.now(), time.Now()
	ctx, cancel := context.WithTimeout(s.ctx, s.opt.DeliveryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "The URL is not valid"
	}
	req.Header.Set("User-Agent", "facebookplatform/1.0")
	req.Header.Set("Accept", "*/*")
	resp, err := s.client.Do(req)
	status, answer, problem := 0, []byte(nil), ""
	switch {
	case err != nil:
		problem = plainNetError(err)
	default:
		answer, _ = io.ReadAll(io.LimitReader(resp.Body, wireResponseMax))
		_ = resp.Body.Close()
		status = resp.StatusCode
		if status != http.StatusOK {
			problem = fmt.Sprintf("HTTP Status Code = %d; HTTP Message = %s", status, http.StatusText(status))
		} else if string(answer) != challenge {
			problem = "Response does not match challenge, expected value=\"" + challenge + "\""
		}
	}
	s.mu.Lock()
	s.logWire(WireEntry{At: at, Account: a.ID, Dir: "to", Method: "GET", Path: pathOf(target), Status: status, Error: problem,
		MS: float64(time.Since(began).Microseconds()) / 1000, Note: "verification"}, nil, answer)
	s.mu.Unlock()
	return problem
}

// settle lets the visitor's phone show whether the business has got it.
func (s *Simulator) settle(e *Event) {
	a := s.accounts[e.Account]
	if a == nil {
		return
	}
	for _, it := range e.Items {
		if it.Kind != "message" || it.Visitor == "" {
			continue
		}
		v := a.visitors[it.Visitor]
		if v == nil {
			continue
		}
		if m := v.line(it.MessageID); m != nil && m.From == "visitor" && m.Status != "read" {
			switch e.State {
			case EventAcked:
				m.Status = "delivered"
			case EventUndeliverable:
				m.Status, m.Error = "failed", "Nobody is subscribed to this account's webhooks yet."
			case EventDropped:
				m.Status, m.Error = "failed", "The webhook was never accepted."
			}
			s.showLine(a, v, m)
		}
	}
}

func pathOf(target string) string {
	if u, err := url.Parse(target); err == nil {
		return u.EscapedPath()
	}
	return ""
}

// plainNetError drops the URL from an error: the query may hold a token.
func plainNetError(err error) string {
	var ue *url.Error
	if errors.As(err, &ue) {
		if ue.Timeout() {
			return "timeout"
		}
		err = ue.Err
	}
	return strings.TrimSpace(err.Error())
}
