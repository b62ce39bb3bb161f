package gateway

import (
	"context"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// Bounds of a call.
const (
	answerTime = 8 * time.Second        // until which an answer waits for what came of a call
	askFirst   = 200 * time.Millisecond // before the database is asked, in case another node works it
	askMost    = time.Second
)

// Inlets are the interfaces that outside systems call.
func (g *Gateway) Inlets() (out []*adapter.Inlet) {
	for _, t := range g.Channels.Types() {
		if t.Inlet != nil {
			out = append(out, t.Inlet)
		}
	}
	return out
}

// Call takes one call of an outside system and answers it when what it carries
// has been worked. It is stored first, like every delivery: a caller who hears
// nothing may come again and hears the same. address is where it comes from.
func (g *Gateway) Call(ctx context.Context, in *adapter.Inlet, source id.ID, call, address string, req adapter.Request) adapter.Response {
	c, err := g.callee(ctx, in, source)
	if err != nil {
		return g.failing(in, err)
	}
	if !g.callers.mayKnock(address, g.Clock.Now()) {
		return in.Refuse(adapter.Busy, time.Second)
	}
	if err := c.Verify(req); err != nil || c.absent {
		// What was issued or replaced a moment ago may not be known here yet.
		g.forget(g.callers.drop(source))
		if c, err = g.callee(ctx, in, source); err != nil {
			return g.failing(in, err)
		}
	}
	if err := c.Verify(req); err != nil || c.absent {
		g.callers.stranger(address, g.Clock.Now())
		if c.absent {
			return in.Refuse(adapter.NoSource, 0)
		}
		if c.live != nil {
			_ = g.refuse(ctx, c.live, req, err.Error()) // recorded; the answer is the interface's own
		}
		return in.Refuse(adapter.Unauthorized, 0)
	}
	if wait := g.callers.wait(source, in, g.CallRate, g.Clock.Now()); wait > 0 {
		return in.Refuse(adapter.Busy, wait)
	}
	if c.live == nil || !c.live.ch.IsActive {
		return in.Refuse(adapter.Suspended, 0)
	}
	body, no := c.Admit(call, req)
	if no != nil {
		return *no
	}
	o, err := g.record(ctx, c.live, body)
	if err != nil {
		return g.failing(in, err)
	}
	return c.Answer(call, o)
}

func (g *Gateway) failing(in *adapter.Inlet, err error) adapter.Response {
	g.Log.Warn("a call of an outside system could not be worked; it is asked to come again", "error", err)
	return in.Refuse(adapter.Failing, time.Second)
}

// record stores a call and waits until it has been worked.
func (g *Gateway) record(ctx context.Context, l *live, body []byte) (adapter.Outcome, error) {
	d := channel.Delivery{OrganizationID: l.ch.OrganizationID, ID: id.New(), ChannelID: l.ch.ID, Type: l.ch.Type, ReceivedAt: g.Clock.Now(),
		Signature: "valid", Outcome: channel.WaitingOutcome, Body: body}
	answer := g.callers.expect(d.ID)
	defer g.callers.forget(d.ID)
	if err := g.durable(&accepted{rows: []channel.Delivery{d}, size: len(body), done: make(chan error, 1)}); err != nil {
		return adapter.Outcome{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	pause := askFirst
	ask := time.NewTimer(pause)
	defer ask.Stop()
	for {
		select {
		case o := <-answer:
			return o, nil
		case <-ctx.Done():
			return adapter.Outcome{}, ctx.Err()
		case <-g.ctx.Done():
			return adapter.Outcome{}, g.ctx.Err()
		case <-ask.C: // another node may have worked it
			if o, done, err := g.worked(ctx, l, d); done || err != nil {
				return o, err
			}
			pause = min(2*pause, askMost)
			ask.Reset(pause)
		}
	}
}

// worked asks the database what came of a call.
func (g *Gateway) worked(ctx context.Context, l *live, d channel.Delivery) (o adapter.Outcome, done bool, err error) {
	err = g.DB.Tenant(d.OrganizationID).Read(ctx, func(tx *db.Tx) error {
		if done, err = g.Channels.Worked(tx, d); err != nil || !done {
			return err
		}
		var items []inbox.Item
		var owner []int
		for _, e := range parse(l.conn.(adapter.Webhook), d.Body).Events {
			items, owner = append(items, inbox.Item{Inbound: e}), append(owner, 0)
		}
		all, err := g.outcomes(tx, l.ch, []channel.Delivery{d}, items, owner)
		o = all[d.ID]
		return err
	})
	return o, done, err
}

// outcomes says what came of each delivery, from what is recorded by now.
func (g *Gateway) outcomes(tx *db.Tx, ch *channel.Channel, batch []channel.Delivery, items []inbox.Item, owner []int) (map[id.ID]adapter.Outcome, error) {
	var keys []string
	for _, it := range items {
		switch {
		case it.Message != nil:
			keys = append(keys, it.Message.ProviderID)
		case it.Status != nil && it.Status.ProviderID != "":
			keys = append(keys, it.Status.ProviderID)
		case it.Status != nil:
			keys = append(keys, it.Status.ClientRef)
		}
	}
	placed, err := g.Inbox.Placed(tx, ch, keys)
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]adapter.Outcome, len(batch))
	for _, d := range batch {
		out[d.ID] = adapter.Outcome{Matched: true}
	}
	for i, it := range items {
		d := batch[owner[i]].ID
		switch {
		case it.Message != nil:
			p := placed[it.Message.ProviderID]
			o := adapter.Outcome{ProviderID: it.Message.ProviderID, Conversation: p.Conversation.String(), Number: p.Number, Matched: true,
				Repeated: p.WebhookEvent != d, Conflict: p.WebhookEvent != d && p.Digest != it.Message.Digest}
			if !p.Enquiry.IsZero() {
				o.Enquiry = p.Enquiry.String()
			}
			out[d] = o
		case it.Status != nil:
			_, known := placed[it.Status.ProviderID]
			out[d] = adapter.Outcome{Matched: known}
		case it.Typing == nil && it.Close == nil: // a report about nothing of ours
			out[d] = adapter.Outcome{}
		}
	}
	return out, nil
}

// callee is the connection that a call is for.
type callee struct {
	adapter.Callee
	live   *live // nil when no channel uses the source
	absent bool  // there is no such source; everything takes as long as if there were
}

func (g *Gateway) callee(ctx context.Context, in *adapter.Inlet, source id.ID) (*callee, error) {
	now := g.Clock.Now()
	at, fresh := g.callers.place(source, now)
	if !fresh {
		src, err := g.Channels.FindSource(ctx, source)
		if err != nil {
			return nil, err
		}
		at = place{since: now}
		if src != nil && g.Channels.Type(src.Type).Inlet == in {
			at.source, at.channel = src, src.ChannelID
		}
		g.callers.keep(source, at)
	}
	if !at.channel.IsZero() {
		l, err := g.live(ctx, at.channel)
		if err != nil {
			return nil, err
		}
		if l != nil && l.ch.SourceID == source {
			if c, ok := l.conn.(adapter.Callee); ok {
				return &callee{Callee: c, live: l}, nil
			}
		}
	}
	src, typ := at.source, g.typeOf(in)
	if src == nil {
		src = &channel.Source{ID: source, Type: typ.ID, Issued: map[string]adapter.Credential{}}
		for _, i := range typ.Issued {
			src.Issued[i.Key] = adapter.Credential{Value: g.callers.nobody()}
		}
	}
	conn, err := typ.Open(account(src), g.kit(typ))
	if err != nil {
		return nil, err
	}
	return &callee{Callee: conn.(adapter.Callee), absent: at.source == nil}, nil
}

func (g *Gateway) typeOf(in *adapter.Inlet) *adapter.Type {
	for _, t := range g.Channels.Types() {
		if t.Inlet == in {
			return t
		}
	}
	return nil
}
