package inbox_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// Each station of a message's life is told once, with the delivery that told it
// and what the provider said beside it, however often and in whatever order the
// provider repeats itself.
func TestProvenanceTellsEachStationOnce(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("m1", "12025550001", "hi", noon.Add(-time.Minute)))
		rows, _, err := f.in.Conversations(f.Context(), f.admin, list(f.T))
		if err != nil {
			f.Fatal(err)
		}
		m, _, err := f.in.Send(f.Context(), f.admin, rows[0].ID, inbox.Draft{Text: "one"})
		if err != nil {
			f.Fatal(err)
		}
		out, _, err := f.in.Claim(f.Context(), f.ch, 1, 10, nil, time.Minute)
		if err != nil || len(out) != 1 {
			f.Fatal(out, err)
		}
		if err := f.in.Settle(f.Context(), f.ch, 1, []inbox.Outcome{{Outgoing: out[0], Verdict: inbox.Went, Provider: "p1", At: noon.Add(time.Second), Exchange: json.RawMessage(`{"answer":"p1"}`)}}, time.Minute); err != nil {
			f.Fatal(err)
		}
		f.clk.Add(time.Minute)
		event := id.New()
		status := func(state message.State, after time.Duration) inbox.Item {
			return inbox.Item{WebhookEvent: event, ReceivedAt: f.clk.Now(), Inbound: message.Inbound{Status: &message.Status{ProviderID: "p1", State: state, At: noon.Add(after), Raw: json.RawMessage(`{"pricing":{"category":"service"}}`)}}}
		}
		for range 2 { // the second time is a repetition
			for _, it := range []inbox.Item{status(message.Read, 9*time.Second), status(message.Sent, 2*time.Second), status(message.Delivered, 4*time.Second)} {
				if err := f.db.System().Write(f.Context(), func(tx *db.Tx) error { _, err := f.in.Receive(tx, f.ch, []inbox.Item{it}); return err }); err != nil {
					f.Fatal(err)
				}
			}
		}
		p, err := f.in.Provenance(f.Context(), f.admin, m.ID)
		if err != nil {
			f.Fatal(err)
		}
		seen := map[string]int{}
		for _, s := range p.Steps {
			seen[s.Name]++
			if s.Name != "delivered" && s.Name != "read" {
				continue
			}
			if data := string(s.Data); !strings.Contains(data, event.String()) || !strings.Contains(data, `"category":"service"`) || s.DurationMS == nil {
				f.Errorf("%s: %s %v", s.Name, data, s.DurationMS)
			}
		}
		for name, want := range map[string]int{"accepted": 1, "sent": 1, "delivered": 1, "read": 1} {
			if seen[name] != want {
				f.Errorf("%s %d times, want %d: %+v", name, seen[name], want, p.Steps)
			}
		}
	})
}
