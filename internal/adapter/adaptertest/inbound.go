package adaptertest

import (
	"os"
	"slices"
	"testing"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

// inbound holds what Caps says of the way in to the golden files: what the type
// claims to understand is shown by one of testdata/receive, and what one of them
// shows is claimed.
func (s Suite) inbound(t *testing.T, w adapter.Webhook) {
	shown := map[message.Kind]bool{}
	var delivered, read, edits, groups bool
	for _, path := range sources(t, "testdata/receive/*.json") {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range w.Parse(body).Events {
			switch {
			case e.Message != nil:
				shown[e.Message.Content.Kind] = true
				groups = groups || e.Message.Group != ""
			case e.Status != nil:
				delivered = delivered || e.Status.State == message.Delivered
				read = read || e.Status.State == message.Read
			case e.Edit != nil, e.Delete != nil:
				edits = true
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
	c := s.Type.Caps
	for name, b := range map[string][2]bool{"Delivered": {c.Delivered, delivered}, "Read": {c.Read, read}, "Edits": {c.Edits, edits}, "Groups": {c.Groups, groups}} {
		if b[0] != b[1] {
			t.Errorf("Caps.%s is claimed: %v, shown by a file of testdata/receive: %v", name, b[0], b[1])
		}
	}
	order := slices.DeleteFunc(slices.Clone(message.Kinds), func(k message.Kind) bool { return !slices.Contains(claims, k) })
	if !slices.Equal(order, claims) {
		t.Errorf("Caps.Inbound has unknown kinds, kinds twice or another order than message.Kinds: %q", claims)
	}
}
