package gateway

import (
	"switchboard/internal/platform/clock"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/inbox"
)

// What follows from each reason: only what surely was not taken is tried again.
func TestJudge(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, r := range []struct {
		e         adapter.SendError
		tries     int
		verdict   inbox.Verdict
		low, high time.Duration // until the next try
		code      string
	}{
		{adapter.SendError{Reason: adapter.Throttled, RetryAfter: 7 * time.Second, Code: "4"}, 1, inbox.Again, 7 * time.Second, 7 * time.Second, "4"},
		{adapter.SendError{Reason: adapter.Throttled}, 1, inbox.Again, 500 * time.Millisecond, time.Second, ""},
		{adapter.SendError{Reason: adapter.Throttled}, 1000, inbox.Again, retryMost / 2, retryMost, ""},
		{adapter.SendError{Reason: adapter.Throttled, Scope: adapter.ThisRecipient, Code: "1"}, 1, inbox.Again, time.Second, time.Second, pairLimited},
		{adapter.SendError{Reason: adapter.Throttled, Scope: adapter.ThisRecipient}, 3, inbox.Again, 16 * time.Second, 16 * time.Second, pairLimited},
		{adapter.SendError{Reason: adapter.Throttled, Scope: adapter.ThisRecipient}, 1000, inbox.Again, retryMost, retryMost, pairLimited},
		{adapter.SendError{Reason: adapter.Unreachable}, 1, inbox.Again, 250 * time.Millisecond, 500 * time.Millisecond, ""},
		{adapter.SendError{Reason: adapter.Unreachable, RetryAfter: time.Minute}, 1, inbox.Again, time.Minute, time.Minute, ""},
		{adapter.SendError{Reason: adapter.AuthExpired}, 1, inbox.Again, 0, 0, ""},
		{adapter.SendError{Reason: adapter.BadSettings}, 1, inbox.Again, 0, 0, ""},
		{adapter.SendError{Reason: adapter.Uncertain}, 1, inbox.Unclear, 0, 0, ""},
		{adapter.SendError{Reason: adapter.Rejected}, 1, inbox.Refused, 0, 0, ""},
		{adapter.SendError{Reason: adapter.Blocked}, 1, inbox.Refused, 0, 0, ""},
		{adapter.SendError{Reason: adapter.WindowClosed}, 1, inbox.Refused, 0, 0, ""},
		{adapter.SendError{Reason: adapter.NotSupported}, 1, inbox.Refused, 0, 0, ""},
	} {
		v, f, at := judge(&adapter.Type{}, &r.e, inbox.Outgoing{Tries: r.tries}, now)
		if v != r.verdict || f.Title == "" || f.Code != r.code || v == inbox.Again && (at.Before(now.Add(r.low)) || at.After(now.Add(r.high))) {
			t.Errorf("%+v after %d tries: %v %+v in %s", r.e, r.tries, v, f, at.Sub(now))
		}
	}
	if e := adapter.AsSendError(errPanic("x")); e.Reason != adapter.Uncertain {
		t.Error("an unknown error counts as", e.Reason)
	}
}

// However long an outage lasts, a pause is a pause.
func TestBackoff(t *testing.T) {
	for n := range 2000 {
		for _, most := range []time.Duration{breakMost, retryMost} {
			if d := backoff(n, time.Second, most); d < time.Second || d > most {
				t.Fatalf("%d: %s", n, d)
			} else if j := clock.Jitter(d); j < d/2 || j > d {
				t.Fatalf("%d: %s", n, j)
			}
		}
	}
	w := &gate{}
	for range 200 {
		w.failed(time.Now())
	}
}
