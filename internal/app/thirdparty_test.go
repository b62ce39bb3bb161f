package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/all"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/simulator"
)

// shop is an outside system connected by the open channel.
type shop struct {
	*simulator.Outside
	*scene
	n       *node
	url     string
	channel id.ID
	source  id.ID
	keys    simulator.OutsideKeys
}

// shop connects an outside system to a new active channel.
func (s *scene) shop(n *node) *shop {
	s.Helper()
	s.chans++
	o := &shop{Outside: simulator.NewOutside(), scene: s, n: n}
	srv := httptest.NewServer(o.Outside)
	s.Cleanup(srv.Close)
	o.url = srv.URL + "/hook"
	name, typ, on := fmt.Sprintf("Shop %d", s.chans), simulator.TypeThirdParty, true
	rows, err := n.channels.CreateMany(s.Context(), s.admin, []channel.Draft{{Name: &name, Type: &typ, IsActive: &on,
		Settings: map[string]string{"outgoing_webhook_url": o.url}}}, func(_ int, err error) error { return err })
	if err != nil {
		s.Fatal(err)
	}
	o.channel, o.source = rows[0].ID, rows[0].SourceID
	if rows[0].Connection() != channel.Disconnected {
		s.Error("a channel is connected before its address was proven")
	}
	c, err := n.gateway.Challenge(s.Context(), o.source)
	if err != nil || !c.OK || c.Validation != channel.Good || c.Connection != channel.Connected {
		s.Fatalf("%+v %v", c, err)
	}
	o.trust()
	return o
}

// trust gives the system what is revealed.
func (o *shop) trust() {
	o.Helper()
	i, err := o.n.channels.Reveal(o.Context(), o.admin, o.source)
	if err != nil {
		o.Fatal(err)
	}
	o.keys = simulator.OutsideKeys{IncomingURL: o.n.url + strings.TrimPrefix(i.CallbackURL, o.cfg.PublicURL), AccessToken: i.AccessToken, SigningSecret: i.Signing}
	o.Trust(o.keys)
}

func (o *shop) say(id, user, text string) simulator.Answered {
	o.Helper()
	a, err := o.Say(o.Context(), id, user, "Mona", text)
	if err != nil {
		o.Fatal(err)
	}
	return a
}

// talk has a visitor write and gives the conversation.
func (o *shop) talk(user string) id.ID {
	o.Helper()
	a := o.say("hello-"+user, user, "Hello")
	if a.Status != http.StatusOK {
		o.Fatalf("%+v", a)
	}
	c, err := id.Parse(a.Result.Room)
	if err != nil {
		o.Fatal(err)
	}
	return c
}

// soon makes the waits of the open channel's plan short for a test.
func soon(t *testing.T, pauses ...time.Duration) {
	ty := all.ByID(simulator.TypeThirdParty)
	was := ty.Retry
	ty.Retry = pauses
	t.Cleanup(func() { ty.Retry = was })
}

func onLoopback(t *testing.T, run func(s *scene)) {
	onEach(t, func(s *scene) {
		s.cfg.EgressAllow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		run(s)
	})
}

// A message in, the answer out, the reports back: statuses, typing, replies by
// either side's ids, the end of the enquiry.
func TestThirdPartyRoundTrip(t *testing.T) {
	onLoopback(t, func(s *scene) {
		n := s.node()
		o := s.shop(n)
		first := o.say("src-1", "cust-77", "فين الأوردر؟")
		r := first.Result
		if first.Status != 200 || first.Code != 0 || r.MessageID != "src-1" || r.Status != "accepted" || r.Duplicate || !strings.HasPrefix(r.Number, "E-") || r.Enquiry == "" {
			t.Fatalf("%+v", first)
		}
		room, _ := id.Parse(r.Room)
		m := s.send(n, room, "خرج للتوصيل ✅")
		got := s.becomes(n, m.ID, "delivered")
		if got.Error != nil {
			t.Errorf("%+v", got.Error)
		}
		p := o.Got()[0]
		if p.Signed != 2 || p.Type != "message" || p.Attempt != "1" {
			t.Errorf("%+v", p)
		}
		var body struct {
			Service, Source, Channel, Room, Enquiry, Number string
			ServiceID                                       string `json:"serviceId"`
			RoomID                                          string `json:"roomId"`
			EnquiryID                                       string `json:"enquiryId"`
			DisplayCaseNumber                               string `json:"displayCaseNumber"`
			User                                            struct{ ID string }
			Sender                                          struct{ Kind, ID, DisplayName string }
			Message                                         struct{ ID, Type, Text string }
			Timestamp                                       string
		}
		if err := json.Unmarshal(p.Body, &body); err != nil {
			t.Fatal(err)
		}
		if body.ServiceID != s.made.Organization.ID.String() || body.RoomID != r.Room || body.EnquiryID != r.Enquiry || body.DisplayCaseNumber != r.Number ||
			body.User.ID != "cust-77" || body.Sender.Kind != "staff" || body.Sender.DisplayName != "" || body.Message.ID != m.ID.String() || body.Message.Text != "خرج للتوصيل ✅" {
			t.Errorf("%s", p.Body)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", body.Timestamp); err != nil {
			t.Error(err)
		}
		// Reports by our id.
		event := func(b map[string]any, matched bool) {
			t.Helper()
			a, err := o.Call(t.Context(), "events", b)
			if err != nil || a.Status != 200 || (a.Result.Matched == nil) != matched {
				t.Errorf("%v: %+v %v", b, a, err)
			}
		}
		event(map[string]any{"type": "read", "user": map[string]string{"id": "cust-77"}, "messageId": m.ID.String()}, true)
		if s.message(n, m.ID).Status != "read" {
			t.Error("the report of reading has no effect")
		}
		event(map[string]any{"type": "failed", "messageId": m.ID.String(), "error": map[string]string{"code": "x"}}, true)
		if s.message(n, m.ID).Status != "read" {
			t.Error("a failure after reading counts")
		}
		event(map[string]any{"type": "delivered", "messageId": id.New().String()}, false)
		event(map[string]any{"type": "delivered", "messageId": "never heard of"}, false)
		event(map[string]any{"type": "hologram"}, true)
		event(map[string]any{"type": "typing", "user": map[string]string{"id": "cust-77"}}, true)
		event(map[string]any{"type": "typing", "user": map[string]string{"id": "nobody"}}, true)
		// A quote by our id points at our message.
		if a, err := o.Call(t.Context(), "messages", map[string]any{"messageId": "src-2", "user": map[string]string{"id": "cust-77"},
			"message": map[string]string{"type": "text", "text": "thanks", "replyTo": m.ID.String()}}); err != nil || a.Status != 200 || a.Result.Room != r.Room || a.Result.Enquiry != r.Enquiry {
			t.Errorf("%+v %v", a, err)
		}
		s.want("quotes of ours", s.count(`SELECT count(*) FROM message WHERE reply_to_id = $1`, m.ID), 1)
		// The visitor leaves; what he writes later is a new case. The first
		// answer of a repeated call stays what it was.
		event(map[string]any{"type": "close", "user": map[string]string{"id": "cust-77"}}, true)
		s.want("closed enquiries", s.count(`SELECT count(*) FROM enquiry WHERE status = 'closed' AND close_reason = 'by_contact'`), 1)
		event(map[string]any{"type": "close", "user": map[string]string{"id": "nobody"}}, true)
		if a := o.say("src-3", "cust-77", "one more thing"); a.Result.Enquiry == r.Enquiry || a.Result.Room != r.Room {
			t.Errorf("%+v", a)
		}
		again := o.say("src-1", "cust-77", "فين الأوردر؟")
		if !again.Result.Duplicate || again.Result.Enquiry != r.Enquiry || again.Result.Number != r.Number || again.Result.Room != r.Room {
			t.Errorf("%+v", again)
		}
		s.want("contacts", s.count(`SELECT count(*) FROM contact`), 1)
	})
}

// The visitor's system fails twice: three tries with one id, the same bytes and
// rising times; the next message waits for its turn.
func TestThirdPartyRetries(t *testing.T) {
	soon(t, 1500*time.Millisecond, 1500*time.Millisecond, time.Minute)
	onLoopback(t, func(s *scene) {
		n := s.node()
		o := s.shop(n)
		room, other := o.talk("a"), o.talk("b")
		o.Set(simulator.OutsideKnobs{Answers: []int{500, 0}})
		first, second := s.send(n, room, "one"), s.send(n, room, "two")
		seen := inbox.Message{}
		s.until(10*time.Second, "a failed try", func() bool { seen = s.message(n, first.ID); return seen.Error != nil })
		if seen.Status != "queued" || !seen.Error.Retryable || seen.Error.Title != "Not delivered yet, trying again." {
			t.Errorf("%s %+v", seen.Status, seen.Error)
		}
		if m := s.message(n, second.ID); m.Status != "queued" {
			t.Errorf("the second is %s before the first has arrived", m.Status)
		}
		third := s.send(n, other, "three")
		s.becomes(n, third.ID, "delivered") // another visitor does not wait... unless his try met the second trouble
		s.becomes(n, first.ID, "delivered")
		s.becomes(n, second.ID, "delivered")
		tries := map[string][]simulator.Posted{}
		order := []string{}
		for _, p := range o.Got() {
			tries[p.Text()] = append(tries[p.Text()], p)
			if p.Status == 200 {
				order = append(order, p.Text())
			}
		}
		if i, k := strings.Index(strings.Join(order, " "), "one"), strings.Index(strings.Join(order, " "), "two"); i > k {
			t.Errorf("arrived in the order %v", order)
		}
		if len(tries["one"])+len(tries["three"]) != 4 {
			t.Errorf("%d and %d tries", len(tries["one"]), len(tries["three"]))
		}
		for text, all := range tries {
			for i, p := range all {
				if p.Delivery != all[0].Delivery || !bytes.Equal(p.Body, all[0].Body) || p.Signed != 2 || p.Attempt != fmt.Sprint(i+1) || i > 0 && p.Time <= all[i-1].Time {
					t.Errorf("%s, try %d: %+v", text, i+1, p)
				}
			}
		}
		s.want("tries kept", s.count(`SELECT count(*) FROM delivery_attempt`), 5)
		s.want("delivered", s.count(`SELECT count(*) FROM delivery WHERE status = 'delivered'`), 3)
	})
}

// Twenty copies at once make one message; the same id with other words is told.
func TestThirdPartyOnce(t *testing.T) {
	onLoopback(t, func(s *scene) {
		n := s.node()
		o := s.shop(n)
		var wg sync.WaitGroup
		answers := make([]simulator.Answered, 20)
		for i := range answers {
			wg.Go(func() { answers[i] = o.say("src-1", "cust-1", "Hello") })
		}
		wg.Wait()
		fresh := 0
		for _, a := range answers {
			if a.Status != 200 || a.Result.Room != answers[0].Result.Room || a.Result.Enquiry != answers[0].Result.Enquiry || a.Result.Enquiry == "" {
				t.Errorf("%+v", a)
			}
			if !a.Result.Duplicate {
				fresh++
			}
		}
		s.want("first answers", fresh, 1)
		s.want("messages", s.count(`SELECT count(*) FROM message`), 1)
		if a := o.say("src-1", "cust-1", "Hello!"); a.Status != 409 || a.Code != 409 {
			t.Errorf("%+v", a)
		}
		if a := o.say("src-1", "cust-2", "Hello"); a.Status != 409 {
			t.Errorf("%+v", a)
		}
		s.want("messages", s.count(`SELECT count(*) FROM message`), 1)
		s.want("contacts", s.count(`SELECT count(*) FROM contact`), 1)
		// Two systems may call two people by one id.
		if a := s.shop(n).say("src-1", "cust-1", "Hello"); a.Result.Duplicate || a.Result.Room == answers[0].Result.Room {
			t.Errorf("%+v", a)
		}
		s.want("contacts", s.count(`SELECT count(*) FROM contact`), 2)
	})
}

var _ = adapter.Names
var _ = db.SQL
