package live

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

var everything = []string{account.InboxView, account.EnquiriesView, account.ChannelsView}

func TestServe_whatEventsLookLike(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org, ch := n.organization()
		who := n.member(org, everything...)
		r := n.open(who, "")
		if r.ready != 1 || r.lastID != "1" {
			t.Fatalf("ready at %d with id %q, want the newest sequence", r.ready, r.lastID)
		}
		for k, v := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"} {
			if r.header.Get(k) != v {
				t.Errorf("%s: %q", k, r.header.Get(k))
			}
		}
		n.receive(ch, "4915200000001", "Hello\nthere")
		var created struct {
			Message      inbox.Message
			Conversation inbox.Conversation
		}
		e, got := r.next(), map[string]sse{}
		for ; ; e = r.next() {
			got[e.kind] = e
			if len(got) == 2 {
				break
			}
		}
		if err := json.Unmarshal([]byte(got["message.created"].data), &created); err != nil {
			t.Fatal(err)
		}
		if m := created.Message; m.Text != "Hello\nthere" || m.OrganizationID != org || m.ConversationID != created.Conversation.ID || m.Author == nil || m.Author.Name != "Bo" {
			t.Errorf("message %+v", m)
		}
		if c := created.Conversation; c.Contact.Name != "Bo" || c.LastMessage == nil || c.Channel.Name != "Sales" {
			t.Errorf("conversation %+v", c)
		}
		var enquiry struct{ Enquiry inbox.Enquiry }
		if err := json.Unmarshal([]byte(got["enquiry.updated"].data), &enquiry); err != nil || enquiry.Enquiry.Status != inbox.Open {
			t.Errorf("enquiry %+v: %v", enquiry, err)
		}
		emitKind(t, d, org, messageUpdated, created.Message.ID)
		if e := r.want(messageUpdated); !strings.HasPrefix(e.data, `{"message":{"id":"`+created.Message.ID.String()) || strings.Contains(e.data, `"conversation":`) {
			t.Error(e)
		}
		emitKind(t, d, org, conversationUpdated, created.Conversation.ID)
		if e := r.want(conversationUpdated); !strings.HasPrefix(e.data, `{"conversation":{"id":"`+created.Conversation.ID.String()) {
			t.Error(e)
		}
		emitKind(t, d, org, channelUpdated, ch.ID)
		e = r.want(channelUpdated)
		if strings.Contains(e.data, "hush-hush") || !strings.Contains(e.data, channel.Masked) || !strings.Contains(e.data, `"name":"Sales"`) {
			t.Error(e)
		}
		emitKind(t, d, org, "presence.updated", id.New()) // not told yet
		var after sse
		emitKind(t, d, org, messageUpdated, id.New())                                                        // gone, and nobody knows who saw it
		for n, kind := range []string{messageUpdated, conversationUpdated, enquiryUpdated, channelUpdated} { // rows that were erased
			gone := id.New()
			if err := d.Tenant(org).Write(t.Context(), func(tx *db.Tx) error {
				tx.Emit(db.Event{Kind: kind, Ref: gone, Before: json.RawMessage(`{}`)})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(kind, ".")
			want := `{"` + name + `":null,"id":"` + gone.String() + `"}`
			if kind == conversationUpdated {
				kind, want = conversationRemoved, `{"id":"`+gone.String()+`"}`
			}
			after = r.want(kind)
			if after.data != want || after.seq(t) != e.seq(t)+int64(n)+3 {
				t.Errorf("%+v after %s", after, e.id)
			}
		}
		n.hub.beat(1)
		if e := r.want("heartbeat"); e.id != "" || e.data != `{"seq":`+after.id+`}` {
			t.Error(e)
		}
	})
}

// TestServe_withoutGap: whoever breaks off and comes back by his last id has in
// the end every event once and in order, whatever the ring still holds, while
// several writers commit; and never one of another organization.
func TestServe_withoutGap(t *testing.T) {
	const writers, each = 4, 60
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		for _, c := range []struct {
			name              string
			ring, batch, hold int
		}{{"from the ring", 1000, 500, 7}, {"from the log", 3, 4, 40}, {"from both", 20, 7, 23}} {
			t.Run(c.name, func(t *testing.T) {
				n := newNode(t, d, func(x *tuning) { x.ring, x.batch = c.ring, c.batch })
				org, other := id.New(), id.New()
				who := n.member(org, everything...)
				var mine sync.Map
				emit(t, d, org, id.Zero) // so that there is something to resume after
				steady := n.open(who, "1")
				var wg sync.WaitGroup
				for range writers {
					wg.Add(1)
					go func() {
						defer wg.Done()
						for _, ref := range ids(each) {
							mine.Store(ref.String(), true)
							emit(t, d, other, id.New())
							emit(t, d, org, ref)
						}
					}()
				}
				read := func(r *reader, next int64) int64 {
					e := r.want(channelUpdated)
					var data struct{ ID string }
					if err := json.Unmarshal([]byte(e.data), &data); err != nil {
						t.Fatal(e, err)
					}
					if _, own := mine.Load(data.ID); !own {
						t.Fatalf("%s is an event of somebody else", e.data)
					}
					if e.seq(t) != next {
						t.Fatalf("got event %s, want %d", e.id, next)
					}
					return next + 1
				}
				for next := int64(2); next <= writers*each+1; {
					r := n.open(who, strconv.FormatInt(next-1, 10))
					for i := 0; i < c.hold && next <= writers*each+1; i++ {
						next = read(r, next)
					}
					r.close()
				}
				for next := int64(2); next <= writers*each+1; {
					next = read(steady, next)
				}
				wg.Wait()
				late := n.open(who, "1") // everything again, at rest
				for next := int64(2); next <= writers*each+1; {
					next = read(late, next)
				}
				if s := n.hub.Stats(); s.Resets != 0 || s.Dropped != 0 {
					t.Errorf("%+v", s)
				}
			})
		}
	})
}

func TestServe_resetsForgedAndForgottenIDs(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org := id.New()
		who := n.member(org, everything...)
		emit(t, d, org, ids(5)...)
		expect := func(lastID string, reset bool) {
			t.Helper()
			r := n.open(who, lastID)
			defer r.close()
			if r.ready != 5 {
				t.Errorf("%q: ready at %d", lastID, r.ready)
			}
			if reset {
				if e := r.want("reset"); e.data != "{}" || e.id != "5" {
					t.Errorf("%q: %+v", lastID, e)
				}
			}
			n.beatOnce(who)
			for e := r.next(); e.kind != "heartbeat"; e = r.next() {
				if reset {
					t.Errorf("%q: %+v after the reset", lastID, e)
				}
			}
		}
		for _, forged := range []string{"x", "-1", "6", "9223372036854775807", "9223372036854775808", "1e1", "05", "+5", " 5x", "5;DROP"} {
			expect(forged, true)
		}
		for _, good := range []string{"0", "3", "5"} {
			expect(good, false)
		}
		if _, err := event.Prune(t.Context(), d, clock.System{}.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		expect("5", false) // the newest needs no event
		expect("3", true)
	})
}

// beatOnce sends a heartbeat to the only stream of somebody once it has joined.
func (n *node) beatOnce(who string) {
	n.t.Helper()
	turn := 0
	until(n.t, "one stream that has joined", func() bool {
		n.hub.mu.RLock()
		defer n.hub.mu.RUnlock()
		count := 0
		for s := range n.hub.streams {
			if s.actor.Member.String() != who {
				continue
			}
			count++
			turn = s.turn
			t := n.hub.tails[s.actor.Organization]
			t.mu.Lock()
			if g := t.groups[s.view]; g == nil || len(g.streams) == 0 {
				count = -1000
			}
			t.mu.Unlock()
		}
		return count == 1
	})
	n.hub.beat(turn % ticksOfHeartbeat)
}

// Who is far behind and was away for long reads everything anew instead of
// thousands of old events.
func TestServe_resetsWhoWasAwayForLong(t *testing.T) {
	dbtest.Each(t, clock.At(clock.System{}.Now().Add(-2*time.Hour)), func(t *testing.T, d *db.DB) {
		n := newNode(t, d, func(x *tuning) { x.far = 10 })
		org := id.New()
		who := n.member(org, everything...)
		emit(t, d, org, ids(20)...)
		n.open(who, "9").want("reset")
		if e := n.open(who, "10").want(channelUpdated); e.id != "11" {
			t.Error(e)
		}
	})
}

func TestServe_views(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org, ch := n.organization()
		of := map[string]*reader{}
		for _, p := range []string{account.InboxView, account.EnquiriesView, account.ChannelsView} {
			of[p] = n.open(n.member(org, p), "")
		}
		n.receive(ch, "4915200000001", "Hello")
		n.bus.Publish(event.Hint{Topic: event.Typing, Key: org, Text: typingOf(id.New())})
		emitKind(t, d, org, channelUpdated, ch.ID)
		of[account.EnquiriesView].want(enquiryUpdated)
		of[account.ChannelsView].want(channelUpdated)
		both := map[string]bool{of[account.InboxView].next().kind: true, of[account.InboxView].next().kind: true}
		if !both[messageCreated] || !both["typing"] {
			t.Error(both)
		}
		for i := range ticksOfHeartbeat {
			n.hub.beat(i)
		}
		for _, r := range of { // and nothing else
			r.want("heartbeat")
		}
		// The same when they come back: the ring is filtered as well.
		back := n.open(n.member(org, account.ChannelsView), "1")
		back.want(channelUpdated)
		if none := n.connect(n.member(org, account.StaffView), ""); none.status != 403 {
			t.Errorf("who may see nothing of it: %d", none.status)
		}
	})
}

func typingOf(member id.ID) string {
	b, _ := json.Marshal(inbox.TypingSignal{Conversation: id.New(), Channel: id.New(), Member: &inbox.MemberBrief{ID: member, Name: "Ada"}})
	return string(b)
}

func TestServe_typing(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org := id.New()
		ada, bo, far := n.member(org, everything...), n.member(org, everything...), n.member(id.New(), everything...)
		writer, colleague, stranger := n.open(ada, ""), n.open(bo, ""), n.open(far, "")
		n.bus.Publish(event.Hint{Topic: event.Typing, Key: org, Text: "not for us"})
		n.bus.Publish(event.Hint{Topic: event.Typing, Key: org, Text: typingOf(n.actor(ada).Member)})
		e := colleague.want("typing")
		var data map[string]any
		if err := json.Unmarshal([]byte(e.data), &data); err != nil || e.id != "" || len(data) != 3 || data["until"] == nil || data["conversation_id"] == nil {
			t.Errorf("%+v: %v", e, err)
		}
		for i := range ticksOfHeartbeat {
			n.hub.beat(i)
		}
		writer.want("heartbeat")
		stranger.want("heartbeat")
	})
}

func TestServe_cutsWhoseRightsEnd(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org := id.New()
		refused := fault.New(fault.Unauthenticated, "unauthenticated", "You are not signed in.")
		for _, c := range []struct {
			name  string
			key   func(a account.Actor) id.ID
			turn  func(who string)
			reset int // told to who may go on with other rights
		}{
			{"member", func(a account.Actor) id.ID { return a.Member }, func(who string) { n.set(who, account.Actor{}, refused) }, 0},
			{"user", func(a account.Actor) id.ID { return a.User }, func(who string) { n.set(who, account.Actor{}, refused) }, 0},
			{"organization", func(a account.Actor) id.ID { return a.Organization }, func(who string) { n.set(who, account.Actor{}, refused) }, 0},
			{"everybody", func(account.Actor) id.ID { return id.Zero }, func(who string) { n.set(who, account.Actor{}, refused) }, 0},
			{"sees less", func(a account.Actor) id.ID { return a.Member }, func(who string) {
				n.set(who, account.NewActor(n.actor(who), account.InboxView, account.EnquiriesView), nil)
			}, 1},
			{"nobody knows", func(a account.Actor) id.ID { return a.Member }, func(who string) { n.set(who, account.Actor{}, errors.New("the database is away")) }, 0},
		} {
			t.Run(c.name, func(t *testing.T) {
				cut, kept := n.member(org, everything...), n.member(org, everything...)
				a, b := n.open(cut, ""), n.open(kept, "")
				key := c.key(n.actor(cut))
				c.turn(cut)
				began := time.Now()
				n.bus.Publish(event.Hint{Topic: event.Access, Key: key})
				emit(t, d, org, id.New()) // later than the change: must not be seen
				if rest := a.ends(); len(rest) != c.reset || c.reset > 0 && rest[0].kind != "reset" {
					t.Errorf("written after the change: %+v", rest)
				}
				if took := time.Since(began); took > cutWithin {
					t.Errorf("cut after %v", took)
				}
				b.want(channelUpdated)
				b.close()
			})
		}
		// Rights that are only looked at again survive a database that is away,
		// but not their end.
		who := n.member(org, everything...)
		r := n.open(who, "")
		asked := n.actor(who)
		n.set(who, account.Actor{}, fault.New(fault.Unavailable, "storage_unavailable", "away"))
		n.hub.Resync()
		emit(t, d, org, id.New())
		r.want(channelUpdated)
		n.set(who, asked, nil)
		n.hub.Resync()
		emit(t, d, org, id.New())
		r.want(channelUpdated)
		n.set(who, account.Actor{}, refused)
		n.hub.Resync()
		if rest := r.ends(); len(rest) != 0 {
			t.Errorf("%+v", rest)
		}
	})
}

func TestServe_limits(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, func(x *tuning) { x.perMember, x.perServer = 2, 3 })
		org := id.New()
		ada, bo := n.member(org, everything...), n.member(org, everything...)
		first := n.open(ada, "")
		n.open(ada, "")
		if r := n.connect(ada, ""); r.status != 429 {
			t.Errorf("a third of one member: %d", r.status)
		}
		n.open(bo, "")
		if r := n.connect(bo, ""); r.status != 503 {
			t.Errorf("a fourth of the server: %d", r.status)
		}
		first.close()
		until(t, "the place is free again", func() bool { return n.hub.Stats().Streams == 2 })
		n.open(ada, "")
		n.hub.Stop()
		if r := n.connect(ada, ""); r.status != 503 {
			t.Errorf("after Stop: %d", r.status)
		}
		until(t, "all streams ended", func() bool { s := n.hub.Stats(); return s.Streams+s.Organizations == 0 })
	})
}

// A row that cannot be shown is left out; it must not silence everybody.
func TestTail_leavesOutWhatCannotBeShown(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org, ch := n.organization()
		who := n.member(org, everything...)
		r := n.open(who, "")
		spoil := db.Dynamic(`UPDATE source SET settings = 'spoilt' WHERE organization_id = $1`)
		if err := d.Tenant(org).Write(t.Context(), func(tx *db.Tx) error {
			for _, ref := range []id.ID{id.New(), ch.ID, id.New()} {
				tx.Emit(db.Event{Kind: channelUpdated, Ref: ref})
			}
			_, err := tx.Exec(spoil, org)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"2", "4"} {
			if e := r.want(channelUpdated); e.id != want {
				t.Errorf("got %+v, want %s", e, want)
			}
		}
	})
}

// same opens one storage twice, as two processes do.
func same(t *testing.T, run func(t *testing.T, a, b *db.DB)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			o := db.Options{Clock: clock.System{}}
			if engine == "postgres" {
				o.URL = dbtest.PostgresURL(t)
			} else {
				o.Path = filepath.Join(t.TempDir(), "switchboard.db")
			}
			var two [2]*db.DB
			for i := range two {
				d, err := db.Open(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(d.Close)
				two[i] = d
			}
			run(t, two[0], two[1])
		})
	}
}

// What another process commits is found without any hint.
func TestHub_findsWhatNobodyTold(t *testing.T) {
	same(t, func(t *testing.T, a, b *db.DB) {
		n := newNode(t, a, func(x *tuning) { x.tick = 10 * time.Millisecond })
		org := id.New()
		r := n.open(n.member(org, everything...), "")
		ref := id.New()
		emit(t, b, org, ref)
		e := r.next()
		for e.kind == "heartbeat" {
			e = r.next()
		}
		if e.kind != channelUpdated || !strings.Contains(e.data, ref.String()) {
			t.Error(e)
		}
	})
}

// Two nodes tell each other by hints; ticks never come here, so only hints can.
// A reader who moves to the other node resumes there.
func TestHub_hearsOtherNodes(t *testing.T) {
	same(t, func(t *testing.T, a, b *db.DB) {
		one, two := newNode(t, a, nil), newNode(t, b, nil)
		relay := func(from, to *event.Bus) { // what a bus does between nodes
			from.Subscribe(event.Events, func(h event.Hint) {
				if !h.Foreign {
					h.Foreign = true
					to.Publish(h)
				}
			})
		}
		relay(one.bus, two.bus)
		relay(two.bus, one.bus)
		org := id.New()
		who := one.member(org, everything...)
		two.set(who, one.actor(who), nil)
		r := one.open(who, "")
		emit(t, a, org, ids(3)...)
		emit(t, b, org, ids(3)...)
		for i := range 6 {
			if e := r.want(channelUpdated); e.seq(t) != int64(i+1) {
				t.Fatal(e)
			}
		}
		r.close()
		r = two.open(who, "4")
		emit(t, a, org, ids(1)...)
		for i := range 3 {
			if e := r.want(channelUpdated); e.seq(t) != int64(i+5) {
				t.Fatal(e)
			}
		}
	})
}
