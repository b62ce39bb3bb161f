package inbox_test

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/job"
	"switchboard/internal/platform/query"
	"switchboard/internal/platform/secret"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type fixture struct {
	*testing.T
	db    *db.DB
	clk   *clock.Fixed
	in    *inbox.Service
	chans *channel.Service
	ch    *channel.Channel
	admin account.Actor
	agent account.Actor
}

func each(t *testing.T, run func(f *fixture)) {
	clk := clock.At(noon)
	dbtest.Each(t, clk, func(t *testing.T, d *db.DB) {
		clk := clock.At(noon)
		log := slog.New(slog.DiscardHandler)
		bus := event.NewBus(log)
		master, err := secret.ParseMasterKey(strings.Repeat("A", 43))
		if err != nil {
			t.Fatal(err)
		}
		ring, err := secret.NewKeyring(master, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Add(ring.NewKey()); err != nil {
			t.Fatal(err)
		}
		typ := &channel.Type{ID: "LINE_OF_TEST", Name: "Line", Window: 24 * time.Hour,
			Caps: message.Caps{Kinds: map[message.Kind]message.Support{message.Text: message.Supported, message.Reaction: message.Supported, message.Template: message.Supported, message.Poll: message.Supported}}}
		typ.Account = func(s channel.Settings) string { return s["number"] }
		typ.App = func(channel.Settings) string { return "" }
		typ.Fields = []channel.Field{{Key: "number", Label: "Number"}}
		f := &fixture{T: t, db: d, clk: clk}
		accounts := account.New(d, clk, log, bus)
		f.chans = channel.New(d, ring, []*channel.Type{typ}, clk, bus, log, "https://sb.example")
		files := media.New(d, f.chans, nil, ring, job.New(d, bus, log), clk, log, "https://sb.example") // nothing is downloaded here
		f.in = inbox.New(d, f.chans, contact.New(d, clk), files, clk, bus, log)
		made, err := accounts.CreateAdministrator(t.Context(), account.NewOrganization{Name: "Acme"}, account.NewMember{Email: "a@example.com", Password: "violet teapot orbit"})
		if err != nil {
			t.Fatal(err)
		}
		f.admin = account.NewMemberActor(made.Member)
		agent, err := accounts.CreateMember(t.Context(), made.Organization.ID, account.NewMember{Email: "b@example.com", Password: "violet teapot orbit", Role: account.Agent})
		if err != nil {
			t.Fatal(err)
		}
		f.agent = account.NewMemberActor(agent.Member)
		f.ch = f.channel("Main")
		run(f)
	})
}

func (f *fixture) channel(name string) *channel.Channel {
	f.Helper()
	typ, on := "LINE_OF_TEST", true
	rows, err := f.chans.CreateMany(f.Context(), f.admin, []channel.Draft{{Name: &name, Type: &typ, IsActive: &on, Settings: map[string]string{"number": name}}}, func(_ int, err error) error { return err })
	if err != nil {
		f.Fatal(err)
	}
	return rows[0]
}

func (f *fixture) receive(ch *channel.Channel, ins ...message.Inbound) []bool {
	f.Helper()
	var items []inbox.Item
	for _, in := range ins {
		items = append(items, inbox.Item{WebhookEvent: id.New(), ReceivedAt: f.clk.Now(), Inbound: in})
	}
	var fresh []bool
	if err := f.db.System().Write(f.Context(), func(tx *db.Tx) (err error) { fresh, err = f.in.Receive(tx, ch, items); return err }); err != nil {
		f.Fatal(err)
	}
	return fresh
}

func party(n string) message.Party {
	return message.Party{Name: "Dana", Addresses: []message.Address{{Kind: message.Phone, Value: n}}}
}

func said(key, from, text string, at time.Time) message.Inbound {
	return message.Inbound{Message: &message.Received{ProviderID: key, From: party(from), At: at, Content: message.Content{Kind: message.Text, Text: text}}}
}

func (f *fixture) conversations() []inbox.Conversation {
	f.Helper()
	s := &inbox.ConversationSpec
	rows, _, err := f.in.Conversations(f.Context(), f.admin, &query.List{Spec: s, Limit: 100, Order: []query.Order{{Field: &s.Fields[0]}}})
	if err != nil {
		f.Fatal(err)
	}
	return rows
}

func (f *fixture) thread() []inbox.Message {
	f.Helper()
	s := &inbox.MessageSpec
	var at *query.Field
	for i := range s.Fields {
		if s.Fields[i].Name == "occurred_at" {
			at = &s.Fields[i]
		}
	}
	rows, _, err := f.in.Messages(f.Context(), f.admin, &query.List{Spec: s, Limit: 1000, Order: []query.Order{{Field: at}, {Field: &s.Fields[0]}}})
	if err != nil {
		f.Fatal(err)
	}
	return rows
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.As(err).Code
}

func TestAMessageIsNewOnce(t *testing.T) {
	each(t, func(f *fixture) {
		in := said("k1", "1", "Hello", noon)
		if got := f.receive(f.ch, in, in, said("k2", "1", "again", noon)); got[0] != true || got[1] != false || got[2] != true {
			t.Error(got)
		}
		if got := f.receive(f.ch, in); got[0] {
			t.Error("new twice")
		}
		if got := f.receive(f.channel("Other"), in); !got[0] {
			t.Error("a provider id is unique on its channel only")
		}
		c := f.conversations()
		if len(c) != 2 || c[0].UnreadCount != 2 || c[0].ContactID != c[1].ContactID || c[0].Enquiry == nil || c[0].Enquiry.Number != "E-202603-000001" {
			t.Errorf("%+v", c)
		}
	})
}

// Whatever a contact did to his messages, in any order and repeated, ends the
// same wherever that is possible.
func TestEditsDeletionsReactions(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("m", "1", "first", noon.Add(-time.Hour)))
		edit := func(key, text string, at time.Duration) message.Inbound {
			return message.Inbound{Edit: &message.Edit{ProviderID: key, Target: "m", At: noon.Add(at), From: party("1"), Content: message.Content{Kind: message.Text, Text: text}}}
		}
		f.receive(f.ch, edit("e2", "third", -10*time.Minute))
		f.receive(f.ch, edit("e1", "second", -20*time.Minute), edit("e2", "third", -10*time.Minute))
		if got := f.thread(); len(got) != 1 || got[0].Text != "third" || got[0].EditedAt.IsZero() {
			t.Errorf("%+v", got)
		}
		react := func(key, from, emoji string) message.Inbound {
			return message.Inbound{Message: &message.Received{ProviderID: key, From: party(from), At: noon, Target: "m", Content: message.Content{Kind: message.Reaction, Text: emoji}}}
		}
		f.receive(f.ch, react("r1", "1", "👍"), react("r2", "1", "❤️"))
		got := f.thread()
		if r := got[0].Reactions; len(r) != 1 || r[0].Emoji != "❤️" {
			t.Errorf("%+v", r)
		}
		f.receive(f.ch, react("r3", "1", ""))
		del := message.Inbound{Delete: &message.Delete{ProviderID: "d", Target: "m", At: noon, From: party("1")}}
		f.receive(f.ch, del, del)
		f.receive(f.ch, edit("e3", "after", 0))
		got = f.thread()
		if len(got[0].Reactions) != 0 || got[0].DeletedAt.IsZero() || got[0].Text != "third" {
			t.Errorf("%+v", got[0])
		}
		c := f.conversations()
		if c[0].UnreadCount != 1 || c[0].LastMessage.ID != got[0].ID || !c[0].LastMessageAt.Equal(noon.Add(-time.Hour)) {
			t.Errorf("a reaction counts as a message: %+v", c[0])
		}
	})
}

func TestOrderUnreadAndReadMarks(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("b", "1", "second", noon.Add(-time.Minute)), said("c", "1", "from the future", noon.Add(time.Hour)), said("a", "1", "first", noon.Add(-time.Hour)))
		got := f.thread()
		if got[0].Text != "first" || got[1].Text != "second" || !got[2].OccurredAt.Equal(noon) {
			t.Errorf("%+v", got)
		}
		c := f.conversations()[0]
		if c.LastMessage.Text != "from the future" || c.UnreadCount != 3 {
			t.Errorf("%+v", c)
		}
		if _, err := f.in.Read(t.Context(), f.agent, c.ID, got[1].ID); err != nil {
			t.Fatal(err)
		}
		if c = f.conversations()[0]; c.UnreadCount != 1 {
			t.Error("unread", c.UnreadCount)
		}
		if _, _, err := f.in.Send(t.Context(), f.agent, c.ID, inbox.Draft{Text: "mine"}); err != nil {
			t.Fatal(err)
		}
		if c = f.conversations()[0]; c.OwnerID != f.agent.Member || c.Status != inbox.Ongoing {
			t.Errorf("%+v", c)
		}
		if _, err := f.in.Read(t.Context(), f.admin, c.ID, id.Zero); err != nil {
			t.Fatal(err)
		}
		if c = f.conversations()[0]; c.UnreadCount != 1 || c.ReadMark == nil {
			t.Errorf("another's reading counts: %+v", c)
		}
		if r, err := f.in.Read(t.Context(), f.agent, c.ID, id.Zero); err != nil || r.Provider != "c" {
			t.Error(r, err)
		}
		if c = f.conversations()[0]; c.UnreadCount != 0 {
			t.Error("unread", c.UnreadCount)
		}
	})
}

func TestSendGates(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("a", "1", "Hello", noon.Add(-time.Hour)))
		c := f.conversations()[0].ID
		send := func(d inbox.Draft) (inbox.Message, bool, error) { return f.in.Send(t.Context(), f.agent, c, d) }
		first, created, err := send(inbox.Draft{Text: "Hi", ClientID: "x"})
		if err != nil || !created || first.Status != message.Queued || first.Attempt != 1 {
			t.Fatal(first, created, err)
		}
		var wg sync.WaitGroup
		for range 8 { // a double click, two tabs
			wg.Go(func() {
				if m, made, err := f.in.Send(t.Context(), f.agent, c, inbox.Draft{Text: "Hi", ClientID: "x"}); err != nil || made || m.ID != first.ID {
					t.Error(m.ID, made, err)
				}
			})
		}
		wg.Wait()
		f.clk.Add(23*time.Hour - time.Second)
		if _, _, err := send(inbox.Draft{Text: "just in time"}); err != nil {
			t.Error(err)
		}
		f.clk.Add(time.Second)
		if _, _, err := send(inbox.Draft{Text: "late"}); code(err) != "window_closed" {
			t.Error(err)
		}
		if _, _, err := send(inbox.Draft{Kind: "template", Payload: []byte(`{"name":"hello","language":"en"}`)}); err != nil {
			t.Error("a template:", err)
		}
		f.receive(f.ch, said("b", "1", "Hello again", f.clk.Now()))
		if _, _, err := send(inbox.Draft{Text: "open again"}); err != nil {
			t.Error(err)
		}
		off := false
		if _, err := f.chans.Update(t.Context(), f.admin, f.ch.ID, channel.Draft{IsActive: &off}, nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := send(inbox.Draft{Text: "x"}); code(err) != "channel_inactive" {
			t.Error(err)
		}
		if _, err := f.in.Retry(t.Context(), f.agent, first.ID); code(err) != "not_retryable" {
			t.Error(err)
		}
		if m, err := f.in.Cancel(t.Context(), f.agent, first.ID); err != nil || m.Status != message.Canceled {
			t.Error(m.Status, err)
		}
		if _, err := f.in.Retry(t.Context(), f.agent, first.ID); code(err) != "channel_inactive" {
			t.Error(err)
		}
	})
}

func TestCloseAndAnew(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("a", "1", "Hello", noon))
		e := f.conversations()[0].Enquiry
		for range 2 {
			if got, err := f.in.Close(t.Context(), f.agent, e.ID); err != nil || got.Status != inbox.Closed {
				t.Error(got.Status, err)
			}
		}
		if c := f.conversations()[0]; c.Status != inbox.NoEnquiry || c.Enquiry != nil || !c.OwnerID.IsZero() {
			t.Errorf("%+v", c)
		}
		f.receive(f.ch, message.Inbound{Message: &message.Received{ProviderID: "r", From: party("1"), At: noon, Target: "a", Content: message.Content{Kind: message.Reaction, Text: "👍"}}})
		if c := f.conversations()[0]; c.Status != inbox.NoEnquiry {
			t.Error("a reaction opens an enquiry")
		}
		f.receive(f.ch, said("b", "1", "And another thing", noon))
		c := f.conversations()
		if len(c) != 1 || c[0].Status != inbox.Open || c[0].Enquiry.ID == e.ID || c[0].Enquiry.Number != "E-202603-000002" {
			t.Errorf("%+v", c)
		}
	})
}

// The send's own answer and the provider's statuses in any order, repeated, with
// or without our reference: one final state.
func TestAnswerAndStatusesInAnyOrder(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("a", "1", "Hello", noon.Add(-time.Minute)))
		c := f.conversations()[0].ID
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			m, _, err := f.in.Send(t.Context(), f.agent, c, inbox.Draft{Text: fmt.Sprint(n)})
			if err != nil {
				rt.Fatal(err)
			}
			out, _, err := f.in.Claim(t.Context(), f.ch, int64(n), 1, nil, time.Second)
			if err != nil || len(out) != 1 || out[0].Message != m.ID {
				rt.Fatal(out, err)
			}
			key, ref := fmt.Sprint("p", n), inbox.Ref(m.ID, 1)
			if rapid.Bool().Draw(rt, "no reference") {
				ref = ""
			}
			base := f.clk.Now()
			status := func(s message.State, sec int) func() {
				return func() {
					f.receive(f.ch, message.Inbound{Status: &message.Status{ProviderID: key, ClientRef: ref, State: s, At: base.Add(time.Duration(sec) * time.Second)}})
				}
			}
			f.clk.Add(time.Minute) // statuses are in the past
			answer := func() {
				if err := f.in.Settle(t.Context(), f.ch, int64(n), []inbox.Outcome{{Outgoing: out[0], Verdict: inbox.Went, Provider: key, At: base.Add(time.Second)}}, time.Second); err != nil {
					rt.Fatal(err)
				}
			}
			steps := []func(){answer, status(message.Sent, 1), status(message.Delivered, 2), status(message.Read, 3), status(message.Delivered, 2), status(message.Failed, 4)}
			for _, s := range rapid.Permutation(steps).Draw(rt, "order") {
				s()
			}
			got, err := f.in.Message(t.Context(), f.admin, m.ID)
			if err != nil {
				rt.Fatal(err)
			}
			if got.Status != message.Read || got.Error != nil || got.ProviderMessageID == nil || *got.ProviderMessageID != key || !got.SentAt.Equal(base.Add(time.Second)) ||
				!got.DeliveredAt.Equal(base.Add(2*time.Second)) || !got.ReadAt.Equal(base.Add(3*time.Second)) {
				rt.Fatalf("%+v", got)
			}
			f.receive(f.ch, said(fmt.Sprint("again", n), "1", "still here", f.clk.Now())) // keeps the window open
		})
	})
}
