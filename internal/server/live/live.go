// Package live tells browsers and programs what happened in their organization
// while they watch: GET /rest/v1/events, a stream of server-sent events with the
// sequence of the organization's log as id, so that a stream that broke resumes
// without a gap. It reads the log and the rows it names, and never decides or
// changes anything; it is no queue either: who was away for too long is told to
// read everything again.
//
// One goroutine per organization that somebody watches tails the log. It
// encodes each event once and hands the same bytes to all streams that may see
// them. A reader that does not keep up is dropped and comes back by its last id.
package live

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

// retention is how long events are kept, see Prune.
const retention = 7 * 24 * time.Hour

// tuning is what tests make smaller.
type tuning struct {
	perMember int           // streams of one member or token
	perServer int           // streams of this process
	queue     int           // what waits for one stream before it is dropped
	batch     int           // events read at once
	ring      int           // encoded events kept per organization
	ringBytes int           // and their size
	write     time.Duration // how long one write may take
	tick      time.Duration
	far       int64         // who is further behind than this …
	old       time.Duration // … and longer than this starts anew
}

var defaults = tuning{perMember: 20, perServer: 20_000, queue: 256, batch: 500, ring: 1000, ringBytes: 2 << 20,
	write: 10 * time.Second, tick: time.Second, far: 5000, old: time.Hour}

// What happens on which tick.
const (
	ticksOfHeartbeat = 15 // each tick has its share of the streams, so that they do not all write at once
	ticksOfHeads     = 2
	ticksOfRecheck   = 60
)

// Hub holds the streams of this node.
type Hub struct {
	db       *db.DB
	channels *channel.Service
	bus      *event.Bus
	clock    clock.Clock
	log      *slog.Logger
	tuning   tuning

	catchUp  chan struct{} // slots for streams that read the log for themselves
	rechecks chan struct{} // slots for the regular look at everybody's rights
	wg       sync.WaitGroup

	mu      sync.RWMutex
	ctx     context.Context // nil before Start and after Stop
	stop    context.CancelFunc
	tails   map[id.ID]*tail
	streams map[*stream]struct{}
	holders map[id.ID]int // streams by member or token
	turn    int           // spreads streams over the ticks

	dropped, cut, resets atomic.Int64
}

// New makes a hub; it does nothing before Start. Make it after the account
// service, so that a change of rights has emptied its cache before streams are
// checked.
func New(d *db.DB, channels *channel.Service, bus *event.Bus, clk clock.Clock, log *slog.Logger) *Hub {
	h := &Hub{db: d, channels: channels, bus: bus, clock: clk, log: log, tuning: defaults,
		catchUp: make(chan struct{}, 2), rechecks: make(chan struct{}, 4),
		tails: map[id.ID]*tail{}, streams: map[*stream]struct{}{}, holders: map[id.ID]int{}}
	d.OnEvents(func(org id.ID, seq int64) {
		h.poke(org, seq)
		// A hint of our own commits, for the other nodes; the bus takes the
		// newest of each organization along and nobody waits for it.
		bus.Publish(event.Hint{Topic: event.Events, Key: org, Seq: seq})
	})
	bus.Subscribe(event.Events, func(e event.Hint) {
		if e.Foreign {
			// Hints of other nodes may overtake each other, so the sequence they
			// carry is no reason to look away.
			h.poke(e.Key, allSeqs)
		}
	})
	bus.Subscribe(event.Typing, h.typing)
	bus.Subscribe(event.Access, func(e event.Hint) { h.recheck(e.Key) })
	return h
}

// Start lets streams in until Stop, or until ctx ends.
func (h *Hub) Start(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ctx, h.stop = context.WithCancel(ctx)
	h.wg.Add(1)
	go h.run(h.ctx)
}

// Stop ends all streams and waits for their tails. Readers come back to another
// node, or to this one once it runs again, spread by the retry time they were
// told.
func (h *Hub) Stop() {
	h.mu.Lock()
	if h.stop != nil {
		h.stop()
	}
	h.mu.Unlock()
	h.wg.Wait()
}

func (h *Hub) run(ctx context.Context) {
	defer h.wg.Done()
	ticker := time.NewTicker(h.tuning.tick)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			h.mu.Lock()
			h.ctx = nil
			for s := range h.streams {
				s.end()
			}
			h.mu.Unlock()
			return
		case <-ticker.C:
		}
		h.beat(n % ticksOfHeartbeat)
		if n%ticksOfHeads == 0 {
			h.wg.Add(1) // a slow database must not hold up the heartbeats
			go func() {
				defer h.wg.Done()
				h.lookUp(ctx)
			}()
		}
		h.mu.RLock()
		for s := range h.streams {
			if s.turn%ticksOfRecheck == n%ticksOfRecheck {
				s.doubt(routine)
			}
		}
		h.mu.RUnlock()
	}
}

// Resync looks for everything that hints may have failed to tell; the bus calls
// it whenever it has connected.
func (h *Hub) Resync() {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, t := range h.tails {
		t.poke(allSeqs)
	}
	for s := range h.streams {
		s.doubt(routine)
	}
}

// Prune deletes events that are older than a week.
func (h *Hub) Prune(ctx context.Context) (int64, error) {
	return event.Prune(ctx, h.db, h.clock.Now().Add(-retention))
}

// Stats are figures for the metrics.
type Stats struct {
	Streams, Organizations int
	Dropped, Cut, Resets   int64
}

// Stats tells how many streams there are, and how often one was dropped because
// it was slow, cut because of its rights, or told to start anew.
func (h *Hub) Stats() Stats {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return Stats{Streams: len(h.streams), Organizations: len(h.tails),
		Dropped: h.dropped.Load(), Cut: h.cut.Load(), Resets: h.resets.Load()}
}

// poke wakes the tail of an organization, if somebody watches it.
func (h *Hub) poke(org id.ID, seq int64) {
	h.mu.RLock()
	t := h.tails[org]
	h.mu.RUnlock()
	if t != nil {
		t.poke(seq)
	}
}

// lookUp compares the heads in the database with where the tails are: hints get
// lost, and another process may write to the same SQLite file.
func (h *Hub) lookUp(ctx context.Context) {
	h.mu.RLock()
	orgs := make(db.IDs, 0, len(h.tails))
	for org := range h.tails {
		orgs = append(orgs, org)
	}
	h.mu.RUnlock()
	heads, err := event.Heads(ctx, h.db, orgs)
	if err != nil {
		return // the next tick tries again; a database that is gone is told by the tails
	}
	for org, seq := range heads {
		h.poke(org, seq)
	}
}

// beat sends the heartbeats of one tick.
func (h *Hub) beat(tick int) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, t := range h.tails {
		t.beat(tick)
	}
}

// holder is who a stream counts for.
func holder(a account.Actor) id.ID {
	if a.Member.IsZero() {
		return a.Token
	}
	return a.Member
}
