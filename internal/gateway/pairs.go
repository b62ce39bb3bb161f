package gateway

import (
	"time"

	"golang.org/x/time/rate"

	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/id"
)

// pairs paces what goes to one recipient, for types that state such a rate. It
// is kept while a gate is held; a next holder begins anew, and the provider's own
// refusals hold in any case.
type pairs map[id.ID][]*rate.Limiter

// pairsMost bounds the recipients that are remembered; those rested fully are
// forgotten first.
const pairsMost = 4096

// after counts a message that went and tells how long its recipient's next one
// has to wait.
func (p pairs) after(o *inbox.Outcome, r message.Rate, now time.Time) time.Duration {
	limits := p[o.Conversation]
	if limits == nil {
		if r.PairInterval > 0 {
			limits = append(limits, rate.NewLimiter(rate.Every(r.PairInterval), max(r.PairBurst, 1)))
		}
		if r.GroupInterval > 0 && o.To.Address(message.GroupAddress) != "" {
			limits = append(limits, rate.NewLimiter(rate.Every(r.GroupInterval), max(r.GroupBurst, 1)))
		}
		if len(limits) == 0 {
			return 0
		}
		if len(p) >= pairsMost {
			p.forget(now)
		}
		p[o.Conversation] = limits
	}
	var wait time.Duration
	for _, l := range limits {
		l.AllowN(now, 1)
		if left := 1 - l.TokensAt(now); left > 0 {
			wait = max(wait, time.Duration(left/float64(l.Limit())*float64(time.Second)))
		}
	}
	return wait
}

func (p pairs) forget(now time.Time) {
	for c, limits := range p {
		rested := true
		for _, l := range limits {
			rested = rested && l.TokensAt(now) >= float64(l.Burst())
		}
		if rested {
			delete(p, c)
		}
	}
}
