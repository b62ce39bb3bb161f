package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/lease"
)

// Bounds of an ingest lane.
const (
	batchMost   = 256
	tryMost     = 3 // failures of one delivery alone before it is set aside
	laneLease   = 5 * time.Second
	laneRetry   = 500 * time.Millisecond
	laneRetryPG = time.Second
)

var (
	ingestLease = lease.On("ingest_lane", "channel_id")
	makeLane    = db.SQL(`INSERT INTO ingest_lane (organization_id, channel_id) VALUES ($1, $2) ON CONFLICT (organization_id, channel_id) DO NOTHING`)
)

// workLane works what a channel received, in order, while this node holds its
// lane.
func (g *Gateway) workLane(ctx context.Context, ch id.ID, wake <-chan struct{}) {
	for ctx.Err() == nil {
		l, err := g.live(ctx, ch)
		if err == nil {
			if l == nil || l.conn == nil || !l.ch.IsActive {
				return // what waits appears when the channel is switched on
			}
			err = g.drainLane(ctx, l)
			if err == nil {
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
		g.Log.Warn("received messages wait", "channel", ch, "error", err)
		after(ctx, laneRetry)
	}
}

// drainLane works until nothing waits. The lease is taken together with the
// first look and given back together with the last effect.
func (g *Gateway) drainLane(ctx context.Context, l *live) error {
	var epoch int64
	var batch []channel.Delivery
	held := false
	err := g.DB.System().Write(ctx, func(tx *db.Tx) error {
		batch, held = nil, false
		if _, err := tx.Exec(makeLane, l.ch.OrganizationID, l.ch.ID); err != nil {
			return err
		}
		var err error
		if epoch, held, err = ingestLease.Take(tx, l.ch.OrganizationID, l.ch.ID, g.node, laneLease); err != nil || !held {
			return err
		}
		if batch, err = g.Channels.Backlog(tx, l.ch, batchMost); err == nil && len(batch) == 0 {
			err = ingestLease.Release(tx, l.ch.OrganizationID, l.ch.ID, epoch)
		}
		return err
	})
	if err != nil || !held {
		return err
	}
	for len(batch) > 0 {
		next, err := g.work(ctx, l, epoch, batch)
		if errors.Is(err, lease.ErrLost) {
			return nil // somebody else goes on
		}
		if err != nil {
			return err
		}
		batch = next
	}
	return nil
}

// work understands a batch and records it in one transaction. A batch that
// fails is halved until the delivery that cannot be worked stands alone.
func (g *Gateway) work(ctx context.Context, l *live, epoch int64, batch []channel.Delivery) (next []channel.Delivery, err error) {
	var items []inbox.Item
	var broken, passed []channel.Delivery
	owner := make([]int, 0, len(batch)) // item -> delivery
	for i := range batch {
		d := &batch[i]
		own, foreign := mine(l, d.Body)
		if len(own) == 0 {
			sent, err := g.passOn(ctx, l, d, foreign)
			if err != nil {
				return nil, err
			}
			d.Outcome, d.Error = channel.Unroutable, unroutable
			if len(sent) == len(foreign) {
				d.Outcome, d.Error = channel.Processed, ""
			}
			passed = append(passed, sent...)
			continue
		}
		p := parse(l.conn.(adapter.Webhook), own...)
		for _, e := range p.Events {
			items = append(items, inbox.Item{WebhookEvent: d.ID, ReceivedAt: d.ReceivedAt, Inbound: e})
			owner = append(owner, i)
		}
		d.Outcome = outcomeOf(p)
		if len(p.Broken) == 1 && len(p.Events) == 0 && p.Ignored+p.Unsupported == 0 {
			d.Outcome, d.Error = channel.Quarantined, clip(p.Broken[0].Err.Error(), 500)
			continue
		}
		for n, b := range p.Broken { // its siblings go on without it
			broken = append(broken, channel.Delivery{OrganizationID: d.OrganizationID, ID: id.Derive(d.ID, n), ChannelID: d.ChannelID, Type: d.Type,
				ReceivedAt: d.ReceivedAt, Signature: d.Signature, Outcome: channel.Quarantined, Error: clip(b.Err.Error(), 500), Body: b.Body})
		}
	}
	var fresh []bool
	var told map[id.ID]adapter.Outcome
	err = g.DB.System().Write(ctx, func(tx *db.Tx) error {
		if err := ingestLease.Keep(tx, l.ch.OrganizationID, l.ch.ID, epoch, laneLease); err != nil {
			return err
		}
		var err error
		if fresh, err = g.Inbox.Receive(tx, l.ch, items); err != nil {
			return err
		}
		markDuplicates(batch, owner, fresh, items)
		if l.typ.Inlet != nil {
			if told, err = g.outcomes(tx, l.ch, batch, items, owner); err != nil {
				return err
			}
		}
		if len(broken)+len(passed) > 0 {
			if err := g.Channels.StoreOnce(tx, l.ch.OrganizationID, append(broken, passed...)); err != nil {
				return err
			}
		}
		if err := g.Channels.Finish(tx, l.ch.OrganizationID, batch); err != nil {
			return err
		}
		if next, err = g.Channels.Backlog(tx, l.ch, batchMost); err != nil {
			return err
		}
		if len(next) == 0 {
			return ingestLease.Release(tx, l.ch.OrganizationID, l.ch.ID, epoch)
		}
		return nil
	})
	if err == nil {
		for _, d := range passed {
			if d.ChannelID != l.ch.ID {
				g.Bus.Publish(event.Hint{Topic: event.Ingest, Key: d.ChannelID})
			}
		}
		g.callers.tell(told)
		g.count(batch, broken, fresh)
		g.notices(ctx, l, items)
		g.acknowledge(l, items, fresh)
		return next, nil
	}
	if errors.Is(err, lease.ErrLost) || unavailable(err) || ctx.Err() != nil {
		return nil, err
	}
	if len(batch) > 1 {
		half := len(batch) / 2
		if _, err := g.work(ctx, l, epoch, batch[:half]); err != nil {
			return nil, err
		}
		return g.work(ctx, l, epoch, batch[half:])
	}
	return g.setAside(ctx, l, epoch, batch[0], err)
}

// setAside counts a failure of one delivery; after the third it is quarantined
// and the lane goes on.
func (g *Gateway) setAside(ctx context.Context, l *live, epoch int64, d channel.Delivery, why error) (next []channel.Delivery, err error) {
	d.Attempts++
	d.Outcome, d.Error = channel.WaitingOutcome, clip(why.Error(), 500)
	if d.Attempts >= tryMost {
		kept, all, err := g.salvage(ctx, l, epoch, d)
		if err != nil {
			return nil, err
		}
		if all > 1 {
			d.Error = clip(fmt.Sprintf("%d of %d elements were recorded, the others refused: %s", kept, all, d.Error), 500)
		}
		d.Outcome = channel.Quarantined
		g.Metrics.Quarantined.Add(1)
		g.Log.Error("a webhook delivery cannot be worked and was set aside", "channel", l.ch.ID, "webhook_event", d.ID, "error", why)
	}
	err = g.DB.System().Write(ctx, func(tx *db.Tx) error {
		if err := ingestLease.Held(tx, l.ch.OrganizationID, l.ch.ID, epoch); err != nil {
			return err
		}
		if err := g.Channels.Finish(tx, l.ch.OrganizationID, []channel.Delivery{d}); err != nil {
			return err
		}
		if next, err = g.Channels.Backlog(tx, l.ch, batchMost); err != nil {
			return err
		}
		if len(next) == 0 {
			return ingestLease.Release(tx, l.ch.OrganizationID, l.ch.ID, epoch)
		}
		return ingestLease.Renew(tx, l.ch.OrganizationID, l.ch.ID, epoch, laneLease)
	})
	return next, err
}

// salvage records what can be recorded of a delivery that cannot be recorded as
// a whole, element by element: one that the database refuses does not take its
// siblings with it.
func (g *Gateway) salvage(ctx context.Context, l *live, epoch int64, d channel.Delivery) (kept, all int, err error) {
	own, _ := mine(l, d.Body)
	events := parse(l.conn.(adapter.Webhook), own...).Events
	if len(events) < 2 {
		return 0, len(events), nil
	}
	for _, e := range events {
		items := []inbox.Item{{WebhookEvent: d.ID, ReceivedAt: d.ReceivedAt, Inbound: e}}
		var fresh []bool
		err := g.DB.System().Write(ctx, func(tx *db.Tx) (err error) {
			if err := ingestLease.Keep(tx, l.ch.OrganizationID, l.ch.ID, epoch, laneLease); err != nil {
				return err
			}
			fresh, err = g.Inbox.Receive(tx, l.ch, items)
			return err
		})
		switch {
		case err == nil:
			kept++
			g.count(nil, nil, fresh)
			g.notices(ctx, l, items)
			g.acknowledge(l, items, fresh)
		case errors.Is(err, lease.ErrLost) || unavailable(err) || ctx.Err() != nil:
			return kept, len(events), err
		}
	}
	return kept, len(events), nil
}

func outcomeOf(p adapter.Parsed) channel.Outcome {
	switch {
	case len(p.Events) > 0 || len(p.Broken) > 0:
		return channel.Processed
	case p.Unsupported > 0:
		return channel.UnsupportedOutcome
	}
	return channel.Ignored
}

// markDuplicates tells apart deliveries that brought nothing new.
func markDuplicates(batch []channel.Delivery, owner []int, fresh []bool, items []inbox.Item) {
	news := make([]bool, len(batch))
	had := make([]bool, len(batch))
	odd := make([]int, len(batch))
	for i, d := range owner {
		had[d] = true
		news[d] = news[d] || fresh[i]
		if m := items[i].Message; m != nil && m.Content.Kind == message.Unsupported {
			odd[d]++
		}
	}
	for i := range batch {
		if had[i] && batch[i].Outcome == channel.Processed && !news[i] {
			batch[i].Outcome = channel.Duplicate
		}
	}
	for i, n := range odd {
		if n > 0 && batch[i].Outcome == channel.Processed && n == countOf(owner, i) {
			batch[i].Outcome = channel.UnsupportedOutcome
		}
	}
}

func countOf(owner []int, d int) int {
	n := 0
	for _, o := range owner {
		if o == d {
			n++
		}
	}
	return n
}

func (g *Gateway) count(batch, broken []channel.Delivery, fresh []bool) {
	for _, f := range fresh {
		if f {
			g.Metrics.Received.Add(1)
		}
	}
	g.Metrics.Quarantined.Add(int64(len(broken)))
	for _, d := range batch {
		switch d.Outcome {
		case channel.Duplicate:
			g.Metrics.Duplicates.Add(1)
		case channel.Quarantined:
			g.Metrics.Quarantined.Add(1)
		}
	}
}

// notices acts on what the provider says about the account itself.
func (g *Gateway) notices(ctx context.Context, l *live, items []inbox.Item) {
	for _, it := range items {
		if it.Notice == nil || !it.Notice.Bad && !it.Notice.Good {
			continue
		}
		at := it.Notice.At
		if at.IsZero() || at.After(it.ReceivedAt) {
			at = it.ReceivedAt
		}
		if _, err := g.Channels.Noticed(ctx, l.ch, it.Notice.Code, it.Notice.Text, it.Notice.Bad, at); err != nil {
			g.Log.Error("a notice about the account could not be recorded", "channel", l.ch.ID, "code", it.Notice.Code, "error", err)
		}
	}
}

// acknowledge tells the provider of new messages that somebody waits to see
// taken in. They are committed: what comes of it changes nothing here.
func (g *Gateway) acknowledge(l *live, items []inbox.Item, fresh []bool) {
	for i, it := range items {
		if it.Message == nil || it.Message.Ack == "" || !fresh[i] {
			continue
		}
		token := it.Message.Ack
		g.courtesy(l.ch.ID, "acknowledgement", func(ctx context.Context, l *live) error {
			if c, ok := l.conn.(adapter.Acknowledger); ok {
				return c.Acknowledge(ctx, token)
			}
			return nil
		})
	}
}

// mine is what of a stored body is for the channel itself. All of it, unless an
// unroutable delivery is replayed or the channel got another account meanwhile.
func mine(l *live, body []byte) (own [][]byte, foreign []adapter.Part) {
	s, ok := l.conn.(adapter.Splitter)
	if !ok {
		return [][]byte{body}, nil
	}
	parts, err := split(s, body)
	if err != nil || len(parts) == 0 {
		return [][]byte{body}, nil
	}
	for _, p := range parts {
		if p.Account == "" || p.Account == l.account {
			own = append(own, p.Body)
		} else {
			foreign = append(foreign, p)
		}
	}
	return own, foreign
}

// passOn addresses a replayed delivery once more: the channel it is for may
// exist by now. It gives the deliveries to store there.
func (g *Gateway) passOn(ctx context.Context, l *live, d *channel.Delivery, parts []adapter.Part) (out []channel.Delivery, err error) {
	for n, p := range parts {
		other, err := g.sibling(ctx, l, p.Account)
		if err != nil {
			return nil, err
		}
		if other == nil {
			continue
		}
		out = append(out, channel.Delivery{OrganizationID: other.ch.OrganizationID, ID: id.Derive(d.ID, n), ChannelID: other.ch.ID, Type: other.ch.Type,
			ReceivedAt: d.ReceivedAt, Signature: d.Signature, Outcome: channel.WaitingOutcome, Body: p.Body})
	}
	return out, nil
}

// parse survives an adapter that panics: the body is broken, not the process.
func parse(w adapter.Webhook, bodies ...[]byte) (all adapter.Parsed) {
	for _, body := range bodies {
		p := parseOne(w, body)
		all.Events, all.Broken = append(all.Events, p.Events...), append(all.Broken, p.Broken...)
		all.Ignored, all.Unsupported = all.Ignored+p.Ignored, all.Unsupported+p.Unsupported
	}
	return all
}

func parseOne(w adapter.Webhook, body []byte) (p adapter.Parsed) {
	defer func() {
		if r := recover(); r != nil {
			p = adapter.Parsed{Broken: []adapter.Broken{{Body: body, Err: errPanic(r)}}}
		}
	}()
	return w.Parse(body)
}

func errPanic(p any) error { return fmt.Errorf("the adapter failed on it: %v", p) }
