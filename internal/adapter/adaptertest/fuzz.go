package adaptertest

import (
	"bytes"
	"os"
	"testing"

	"switchboard/internal/adapter"
)

// Fuzz is the fuzz target of a type's Parse, seeded with its golden inputs: no
// panic, nothing out of proportion, no body without a trace, the same result
// each time, and a broken element never hides others.
func Fuzz(f *testing.F, s Suite) {
	for _, path := range sources(f, "testdata/receive/*.json") {
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	w := s.open(f, nil).(adapter.Webhook)
	f.Fuzz(func(t *testing.T, body []byte) {
		s.survive(t, w, "fuzzed", body)
		if got := s.parse(t, w, body); !bytes.Equal(got, s.parse(t, w, body)) {
			t.Error("parsing twice differs")
		}
		for _, b := range w.Parse(body).Broken {
			if again := w.Parse(b.Body); len(again.Broken) == 0 || len(again.Events) > 0 {
				t.Errorf("a broken element parses to %d events and %d broken", len(again.Events), len(again.Broken))
			}
		}
	})
}
