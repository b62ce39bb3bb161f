package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/internal/adapter/all"
	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
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

// A visitor sends a picture by link, a member answers with a file: the outside
// system gets a link that works without signing in.
func TestThirdPartyFiles(t *testing.T) {
	onLoopback(t, func(s *scene) {
		n := s.node()
		o := s.shop(n)
		photo := picture(t, 300, 200, 5)
		files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/halo.jpg" {
				http.NotFound(w, r)
				return
			}
			_, _ = w.Write(photo)
		}))
		t.Cleanup(files.Close)
		image := func(id, url string) simulator.Answered {
			a, err := o.Call(t.Context(), "messages", map[string]any{"messageId": id, "user": map[string]string{"id": "a"},
				"message": map[string]any{"type": "image", "text": "Look", "url": url, "fileName": "../../halo.gif", "size": 1}})
			if err != nil || a.Status != 200 {
				t.Fatalf("%+v %v", a, err)
			}
			return a
		}
		a := image("p-1", files.URL+"/halo.jpg")
		room, _ := id.Parse(a.Result.Room)
		got := s.heardFile(n, room, media.Ready)
		token := s.program(account.MediaView, account.MediaEdit, account.InboxView, account.InboxSend)
		status, body, _ := s.rest(n, token, "GET", "/rest/v1/media/"+got.Media[0].ID.String()+"/content", nil)
		if status != 200 || !bytes.Equal(body, photo) || got.Media[0].MIMEType != "image/jpeg" || got.Text != "Look" {
			t.Errorf("%d, %d bytes, %+v", status, len(body), got.Media[0])
		}
		image("p-2", files.URL+"/gone.jpg")
		s.heardFile(n, room, media.Failed)

		answer := picture(t, 64, 64, 9)
		status, body, _ = s.rest(n, token, "POST", "/rest/v1/media?file_name=shade.jpg&conversation_id="+room.String(), answer, "Content-Type", "image/jpeg")
		var up media.MediaFile
		if err := json.Unmarshal(body, &up); err != nil || status != 201 {
			t.Fatalf("%d %s", status, body)
		}
		status, body, _ = s.rest(n, token, "POST", "/rest/v1/conversations/"+room.String()+"/messages",
			[]byte(fmt.Sprintf(`{"kind":"image","text":"The new shade","media":[{"id":%q}]}`, up.ID)), "Content-Type", "application/json")
		var m inbox.Message
		if err := json.Unmarshal(body, &m); err != nil || status != 201 {
			t.Fatalf("%d %s", status, body)
		}
		s.becomes(n, m.ID, "delivered")
		var posted struct {
			Message struct {
				Type, Text, URL, MIMEType, FileName string
				Size                                int
			}
			Sender struct{ Kind string }
		}
		if err := json.Unmarshal(o.Got()[0].Body, &posted); err != nil {
			t.Fatal(err)
		}
		p := posted.Message
		if p.Type != "image" || p.Text != "The new shade" || p.MIMEType != "image/jpeg" || p.Size != len(answer) || posted.Sender.Kind != "staff" || !strings.HasPrefix(p.URL, s.cfg.PublicURL+"/files/") {
			t.Errorf("%s", o.Got()[0].Body)
		}
		res, err := http.Get(n.url + strings.TrimPrefix(p.URL, s.cfg.PublicURL))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if b, err := io.ReadAll(res.Body); err != nil || !bytes.Equal(b, answer) {
			t.Errorf("%d, %d bytes, %v", res.StatusCode, len(b), err)
		}
		// The link outlives the whole plan by a day.
		if span := all.ByID(simulator.TypeThirdParty).RetrySpan(); media.LinkFor < span+24*time.Hour {
			t.Errorf("a link lives %s, the plan lasts %s", media.LinkFor, span)
		}
	})
}

// What each wrong call is told, in the order it is looked for.
func TestThirdPartyRefusals(t *testing.T) {
	onLoopback(t, func(s *scene) {
		n := s.node()
		o := s.shop(n)
		other := s.shop(n)
		text := func(m string) string {
			return `{"messageId":"m","user":{"id":"u"},"message":{"type":"text","text":"` + m + `"}}`
		}
		call := func(method, path, token, kind, body string) (int, map[string]any, http.Header) {
			t.Helper()
			req, err := http.NewRequest(method, o.keys.IncomingURL+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if token != "" {
				req.Header.Set("Authorization", token)
			}
			if kind != "" {
				req.Header.Set("Content-Type", kind)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var out map[string]any
			if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
				t.Fatalf("%s %s: %d, not our envelope: %v", method, path, res.StatusCode, err)
			}
			return res.StatusCode, out, res.Header
		}
		own, js := "Bearer "+o.keys.AccessToken, "application/json"
		for name, c := range map[string]struct {
			method, path, token, kind, body string
			status                          int
			code                            float64
			field                           string
		}{
			"257 KB":               {"POST", "/messages", "", js, strings.Repeat("x", 257<<10), 413, 413, ""},
			"absent source":        {"POST", "/../" + id.New().String() + "/messages", own, js, text("x"), 404, 404, ""},
			"no id":                {"POST", "/../nonsense/messages", own, js, text("x"), 404, 404, ""},
			"absent call":          {"POST", "/orders", own, js, text("x"), 404, 404, ""},
			"GET":                  {"GET", "/messages", own, "", "", 405, 405, ""},
			"no token":             {"POST", "/messages", "", js, text("x"), 401, 401, ""},
			"wrong token":          {"POST", "/messages", own + "x", js, text("x"), 401, 401, ""},
			"token of another":     {"POST", "/messages", "Bearer " + other.keys.AccessToken, js, text("x"), 401, 401, ""},
			"Basic":                {"POST", "/messages", "Basic " + o.keys.AccessToken, js, text("x"), 401, 401, ""},
			"token before JSON":    {"POST", "/messages", "Bearer x", js, "{", 401, 401, ""},
			"not JSON":             {"POST", "/messages", own, "text/plain", text("x"), 415, 415, ""},
			"broken JSON":          {"POST", "/messages", own, js, "{", 400, 6451000, ""},
			"array":                {"POST", "/messages", own, js, "[]", 400, 6451000, ""},
			"no text":              {"POST", "/messages", own, js, text(""), 400, 6451000, "message.text"},
			"5001 characters":      {"POST", "/messages", own, js, text(strings.Repeat("ع", 5001)), 400, 6451000, "message.text"},
			"5000 characters":      {"POST", "/messages", own, js, text(strings.Repeat("ع", 5000)), 200, 0, ""},
			"no messageId":         {"POST", "/messages", own, js, `{"user":{"id":"u"},"message":{"type":"text","text":"x"}}`, 400, 6451000, "messageId"},
			"blank messageId":      {"POST", "/messages", own, js, `{"messageId":"  ","user":{"id":"u"},"message":{"type":"text","text":"x"}}`, 400, 6451000, "messageId"},
			"long messageId":       {"POST", "/messages", own, js, `{"messageId":"` + strings.Repeat("x", 129) + `","user":{"id":"u"},"message":{"type":"text","text":"x"}}`, 400, 6451000, "messageId"},
			"numeric messageId":    {"POST", "/messages", own, js, `{"messageId":1,"user":{"id":"u"},"message":{"type":"text","text":"x"}}`, 400, 6451000, "messageId"},
			"no user":              {"POST", "/messages", own, js, `{"messageId":"m","message":{"type":"text","text":"x"}}`, 400, 6451000, "user"},
			"bad time":             {"POST", "/messages", own, js, `{"messageId":"m","timestamp":"yesterday","user":{"id":"u"},"message":{"type":"text","text":"x"}}`, 400, 6451000, "timestamp"},
			"image without url":    {"POST", "/messages", own, js, `{"messageId":"m","user":{"id":"u"},"message":{"type":"image"}}`, 400, 6451000, "message.url"},
			"image at home":        {"POST", "/messages", own, js, `{"messageId":"m","user":{"id":"u"},"message":{"type":"image","url":"https://10.0.0.1/x"}}`, 400, 6451000, "message.url"},
			"location off the map": {"POST", "/messages", own, js, `{"messageId":"m","user":{"id":"u"},"message":{"type":"location","latitude":91,"longitude":0}}`, 400, 6451000, "message.latitude"},
			"postback of nothing":  {"POST", "/messages", own, js, `{"messageId":"m","user":{"id":"u"},"message":{"type":"postback"}}`, 400, 6451000, "message.payload"},
			"nested attributes":    {"POST", "/messages", own, js, `{"messageId":"m","user":{"id":"u","attributes":{"a":{}}},"message":{"type":"text","text":"x"}}`, 400, 6451000, "user.attributes"},
			"unknown kind":         {"POST", "/messages", own, js, `{"messageId":"holo","user":{"id":"u"},"message":{"type":"hologram"}}`, 200, 0, ""},
			"event as message":     {"POST", "/messages", own, js, `{"type":"typing","user":{"id":"u"}}`, 400, 6451000, "message"},
			"message as event":     {"POST", "/events", own, js, text("x"), 400, 6451000, "type"},
			"typing of nobody":     {"POST", "/events", own, js, `{"type":"typing"}`, 400, 6451000, "user"},
		} {
			status, body, header := call(c.method, c.path, c.token, c.kind, c.body)
			if status != c.status || body["code"] != c.code {
				t.Errorf("%s: %d %v", name, status, body)
				continue
			}
			if c.field != "" {
				first, _ := body["errors"].([]any)[0].(map[string]any)
				if first["field"] != c.field || first["reason"] == "" {
					t.Errorf("%s: %v", name, body)
				}
			}
			if status == 401 && header.Get("WWW-Authenticate") != "Bearer" || header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %v", name, header)
			}
		}
		s.want("unsupported kept", s.count(`SELECT count(*) FROM message WHERE kind = 'unsupported'`), 1)
		s.want("messages", s.count(`SELECT count(*) FROM message`), 2)

		// A suspended channel says no, and says it after the token.
		off := false
		if _, err := n.channels.Update(t.Context(), s.admin, o.channel, channel.Draft{IsActive: &off}, nil); err != nil {
			t.Fatal(err)
		}
		s.until(5*time.Second, "403", func() bool { st, _, _ := call("POST", "/messages", own, js, "{"); return st == 403 })
		if st, _, _ := call("POST", "/messages", "Bearer x", js, text("x")); st != 401 {
			t.Errorf("a stranger is told %d of a suspended channel", st)
		}
		// Too many calls are told to wait.
		busy := 0
		for range 80 {
			if st, body, h := func() (int, map[string]any, http.Header) {
				req, _ := http.NewRequest("POST", other.keys.IncomingURL+"/messages", strings.NewReader("{"))
				req.Header.Set("Authorization", "Bearer "+other.keys.AccessToken)
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				var out map[string]any
				_ = json.NewDecoder(res.Body).Decode(&out)
				return res.StatusCode, out, res.Header
			}(); st == 429 {
				busy++
				if body["code"] != float64(6451010) || h.Get("Retry-After") == "" {
					t.Errorf("%v %v", body, h)
				}
			}
		}
		if busy == 0 || busy > 20 {
			t.Errorf("%d of 80 calls at once had to wait", busy)
		}
	})
}

// Old and new credentials both count for a day, both ways; an address that is
// changed is proven before anything goes to it.
func TestThirdPartyCredentials(t *testing.T) {
	onLoopback(t, func(s *scene) {
		n := s.node()
		o := s.shop(n)
		room := o.talk("a")
		before := o.keys
		if again, err := n.channels.Reveal(t.Context(), s.admin, o.source); err != nil || again.AccessToken != before.AccessToken || !strings.HasPrefix(again.AccessToken, "tp_") || !strings.HasPrefix(again.Signing, "whsec_") {
			t.Fatalf("%+v %v", again, err)
		}
		fresh, err := n.channels.Rotate(t.Context(), s.admin, o.source, "")
		if err != nil || fresh.AccessToken == before.AccessToken || fresh.Credentials[0].PreviousUntil.IsZero() {
			t.Fatalf("%+v %v", fresh, err)
		}
		if a := o.say("old", "a", "with the old token"); a.Status != 200 {
			t.Errorf("%+v", a)
		}
		s.becomes(n, s.send(n, room, "one").ID, "delivered") // verified with the old keys
		o.trust()
		s.until(5*time.Second, "the new token", func() bool { return o.say("new", "a", "with the new token").Status == 200 })
		s.becomes(n, s.send(n, room, "two").ID, "delivered")
		for _, p := range o.Got() {
			if p.Signed != 2 {
				t.Errorf("%+v", p.Header)
			}
		}
		s.want("acts", s.count(`SELECT count(*) FROM audit_log WHERE action IN ('source.rotate','source.reveal')`), 4)
		s.want("secrets in the clear", s.count(`SELECT count(*) FROM source WHERE settings LIKE $1 OR settings LIKE '%whsec%'`, "%"+before.AccessToken+"%"), 0)

		// 410: the address is gone; nothing goes there any more.
		o.Set(simulator.OutsideKnobs{Always: 410})
		gone := s.becomes(n, s.send(n, room, "three").ID, "failed")
		if gone.Error == nil || gone.Error.Code != "http_410" {
			t.Errorf("%+v", gone.Error)
		}
		s.until(5*time.Second, "a disconnected channel", func() bool {
			c, _ := n.channels.Find(t.Context(), o.channel)
			return c.Connection() == channel.Disconnected
		})
		if _, _, err := n.inbox.Send(t.Context(), s.admin, room, inbox.Draft{Text: "four"}); !isCode(err, "channel_disconnected") {
			t.Error(err)
		}
		o.Set(simulator.OutsideKnobs{Challenge: "wrong"})
		c, err := n.gateway.Challenge(t.Context(), o.source)
		if err != nil || c.OK || c.Validation != channel.Invalid || c.Checks[0].Code != "wrong_value" || !strings.Contains(c.Checks[0].Detail, "The connection test failed. Please make sure your endpoint answers with the `challenge` value we sent.") ||
			!strings.Contains(c.Checks[0].Sent, "challenge") || c.Checks[0].Received != `{"challenge":"something else"}` {
			t.Errorf("%+v %v", c, err)
		}
		o.Set(simulator.OutsideKnobs{Challenge: "bare"})
		if c, err := n.gateway.Challenge(t.Context(), o.source); err != nil || !c.OK || c.Connection != channel.Connected {
			t.Errorf("%+v %v", c, err)
		}
		if i, err := n.channels.Reveal(t.Context(), s.admin, o.source); err != nil || i.AccessToken != fresh.AccessToken {
			t.Error("a second success made other credentials")
		}
		// A changed address waits for its proof.
		if _, err := n.channels.Update(t.Context(), s.admin, o.channel, channel.Draft{Settings: channel.SettingsPatch{"outgoing_webhook_url": o.url + "2"}}, nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := n.inbox.Send(t.Context(), s.admin, room, inbox.Draft{Text: "five"}); !isCode(err, "channel_disconnected") {
			t.Error(err)
		}
		for _, bad := range []string{"ftp://x.example", "https://u:p@x.example/", "https://x.example/#a", "x.example", "https://0x7f000001/"} {
			if _, err := n.channels.Update(t.Context(), s.admin, o.channel, channel.Draft{Settings: channel.SettingsPatch{"outgoing_webhook_url": bad}}, nil); !isCode(err, "invalid_settings") {
				t.Errorf("%s: %v", bad, err)
			}
		}
	})
}

// A delivery that is given up is listed with every answer, and goes again with
// the same id and bytes; one that waits can be taken back. Message and delivery
// always say the same.
func TestThirdPartyDeliveries(t *testing.T) {
	soon(t, 10*time.Millisecond, 10*time.Millisecond)
	onLoopback(t, func(s *scene) {
		n := s.node()
		o := s.shop(n)
		room := o.talk("a")
		list := delivery.NewService(s.look.DB)
		of := func(m inbox.Message) delivery.Outgoing {
			t.Helper()
			spec := &delivery.Spec
			rows, _, err := list.List(t.Context(), s.admin, &query.List{Spec: spec, Limit: 10, Order: []query.Order{{Field: &spec.Fields[0], Desc: true}},
				Where: []query.Cond{{Op: query.Eq, Field: &spec.Fields[4], Args: []any{m.ID}}}})
			if err != nil || len(rows) == 0 {
				t.Fatalf("%v %v", rows, err)
			}
			return rows[0]
		}
		o.Set(simulator.OutsideKnobs{Always: 500, Body: "out of order"})
		m := s.becomes(n, s.send(n, room, "one").ID, "failed")
		d := of(m)
		if d.Status != delivery.Dead || len(d.Attempts) != 3 || d.Attempts[2].Answer.Status != 500 || d.Attempts[2].Answer.Body != "out of order" ||
			!strings.Contains(string(d.Attempts[0].Request.Headers), "X-Delivery-Id") || d.Attempts[0].Request.URL != o.url {
			t.Errorf("%+v", d)
		}
		if strings.Contains(string(d.Attempts[0].Request.Headers), o.keys.AccessToken) {
			t.Error("the token is shown")
		}
		o.Set(simulator.OutsideKnobs{Answers: []int{404}})
		if err := n.inbox.Redeliver(t.Context(), s.admin, d.ID); err != nil {
			t.Fatal(err)
		}
		s.until(10*time.Second, "the refusal", func() bool { return of(m).AttemptCount == 4 && of(m).Status == delivery.Dead })
		if got := s.message(n, m.ID); got.Status != "failed" || got.Error.Code != "http_404" {
			t.Errorf("%s %+v", got.Status, got.Error)
		}
		if err := n.inbox.Redeliver(t.Context(), s.admin, d.ID); err != nil {
			t.Fatal(err)
		}
		s.becomes(n, m.ID, "delivered")
		all := o.Got()
		for _, p := range all {
			if p.Delivery != d.ID.String() || !bytes.Equal(p.Body, all[0].Body) || p.Signed != 2 {
				t.Errorf("%+v", p)
			}
		}
		if got := of(m); got.Status != delivery.Delivered || got.AttemptCount != 5 {
			t.Errorf("%+v", got)
		}
		if err := n.inbox.Redeliver(t.Context(), s.admin, d.ID); !isCode(err, "not_replayable") {
			t.Error(err)
		}
		if err := n.inbox.CancelDelivery(t.Context(), s.admin, d.ID); !isCode(err, "not_cancelable") {
			t.Error(err)
		}
		// One that waits is taken back by either name.
		waits := o.troubled(room, of)
		if err := n.inbox.CancelDelivery(t.Context(), s.admin, of(waits[0]).ID); err != nil {
			t.Fatal(err)
		}
		if got := s.message(n, waits[0].ID); got.Status != "canceled" || of(waits[0]).Status != delivery.Canceled {
			t.Errorf("%s %s", got.Status, of(waits[0]).Status)
		}
		s.until(10*time.Second, "the next one's turn", func() bool { return s.count(`SELECT count(*) FROM delivery WHERE message_id = $1`, waits[1].ID) == 1 })
		s.until(10*time.Second, "a failed try", func() bool {
			return s.message(n, waits[1].ID).Error != nil && s.message(n, waits[1].ID).Status == "queued"
		})
		if _, err := n.inbox.Cancel(t.Context(), s.admin, waits[1].ID); err != nil {
			t.Fatal(err)
		}
		if got := of(waits[1]); got.Status != delivery.Canceled {
			t.Errorf("%+v", got)
		}
		o.Set(simulator.OutsideKnobs{})
		if err := n.inbox.Redeliver(t.Context(), s.admin, of(waits[1]).ID); err != nil {
			t.Fatal(err)
		}
		s.becomes(n, waits[1].ID, "delivered")
		s.want("acts", s.count(`SELECT count(*) FROM audit_log WHERE action LIKE 'delivery.%'`), 4)
	})
}

// troubled sends two messages of which the first waits for its second try.
func (o *shop) troubled(room id.ID, of func(inbox.Message) delivery.Outgoing) []inbox.Message {
	s, n := o.scene, o.n
	s.Helper()
	ty := all.ByID(simulator.TypeThirdParty)
	was := ty.Retry
	ty.Retry = []time.Duration{time.Hour}
	s.Cleanup(func() { ty.Retry = was })
	o.Set(simulator.OutsideKnobs{Always: 503})
	first, second := s.send(n, room, "first"), s.send(n, room, "second")
	s.until(10*time.Second, "a failed try", func() bool { m := s.message(n, first.ID); return m.Error != nil && m.Status == "queued" })
	if d := of(first); d.Status != delivery.Failed || d.NextAttemptAt.IsZero() {
		s.Errorf("%+v", d)
	}
	return []inbox.Message{first, second}
}

// Kill -9 between a failed try and the next, and between storing a call and
// working it: nothing is lost, nothing changes its id.
func TestFaultThirdPartyKilled(t *testing.T) {
	onEach(t, func(s *scene) {
		s.cfg.EgressAllow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		n := s.node()
		o := s.shop(n)
		room := o.talk("a")
		n.stop()
		p := s.process(freePort(t), "--egress-allow", "127.0.0.0/8")
		at := func(p *process) {
			o.keys.IncomingURL = p.url + o.keys.IncomingURL[strings.Index(o.keys.IncomingURL, "/v1/"):]
			o.Trust(o.keys)
		}
		at(p)
		o.Set(simulator.OutsideKnobs{Always: 500})
		look := inbox.New(s.look.DB, channel.New(s.look.DB, s.look.Keys, all.Types(), clock.System{}, nil, nil, ""), contact.New(s.look.DB, clock.System{}), nil, clock.System{}, event.NewBus(nil), nil)
		m, _, err := look.Send(t.Context(), s.admin, room, inbox.Draft{Text: "one"})
		if err != nil {
			t.Fatal(err)
		}
		s.until(30*time.Second, "a first try", func() bool { return len(o.Got()) > 0 })
		s.until(10*time.Second, "its record", func() bool { return s.count(`SELECT count(*) FROM delivery_attempt`) > 0 })
		p.kill()
		first := o.say0("killed-1", "b", "while it is away")
		if first == nil {
			t.Error("nobody answers, yet there is an answer")
		}
		o.Set(simulator.OutsideKnobs{})
		p = s.process(freePort(t), "--egress-allow", "127.0.0.0/8")
		at(p)
		s.now(o.channel) // its pause of 10 s is not waited for
		s.until(40*time.Second, "the delivery", func() bool {
			return s.count(`SELECT count(*) FROM message WHERE id = $1 AND status = 'delivered'`, m.ID) == 1
		})
		got := o.Got()
		for i, g := range got {
			if g.Delivery != got[0].Delivery || !bytes.Equal(g.Body, got[0].Body) || i > 0 && g.Time < got[i-1].Time {
				t.Errorf("%+v", g)
			}
		}
		// Calls answered or not, each message is there once and is told the same.
		before := o.say("killed-2", "b", "Hello")
		p.kill()
		p = s.process(freePort(t), "--egress-allow", "127.0.0.0/8")
		at(p)
		after := o.say("killed-2", "b", "Hello")
		if !after.Result.Duplicate || after.Result.Room != before.Result.Room || after.Result.Enquiry != before.Result.Enquiry || after.Result.Number != before.Result.Number {
			t.Errorf("%+v, then %+v", before, after)
		}
		p.kill()
	})
}

// say0 is say to a server that may be away.
func (o *shop) say0(id, user, text string) error {
	_, err := o.Say(o.Context(), id, user, "Mona", text)
	return err
}

// now makes what waits on a channel due.
func (s *scene) now(ch id.ID) {
	s.Helper()
	if err := s.look.DB.System().Write(s.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(db.Dynamic(`UPDATE send_lane SET ready_at = 0 WHERE channel_id = $1`), ch)
		return err
	}); err != nil {
		s.Fatal(err)
	}
}
