package account

import (
	"fmt"
	"testing"
	"time"

	"switchboard/internal/platform/id"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestDelaysGrowButEnd(t *testing.T) {
	th, now := newThrottle(), noon
	var waits []time.Duration
	for range 60 {
		if wait := th.try(now, limitsOf("a@example.com", "192.0.2.1", false)...); wait > 0 {
			waits = append(waits, wait)
			now = now.Add(wait)
		}
	}
	if waits[0] != failureWindow || waits[len(waits)-1] != delayMost {
		t.Fatal(waits)
	}
	for i := range waits[1:] {
		if waits[i] > delayMost {
			t.Fatal(waits)
		}
	}
	th.forgive(limitsOf("a@example.com", "192.0.2.1", false)...)
	if wait := th.try(now, limitsOf("a@example.com", "192.0.2.1", false)...); wait != 0 {
		t.Fatal("being right did not help", wait)
	}
}

func TestSlowGuessingIsForgotten(t *testing.T) {
	th, now := newThrottle(), noon
	for range 50 {
		if wait := th.try(now, limitsOf("a@example.com", "192.0.2.1", false)...); wait > 0 {
			t.Fatal(wait)
		}
		now = now.Add(streakForgotten)
	}
}

func TestAddressIsLimitedOverAllAccounts(t *testing.T) {
	th := newThrottle()
	allowed := 0
	for i := range 40 {
		if th.try(noon, limitsOf(fmt.Sprintf("%d@example.com", i), fmt.Sprintf("2001:db8::%x", i), false)...) == 0 {
			allowed++ // one subscriber has a whole /64
		}
	}
	if allowed != addressFailures {
		t.Fatal(allowed)
	}
	if th.try(noon, limitsOf("x@example.com", "2001:db8:0:1::1", false)...) != 0 || th.try(noon, limitsOf("y@example.com", "192.0.2.1", false)...) != 0 {
		t.Fatal("another address is concerned")
	}
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::/64", "fe80::1%eth0": "fe80::/64", "": "", "x": "x"} {
		if got := network(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestThrottleIsBounded(t *testing.T) {
	th := newThrottle()
	for range throttleKeys + 500 {
		th.try(id.New().Time(), limit{key: id.New().String(), most: 1})
	}
	if len(th.keys) != throttleKeys || th.recent.Len() != throttleKeys {
		t.Fatal(len(th.keys), th.recent.Len())
	}
}

func TestCacheForgetsWhatWasReadBeforeAChange(t *testing.T) {
	c := newAccessCache()
	now := id.New().Time()
	_, turn, _ := c.get("k", now)
	c.clear() // rights change while they are being read
	c.put("k", Actor{}, turn, now, now.Add(1e12))
	if _, _, ok := c.get("k", now); ok {
		t.Fatal("outdated rights were kept")
	}
}
