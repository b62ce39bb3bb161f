package adaptertest

import (
	"os"
	"slices"
	"testing"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

// inbound holds Caps.Inbound to the golden files: what the type claims to
// understand is shown by one of testdata/receive, and what one of them shows is
// claimed.
func (s Suite) inbound(t *testing.T, w adapter.Webhook) {
	shown := map[message.Kind]bool{}
	for _, path := range sources(t, "testdata/receive/*.json") {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range w.Parse(body).Events {
			if e.Message != nil {
				shown[e.Message.Content.Kind] = true
			}
		}
	}
	claims := s.Type.Caps.Inbound
	for _, kind := range message.Kinds {
		claimed := slices.Contains(claims, kind)
		switch {
		case kind == message.Unsupported || kind == message.Note || kind == message.Event:
			if claimed {
				t.Errorf("%s is nothing a contact sends: take it out of Caps.Inbound", kind)
			}
		case claimed && !shown[kind]:
			t.Errorf("Caps.Inbound claims %s, which no file of testdata/receive shows: add one, or take the claim back", kind)
		case !claimed && shown[kind]:
			t.Errorf("testdata/receive shows %s: claim it in Caps.Inbound", kind)
		}
	}
	order := slices.DeleteFunc(slices.Clone(message.Kinds), func(k message.Kind) bool { return !slices.Contains(claims, k) })
	if !slices.Equal(order, claims) {
		t.Errorf("Caps.Inbound has unknown kinds, kinds twice or another order than message.Kinds: %q", claims)
	}
}
