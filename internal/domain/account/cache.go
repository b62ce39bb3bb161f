package account

import (
	"sync"
	"time"
)

// accessCache remembers for a few seconds who a session or token is, because a
// busy client asks hundreds of times a second. A change of rights anywhere
// empties it; the short life covers a hint that got lost.
type accessCache struct {
	mu      sync.RWMutex
	entries map[string]cached
	turn    uint64 // counts clears: what was read before one is not kept
}

type cached struct {
	actor Actor
	until time.Time
}

const (
	cacheLife = 5 * time.Second
	cacheMost = 10_000
)

func newAccessCache() *accessCache { return &accessCache{entries: map[string]cached{}} }

// get gives the turn to hand to put.
func (c *accessCache) get(key string, now time.Time) (Actor, uint64, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entries[key]
	return e.actor, c.turn, ok && now.Before(e.until)
}

// put keeps an actor until the cache's life or his own right ends.
func (c *accessCache) put(key string, a Actor, turn uint64, now, expires time.Time) {
	until := now.Add(cacheLife)
	if !expires.IsZero() && expires.Before(until) {
		until = expires
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if turn != c.turn {
		return
	}
	if len(c.entries) >= cacheMost {
		clear(c.entries)
	}
	c.entries[key] = cached{a, until}
}

func (c *accessCache) clear() {
	c.mu.Lock()
	clear(c.entries)
	c.turn++
	c.mu.Unlock()
}
