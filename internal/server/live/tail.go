package live

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

// allSeqs pokes a tail whatever it has read already.
const allSeqs = math.MaxInt64

// patience is how often rows that cannot be loaded are tried again together,
// before one event at a time is tried and the one that fails is left out.
const patience = 3

// tail follows the log of one organization as long as somebody watches it.
type tail struct {
	h       *Hub
	org     id.ID
	users   int // streams that hold it; guarded by Hub.mu
	stop    context.CancelFunc
	started chan struct{} // closed when it knows where the log stands, or failed to
	err     error         // why it failed; read after started

	wake   chan struct{}
	typing chan typingHint
	pos    atomic.Int64 // everything up to it was handed out; written under mu
	failed int          // loads that failed one after the other

	fill sync.Mutex // one goroutine extends the ring into the past

	mu     sync.Mutex
	ring   ring
	groups map[view]*group
	moved  chan struct{} // closed at the next batch; nil when nobody waits
}

// poke wakes the tail for a sequence it has not handed out yet.
func (t *tail) poke(seq int64) {
	if seq <= t.pos.Load() {
		return
	}
	select {
	case t.wake <- struct{}{}:
	default: // it looks once more anyway
	}
}

func (t *tail) run(ctx context.Context) {
	defer t.h.wg.Done()
	defer t.stop()
	var head int64
	t.err = t.h.db.Tenant(t.org).Read(ctx, func(tx *db.Tx) (err error) {
		head, err = event.Head(tx, t.org)
		return err
	})
	t.pos.Store(head)
	close(t.started)
	if t.err != nil {
		return // who waits for it says so; the next stream makes another
	}
	for {
		select {
		case <-ctx.Done():
			return
		case hint := <-t.typing:
			t.tellTyping(hint)
		case <-t.wake:
			t.drain(ctx)
		}
	}
}

// drain hands out what the log holds. What is committed meanwhile gathers and
// is read with the next batch, so the load decides how large batches are.
func (t *tail) drain(ctx context.Context) {
	for ctx.Err() == nil {
		limit := t.h.tuning.batch
		if t.failed >= patience {
			limit = 1
		}
		frames, recs, err := t.h.read(ctx, t.org, t.pos.Load(), limit)
		switch {
		case err == nil:
			t.failed = 0
		case ctx.Err() != nil:
			return
		case unshowable(recs, err):
			if t.failed++; t.failed <= patience {
				continue
			}
			// One row that cannot be shown must not silence an organization.
			t.h.log.Error("an event cannot be shown and is left out of the live streams", "organization", t.org.String(),
				"seq", recs[0].Seq, "kind", recs[0].Kind, "ref", recs[0].Ref.String(), "error", err)
			frames, t.failed = []*frame{{seq: recs[0].Seq}}, 0
		default:
			t.h.log.Warn("live events wait for the database", "organization", t.org.String(), "error", err)
			return // the next commit or the next look at the heads tries again
		}
		if len(frames) == 0 {
			return
		}
		t.deliver(frames)
		if len(recs) < limit {
			return
		}
	}
}

// deliver hands a batch to everybody who may see something of it.
func (t *tail) deliver(frames []*frame) {
	last := frames[len(frames)-1].seq
	t.mu.Lock()
	defer t.mu.Unlock()
	if first := frames[0].seq; first != t.pos.Load()+1 {
		// Events went before they were handed out: nobody can be up to date.
		t.ring.clear()
		t.h.resets.Add(1)
		t.sendAll(&chunk{resetText(first - 1)})
	}
	t.ring.append(frames, t.h.tuning.ring, t.h.tuning.ringBytes)
	for _, g := range t.groups {
		if c := g.seen(frames); c != nil {
			t.send(g, c)
		}
	}
	t.pos.Store(last)
	if t.moved != nil {
		close(t.moved)
		t.moved = nil
	}
}

func (t *tail) sendAll(c *chunk) {
	for _, g := range t.groups {
		t.send(g, c)
	}
}

// send queues a chunk for a group. A stream whose queue is full is dropped: it
// resumes by its last id, while waiting for it would hold up all others.
func (t *tail) send(g *group, c *chunk) {
	for s := range g.streams {
		t.offer(g, s, c)
	}
}

func (t *tail) offer(g *group, s *stream, c *chunk) {
	select {
	case s.queue <- c:
	default:
		delete(g.streams, s)
		t.h.dropped.Add(1)
		s.end()
	}
}

// beat sends the heartbeat to the streams whose turn it is. It passes through
// the queue, so a reader who gets it has got every event up to its sequence.
func (t *tail) beat(tick int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var c *chunk
	for _, g := range t.groups {
		for s := range g.streams {
			if s.turn%ticksOfHeartbeat != tick {
				continue
			}
			if c == nil {
				c = &chunk{heartbeatText(t.pos.Load())}
			}
			t.offer(g, s, c)
		}
	}
}

// joining tells how a stream got on with joining.
type joining int

const (
	joined joining = iota
	tooOld         // the ring does not reach back to it
	tooNew         // the tail itself is not that far
)

// join lets a stream have everything after a sequence: the frames it is given
// now, and what comes into its queue from then on.
func (t *tail) join(s *stream, after int64) (joining, []*frame) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pos := t.pos.Load()
	switch {
	case after > pos:
		return tooNew, nil
	case after+1 < t.ring.first(pos+1):
		return tooOld, nil
	}
	t.enter(s)
	return joined, t.ring.after(after)
}

// joinNow lets a stream have what happens from now on, and tells from where.
func (t *tail) joinNow(s *stream) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.enter(s)
	return t.pos.Load()
}

func (t *tail) enter(s *stream) {
	g := t.groups[s.view]
	if g == nil {
		g = &group{view: s.view, actor: s.actor, streams: map[*stream]struct{}{}}
		t.groups[s.view] = g
	}
	g.streams[s] = struct{}{}
}

func (t *tail) leave(s *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.groups[s.view]
	if g == nil {
		return // it never joined
	}
	if delete(g.streams, s); len(g.streams) == 0 {
		delete(t.groups, s.view)
	}
}

// moves is closed when the next batch has been handed out.
func (t *tail) moves() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.moved == nil {
		t.moved = make(chan struct{})
	}
	return t.moved
}

// reach is the oldest sequence after which the ring can serve, and where the
// tail stands.
func (t *tail) reach() (oldest, pos int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pos = t.pos.Load()
	return t.ring.first(pos+1) - 1, pos
}

// backfill extends the ring back to a sequence. After a restart of the server
// everybody comes back at once and a little behind; this reads it for all of
// them once. What it cannot read, each finds out for himself.
func (t *tail) backfill(ctx context.Context, after int64) {
	t.fill.Lock()
	defer t.fill.Unlock()
	var older []*frame
	for next := after; ; {
		t.mu.Lock()
		pos := t.pos.Load()
		first := t.ring.first(pos + 1)
		if next+1 >= first {
			if missing := first - 1 - after; missing > 0 && int64(len(older)) >= missing {
				t.ring.prepend(older[:missing], t.h.tuning.ring, t.h.tuning.ringBytes)
			}
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		if pos-after > int64(t.h.tuning.ring) {
			return // it would not stay
		}
		frames, _, err := t.h.read(ctx, t.org, next, t.h.tuning.batch)
		if err != nil || len(frames) == 0 || frames[0].seq != next+1 {
			return
		}
		older = append(older, frames...)
		next = frames[len(frames)-1].seq
	}
}
