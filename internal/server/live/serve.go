package live

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/http"
	"strconv"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
)

// A reader that lost its stream waits this long before it comes back; each gets
// its own time, so that a restart is not followed by everybody at once.
const (
	retryLeast = time.Second
	retryMost  = 4 * time.Second
)

// Serve streams to one reader until he leaves, is too slow, or his rights
// change. It returns an error only while nothing has been written. again says
// who the caller is when rights may have changed; without it any change ends
// the stream.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, a account.Actor, again Recheck) error {
	v := viewOf(a)
	if v.rights == 0 {
		return a.Require(account.InboxView)
	}
	s := &stream{h: h, actor: a, view: v, again: again, w: w, conn: http.NewResponseController(w),
		queue: make(chan *chunk, h.tuning.queue), gone: make(chan struct{}), recheck: make(chan struct{}, 1)}
	t, err := h.admit(s)
	if err != nil {
		return err
	}
	defer h.release(s, t)
	ctx := r.Context()
	if again != nil {
		// What changed between the caller's authentication and his admission was
		// told to nobody.
		if now, err := again(ctx); err != nil {
			return err
		} else if !s.same(now) {
			return fault.New(fault.Unavailable, "access_changed", "Your rights are changing.").WithHint("Try again.")
		}
	}
	select {
	case <-t.started:
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	if t.err != nil {
		return unavailable(t.err)
	}
	after, asked := wanted(r)
	from, reset := after, false
	if asked {
		if reset, err = h.lost(ctx, t, after); err != nil {
			return unavailable(err)
		}
	}
	defer t.leave(s)
	var head []byte
	switch {
	case !asked:
		from = t.joinNow(s)
		head = readyText(from, from)
	case reset:
		from = t.joinNow(s)
		h.resets.Add(1)
		// The id comes with the reset, so that who misses it is told again.
		head = append(readyText(noID, from), resetText(from)...)
	default:
		head = readyText(from, max(from, t.pos.Load()))
	}
	// A deadline for reading the request would later count as the reader's
	// leaving.
	_ = s.conn.SetReadDeadline(time.Time{})
	headers(w)
	if !s.write(ctx, retryText(retry()), head) {
		return nil
	}
	if asked && !reset && !s.resume(ctx, t, from) {
		return nil
	}
	s.serve(ctx)
	return nil
}

func headers(w http.ResponseWriter) {
	set := w.Header().Set
	set("Content-Type", "text/event-stream")
	set("Cache-Control", "no-store")
	set("X-Accel-Buffering", "no") // a proxy that gathers an answer would hold it back for ever
	set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
}

// retry is the reader's own waiting time in milliseconds.
func retry() int {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails; any time would do
	span := uint32((retryMost - retryLeast) / time.Millisecond)
	return int(retryLeast/time.Millisecond) + int(binary.BigEndian.Uint32(b[:])%span)
}

// wanted is the last event the reader has seen; what is no sequence at all is
// -1, which no log goes back to.
func wanted(r *http.Request) (seq int64, asked bool) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("last_event_id")
	}
	if text == "" {
		return 0, false
	}
	seq, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seq < 0 || strconv.FormatInt(seq, 10) != text {
		return -1, true
	}
	return seq, true
}

// lost tells whether the events after a sequence can no longer all be told:
// they are gone, they never were, or they are so many and so old that reading
// everything again is quicker.
func (h *Hub) lost(ctx context.Context, t *tail, after int64) (bool, error) {
	if after < 0 {
		return true, nil
	}
	oldest, pos := t.reach()
	if after >= oldest && after <= pos {
		return false, nil
	}
	var head int64
	var next []event.Record
	err := h.db.Tenant(t.org).Read(ctx, func(tx *db.Tx) (err error) {
		if head, err = event.Head(tx, t.org); err != nil || after >= head {
			return err
		}
		next, err = event.After(tx, t.org, after, 1)
		return err
	})
	switch {
	case err != nil:
		return false, err
	case after >= head:
		return after > head, nil
	case len(next) == 0 || next[0].Seq != after+1:
		return true, nil
	}
	return head-after > h.tuning.far && h.clock.Now().Sub(next[0].At) > h.tuning.old, nil
}

// resume writes what followed a sequence and joins the tail where that ends.
func (s *stream) resume(ctx context.Context, t *tail, after int64) bool {
	filled := false
	for {
		moves := t.moves() // before join, so that no batch is overlooked
		state, frames := t.join(s, after)
		switch state {
		case joined:
			c := s.seen(frames)
			return c == nil || s.write(ctx, c.text)
		case tooNew: // another node committed it and we have not read it yet
			t.poke(after)
			select {
			case <-moves:
			case <-ctx.Done():
				return false
			case <-s.gone:
				return false
			}
		case tooOld:
			if _, pos := t.reach(); !filled && pos-after <= int64(s.h.tuning.ring) {
				filled = true
				t.backfill(ctx, after)
				continue
			}
			next, ok := s.readLog(ctx, t, after)
			if !ok {
				return false
			}
			after = next
		}
	}
}

// readLog writes the next batch straight from the log, for who is further
// behind than the ring reaches, and tells how far it got.
func (s *stream) readLog(ctx context.Context, t *tail, after int64) (int64, bool) {
	select {
	case s.h.catchUp <- struct{}{}: // few at a time: others want the database too
	case <-ctx.Done():
		return 0, false
	case <-s.gone:
		return 0, false
	}
	frames, recs, err := s.h.read(ctx, t.org, after, s.h.tuning.batch)
	<-s.h.catchUp
	gone := err == nil && (len(frames) == 0 || frames[0].seq != after+1) // deleted while we were at it
	switch {
	case gone, unshowable(recs, err): // reading everything again beats coming back to it for ever
		pos := t.pos.Load()
		s.h.resets.Add(1)
		return pos, s.write(ctx, resetText(pos))
	case err != nil:
		return 0, false
	}
	after = frames[len(frames)-1].seq
	c := s.seen(frames)
	return after, c == nil || s.write(ctx, c.text)
}

// admit counts a stream and finds the tail it hangs on.
func (h *Hub) admit(s *stream) (*tail, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx == nil || h.ctx.Err() != nil {
		return nil, fault.New(fault.Unavailable, "shutting_down", "The server is shutting down.")
	}
	if len(h.streams) >= h.tuning.perServer {
		f := fault.New(fault.Unavailable, "too_many_streams", "This server has as many live streams as it can.").
			WithHint("Try again later.")
		f.RetryAfter = time.Duration(retry()) * time.Millisecond * 10
		return nil, f
	}
	who := holder(s.actor)
	if h.holders[who] >= h.tuning.perMember {
		f := fault.New(fault.TooMany, "too_many_streams", "You have %d live streams open already.", h.tuning.perMember).
			WithHint("Close some; one is enough for all tabs of a browser.")
		f.RetryAfter = 10 * time.Second
		return nil, f
	}
	h.holders[who]++
	h.turn++
	s.turn = h.turn
	h.streams[s] = struct{}{}
	t := h.tails[s.actor.Organization]
	if t == nil {
		ctx, stop := context.WithCancel(h.ctx)
		t = &tail{h: h, org: s.actor.Organization, stop: stop, started: make(chan struct{}), wake: make(chan struct{}, 1),
			typing: make(chan typingHint, 64), groups: map[view]*group{}}
		h.tails[t.org] = t
		h.wg.Add(1)
		go t.run(ctx)
	}
	t.users++
	return t, nil
}

func (h *Hub) release(s *stream, t *tail) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
	who := holder(s.actor)
	if h.holders[who]--; h.holders[who] == 0 {
		delete(h.holders, who)
	}
	if t.users--; t.users == 0 || t.failedToStart() {
		t.stop()
		if h.tails[t.org] == t {
			delete(h.tails, t.org)
		}
	}
}

func (t *tail) failedToStart() bool {
	select {
	case <-t.started:
		return t.err != nil
	default:
		return false
	}
}

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "storage_unavailable", "The log of events cannot be read at the moment.").
		WithHint("Try again in a few seconds.").Because(err)
}
