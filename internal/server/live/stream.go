package live

import (
	"context"
	"net/http"
	"sync"
	"time"

	"switchboard/internal/domain/account"
)

// Recheck finds out who the caller of a stream is now: what authenticated its
// request, asked again.
type Recheck func(ctx context.Context) (account.Actor, error)

// stream is one connection. All its writing is done by the goroutine of its
// request.
type stream struct {
	h     *Hub
	actor account.Actor
	view  view
	again Recheck
	turn  int // on which ticks its heartbeats and rechecks fall

	w       http.ResponseWriter
	conn    *http.ResponseController
	queue   chan *chunk
	gone    chan struct{} // closed when the stream is to end
	recheck chan struct{}

	mu      sync.Mutex
	ended   bool
	writing bool
	doubts  doubt
}

// seen is what the stream is told of frames.
func (s *stream) seen(frames []*frame) *chunk {
	return (&group{view: s.view, actor: s.actor}).seen(frames)
}

// doubt is why the rights of a stream must be looked at before it writes again.
type doubt int

const (
	none    doubt = iota
	routine       // some time has passed
	urgent        // they changed
)

// cutWithin is how long after a change of rights the last byte may go out.
const cutWithin = time.Second

// end makes the stream's goroutine return, also out of a write.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	close(s.gone)
	if s.writing {
		_ = s.conn.SetWriteDeadline(s.h.clock.Now())
	}
}

// doubt makes the stream look at its rights before it writes again.
func (s *stream) doubt(why doubt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubts = max(s.doubts, why)
	if why == urgent && s.writing {
		_ = s.conn.SetWriteDeadline(s.h.clock.Now().Add(cutWithin))
	}
	select {
	case s.recheck <- struct{}{}:
	default:
	}
}

// begin allows one write. It refuses when the stream is to end; doubts are
// returned instead of being written over.
func (s *stream) begin() (ok bool, why doubt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false, none
	}
	if why = s.doubts; why != none {
		s.doubts = none
		return false, why
	}
	s.writing = true
	_ = s.conn.SetWriteDeadline(s.h.clock.Now().Add(s.h.tuning.write))
	return true, none
}

func (s *stream) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	if !s.ended {
		// An HTTP/2 stream is reset when its deadline passes, writing or not.
		_ = s.conn.SetWriteDeadline(time.Time{})
	}
}

// write puts texts on the wire and tells whether the stream may go on.
func (s *stream) write(ctx context.Context, texts ...[]byte) bool {
	for {
		ok, why := s.begin()
		if ok {
			break
		}
		if why == none || !s.stillMay(ctx, why) {
			return false
		}
	}
	defer s.finish()
	for _, text := range texts {
		if _, err := s.w.Write(text); err != nil {
			return false
		}
	}
	return s.conn.Flush() == nil
}

// writeQueued writes a chunk and whatever queued up behind it, so that under
// load many events share one system call.
func (s *stream) writeQueued(ctx context.Context, c *chunk) bool {
	texts := make([][]byte, 1, 8)
	texts[0] = c.text
	for size := len(c.text); size < 64<<10; {
		select {
		case c = <-s.queue:
			texts, size = append(texts, c.text), size+len(c.text)
			continue
		default:
		}
		break
	}
	return s.write(ctx, texts...)
}

// serve writes until the reader leaves, the stream is ended or its rights are.
func (s *stream) serve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.gone:
			return
		case <-s.recheck:
			s.mu.Lock()
			why := s.doubts
			s.doubts = none
			s.mu.Unlock()
			if why != none && !s.stillMay(ctx, why) {
				return
			}
		case c := <-s.queue:
			if !s.writeQueued(ctx, c) {
				return
			}
		}
	}
}
