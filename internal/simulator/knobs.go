package simulator

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Knobs make trouble. They exist once for everything and once per account;
// what holds for an account is the stronger of the two (a switch if either is
// on, the larger number). All rates are probabilities from 0 to 1, all _ms
// fields milliseconds. The zero value is a healthy provider.
type Knobs struct {
	// Webhooks out.
	Duplicate       int `json:"duplicate"`  // every webhook this many times; 0 and 1 mean once, at most 50
	ReorderMS       int `json:"reorder_ms"` // collect for this long, then deliver shuffled
	DelayWebhooksMS int `json:"delay_webhooks_ms"`
	// HoldStatuses keeps sent, delivered, read back until switched off.
	HoldStatuses bool `json:"hold_statuses"`
	// AutoRead reads AutoReadMS after delivery even with no phone open.
	AutoRead   bool `json:"auto_read"`
	AutoReadMS int  `json:"auto_read_ms"`

	// Answers to sends.
	DelayAnswersMS int     `json:"delay_answers_ms"`
	Rate429        float64 `json:"rate_429"`    // HTTP 429, as gateways before Meta give it
	RetryAfter     string  `json:"retry_after"` // header of that answer, verbatim; "" = no header
	Rate130429     float64 `json:"rate_130429"` // throughput limit, HTTP 400
	Rate131056     float64 `json:"rate_131056"` // pair rate limit, HTTP 400
	Rate500        float64 `json:"rate_500"`    // before accepting
	HTML500        bool    `json:"html_500"`    // that answer as an HTML page, as from the edge
	RateHalfBody   float64 `json:"rate_half_body"`
	RateReset      float64 `json:"rate_reset"`
	// RateTimeout accepts, records, and never answers.
	RateTimeout float64 `json:"rate_timeout"`
	// EnforceThroughput answers 130429 above this many sends per second (real
	// default 80; 0 = off). EnforcePairRate applies 1 per 6 s with bursts of
	// 45 to one visitor (131056).
	EnforceThroughput int  `json:"enforce_throughput"`
	EnforcePairRate   bool `json:"enforce_pair_rate"`

	// States of the account.
	ExpiredToken bool `json:"expired_token"` // every call answers 190
	ClosedWindow bool `json:"closed_window"` // every window counts as closed
	AppRevoked   bool `json:"app_revoked"`   // calls answer 10, message webhooks stop
	// AsyncRefusals accepts what breaks the window and tells so by a failed
	// status, as Meta mostly does, instead of refusing the call.
	AsyncRefusals bool `json:"async_refusals"`
}

func (k Knobs) validate() error {
	for n, r := range map[string]float64{"rate_429": k.Rate429, "rate_130429": k.Rate130429, "rate_131056": k.Rate131056, "rate_500": k.Rate500,
		"rate_half_body": k.RateHalfBody, "rate_reset": k.RateReset, "rate_timeout": k.RateTimeout} {
		if !(r >= 0 && r <= 1) {
			return fmt.Errorf("%w: %s must be between 0 and 1", ErrInvalid, n)
		}
	}
	for n, d := range map[string]int{"reorder_ms": k.ReorderMS, "delay_webhooks_ms": k.DelayWebhooksMS, "delay_answers_ms": k.DelayAnswersMS, "auto_read_ms": k.AutoReadMS} {
		if d < 0 || d > 3_600_000 {
			return fmt.Errorf("%w: %s must be between 0 and 3600000", ErrInvalid, n)
		}
	}
	if k.Duplicate < 0 || k.Duplicate > 50 {
		return fmt.Errorf("%w: duplicate must be between 0 and 50", ErrInvalid)
	}
	if k.EnforceThroughput < 0 {
		return fmt.Errorf("%w: enforce_throughput must not be negative", ErrInvalid)
	}
	for i := range len(k.RetryAfter) {
		if c := k.RetryAfter[i]; c < 0x20 || c > 0x7e {
			return fmt.Errorf("%w: retry_after must be a printable header value", ErrInvalid)
		}
	}
	return nil
}

// merge is "the stronger one holds".
func (k Knobs) merge(g Knobs) Knobs {
	keep(&k.RetryAfter, g.RetryAfter)
	return Knobs{
		Duplicate: max(k.Duplicate, g.Duplicate), ReorderMS: max(k.ReorderMS, g.ReorderMS), DelayWebhooksMS: max(k.DelayWebhooksMS, g.DelayWebhooksMS),
		HoldStatuses: k.HoldStatuses || g.HoldStatuses, AutoRead: k.AutoRead || g.AutoRead, AutoReadMS: max(k.AutoReadMS, g.AutoReadMS),
		DelayAnswersMS: max(k.DelayAnswersMS, g.DelayAnswersMS), Rate429: max(k.Rate429, g.Rate429), RetryAfter: k.RetryAfter,
		Rate130429: max(k.Rate130429, g.Rate130429), Rate131056: max(k.Rate131056, g.Rate131056), Rate500: max(k.Rate500, g.Rate500), HTML500: k.HTML500 || g.HTML500,
		RateHalfBody: max(k.RateHalfBody, g.RateHalfBody), RateReset: max(k.RateReset, g.RateReset), RateTimeout: max(k.RateTimeout, g.RateTimeout),
		EnforceThroughput: max(k.EnforceThroughput, g.EnforceThroughput), EnforcePairRate: k.EnforcePairRate || g.EnforcePairRate,
		ExpiredToken: k.ExpiredToken || g.ExpiredToken, ClosedWindow: k.ClosedWindow || g.ClosedWindow, AppRevoked: k.AppRevoked || g.AppRevoked,
		AsyncRefusals: k.AsyncRefusals || g.AsyncRefusals,
	}
}

func (s *Simulator) knobs(a *account) Knobs { return a.knobs.merge(s.global) }

// Knobs returns the knobs of an account, or the global ones for "".
func (s *Simulator) Knobs(accountID string) (Knobs, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if accountID == "" {
		return s.global, nil
	}
	a, err := s.account(accountID)
	if err != nil {
		return Knobs{}, err
	}
	return a.knobs, nil
}

// SetKnobs replaces the knobs of an account, or the global ones for "".
// Switching HoldStatuses off releases what was held; switching AppRevoked on
// sends the account_update webhook PARTNER_REMOVED first.
func (s *Simulator) SetKnobs(accountID string, k Knobs) error {
	_, err := s.changeKnobs(accountID, func(Knobs) (Knobs, error) { return k, nil })
	return err
}

// patchKnobs changes only the fields the JSON names.
func (s *Simulator) patchKnobs(accountID string, patch []byte, replace bool) (Knobs, error) {
	return s.changeKnobs(accountID, func(k Knobs) (Knobs, error) {
		if replace {
			k = Knobs{}
		}
		err := strictJSON(patch, &k)
		return k, err
	})
}

func (s *Simulator) changeKnobs(accountID string, f func(Knobs) (Knobs, error)) (Knobs, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target := &s.global
	touched := make([]*account, 0, len(s.accounts))
	if accountID != "" {
		a, err := s.account(accountID)
		if err != nil {
			return Knobs{}, err
		}
		target, touched = &a.knobs, append(touched, a)
	} else {
		for _, id := range s.order {
			touched = append(touched, s.accounts[id])
		}
	}
	k, err := f(*target)
	if err != nil {
		return Knobs{}, err
	}
	if err := k.validate(); err != nil {
		return Knobs{}, err
	}
	before := make([]Knobs, len(touched))
	for i, a := range touched {
		before[i] = s.knobs(a)
	}
	*target = k
	for i, a := range touched {
		now := s.knobs(a)
		if before[i].HoldStatuses && !now.HoldStatuses {
			s.releaseStatuses(a)
		}
		if now.AppRevoked && !before[i].AppRevoked && a.waba != nil {
			s.issueField(a, "account_update", object{"event", "PARTNER_REMOVED", "waba_info",
				object{"waba_id", a.waba.id, "owner_business_id", "900000000000001"}})
		}
	}
	s.hub.publish("knobs", accountID, "", struct{}{})
	return k, nil
}

// Fault is a deterministic failure for coming calls.
type Fault struct {
	// Fault is one of the names in FaultNames or a Graph error code such as
	// "131047", answered with its own HTTP status.
	Fault string `json:"fault"`
	// Count of calls it hits; 0 means 1.
	Count int `json:"count"`
	// On: "sends" (default), "media", or one step of it: "upload", "resolve",
	// "download".
	On string `json:"on"`
	// To limits it to one recipient (wa_id or BSUID).
	To string `json:"to,omitempty"`
	// RetryAfter is the header for "429", verbatim.
	RetryAfter string `json:"retry_after,omitempty"`
}

// FaultNames are the faults besides Graph codes. Those named "…_after_accept",
// half_body and garbage record and accept the send, so its statuses follow.
var FaultNames = []string{"429", "500", "500_html", "500_after_accept", "half_body", "garbage", "reset", "reset_after_accept",
	"timeout", "timeout_after_accept", "404", "wrong_bytes", "wrong_length", "slow", "expired"}

// FailNext queues a fault; faults are used up in the order they were given.
func (s *Simulator) FailNext(accountID string, f Fault) error {
	if f.Count == 0 {
		f.Count = 1
	}
	if f.On == "" {
		f.On = "sends"
	}
	ok := false
	for _, n := range FaultNames {
		ok = ok || n == f.Fault
	}
	switch {
	case f.Count < 1 || f.Count > 1_000_000:
		return fmt.Errorf("%w: count must be between 1 and 1000000", ErrInvalid)
	case !slices.Contains([]string{"sends", "media", "upload", "resolve", "download"}, f.On):
		return fmt.Errorf(`%w: on must be "sends", "media", "upload", "resolve" or "download"`, ErrInvalid)
	}
	if err := (Knobs{RetryAfter: f.RetryAfter}).validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return err
	}
	if !ok && !a.provider.fault(f.Fault) {
		return fmt.Errorf("%w: fault must be a known error code of the provider or one of %v", ErrInvalid, FaultNames)
	}
	if len(a.failNext) >= 1000 {
		return fmt.Errorf("%w: 1000 faults are waiting", ErrFull)
	}
	a.failNext = append(a.failNext, &f)
	s.hub.publish("knobs", accountID, "", struct{}{})
	return nil
}

// Faults lists what FailNext still has in hand for an account.
func (s *Simulator) Faults(accountID string) ([]Fault, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return nil, err
	}
	out := make([]Fault, 0, len(a.failNext))
	for _, f := range a.failNext {
		out = append(out, *f)
	}
	return out, nil
}

// ClearFaults drops them.
func (s *Simulator) ClearFaults(accountID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return err
	}
	a.failNext = nil
	s.hub.publish("knobs", accountID, "", struct{}{})
	return nil
}

// takeFault uses up one fault for a call, or draws one from the rates.
func (s *Simulator) takeFault(a *account, on string, to ...string) Fault {
	for i, f := range a.failNext {
		if f.On != on {
			continue
		}
		if f.To != "" && !slices.Contains(to, f.To) {
			continue
		}
		hit := *f
		if f.Count--; f.Count <= 0 {
			a.failNext = append(a.failNext[:i:i], a.failNext[i+1:]...)
		}
		return hit
	}
	if on != "sends" {
		return Fault{}
	}
	k := s.knobs(a)
	html := "500"
	if k.HTML500 {
		html = "500_html"
	}
	for _, c := range []struct {
		p float64
		f string
	}{{k.Rate429, "429"}, {k.Rate130429, "130429"}, {k.Rate131056, "131056"}, {k.Rate500, html},
		{k.RateReset, "reset"}, {k.RateHalfBody, "half_body"}, {k.RateTimeout, "timeout_after_accept"}} {
		if s.chance(c.p) {
			return Fault{Fault: c.f, RetryAfter: k.RetryAfter}
		}
	}
	return Fault{}
}

// bucket is a token bucket; its zero value is full.
type bucket struct {
	used float64
	at   time.Time
}

func (b *bucket) take(now time.Time, perSecond, burst float64) bool {
	if !b.at.IsZero() {
		b.used = max(0, b.used-now.Sub(b.at).Seconds()*perSecond)
	}
	b.at = now
	if b.used+1 > burst {
		return false
	}
	b.used++
	return true
}

func shuffle[T any](r *rand.Rand, v []T) {
	r.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
}

// strictJSON refuses unknown fields: a misspelt knob must not pass silently.
func strictJSON(b []byte, v any) error {
	d := json.NewDecoder(newReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %s", ErrInvalid, err)
	}
	if d.More() {
		return fmt.Errorf("%w: more than one JSON value", ErrInvalid)
	}
	return nil
}
