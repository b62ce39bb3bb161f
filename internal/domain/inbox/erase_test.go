package inbox_test

import (
	"net/url"
	"testing"
	"time"

	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/query"
)

func where(t *testing.T, spec *query.Spec, filter string) *query.List {
	t.Helper()
	v, err := url.ParseQuery(filter)
	if err != nil {
		t.Fatal(err)
	}
	l, bad := query.ParseBulk(spec, v)
	if bad != nil {
		t.Fatal(bad)
	}
	return &l
}

func any0(int) error { return nil }

// What was erased stays away: the provider's repetition, a late status, a quote
// and a reaction of it change nothing and harm nothing.
func TestWhatWasErasedStaysAway(t *testing.T) {
	each(t, func(f *fixture) {
		third := said("m3", "12025550001", "third", noon.Add(-time.Minute))
		third.Message.Content.Kind, third.Message.Content.Media = message.Image, []message.Media{{Kind: message.Image, ProviderID: "p3", State: "remote"}}
		f.receive(f.ch, said("m1", "12025550001", "first", noon.Add(-3*time.Minute)), said("m2", "12025550001", "second", noon.Add(-2*time.Minute)), third)
		if f.rows("media") != 1 {
			f.Fatal("the picture has no file to erase")
		}
		rows, _, err := f.in.Conversations(f.Context(), f.admin, list(f.T))
		if err != nil || len(rows) != 1 || rows[0].UnreadCount != 3 {
			f.Fatalf("%+v %v", rows, err)
		}
		c := rows[0]
		gone, err := f.in.DeleteMessages(f.Context(), f.admin, where(f.T, &inbox.MessageSpec, "text=in.(second,third)"), any0)
		if err != nil || len(gone) != 2 {
			f.Fatalf("%d %v", len(gone), err)
		}
		if f.rows("media") != 0 {
			f.Error("the file of an erased message is left")
		}
		now, err := f.in.Conversation(f.Context(), f.admin, c.ID)
		if err != nil || now.UnreadCount != 1 || now.LastMessage == nil || now.LastMessage.Text != "first" {
			f.Fatalf("%+v %v", now, err)
		}
		reaction := message.Inbound{Message: &message.Received{ProviderID: "m4", From: party("12025550001"), At: f.clk.Now(), Target: "m3", Content: message.Content{Kind: message.Reaction, Text: "👍"}}}
		quote := said("m5", "12025550001", "about the second", f.clk.Now())
		quote.Message.ReplyTo = "m2"
		if fresh := f.receive(f.ch, said("m2", "12025550001", "second", noon), said("m3", "12025550001", "third", noon), reaction, quote); fresh[0] || fresh[1] || !fresh[3] {
			f.Errorf("%v: an erased message came back", fresh)
		}

		if err := f.in.DeleteConversation(f.Context(), f.admin, c.ID, func(inbox.Conversation) error { return nil }); err != nil {
			f.Fatal(err)
		}
		for _, table := range []string{"message", "message_step", "message_star", "enquiry", "enquiry_event", "conversation", "read_mark", "outbox", "send_lane"} {
			if n := f.rows(table); n != 0 {
				f.Errorf("%d rows are left in %s", n, table)
			}
		}
		if fresh := f.receive(f.ch, said("m1", "12025550001", "first", noon)); fresh[0] || f.rows("conversation") != 0 {
			f.Error("a repeated delivery brought the conversation back")
		}
		// Who writes again begins anew.
		if fresh := f.receive(f.ch, said("m6", "12025550001", "hello again", f.clk.Now())); !fresh[0] || f.rows("conversation") != 1 || f.rows("message") != 1 {
			f.Error("a new message did not begin a new conversation")
		}
	})
}

// A message on its way cannot be erased under the hands of its sender; one that
// waits leaves its lane.
func TestErasingWhatWaitsAndWhatIsOnItsWay(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("m1", "12025550001", "hi", noon.Add(-time.Minute)))
		rows, _, err := f.in.Conversations(f.Context(), f.admin, list(f.T))
		if err != nil {
			f.Fatal(err)
		}
		c := rows[0].ID
		one, _, err := f.in.Send(f.Context(), f.agent, c, inbox.Draft{Text: "one"})
		if err != nil {
			f.Fatal(err)
		}
		if _, _, err := f.in.Send(f.Context(), f.agent, c, inbox.Draft{Text: "two"}); err != nil {
			f.Fatal(err)
		}
		out, _, err := f.in.Claim(f.Context(), f.ch, 1, 10, nil, time.Minute)
		if err != nil || len(out) != 1 || out[0].Message != one.ID {
			f.Fatalf("%+v %v", out, err)
		}
		if _, err := f.in.DeleteMessages(f.Context(), f.admin, where(f.T, &inbox.MessageSpec, "direction=eq.outbound"), any0); !fault.Is(err, "being_sent") {
			f.Fatalf("%v, want being_sent", err)
		}
		if err := f.in.DeleteConversation(f.Context(), f.admin, c, func(inbox.Conversation) error { return nil }); !fault.Is(err, "being_sent") {
			f.Fatalf("%v, want being_sent", err)
		}
		if n := f.rows("message"); n != 3 {
			f.Fatalf("%d messages: a refused erasure erased", n)
		}
		if _, err := f.in.DeleteMessages(f.Context(), f.admin, where(f.T, &inbox.MessageSpec, "text=eq.two"), any0); err != nil || f.rows("outbox") != 1 {
			f.Fatalf("%v, %d in the outbox", err, f.rows("outbox"))
		}
		if err := f.in.Settle(f.Context(), f.ch, 1, []inbox.Outcome{{Outgoing: out[0], Verdict: inbox.Went, Provider: "p1", At: f.clk.Now()}}, time.Minute); err != nil {
			f.Fatal(err)
		}
		if err := f.in.DeleteConversation(f.Context(), f.admin, c, func(inbox.Conversation) error { return nil }); err != nil {
			f.Fatal(err)
		}
		// The provider still reports it.
		f.receive(f.ch, message.Inbound{Status: &message.Status{ProviderID: "p1", State: message.Read, At: f.clk.Now(), ClientRef: inbox.Ref(one.ID, 1)}})
		if n := f.rows("message") + f.rows("message_step"); n != 0 {
			f.Errorf("%d rows came back", n)
		}
	})
}

// A name that a member gave stays, whatever the contact calls himself later.
func TestAGivenNameStays(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("m1", "12025550001", "hi", noon))
		rename := func(name string) {
			if err := f.db.Tenant(f.admin.Organization).Write(f.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(db.Dynamic(`UPDATE contact SET name = $2 WHERE organization_id = $1`), f.admin.Organization, name)
				return err
			}); err != nil {
				f.Fatal(err)
			}
		}
		called := func(profile, want string) {
			f.Helper()
			in := said("m-"+profile, "12025550001", "hi", noon)
			in.Message.From.Name = profile
			f.receive(f.ch, in)
			rows, _, err := f.in.Conversations(f.Context(), f.admin, list(f.T))
			if err != nil || rows[0].Contact.Name != want {
				f.Errorf("%q after the profile said %q, want %q (%v)", rows[0].Contact.Name, profile, want, err)
			}
		}
		called("Dana D.", "Dana D.")
		rename("Ms Dorn, the landlady")
		called("D", "Ms Dorn, the landlady")
	})
}

func (f *fixture) rows(table string) (n int) {
	f.Helper()
	if err := f.db.System().Read(f.Context(), func(tx *db.Tx) error {
		return tx.Row(db.Dynamic(`SELECT count(*) FROM `+table+` WHERE organization_id = $1`), []any{f.admin.Organization}, &n)
	}); err != nil {
		f.Fatal(err)
	}
	return n
}

func list(t *testing.T) *query.List {
	t.Helper()
	l, bad := query.ParseList(&inbox.ConversationSpec, nil, query.Prefer{})
	if bad != nil {
		t.Fatal(bad)
	}
	return &l
}
