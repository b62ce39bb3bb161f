package live

import (
	"context"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// How long a look at the rights may take.
const (
	urgentLook  = 900 * time.Millisecond // of cutWithin
	routineLook = 10 * time.Second
)

// recheck makes the streams of a user, a member, a token or an organization
// look at their rights; the zero key those of everybody.
func (h *Hub) recheck(key id.ID) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for s := range h.streams {
		a := &s.actor
		if key.IsZero() || key == a.Member || key == a.User || key == a.Token || key == a.Organization {
			s.doubt(urgent)
		}
	}
}

// stillMay asks who the caller is now. Nothing is written meanwhile. A stream
// that may see something else than before is cut too: it resumes by its last id
// with its new rights.
func (s *stream) stillMay(ctx context.Context, why doubt) bool {
	within := urgentLook
	if why == routine {
		within = routineLook
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	a, err := account.Actor{}, error(nil)
	if why == routine {
		select {
		case s.h.rechecks <- struct{}{}:
			a, err = s.ask(ctx)
			<-s.h.rechecks
		case <-ctx.Done():
			return true // its turn comes again
		}
		// A database that is away for a moment is no reason to send everybody
		// away; a change of rights is.
		if k := fault.As(err).Kind; err != nil && k != fault.Unauthenticated && k != fault.Forbidden && k != fault.NotFound {
			return true
		}
	} else {
		a, err = s.ask(ctx)
	}
	if err == nil && s.same(a) {
		return true
	}
	s.h.cut.Add(1)
	if err == nil && a.Organization == s.actor.Organization && a.Member == s.actor.Member {
		s.sayReset()
	}
	return false
}

// sayReset tells a reader who sees something else from now on to fetch
// everything again; it is the last he hears on this stream.
func (s *stream) sayReset() {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.writing = true
	_ = s.conn.SetWriteDeadline(s.h.clock.Now().Add(cutWithin))
	s.mu.Unlock()
	defer s.finish()
	if _, err := s.w.Write(resetText(noID)); err == nil {
		_ = s.conn.Flush()
	}
}

// same tells whether the caller is who he was and sees what he saw.
func (s *stream) same(a account.Actor) bool {
	return a.Organization == s.actor.Organization && a.Member == s.actor.Member && viewOf(a) == s.view
}

func (s *stream) ask(ctx context.Context) (account.Actor, error) {
	if s.again == nil {
		return account.Actor{}, fault.New(fault.Unauthenticated, "unauthenticated", "Nobody can say who this is now.")
	}
	return s.again(ctx)
}
