package rest

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/clock"
	"switchboard/internal/server/api"
	"switchboard/internal/server/session"
)

// Limiter keeps one caller from taking the server for himself. The rates are
// far above what people and well-made programs need; signing in has its own,
// stricter, limit in the account domain.
type Limiter struct {
	Door  *session.Door
	Clock clock.Clock

	mu      sync.Mutex
	callers map[string]*rate.Limiter
}

// Calls per second and burst, by class, of one caller.
var rates = map[string]rate.Limit{rateRead: 3000, rateWrite: 1000, rateLogin: 20}

// callersMost bounds the memory of the limiter; beyond it all begin anew.
const callersMost = 20_000

// Wait tells how long the caller has to wait; 0 lets him in.
func (l *Limiter) Wait(r *http.Request, who api.Actor, class string) time.Duration {
	limit := rates[class]
	if limit == 0 {
		return 0
	}
	key := class + " " + l.Door.ClientAddress(r)
	if a, ok := who.(account.Actor); ok {
		key = class + " " + a.User.String() + a.Token.String()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.callers == nil || len(l.callers) > callersMost {
		l.callers = map[string]*rate.Limiter{}
	}
	c := l.callers[key]
	if c == nil {
		c = rate.NewLimiter(limit, int(limit)*2)
		l.callers[key] = c
	}
	now := l.Clock.Now()
	res := c.ReserveN(now, 1)
	if wait := res.DelayFrom(now); wait > 0 {
		res.CancelAt(now)
		return wait
	}
	return 0
}
