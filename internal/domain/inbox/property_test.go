package inbox

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/internal/message"
)

// Properties are tried against two databases, so there are few tries unless the
// figures of the failure matrix are wanted; -rapid.checks decides otherwise.
func TestMain(m *testing.M) {
	checks := "20"
	if os.Getenv("SWITCHBOARD_TEST_TIER") >= "1" {
		checks = "1000"
	}
	_ = flag.Set("rapid.checks", checks)
	os.Exit(m.Run())
}

// report is one thing a provider, or the answer to the send itself, says about
// a provider id.
type report struct {
	state   message.State
	at      time.Time
	failure *SendFailure
}

var drawReport = rapid.Custom(func(t *rapid.T) report {
	r := report{state: rapid.SampledFrom([]message.State{message.Sent, message.Delivered, message.Read, message.Failed}).Draw(t, "state")}
	if rapid.IntRange(0, 9).Draw(t, "timed") > 0 {
		r.at = time.Unix(1_700_000_000+int64(rapid.IntRange(0, 5).Draw(t, "second")), 0).UTC()
	}
	if r.state == message.Failed {
		r.failure = &SendFailure{Reason: "rejected", Code: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "code")}
	}
	return r
})

func joined(rs []report) sentState {
	p := sentState{state: message.Queued}
	for _, r := range rs {
		p.merge(r.state, r.at, r.failure)
	}
	p.changed = false
	return p
}

func same(a, b sentState) bool {
	x, _ := json.Marshal([]any{a.state, a.sent, a.delivered, a.rd, a.failure})
	y, _ := json.Marshal([]any{b.state, b.sent, b.delivered, b.rd, b.failure})
	return string(x) == string(y)
}

// Reports may come in any order and any number of times, and in any grouping:
// the final state is one.
func TestStatusesMergeInAnyOrder(t *testing.T) {
	for range 100 { // pure, so many
		rapid.Check(t, mergesInAnyOrder)
	}
}

func mergesInAnyOrder(t *rapid.T) {
	rs := rapid.SliceOfN(drawReport, 1, 8).Draw(t, "reports")
	want := joined(rs)
	other := rapid.Permutation(rs).Draw(t, "permutation")
	if again := rapid.SliceOfN(rapid.SampledFrom(rs), 0, 4).Draw(t, "again"); len(again) > 0 {
		other = append(slices.Clone(other), again...)
	}
	if got := joined(other); !same(got, want) {
		t.Fatalf("%+v in another order gives %+v", want, got)
	}
}

// A state only ever moves upward, and merging is a join.
func TestStatesAreASemilattice(t *testing.T) {
	all := []message.State{message.Scheduled, message.Queued, message.Sending, message.Uncertain, message.Sent, message.Delivered, message.Read, message.Failed, message.Canceled}
	for _, a := range all {
		if a.Merge(a) != a {
			t.Errorf("%s is not idempotent", a)
		}
		for _, b := range all {
			if a.Merge(b) != b.Merge(a) || a.Merge(b).Rank() < a.Rank() {
				t.Errorf("%s and %s", a, b)
			}
			for _, c := range all {
				if a.Merge(b).Merge(c) != a.Merge(b.Merge(c)) {
					t.Errorf("%s, %s, %s", a, b, c)
				}
			}
		}
	}
	if message.Failed.Merge(message.Delivered) != message.Delivered || message.Delivered.Merge(message.Failed) != message.Delivered {
		t.Error("failed after delivered")
	}
}
