package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Request and Response are a webhook call and its literal answer, as the adapter
// contract has them.
type (
	Request  = adapter.Request
	Response = adapter.Response
	Inlet    = adapter.Inlet
)

// Refusals that the ways in give by themselves, as the adapter contract has them.
const (
	NoMethod = adapter.NoMethod
	NoSource = adapter.NoSource
	TooLarge = adapter.TooLarge
	Failing  = adapter.Failing
)

// DefaultBody is the largest webhook body of a type that names no other, bytes.
const DefaultBody = 5 << 20

// Bounds of a group of deliveries that share a commit.
const (
	groupMost  = 256
	groupBytes = 1 << 20
	storeTime  = 10 * time.Second // after which a provider is told to come again
)

// accepted is a call whose deliveries wait for the commit that allows the 200.
type accepted struct {
	rows []channel.Delivery
	size int
	done chan error
}

// BodyLimit is how much a webhook of a type may carry; ok is false for a type
// that takes no webhooks.
func (g *Gateway) BodyLimit(path string) (limit int64, ok bool) {
	for _, t := range g.Channels.Types() {
		if strings.EqualFold(t.ID, path) {
			if t.WebhookLimit > 0 {
				return t.WebhookLimit, true
			}
			return DefaultBody, true
		}
	}
	return 0, false
}

// Expects tells whether a webhook of a type may come for a channel.
func (g *Gateway) Expects(ctx context.Context, path string, ch id.ID) error {
	l, err := g.live(ctx, ch)
	if err != nil {
		return err
	}
	if l == nil || !strings.EqualFold(l.ch.Type, path) {
		return fault.Absent("channel")
	}
	return nil
}

// Accept takes one webhook call. It returns once what it carries is durable;
// only then may the provider be told so. Nothing of the content is understood
// here beyond which account it is for.
func (g *Gateway) Accept(ctx context.Context, path string, ch id.ID, req adapter.Request) (adapter.Response, error) {
	l, err := g.live(ctx, ch)
	if err != nil {
		return adapter.Response{}, err
	}
	if l == nil || !strings.EqualFold(l.ch.Type, path) {
		return adapter.Response{}, fault.Absent("channel")
	}
	if req.Method == http.MethodGet {
		r, ok := l.conn.(adapter.Responder)
		if !ok {
			return adapter.Response{}, fault.New(fault.Forbidden, "verification_failed", "This channel has nothing to verify yet.").WithHint("Save its credentials first.")
		}
		return r.Respond(req), nil
	}
	hook, ok := l.conn.(adapter.Webhook)
	if !ok {
		return adapter.Response{}, g.refuse(ctx, l, req, "the channel has no source")
	}
	if err := hook.Verify(req); err != nil {
		return adapter.Response{}, g.refuse(ctx, l, req, err.Error())
	}
	a := &accepted{done: make(chan error, 1), size: len(req.Body)}
	if a.rows, err = g.address(ctx, l, req); err != nil {
		return adapter.Response{}, err
	}
	if err := g.durable(a); err != nil {
		return adapter.Response{}, err
	}
	return adapter.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte("EVENT_RECEIVED")}, nil
}

// durable returns once the deliveries of a call are committed.
func (g *Gateway) durable(a *accepted) error {
	select {
	case g.queue <- a:
	default:
		g.Metrics.Overloaded.Add(1)
		return &fault.Error{Kind: fault.Unavailable, Code: "overloaded", Message: "More webhooks wait than can be stored.", RetryAfter: time.Second}
	}
	late := time.NewTimer(storeTime)
	defer late.Stop()
	select {
	case err := <-a.done:
		if err == nil {
			g.Metrics.Accepted.Add(int64(len(a.rows)))
		}
		return err
	case <-late.C:
		return &fault.Error{Kind: fault.Unavailable, Code: "storage_unavailable", Message: "The database does not answer.", RetryAfter: 5 * time.Second}
	case <-g.ctx.Done():
		return &fault.Error{Kind: fault.Unavailable, Code: "shutting_down", Message: "The server is shutting down.", RetryAfter: 2 * time.Second}
	}
}

// address cuts a body by account. What is for another channel of the same
// organization and the same provider app goes there; what is for nobody stays
// here, visible and without effect.
func (g *Gateway) address(ctx context.Context, l *live, req adapter.Request) ([]channel.Delivery, error) {
	body, now := req.Body, g.Clock.Now()
	row := func(c *channel.Channel, body []byte, o channel.Outcome) channel.Delivery {
		return channel.Delivery{OrganizationID: c.OrganizationID, ID: id.New(), ChannelID: c.ID, Type: c.Type, ReceivedAt: now,
			Signature: "valid", Outcome: o, Body: body}
	}
	s, ok := l.conn.(adapter.Splitter)
	if !ok {
		return []channel.Delivery{row(l.ch, body, channel.WaitingOutcome)}, nil
	}
	parts, err := split(s, body)
	if err != nil || len(parts) == 0 { // kept whole: parsing it will say what is wrong with it
		return []channel.Delivery{row(l.ch, body, channel.WaitingOutcome)}, nil
	}
	var rows []channel.Delivery
	for _, p := range parts {
		if p.Account == "" || p.Account == l.account {
			rows = append(rows, row(l.ch, p.Body, channel.WaitingOutcome))
			continue
		}
		other, err := g.sibling(ctx, l, p.Account)
		if err != nil {
			return nil, err
		}
		if other == nil || !vouches(other, req) {
			d := row(l.ch, p.Body, channel.Unroutable)
			d.Error = unroutable
			rows = append(rows, d)
			continue
		}
		rows = append(rows, row(other.ch, p.Body, channel.WaitingOutcome))
	}
	return rows, nil
}

const unroutable = "no channel of this organization and app has the account this event is for"

// vouches tells whether a call is signed with a channel's own secret too: the
// same app id in two channels does not prove the same app.
func vouches(l *live, req adapter.Request) bool {
	hook, ok := l.conn.(adapter.Webhook)
	return ok && hook.Verify(req) == nil
}

func (g *Gateway) sibling(ctx context.Context, l *live, account string) (*live, error) {
	var ch id.ID
	if v, ok := l.siblings.Load(account); ok {
		ch = v.(id.ID)
	} else {
		var err error
		if ch, err = g.Channels.Sibling(ctx, l.ch, account); err != nil {
			return nil, err
		}
		if !ch.IsZero() { // one that is not there may be made at any moment
			l.siblings.Store(account, ch)
		}
	}
	if ch.IsZero() {
		return nil, nil
	}
	return g.live(ctx, ch)
}

// split survives an adapter that panics on a body nobody thought of.
func split(s adapter.Splitter, body []byte) (parts []adapter.Part, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errPanic(p)
		}
	}()
	return s.Split(body)
}

// refuse answers a call that is not authentic and keeps a bounded record of it:
// at most one a second and a hundred per channel, headers and the first 1 kB.
func (g *Gateway) refuse(ctx context.Context, l *live, req adapter.Request, why string) error {
	g.Metrics.Refused.Add(1)
	now := g.Clock.Now()
	v, _ := g.refused.LoadOrStore(l.ch.ID, &atomic.Int64{})
	last := v.(*atomic.Int64)
	if before := last.Load(); now.UnixMicro()-before >= int64(time.Second/time.Microsecond) && last.CompareAndSwap(before, now.UnixMicro()) {
		headers := map[string]string{}
		n := 0
		for k, v := range req.Header {
			if n++; n > 40 || slices.Contains([]string{"Authorization", "Cookie", "Apikey", "X-Api-Key", "X-Telegram-Bot-Api-Secret-Token"}, k) {
				continue
			}
			headers[k] = clip(strings.Join(v, ", "), 300)
		}
		raw, err := json.Marshal(headers)
		if err != nil {
			return err
		}
		d := channel.Delivery{OrganizationID: l.ch.OrganizationID, ID: id.New(), ChannelID: l.ch.ID, Type: l.ch.Type, ReceivedAt: now,
			Signature: "invalid", Outcome: channel.RejectedOutcome, Error: clip(why, 300), Headers: raw, Body: req.Body[:min(len(req.Body), 1024)]}
		if len(req.Header) > 0 && strings.Contains(why, "missing") {
			d.Signature = "none"
		}
		if err := g.Channels.Refuse(ctx, d); err != nil {
			g.Log.Warn("a refused webhook call could not be recorded", "channel", l.ch.ID, "error", err)
		}
	}
	return fault.New(fault.Unauthenticated, "bad_signature", "The signature of this call is not right.").
		WithHint("Check that the secret of the channel is the one the provider calls with.")
}

func clip(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// flush is the one goroutine that commits deliveries: whatever has queued while
// the last commit was under way goes together. No timer: the disk sets the pace.
func (g *Gateway) flush() {
	for {
		var group []*accepted
		select {
		case a := <-g.queue:
			group = append(group, a)
		case <-g.ctx.Done():
			for { // whoever still waits gets his answer
				select {
				case a := <-g.queue:
					group = append(group, a)
				default:
					if len(group) > 0 {
						g.commit(group)
					}
					return
				}
			}
		}
		size := group[0].size
	fill:
		for len(group) < groupMost && size < groupBytes {
			select {
			case a := <-g.queue:
				group = append(group, a)
				size += a.size
			default:
				break fill
			}
		}
		g.commit(group)
	}
}

func (g *Gateway) commit(group []*accepted) {
	err := g.store(group)
	if err != nil && len(group) > 1 && !unavailable(err) {
		for _, a := range group { // a row that cannot be stored fails alone
			a.done <- g.store([]*accepted{a})
		}
		return
	}
	for _, a := range group {
		a.done <- err
	}
}

func (g *Gateway) store(group []*accepted) error {
	var rows []channel.Delivery
	for _, a := range group {
		rows = append(rows, a.rows...)
	}
	slices.SortStableFunc(rows, func(a, b channel.Delivery) int {
		return strings.Compare(string(a.ChannelID[:]), string(b.ChannelID[:]))
	})
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	err := g.DB.System().Write(ctx, func(tx *db.Tx) error { return g.Channels.Store(tx, rows) })
	if err != nil {
		g.Log.Error("webhooks could not be stored; the provider is asked to repeat them", "error", err, "count", len(rows))
		return err
	}
	var last id.ID
	for _, r := range rows {
		if r.ChannelID != last && r.Outcome == channel.WaitingOutcome {
			last = r.ChannelID
			g.Bus.Publish(event.Hint{Topic: event.Ingest, Key: last})
		}
	}
	return nil
}

func unavailable(err error) bool {
	f := fault.As(err)
	return f.Kind == fault.Unavailable
}
