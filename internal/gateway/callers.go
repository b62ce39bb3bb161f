package gateway

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/id"
)

// callersMost bounds what is remembered of sources and addresses; beyond it all
// begin anew.
const callersMost = 20_000

// Wrong tokens an address may send before it is made to wait.
const (
	strangerRate  = 5
	strangerBurst = 50
)

// callers is what is remembered between calls of outside systems: who waits for
// an answer, which channel a source belongs to, and how fast each one comes. All
// of it may be lost.
type callers struct {
	mu      sync.Mutex
	waiting map[id.ID]chan adapter.Outcome
	places  map[id.ID]place
	rates   map[id.ID]*rate.Limiter
	knocks  map[string]*rate.Limiter
	dummy   string
}

// place is where a source was found.
type place struct {
	source  *channel.Source // nil: nowhere
	channel id.ID
	since   time.Time
}

// expect opens a place for the answer to a delivery.
func (c *callers) expect(delivery id.ID) <-chan adapter.Outcome {
	answer := make(chan adapter.Outcome, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = map[id.ID]chan adapter.Outcome{}
	}
	c.waiting[delivery] = answer
	return answer
}

func (c *callers) forget(delivery id.ID) {
	c.mu.Lock()
	delete(c.waiting, delivery)
	c.mu.Unlock()
}

// tell answers whoever waits here for one of the deliveries.
func (c *callers) tell(all map[id.ID]adapter.Outcome) {
	if len(all) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for d, o := range all {
		if answer := c.waiting[d]; answer != nil {
			answer <- o
			delete(c.waiting, d)
		}
	}
}

func (c *callers) place(source id.ID, now time.Time) (place, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.places[source]
	return p, ok && now.Sub(p.since) < liveFor
}

func (c *callers) keep(source id.ID, p place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.places == nil || len(c.places) > callersMost {
		c.places = map[id.ID]place{}
	}
	c.places[source] = p
}

// drop forgets where a source is, and tells where it was.
func (c *callers) drop(source id.ID) id.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.places[source]
	delete(c.places, source)
	return p.channel
}

// leave forgets where the source of a channel is.
func (c *callers) leave(ch id.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for source, p := range c.places {
		if p.channel == ch || p.channel.IsZero() {
			delete(c.places, source)
		}
	}
}

// wait tells how long a source has to wait; 0 lets its call in.
func (c *callers) wait(source id.ID, in *adapter.Inlet, override float64, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rates == nil || len(c.rates) > callersMost {
		c.rates = map[id.ID]*rate.Limiter{}
	}
	l := c.rates[source]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(in.Rate), in.Burst)
		if override > 0 {
			l = rate.NewLimiter(rate.Limit(override), max(int(3*override), 1))
		}
		c.rates[source] = l
	}
	r := l.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return d
	}
	return 0
}

// mayKnock tells whether an address has not sent too many wrong tokens lately.
func (c *callers) mayKnock(address string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.knocks[address]
	return l == nil || l.TokensAt(now) >= 1
}

// stranger counts a wrong token.
func (c *callers) stranger(address string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.knocks == nil || len(c.knocks) > callersMost {
		c.knocks = map[string]*rate.Limiter{}
	}
	if c.knocks[address] == nil {
		c.knocks[address] = rate.NewLimiter(strangerRate, strangerBurst)
	}
	c.knocks[address].AllowN(now, 1)
}

// nobody is a credential that nobody has, to compare with when there is no
// source.
func (c *callers) nobody() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dummy == "" {
		c.dummy = id.New().String() + id.New().String()
	}
	return c.dummy
}
