package live

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/id"

	"context"
)

// stuck is a connection whose reader takes one write and then nothing more.
type stuck struct {
	mu       sync.Mutex
	header   http.Header
	got      strings.Builder
	writes   int
	blocked  chan struct{} // closed once a write waits
	deadline *time.Timer
	expired  chan struct{}
}

func newStuck() *stuck {
	return &stuck{header: http.Header{}, blocked: make(chan struct{}), expired: make(chan struct{})}
}

func (s *stuck) Header() http.Header { return s.header }
func (s *stuck) WriteHeader(int)     {}
func (s *stuck) FlushError() error   { return nil }

func (s *stuck) Write(b []byte) (int, error) {
	s.mu.Lock()
	if s.writes++; s.writes <= 2 { // retry and ready
		defer s.mu.Unlock()
		return s.got.Write(b)
	}
	s.mu.Unlock()
	close(s.blocked)
	<-s.expired
	return 0, os.ErrDeadlineExceeded
}

func (s *stuck) SetWriteDeadline(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deadline != nil {
		s.deadline.Stop()
		s.deadline = nil
	}
	if !at.IsZero() {
		s.deadline = time.AfterFunc(time.Until(at), func() { close(s.expired) })
	}
	return nil
}

// serveStuck opens a stream that does not read; done is closed when it ended.
func serveStuck(n *node, a account.Actor) (w *stuck, done chan struct{}) {
	w, done = newStuck(), make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequestWithContext(context.Background(), "GET", "/rest/v1/events", nil)
		if err := n.hub.Serve(w, r, a, func(context.Context) (account.Actor, error) { return a, nil }); err != nil {
			n.t.Error(err)
		}
	}()
	until(n.t, "the stream is there", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.writes >= 2
	})
	return w, done
}

func TestServe_dropsSlowReaders(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, func(x *tuning) { x.queue, x.batch = 8, 1 })
		org := id.New()
		who := n.member(org, everything...)
		quick := n.open(who, "")
		w, done := serveStuck(n, n.actor(who))
		emit(t, d, org, id.New())
		<-w.blocked
		for i := range 21 { // one by one, so that only who does not read at all is slow
			if e := quick.want(channelUpdated); e.seq(t) != int64(i+1) { // nobody else noticed
				t.Fatal(e)
			}
			if i < 20 {
				emit(t, d, org, id.New())
			}
		}
		<-done // long before the write's own deadline
		if s := n.hub.Stats(); s.Dropped != 1 {
			t.Errorf("%+v", s)
		}
		back := n.open(who, "0") // its last id, and it misses nothing
		for i := range 21 {
			if e := back.want(channelUpdated); e.seq(t) != int64(i+1) {
				t.Fatal(e)
			}
		}
	})
}

func TestServe_givesUpOnWritesThatDoNotEnd(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, func(x *tuning) { x.write = 50 * time.Millisecond })
		org := id.New()
		_, done := serveStuck(n, n.actor(n.member(org, everything...)))
		emit(t, d, org, id.New())
		<-done
	})
}

// A reader that takes nothing cannot put off the end of its rights.
func TestServe_cutsStuckReaders(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org := id.New()
		w, done := serveStuck(n, n.actor(n.member(org, everything...)))
		emit(t, d, org, id.New())
		<-w.blocked
		began := time.Now()
		n.hub.recheck(org)
		<-done
		if took := time.Since(began); took > cutWithin+500*time.Millisecond {
			t.Errorf("cut after %v", took)
		}
	})
}
