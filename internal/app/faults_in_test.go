package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/simulator"
)

// Many new contacts at once, fifty messages each, on one node and on two.
func TestFaultBurstOfManyContacts(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.one()
		second, b := s.channel(n, s.admin, true, nil) // the same people write to two channels
		_ = second
		conflicts := db.Conflicts.Load()
		var deadlocks int
		if s.cfg.DatabaseURL != "" {
			m := s.node()
			s.front.to(n.url, m.url)
			deadlocks = s.count(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)
		}
		people, each := scaled(500), 25
		at := time.Now().Add(-time.Hour).Truncate(time.Second)
		for i := range each {
			for v := range people {
				for _, acct := range []simulator.Account{a, b} {
					s.inbound(acct, simulator.Inbound{Visitor: fmt.Sprintf("120255%05d", v), Text: fmt.Sprint(i), At: at.Add(-time.Duration(i) * time.Second)})
				}
			}
		}
		s.idle(240 * time.Second)
		s.want("messages", s.settled(), 2*people*each)
		s.want("contacts", s.count(`SELECT count(*) FROM contact`), people)
		s.want("conversations", s.count(`SELECT count(*) FROM conversation`), 2*people)
		s.want("enquiries", s.count(`SELECT count(*) FROM enquiry`), 2*people)
		s.want("conversations with a wrong unread figure", s.count(fmt.Sprintf(`SELECT count(*) FROM conversation WHERE unread_count <> %d`, each)), 0)
		s.want("conversations with a wrong last message", s.count(`SELECT count(*) FROM conversation c JOIN message m ON m.id = c.last_message_id WHERE m.text <> '0'`), 0)
		s.want("numbers given twice", s.count(`SELECT count(*) - count(DISTINCT number) FROM enquiry`), 0)
		s.want("conflicts", int(db.Conflicts.Load()-conflicts), 0)
		if s.cfg.DatabaseURL != "" {
			s.want("deadlocks", s.count(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`), deadlocks)
		}
	})
}

// Every webhook three times, in parallel, shuffled; statuses before the send's
// own answer.
func TestFaultRepeatedAndShuffled(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.one()
		if s.cfg.DatabaseURL != "" {
			s.front.to(n.url, s.node().url)
		}
		s.front.repeat(3)
		s.knobs(a, simulator.Knobs{Duplicate: 3, ReorderMS: 30, AutoRead: true, AutoReadMS: 1, DelayAnswersMS: 60})
		people := scaled(100)
		for v := range people {
			s.inbound(a, simulator.Inbound{Visitor: fmt.Sprintf("120255%05d", v), Text: "Hello", Count: 4})
		}
		s.idle(120 * time.Second)
		var sent []id.ID
		for _, c := range s.conversations(n) {
			for i := range 3 {
				sent = append(sent, s.send(n, c.ID, fmt.Sprint("answer ", i)).ID)
			}
		}
		for _, m := range sent {
			s.becomes(n, m, "read")
		}
		s.idle(120 * time.Second)
		s.want("messages", s.settled(), people*4)
		s.oneOfEach(people)
		s.sentOnce()
		s.want("accepted", len(s.sends(a)), 3*people)
		s.want("messages with a status that went back", s.count(`SELECT count(*) FROM message WHERE direction = 'outbound' AND (status <> 'read' OR delivered_at IS NULL OR sent_at IS NULL OR read_at < delivered_at)`), 0)
		s.want("message.created events of the visitors", s.count(`SELECT count(*) FROM event e JOIN message m ON m.id = e.ref WHERE e.kind = 'message.created' AND m.direction = 'inbound'`), people*4)
	})
}

// call posts a body to a channel's webhook and gives status and problem code.
func (s *scene) call(url string, ch id.ID, body, signature string) (int, string) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, url+"/webhooks/whatsapp_cloud/"+ch.String(), strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if signature != "" {
		r.Header.Set("X-Hub-Signature-256", signature)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer a.Body.Close()
	raw, _ := io.ReadAll(a.Body)
	var p struct{ Code string }
	_ = json.Unmarshal(raw, &p)
	if a.StatusCode == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "" {
		s.Error("503 without Retry-After")
	}
	return a.StatusCode, p.Code
}

// textBody is a webhook with one message.
func textBody(number, message, text string) string {
	raw, _ := json.Marshal(text)
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",`+
		`"metadata":{"display_phone_number":"1","phone_number_id":%q},"contacts":[{"profile":{"name":"Dana"},"wa_id":"12025550100"}],`+
		`"messages":[{"from":"12025550100","id":%q,"timestamp":"%d","type":"text","text":{"body":%s}}]}}]}]}`, number, message, time.Now().Unix(), raw)
}

func sign(secret, body string) string { return simulator.Signature(secret, []byte(body)) }

func TestFaultSignaturesAndBodies(t *testing.T) {
	onEach(t, func(s *scene) {
		n, c, a := s.one()
		_, bare := s.channel(n, s.admin, true, nil)
		good := textBody(a.PhoneNumberID, "wamid.good", "Hello")
		right := sign(a.AppSecret, good)
		huge := func(size int) string {
			b := textBody(a.PhoneNumberID, "wamid.huge"+fmt.Sprint(size), "")
			return b[:len(b)-1] + strings.Repeat(" ", size-len(b)) + "}"
		}
		edge, over := huge(5<<20), huge(5<<20+1)
		type row struct {
			what, body, signature string
			status                int
			code                  string
		}
		for _, r := range []row{
			{"none", good, "", 401, "bad_signature"},
			{"wrong", good, sign("another secret", good), 401, "bad_signature"},
			{"truncated", good, right[:len(right)-1], 401, "bad_signature"},
			{"longer", good, right + "0", 401, "bad_signature"},
			{"upper case", good, strings.ToUpper(right), 401, "bad_signature"},
			{"other channel's", good, sign(bare.AppSecret, good), 401, "bad_signature"},
			{"empty key", good, sign("", good), 401, "bad_signature"},
			{"body changed", good + " ", right, 401, "bad_signature"},
			{"over the limit", over, sign(a.AppSecret, over), 413, "body_too_large"},
			{"right", good, right, 200, ""},
			{"again", good, right, 200, ""},
			{"at the limit", edge, sign(a.AppSecret, edge), 200, ""},
			{"no JSON", "hello", sign(a.AppSecret, "hello"), 200, ""},
			{"empty", "", sign(a.AppSecret, ""), 200, ""},
			{"half a JSON", good[:80], sign(a.AppSecret, good[:80]), 200, ""},
			{"deep", strings.Repeat("[", 200_000), sign(a.AppSecret, strings.Repeat("[", 200_000)), 200, ""},
		} {
			if status, code := s.call(n.url, c.ID, r.body, r.signature); status != r.status || code != r.code {
				t.Errorf("%s: %d %s, want %d %s", r.what, status, code, r.status, r.code)
			}
		}
		if status, _ := s.call(n.url, id.New(), good, right); status != 404 {
			t.Error("unknown channel:", status)
		}
		s.idle(20 * time.Second)
		s.want("messages", s.count(`SELECT count(*) FROM message`), 2)
		out := s.tally(`SELECT outcome FROM webhook_event`)
		s.want("refused calls kept, one a second at most", min(out["rejected"], 4), out["rejected"])
		s.want("duplicates", out["duplicate"], 1)
		s.want("quarantined", out["quarantined"], 4)
		if kept := s.count(`SELECT coalesce(max(size), 0) FROM webhook_event WHERE outcome = 'rejected'`); kept > 1024 {
			t.Error("a refused call keeps more than 1 kB:", kept)
		}
	})
}

// A channel without an app secret receives nothing, however it is signed.
func TestFaultNoSecretSet(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, _ := s.one()
		name, typ, on := "Naked", simulator.TypeWhatsAppCloud, true
		rows, err := n.channels.CreateMany(t.Context(), s.admin, []channel.Draft{{Name: &name, Type: &typ, IsActive: &on,
			Settings: map[string]string{"phone_number_id": "1", "access_token": "x"}}}, func(_ int, err error) error { return err })
		if err != nil {
			t.Fatal(err)
		}
		body := textBody("1", "wamid.x", "Hello")
		for _, sig := range []string{"", sign("", body), "sha256="} {
			if status, code := s.call(n.url, rows[0].ID, body, sig); status != 401 || code != "bad_signature" {
				t.Errorf("%d %s", status, code)
			}
		}
		s.want("messages", s.count(`SELECT count(*) FROM message`), 0)
	})
}

// A batch of a thousand with one entry that cannot be understood.
func TestFaultPoisonousEntry(t *testing.T) {
	onEach(t, func(s *scene) {
		n, c, a := s.one()
		var list []string
		for i := range 1000 {
			m := fmt.Sprintf(`{"from":"12025550100","id":"wamid.%d","timestamp":"%d","type":"text","text":{"body":"%d"}}`, i, time.Now().Unix(), i)
			if i == 500 {
				m = `{"from":{"no":"number"},"id":[],"timestamp":"x","type":7}`
			}
			list = append(list, m)
		}
		body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",`+
			`"metadata":{"phone_number_id":%q},"contacts":[],"messages":[%s]}}]}]}`, a.PhoneNumberID, strings.Join(list, ","))
		if status, _ := s.call(n.url, c.ID, body, sign(a.AppSecret, body)); status != 200 {
			t.Fatal(status)
		}
		s.idle(20 * time.Second)
		s.want("messages", s.count(`SELECT count(*) FROM message`), 999)
		out := s.tally(`SELECT outcome FROM webhook_event`)
		s.want("processed", out["processed"], 1)
		s.want("quarantined", out["quarantined"], 1)
		spec := &channel.DeliverySpec
		rows, _, err := n.channels.Deliveries(t.Context(), s.admin, &query.List{Spec: spec, Limit: 10, Order: []query.Order{{Field: &spec.Fields[0]}}})
		if err != nil {
			t.Fatal(err)
		}
		for range 10 { // replayed again and again: nothing new, nothing twice
			for _, d := range rows {
				if _, err := n.channels.Replay(t.Context(), s.admin, d.ID); err != nil {
					t.Fatal(err)
				}
			}
			s.idle(20 * time.Second)
		}
		s.want("messages after replays", s.count(`SELECT count(*) FROM message`), 999)
		out = s.tally(`SELECT outcome FROM webhook_event`)
		s.want("quarantined after replays", out["quarantined"], 1)
		s.want("events after replays", out["quarantined"]+out["processed"]+out["duplicate"], 2)
		v, err := n.channels.Delivery(t.Context(), s.admin, rows[len(rows)-1].ID)
		if err != nil || v.Payload == nil {
			t.Fatal(v, err)
		}
	})
}

// An event signed rightly for one channel that names another number.
func TestFaultUnroutable(t *testing.T) {
	onEach(t, func(s *scene) {
		n, a, acct := s.one()
		_, eve := s.organization("Evil", "eve@example.com")
		other, foreign := s.channel(n, eve, true, func(x *simulator.Account) { x.AppID, x.AppSecret = acct.AppID, acct.AppSecret })
		same, sibling := s.channel(n, s.admin, true, func(x *simulator.Account) { x.AppID, x.AppSecret = acct.AppID, acct.AppSecret })
		_, apart := s.channel(n, s.admin, true, nil)                                                      // the same organization, another app
		_, liar := s.channel(n, s.admin, true, func(x *simulator.Account) { x.AppID = acct.AppID + "7" }) // registered apart
		name := map[string]string{"app_id": acct.AppID}                                                   // … and now it says it is that app, with a secret of its own
		if _, err := n.channels.Update(t.Context(), s.admin, s.chanOf(n, liar), channel.Draft{Settings: name}, nil); err != nil {
			t.Fatal(err)
		}
		post := func(number, msg string) {
			body := textBody(number, msg, "Hello")
			if status, code := s.call(n.url, a.ID, body, sign(acct.AppSecret, body)); status != 200 {
				t.Errorf("%s: %d %s", msg, status, code)
			}
		}
		post(foreign.PhoneNumberID, "wamid.foreign")
		post(sibling.PhoneNumberID, "wamid.sibling")
		post(apart.PhoneNumberID, "wamid.apart")
		post(liar.PhoneNumberID, "wamid.liar")
		post("999999", "wamid.nobody")
		s.idle(20 * time.Second)
		got := s.tally(`SELECT provider_message_id FROM message`)
		if len(got) != 1 || got["wamid.sibling"] != 1 {
			t.Errorf("messages %v", got)
		}
		s.want("at the sibling", s.count(`SELECT count(*) FROM message WHERE channel_id = $1`, same.ID), 1)
		s.want("events of the other organization", s.count(`SELECT count(*) FROM webhook_event WHERE channel_id = $1`, other.ID), 0)
		s.want("rows of the other organization", s.count(`SELECT count(*) FROM contact WHERE organization_id = $1`, eve.Organization), 0)
		s.want("unroutable on the path's channel", s.count(`SELECT count(*) FROM webhook_event WHERE channel_id = $1 AND outcome = 'unroutable'`, a.ID), 4)
		// A replay does not change whose it is.
		spec := &channel.DeliverySpec
		rows, _, err := n.channels.Deliveries(t.Context(), s.admin, &query.List{Spec: spec, Limit: 10, Order: []query.Order{{Field: &spec.Fields[0]}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range rows {
			if _, err := n.channels.Replay(t.Context(), s.admin, d.ID); err != nil {
				t.Fatal(err)
			}
		}
		s.idle(20 * time.Second)
		s.want("messages after a replay", s.count(`SELECT count(*) FROM message`), 1)
		s.want("unroutable after a replay", s.count(`SELECT count(*) FROM webhook_event WHERE outcome = 'unroutable'`), 4)
	})
}

func (s *scene) chanOf(n *node, a simulator.Account) id.ID {
	s.Helper()
	spec := n.channels.NewSpec()
	rows, _, err := n.channels.List(s.Context(), s.admin, &query.List{Spec: spec, Limit: 100, Order: []query.Order{{Field: &spec.Fields[0]}}})
	if err != nil {
		s.Fatal(err)
	}
	for _, c := range rows {
		if c.Source != nil && c.Source.Account == a.PhoneNumberID {
			return c.ID
		}
	}
	s.Fatal("no such channel")
	return id.Zero
}

// A channel that is switched off acknowledges and stores, and opens nothing
// until it is switched on.
func TestFaultInactiveChannel(t *testing.T) {
	onEach(t, func(s *scene) {
		n := s.node()
		s.front.to(n.url)
		c, a := s.channel(n, s.admin, false, nil)
		for v := range 5 {
			s.inbound(a, simulator.Inbound{Visitor: fmt.Sprintf("1202555010%d", v), Text: "Anybody there", Count: 10})
		}
		s.idle(20 * time.Second)
		s.want("stored", s.count(`SELECT count(*) FROM webhook_event WHERE outcome = 'pending'`), 50)
		s.oneOfEach(0)
		on := true
		if _, err := n.channels.Update(t.Context(), s.admin, c.ID, channel.Draft{IsActive: &on}, nil); err != nil {
			t.Fatal(err)
		}
		s.until(20*time.Second, "messages of before", func() bool { return s.count(`SELECT count(*) FROM message`) == 50 })
		s.oneOfEach(5)
		s.settled()
	})
}

// Changes of one channel at once lose nothing, and one name is given once.
func TestChannelsChangedAtOnce(t *testing.T) {
	onEach(t, func(s *scene) {
		n, c, _ := s.one()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				name, yes := fmt.Sprint("Name ", i), true
				d := channel.Draft{Name: &name}
				if i == 0 {
					d = channel.Draft{StickyRouting: &yes}
				}
				if _, err := n.channels.Update(t.Context(), s.admin, c.ID, d, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := n.channels.Get(t.Context(), s.admin, c.ID)
		if err != nil || !got.StickyRouting {
			t.Errorf("a change was lost: %+v %v", got, err)
		}
		var made, refused int
		var mu sync.Mutex
		for range 20 {
			wg.Go(func() {
				name, typ := "The one", simulator.TypeWhatsAppCloud
				_, err := n.channels.CreateMany(t.Context(), s.admin, []channel.Draft{{Name: &name, Type: &typ}}, func(_ int, err error) error { return err })
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					made++
				} else if isCode(err, "name_taken") {
					refused++
				} else {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s.want("made", made, 1)
		s.want("refused", refused, 19)
		// One account is proven for one organization.
		_, eve := s.organization("Evil", "eve@example.com")
		x, acct := s.channel(n, s.admin, true, nil)
		y, _ := s.channel(n, eve, true, func(b *simulator.Account) { b.PhoneNumberID = acct.PhoneNumberID + "0" })
		settings := map[string]string{"phone_number_id": acct.PhoneNumberID}
		if y, err = n.channels.Update(t.Context(), eve, y.ID, channel.Draft{Settings: settings}, nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*channel.Channel{x, y} {
			wg.Go(func() {
				if _, err := n.channels.Checked(t.Context(), c, goodReport()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s.want("proven", s.count(`SELECT count(*) FROM source WHERE account = $1 AND validation = 'good'`, acct.PhoneNumberID), 1)
		s.want("refused as connected elsewhere", s.count(`SELECT count(*) FROM source WHERE account = $1 AND validation = 'invalid'`, acct.PhoneNumberID), 1)
	})
}
