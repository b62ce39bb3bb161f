// Package clock is the only place that reads the time. Everything else is
// given a Clock, so that tests decide what time it is.
package clock

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() time.Time
}

// System is the wall clock, in UTC.
type System struct{}

// Now is the present moment in UTC, cut to microseconds as it is stored.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Fixed is a clock that moves only when told.
type Fixed struct {
	mu sync.Mutex
	at time.Time
}

// At makes a clock that stands at t.
func At(t time.Time) *Fixed { return &Fixed{at: t.UTC().Truncate(time.Microsecond)} }

// Now is where the clock stands.
func (f *Fixed) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

// Add moves the clock.
func (f *Fixed) Add(d time.Duration) {
	f.mu.Lock()
	f.at = f.at.Add(d)
	f.mu.Unlock()
}

// Micros is a time as it is stored: microseconds since 1970 UTC; 0 for none.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros reads a stored time; the zero time for 0.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Layout is how the API prints times: RFC 3339 UTC with six decimals.
const Layout = "2006-01-02T15:04:05.000000Z"

// Stamp is a time in the API: Layout, null for the zero time.
type Stamp struct{ time.Time }

// MarshalJSON prints the time.
func (s Stamp) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + s.UTC().Format(Layout) + `"`), nil
}

// UnmarshalJSON reads any RFC 3339 form or null.
func (s *Stamp) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		s.Time = time.Time{}
		return nil
	}
	return s.Time.UnmarshalJSON(b)
}

// Stopwatch measures from now on.
func Stopwatch() (elapsed func() time.Duration) {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// Jitter spreads a pause between half of it and all of it, so that those who
// failed together do not come back together.
func Jitter(d time.Duration) time.Duration {
	if d <= 1 {
		return d
	}
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1))
}

// Spread makes a pause longer or shorter by chance, by at most the part of it
// that is one over so many: 5 is a fifth.
func Spread(d time.Duration, part int64) time.Duration {
	most := int64(d) / part
	if most <= 0 {
		return d
	}
	return d - time.Duration(most) + time.Duration(rand.Int64N(2*most+1))
}
