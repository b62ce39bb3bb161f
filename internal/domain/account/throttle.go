package account

import (
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limits of signing in.
const (
	accountFailures = 5                // failures an account is allowed …
	addressFailures = 30               // … and one client address
	failureWindow   = time.Minute      // … in this time
	delayFirst      = 2 * time.Second  // wait after the accountFailures-th failure in a row; doubles each time
	delayMost       = 2 * time.Minute  // nobody is locked out longer by others
	streakForgotten = 15 * time.Minute // without a try the doubling starts anew
	throttleKeys    = 10_000           // accounts and addresses remembered; the least recent goes first
)

// throttle slows down guessing. A try is counted before its password is looked
// at, so that a thousand parallel tries count a thousand times, and forgiven
// when it was right. What it knows lives in memory and is bounded; a restart
// forgives, and each node counts for itself.
type throttle struct {
	mu     sync.Mutex
	keys   map[string]*list.Element
	recent *list.List // of *failures, most recent first
}

type failures struct {
	key    string
	at     []time.Time // within failureWindow
	streak int         // in a row
	last   time.Time
}

func newThrottle() *throttle {
	return &throttle{keys: map[string]*list.Element{}, recent: list.New()}
}

// limit is one thing a try counts against.
type limit struct {
	key    string
	most   int
	delays bool // waits grow with each failure
}

// try counts a try against all limits, or says how long to wait. A refused try
// counts against none, so waiting as told always helps.
func (t *throttle) try(now time.Time, limits ...limit) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range limits {
		wait = max(wait, t.get(l.key, now).wait(l, now))
	}
	if wait > 0 {
		return wait
	}
	for _, l := range limits {
		f := t.get(l.key, now)
		f.at = append(f.at, now)
		f.streak++
		f.last = now
	}
	return 0
}

// forgive undoes a try that was right: the account starts afresh, the address
// gets its one try back.
func (t *throttle) forgive(limits ...limit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range limits {
		e := t.keys[l.key]
		if e == nil {
			continue
		}
		f := e.Value.(*failures)
		if l.delays || len(f.at) <= 1 {
			t.recent.Remove(e)
			delete(t.keys, l.key)
			continue
		}
		f.at = f.at[:len(f.at)-1]
	}
}

func (t *throttle) get(key string, now time.Time) *failures {
	if e := t.keys[key]; e != nil {
		t.recent.MoveToFront(e)
		f := e.Value.(*failures)
		old := 0
		for old < len(f.at) && now.Sub(f.at[old]) >= failureWindow {
			old++
		}
		f.at = f.at[old:]
		if now.Sub(f.last) >= streakForgotten {
			f.streak = 0
		}
		return f
	}
	for t.recent.Len() >= throttleKeys {
		last := t.recent.Back()
		t.recent.Remove(last)
		delete(t.keys, last.Value.(*failures).key)
	}
	f := &failures{key: key, last: now}
	t.keys[key] = t.recent.PushFront(f)
	return f
}

func (f *failures) wait(l limit, now time.Time) time.Duration {
	var wait time.Duration
	if len(f.at) >= l.most {
		wait = failureWindow - now.Sub(f.at[len(f.at)-l.most])
	}
	if l.delays && f.streak >= l.most {
		delay := delayMost
		if n := f.streak - l.most; n < 6 {
			delay = min(delayMost, delayFirst<<n)
		}
		wait = max(wait, delay-now.Sub(f.last))
	}
	return max(wait, 0)
}

// limitsOf are what a try to sign in counts against. An address from which the
// account was used before counts for itself only: strangers who guess cannot
// keep its owner out.
func limitsOf(email, address string, familiar bool) []limit {
	who := "account " + email
	if familiar {
		who += " from " + address
	}
	return []limit{{key: who, most: accountFailures, delays: true}, {key: "address " + network(address), most: addressFailures}}
}

// network is what one subscriber has: an IPv4 address or an IPv6 /64.
func network(address string) string {
	a, err := netip.ParseAddr(strings.TrimSpace(address))
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
