package inbox_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
)

func group(address, name string) message.Party {
	return message.Party{Name: name, Addresses: []message.Address{{Kind: message.GroupAddress, Value: address}}}
}

func inGroup(key, where, title, from, text string, at time.Time) message.Inbound {
	m := said(key, from, text, at)
	m.Message.Group, m.Message.GroupName = where, title
	m.Message.From.Name = "Person " + from
	return m
}

// partOf is one part of an album, shown at its place.
func partOf(album, key string, place int64, caption string, at time.Time) message.Inbound {
	m := said(key, "1", caption, at)
	m.Message.Album = album
	m.Message.Content.Kind = message.Image
	m.Message.Content.Media = []message.Media{{Kind: message.Image, ProviderID: key, FileName: "file-" + key, Part: place, State: "remote"}}
	return m
}

func filesOf(m inbox.Message) (out []string) {
	for _, f := range m.Media {
		out = append(out, f.FileName)
	}
	return out
}

// The parts of an album are one message, whatever their order, their number of
// copies and the cuts between their deliveries.
func TestAlbumIsOneMessage(t *testing.T) {
	each(t, func(f *fixture) {
		r := rand.New(rand.NewPCG(7, 7))
		for round := range 12 {
			name := fmt.Sprintf("a%d", round)
			var ins []message.Inbound
			var want []string
			for i := range 5 {
				caption := ""
				if i == 2 {
					caption = "views " + name
				}
				key := fmt.Sprintf("%s-%d", name, i)
				want = append(want, "file-"+key)
				ins = append(ins, partOf(name, key, int64(10+i), caption, noon.Add(time.Duration(round)*time.Minute)))
			}
			ins = append(ins, ins[1], ins[4])
			r.Shuffle(len(ins), func(i, j int) { ins[i], ins[j] = ins[j], ins[i] })
			for len(ins) > 0 {
				n := 1 + r.IntN(len(ins))
				f.receive(f.ch, ins[:n]...)
				ins = ins[n:]
			}
			got := f.thread()
			if len(got) != round+1 {
				t.Fatalf("round %d: %d messages", round, len(got))
			}
			last := got[len(got)-1]
			if !slices.Equal(filesOf(last), want) || last.Text != "views "+name || last.Kind != message.Image {
				t.Errorf("round %d: %q, %q", round, filesOf(last), last.Text)
			}
		}
		if c := f.conversations(); len(c) != 1 || c[0].UnreadCount != 12 {
			t.Errorf("%d conversations, %d unread", len(c), c[0].UnreadCount)
		}
		// Each part's id leads to the message; the same album name elsewhere is
		// another album.
		quote := said("q", "1", "that one", noon.Add(time.Hour))
		quote.Message.ReplyTo = "a0-3"
		f.receive(f.ch, quote)
		all := f.thread()
		if q := all[len(all)-1]; q.ReplyToID != all[0].ID {
			t.Errorf("the quote of a part leads to %v", q.ReplyToID)
		}
		other := partOf("a0", "b-0", 1, "", noon.Add(2*time.Hour))
		other.Message.From = party("2")
		f.receive(f.ch, other)
		if n := len(f.thread()); n != 14 {
			t.Errorf("%d messages", n)
		}
	})
}

// A group is one conversation; senders are shown; its name is followed.
func TestGroupIsOneConversation(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, inGroup("1", "-5", "Night shift", "21", "hello", noon), inGroup("2", "-5", "Night shift", "22", "me too", noon.Add(time.Second)))
		f.receive(f.ch, inGroup("3", "-5", "Day shift", "21", "again", noon.Add(2*time.Second)))
		cs := f.conversations()
		if len(cs) != 1 || cs[0].Kind != "group" || cs[0].Contact.Kind != "group" || cs[0].Contact.Name != "Day shift" {
			t.Fatalf("%+v", cs)
		}
		got := f.thread()
		if len(got) != 3 || got[0].Author.Name != "Person 21" || got[1].Author.Name != "Person 22" || got[0].Author.ID != got[2].Author.ID || got[0].Author.ID == cs[0].ContactID {
			t.Errorf("%+v", got)
		}
		f.receive(f.ch, said("4", "21", "in private", noon.Add(time.Minute)))
		if len(f.conversations()) != 2 {
			t.Error("a private message of a member belongs to another conversation")
		}
		f.receive(f.ch, message.Inbound{Presence: &message.Presence{ProviderID: "p1", Who: group("-5", "Late shift"), At: noon, Reachable: true}})
		for _, c := range f.conversations() {
			if c.Kind == "group" && c.Contact.Name != "Late shift" {
				t.Errorf("the new name is not followed: %q", c.Contact.Name)
			}
		}
	})
}

// A channel that lets us in is a conversation at once; what is said there waits
// for nobody.
func TestChannelToPostTo(t *testing.T) {
	each(t, func(f *fixture) {
		in := message.Inbound{Presence: &message.Presence{ProviderID: "p1", Who: group("-9", "News"), At: noon, Reachable: true}}
		f.receive(f.ch, in, in)
		f.receive(f.ch, in)
		cs := f.conversations()
		if len(cs) != 1 || cs[0].Kind != "group" || cs[0].Contact.Name != "News" || cs[0].Status != inbox.NoEnquiry {
			t.Fatalf("%+v", cs)
		}
		if _, _, err := f.in.Send(t.Context(), f.admin, cs[0].ID, inbox.Draft{Text: "New lamps"}); code(err) != "window_closed" {
			t.Errorf("the window of this type holds: %v", err)
		}
		post := inGroup("1", "-9", "News", "31", "posted", noon)
		post.Message.Broadcast, post.Message.From = true, group("-9", "News")
		f.receive(f.ch, post)
		cs = f.conversations()
		if cs[0].Status != inbox.NoEnquiry || cs[0].UnreadCount != 1 || f.thread()[0].Author.Name != "News" {
			t.Errorf("%+v", cs[0])
		}
		f.receive(f.ch, message.Inbound{Presence: &message.Presence{ProviderID: "p2", Who: party("77"), At: noon, Reachable: true}})
		if len(f.conversations()) != 1 {
			t.Error("a person who may be written to has said nothing yet")
		}
	})
}

// A group that moves keeps its conversation, whichever of old group, new group
// and move is heard of first, and however often.
func TestGroupMoves(t *testing.T) {
	old, now := inGroup("o1", "-5", "Shift", "21", "before", noon), inGroup("n1", "-1005", "Shift", "22", "after", noon.Add(2*time.Second))
	move := message.Inbound{Move: &message.Move{ProviderID: "m", From: group("-5", "Shift"), To: group("-1005", "Shift"), At: noon.Add(time.Second)}}
	for name, order := range map[string][]message.Inbound{
		"as it happened": {old, move, move, now}, "the move last": {old, now, move}, "the new first": {now, old, move},
		"the old last": {now, move, old}, "the move first": {move, now, old}, "never before": {move, now},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(f *fixture) {
				f.clk.Add(30 * time.Second)
				for _, in := range order {
					f.receive(f.ch, in)
				}
				cs := f.conversations()
				want := len(order) - 1
				if name == "as it happened" {
					want--
				}
				if len(cs) != 1 || cs[0].UnreadCount != want || cs[0].Status != inbox.Open || len(f.thread()) != want {
					t.Fatalf("%d conversations, %d messages: %+v", len(cs), len(f.thread()), cs)
				}
				if l := cs[0].LastMessage; l == nil || l.Text != "after" {
					t.Errorf("last message %+v", l)
				}
				open := "SELECT count(*) FROM enquiry WHERE status <> 'closed'"
				if n := f.number(open); n != 1 {
					t.Errorf("%d open enquiries", n)
				}
				f.clk.Add(noon.Add(time.Minute).Sub(f.clk.Now()))
				if _, _, err := f.in.Send(t.Context(), f.agent, cs[0].ID, inbox.Draft{Text: "here"}); err != nil {
					t.Fatal(err)
				}
				out, _, err := f.in.Claim(t.Context(), f.ch, 1, 1, nil, time.Second)
				if err != nil || len(out) != 1 || out[0].To.Address(message.GroupAddress) != "-1005" {
					t.Errorf("sent to %+v, %v", out, err)
				}
			})
		})
	}
}

func (f *fixture) number(q string) (n int) {
	f.Helper()
	if err := f.db.System().Read(f.Context(), func(tx *db.Tx) error { return tx.Row(db.Dynamic(q), nil, &n) }); err != nil {
		f.Fatal(err)
	}
	return n
}

func vote(key, from string, order int64, options ...int) message.Inbound {
	return message.Inbound{Vote: &message.Vote{ProviderID: key, Target: "poll:1", From: party(from), Order: order, Options: options}}
}

// Votes give one result in any order, before and after we know the poll's id,
// and any number of times.
func TestVotesInAnyOrder(t *testing.T) {
	votes := []message.Inbound{vote("v1", "11", 1, 0), vote("v2", "12", 2, 1), vote("v3", "11", 3, 1), vote("v4", "13", 4, 0, 1), vote("v5", "12", 5),
		vote("v6", "14", 6, 7, -1, 0)}
	each(t, func(f *fixture) {
		r := rand.New(rand.NewPCG(1, 2))
		f.receive(f.ch, said("hi", "1", "hello", noon))
		c := f.conversations()[0]
		for round := range 8 {
			base := noon.Add(time.Duration(round+1) * time.Minute)
			f.clk.Add(base.Sub(f.clk.Now()))
			m, _, err := f.in.Send(t.Context(), f.agent, c.ID, inbox.Draft{Kind: "poll", Payload: json.RawMessage(`{"question":"When?","options":[{"text":"Today","votes":99},{"text":"Tomorrow"}],"closed":true}`)})
			if err != nil {
				t.Fatal(err)
			}
			out, _, err := f.in.Claim(t.Context(), f.ch, int64(round+1), 1, nil, time.Second)
			if err != nil || len(out) != 1 {
				t.Fatal(err, out)
			}
			poll := fmt.Sprintf("poll:%d", round)
			var ins []message.Inbound
			for _, v := range votes {
				one := *v.Vote
				one.Target, one.ProviderID = poll, fmt.Sprintf("%d-%s", round, v.Vote.ProviderID)
				ins = append(ins, message.Inbound{Vote: &one}, message.Inbound{Vote: &one})
			}
			r.Shuffle(len(ins), func(i, j int) { ins[i], ins[j] = ins[j], ins[i] })
			cut := r.IntN(len(ins) + 1)
			f.receive(f.ch, ins[:cut]...)
			if err := f.in.Settle(t.Context(), f.ch, int64(round+1), []inbox.Outcome{{Outgoing: out[0], Verdict: inbox.Went, Provider: fmt.Sprintf("m%d", round),
				More: []string{poll}, At: base}}, time.Second); err != nil {
				t.Fatal(err)
			}
			for _, in := range ins[cut:] {
				f.receive(f.ch, in)
			}
			got, err := f.in.Message(t.Context(), f.agent, m.ID)
			if err != nil {
				t.Fatal(err)
			}
			var body message.PollBody
			if err := json.Unmarshal(got.Payload, &body); err != nil {
				t.Fatal(err)
			}
			if body.Closed || body.Options[0].Votes != 2 || body.Options[1].Votes != 2 || got.ProviderMessageID == nil || *got.ProviderMessageID != fmt.Sprintf("m%d", round) {
				t.Errorf("round %d, cut %d: %s, %v", round, cut, got.Payload, got.ProviderMessageID)
			}
		}
		// What the platform counts where it names nobody, and that a poll ended.
		tally := func(target string, order int64, closed bool, votes ...int) {
			f.receive(f.ch, message.Inbound{Tally: &message.Tally{Target: target, Order: order, Closed: closed, Votes: votes}})
		}
		tally("poll:0", 20, true, 50, 60)
		tally("poll:0", 19, false, 70, 80)
		f.receive(f.ch, message.Inbound{Tally: &message.Tally{Target: "hi", Order: 1, Votes: []int{3}}}) // no poll
		all := f.thread()
		var body message.PollBody
		if err := json.Unmarshal(all[1].Payload, &body); err != nil || !body.Closed || body.Options[0].Votes != 2 {
			t.Errorf("%s, %v", all[1].Payload, err)
		}
	})
}

// A reaction that is faster than the answer to our send finds its message.
func TestReactionBeforeTheAnswer(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, said("hi", "1", "hello", noon))
		c := f.conversations()[0]
		m, _, err := f.in.Send(t.Context(), f.agent, c.ID, inbox.Draft{Text: "hello"})
		if err != nil {
			t.Fatal(err)
		}
		out, _, err := f.in.Claim(t.Context(), f.ch, 1, 1, nil, time.Second)
		if err != nil || len(out) != 1 {
			t.Fatal(err)
		}
		f.receive(f.ch, message.Inbound{Message: &message.Received{ProviderID: "r1", From: party("1"), At: noon, Target: "k1", Content: message.Content{Kind: message.Reaction, Text: "👍"}}})
		if err := f.in.Settle(t.Context(), f.ch, 1, []inbox.Outcome{{Outgoing: out[0], Verdict: inbox.Went, Provider: "k1", At: noon}}, time.Second); err != nil {
			t.Fatal(err)
		}
		if got, err := f.in.Message(t.Context(), f.agent, m.ID); err != nil || len(got.Reactions) != 1 {
			t.Errorf("%+v, %v", got.Reactions, err)
		}
	})
}

// A recipient that is left in peace gets nothing before; one that moved is
// written to at its new address.
func TestRestAndMovedAddress(t *testing.T) {
	each(t, func(f *fixture) {
		f.receive(f.ch, inGroup("1", "-5", "Shift", "21", "hello", noon))
		c := f.conversations()[0]
		for range 2 {
			if _, _, err := f.in.Send(t.Context(), f.agent, c.ID, inbox.Draft{Text: "hello"}); err != nil {
				t.Fatal(err)
			}
		}
		claim := func() []inbox.Outgoing {
			out, _, err := f.in.Claim(t.Context(), f.ch, 1, 1, nil, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		settle := func(o inbox.Outcome) {
			if err := f.in.Settle(t.Context(), f.ch, 1, []inbox.Outcome{o}, time.Second); err != nil {
				t.Fatal(err)
			}
		}
		first := claim()
		settle(inbox.Outcome{Outgoing: first[0], Verdict: inbox.Again, Moved: group("-1005", ""), RetryAt: noon, At: noon, Failure: &inbox.SendFailure{Reason: "unreachable"}})
		first = claim()
		if len(first) != 1 || first[0].To.Address(message.GroupAddress) != "-1005" {
			t.Fatalf("%+v", first)
		}
		settle(inbox.Outcome{Outgoing: first[0], Verdict: inbox.Went, Provider: "k1", Rest: 5 * time.Second, At: noon})
		if out := claim(); len(out) != 0 {
			t.Error("the next message did not wait")
		}
		f.clk.Add(noon.Add(6 * time.Second).Sub(f.clk.Now()))
		if out := claim(); len(out) != 1 {
			t.Error("the next message waits too long")
		}
		f.receive(f.ch, inGroup("2", "-1005", "Shift", "22", "moved", noon))
		if n := len(f.conversations()); n != 1 {
			t.Errorf("%d conversations", n)
		}
	})
}
