// Package gateway is the door to providers and the only caller of adapters. It
// stores what providers deliver before anybody looks at it, has it understood
// and recorded in order, and sends what the inbox has accepted at the pace a
// platform allows. It decides what follows from a provider's answer; it never
// decides what may be said.
package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/httpx"
	"switchboard/internal/platform/id"
)

// Config is what a gateway needs.
type Config struct {
	DB       *db.DB
	Channels *channel.Service
	Inbox    *inbox.Service
	Media    *media.Service
	Clock    clock.Clock
	Bus      *event.Bus
	Log      *slog.Logger
	// ProviderURLs overrides a type's API base, by type.
	ProviderURLs map[string]string
	// EgressAllow are private ranges that may be called.
	EgressAllow []netip.Prefix
	// SendTimeout bounds one call of a provider; 0 = 20 s.
	SendTimeout time.Duration
	// CallRate is how many calls a second one source may make on our own
	// interfaces; 0 = as its type says.
	CallRate float64
	// Retention is how long the bytes of deliveries are kept; 0 = 30 days.
	Retention time.Duration
}

// Gateway passes messages between providers and the inbox.
type Gateway struct {
	Config
	node    string
	clients map[bool]*http.Client // by operator's own address

	mu    sync.Mutex
	conns map[id.ID]*live

	queue   chan *accepted
	lanes   workers
	gates   workers
	refused sync.Map // channel -> *atomic.Int64, when a refused call was last kept
	callers callers
	Metrics Metrics

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// Metrics are counters since the start.
type Metrics struct {
	Accepted, Refused, Overloaded, Received, Duplicates, Quarantined atomic.Int64
	Sent, SendFailed, SendRetried, SendUncertain                     atomic.Int64
}

// New makes a gateway; Start puts it to work.
func New(c Config) *Gateway {
	if c.SendTimeout == 0 {
		c.SendTimeout = 20 * time.Second
	}
	if c.Retention == 0 {
		c.Retention = 30 * 24 * time.Hour
	}
	g := &Gateway{Config: c, node: id.New().String(), conns: map[id.ID]*live{}, queue: make(chan *accepted, 4096)}
	if c.DB.Engine() == db.SQLite {
		// One server at a time may have the file open (a lock sees to it), so what
		// an earlier one held when it died is ours.
		g.node = "only"
	}
	g.clients = map[bool]*http.Client{
		// A call's own deadline is its context's; a file may take longer than
		// most calls, but the answer has to begin in time.
		true:  httpx.New(httpx.Options{Purpose: "provider", Operator: true, Timeout: fileTime, HeaderTimeout: c.SendTimeout}),
		false: httpx.New(httpx.Options{Purpose: "provider", Allow: c.EgressAllow, Redirects: 3, Timeout: fileTime, HeaderTimeout: c.SendTimeout}),
	}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	g.lanes.run, g.gates.run = g.workLane, g.workGate
	g.lanes.wg, g.gates.wg = &g.wg, &g.wg
	return g
}

// Start begins to work what is waiting and what comes.
func (g *Gateway) Start() {
	g.wg.Go(g.flush)
	g.wg.Go(g.sweep)
	g.Bus.Subscribe(event.Ingest, func(h event.Hint) { g.lanes.wake(g.ctx, h.Key) })
	g.Bus.Subscribe(event.Deliver, func(h event.Hint) { g.gates.wake(g.ctx, h.Key) })
	g.Bus.Subscribe(event.Channel, func(h event.Hint) {
		g.forget(h.Key)
		g.callers.leave(h.Key)
		g.lanes.wake(g.ctx, h.Key)
		g.gates.wake(g.ctx, h.Key)
	})
}

// Stop finishes what is in hand and returns. No more calls of Accept may come.
func (g *Gateway) Stop() {
	g.cancel()
	g.wg.Wait()
}

// Resync looks for work in the database, for when hints may have been lost.
func (g *Gateway) Resync() {
	if ids, err := g.Channels.Backlogs(g.ctx); err == nil {
		for _, c := range ids {
			g.lanes.wake(g.ctx, c)
		}
	}
	var waiting []id.ID
	err := g.DB.System().Read(g.ctx, func(tx *db.Tx) (err error) {
		waiting, err = g.Inbox.Waiting(tx)
		return err
	})
	if err == nil {
		for _, c := range waiting {
			g.gates.wake(g.ctx, c)
		}
	}
}

// Intervals of looking for work nobody hinted at. With PostgreSQL another node
// may have died holding some.
const (
	sweepShared = 2 * time.Second
	sweepAlone  = 15 * time.Second
	expireEvery = time.Hour
)

func (g *Gateway) sweep() {
	every := sweepAlone
	if g.DB.Engine() == db.Postgres {
		every = sweepShared
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var expired time.Time
	for {
		g.Resync()
		if now := g.Clock.Now(); now.Sub(expired) > expireEvery {
			expired = now
			for g.ctx.Err() == nil {
				if n, err := g.Channels.Expire(g.ctx, now.Add(-g.Retention)); err != nil || n == 0 {
					break
				}
			}
		}
		select {
		case <-g.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// live is an open connection of a channel.
type live struct {
	ch   *channel.Channel
	typ  *adapter.Type
	conn adapter.Conn
	// account and siblings answer Split without the database.
	account  string
	siblings sync.Map // account -> id.ID
	since    time.Time
}

// liveFor is how long a connection is used before the settings are read again,
// in case the hint that they changed was lost.
const liveFor = 2 * time.Second

// live opens a channel; nil when there is none.
func (g *Gateway) live(ctx context.Context, ch id.ID) (*live, error) {
	now := g.Clock.Now()
	g.mu.Lock()
	l := g.conns[ch]
	g.mu.Unlock()
	if l != nil && now.Sub(l.since) < liveFor {
		return l, nil
	}
	c, err := g.Channels.Find(ctx, ch)
	if err != nil || c == nil {
		g.forget(ch)
		return nil, err
	}
	if l != nil && l.ch.UpdatedAt.Equal(c.UpdatedAt) && (c.Source == nil) == (l.ch.Source == nil) &&
		(c.Source == nil || c.Source.UpdatedAt.Equal(l.ch.Source.UpdatedAt)) {
		fresh := &live{ch: c, typ: l.typ, conn: l.conn, account: l.account, since: now}
		g.keep(ch, fresh)
		return fresh, nil
	}
	fresh := &live{ch: c, typ: g.Channels.Type(c.Type), since: now}
	if c.Source != nil && fresh.typ.Open != nil {
		fresh.account = c.Source.Account
		if fresh.conn, err = fresh.typ.Open(account(c.Source), g.kit(fresh.typ)); err != nil {
			return nil, err
		}
	}
	g.keep(ch, fresh)
	return fresh, nil
}

func account(src *channel.Source) adapter.Account {
	a := adapter.Account{OrganizationID: src.OrganizationID.String(), SourceID: src.ID.String(), Settings: src.Settings, Issued: src.Issued}
	if !src.ChannelID.IsZero() {
		a.ChannelID = src.ChannelID.String()
	}
	return a
}

func (g *Gateway) keep(ch id.ID, l *live) {
	g.mu.Lock()
	if len(g.conns) > 10_000 {
		clear(g.conns)
	}
	g.conns[ch] = l
	g.mu.Unlock()
}

func (g *Gateway) forget(ch id.ID) {
	g.mu.Lock()
	delete(g.conns, ch)
	g.mu.Unlock()
}

func (g *Gateway) kit(t *adapter.Type) adapter.Kit {
	base, own := t.ProviderURL, false
	if u := g.ProviderURLs[t.ID]; u != "" {
		base, own = u, true
	}
	return adapter.Kit{HTTP: g.clients[own], BaseURL: strings.TrimRight(base, "/"), Now: g.Clock.Now, Log: g.Log,
		MayCall: func(url string) error { return httpx.CheckURL("given URL", url, g.EgressAllow) }}
}

// workers runs at most one goroutine per key, and once more when woken
// meanwhile.
type workers struct {
	mu    sync.Mutex
	state map[id.ID]chan struct{} // its wake-up, while it runs
	run   func(ctx context.Context, key id.ID, wake <-chan struct{})
	wg    *sync.WaitGroup
}

func (w *workers) wake(ctx context.Context, key id.ID) {
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == nil {
		w.state = map[id.ID]chan struct{}{}
	}
	if c := w.state[key]; c != nil {
		select {
		case c <- struct{}{}:
		default:
		}
		return
	}
	c := make(chan struct{}, 1)
	w.state[key] = c
	w.wg.Go(func() {
		for {
			w.run(ctx, key, c)
			w.mu.Lock()
			select {
			case <-c: // woken between its last look and its end
				if ctx.Err() == nil {
					w.mu.Unlock()
					continue
				}
			default:
			}
			delete(w.state, key)
			w.mu.Unlock()
			return
		}
	})
}

// after waits without holding anybody up at the end.
func after(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
