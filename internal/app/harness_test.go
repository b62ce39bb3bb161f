package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/simulator"
)

// full tells whether the figures of the failure matrix are wanted; otherwise
// tests run the same code at about a tenth.
func full() bool { return os.Getenv("SWITCHBOARD_TEST_TIER") >= "1" }

func scaled(figure int) int {
	if full() {
		return figure
	}
	return max(figure/10, 1)
}

// scene is a simulated provider and the storage of a server that is tested
// against it. The simulator's truth is the oracle.
type scene struct {
	*testing.T
	cfg   Config
	log   *logBuffer
	sim   *simulator.Simulator
	front *front
	made  account.Created
	admin account.Actor
	look  *Storage // for looking at what the nodes did
	chans int
}

// logBuffer collects log lines, to be searched for what must not be there.
type logBuffer struct {
	mu sync.Mutex
	b  []byte
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.b) < 8<<20 {
		l.b = append(l.b, p...)
	}
	return len(p), nil
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}

// front is the address a provider knows: it passes every webhook to the next
// node in turn and answers 502 while there is none.
type front struct {
	*httptest.Server
	mu    sync.Mutex
	nodes []string
	turn  atomic.Int64
	again int // times each call is passed on, in parallel
}

func newFront(t *testing.T) *front {
	f := &front{again: 1}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		f.mu.Lock()
		nodes, again := f.nodes, f.again
		f.mu.Unlock()
		if err != nil || len(nodes) == 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		status, answers := make([]int, again), make([][]byte, again)
		var wg sync.WaitGroup
		for i := range again {
			node := nodes[int(f.turn.Add(1))%len(nodes)]
			wg.Go(func() { status[i], answers[i] = pass(client, node, r, body) })
		}
		wg.Wait()
		for _, s := range status {
			if s != http.StatusOK {
				w.WriteHeader(s)
				return
			}
		}
		_, _ = w.Write(answers[0]) // the handshake is answered with what it asked
	}))
	t.Cleanup(func() { f.Close(); client.CloseIdleConnections() })
	return f
}

func pass(client *http.Client, node string, r *http.Request, body []byte) (int, []byte) {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, node+r.URL.RequestURI(), newBody(body))
	if err != nil {
		return http.StatusBadGateway, nil
	}
	out.Header = r.Header.Clone()
	a, err := client.Do(out)
	if err != nil {
		return http.StatusBadGateway, nil
	}
	defer a.Body.Close()
	answer, _ := io.ReadAll(a.Body)
	return a.StatusCode, answer
}

func (f *front) to(nodes ...string) {
	f.mu.Lock()
	f.nodes = nodes
	f.mu.Unlock()
}

func (f *front) repeat(n int) {
	f.mu.Lock()
	f.again = n
	f.mu.Unlock()
}

// onEach runs a test with SQLite and with PostgreSQL.
func onEach(t *testing.T, run func(s *scene)) {
	t.Run("sqlite", func(t *testing.T) { run(newScene(t, "")) })
	t.Run("postgres", func(t *testing.T) { run(newScene(t, dbtest.PostgresURL(t))) })
}

// onOne is onEach for tests that wait long for echoes that never come: without
// the full figures they run on one engine only.
func onOne(t *testing.T, engine string, run func(s *scene)) {
	if full() {
		onEach(t, run)
		return
	}
	t.Run(engine, func(t *testing.T) {
		url := ""
		if engine == "postgres" {
			url = dbtest.PostgresURL(t)
		}
		run(newScene(t, url))
	})
}

func newScene(t *testing.T, databaseURL string) *scene {
	t.Helper()
	s := &scene{T: t, log: &logBuffer{}}
	s.cfg = Config{Version: "test", Data: filepath.Join(t.TempDir(), "data"), DatabaseURL: databaseURL, Listen: "127.0.0.1:0",
		PublicURL: "http://127.0.0.1", SendTimeout: 2 * time.Second, Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	t.Cleanup(func() {
		if t.Failed() {
			l := s.log.String()
			t.Log("log:\n" + l[max(0, len(l)-6000):])
		}
	})
	s.sim = simulator.New(simulator.Options{Seed: 1, RetrySchedule: []time.Duration{20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond},
		StatusDelays: simulator.StatusDelays{Sent: time.Millisecond, Delivered: 5 * time.Millisecond, Read: 5 * time.Millisecond}})
	provider := httptest.NewServer(s.sim.Handler())
	s.cfg.ProviderURLs = map[string]string{simulator.TypeWhatsAppCloud: provider.URL + "/whatsapp", simulator.TypeTelegram: provider.URL + "/telegram"}
	t.Cleanup(func() { s.sim.Close(); provider.Close() })
	s.front = newFront(t)
	var err error
	if s.look, err = Open(t.Context(), s.cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.look.Close)
	s.made, s.admin = s.organization("Acme", "ada@example.com")
	return s
}

func (s *scene) organization(name, email string) (account.Created, account.Actor) {
	s.Helper()
	c, err := s.look.Accounts(nil).CreateAdministrator(s.Context(), account.NewOrganization{Name: name},
		account.NewMember{Email: email, Password: demoPassword, Name: "Ada"})
	if err != nil {
		s.Fatal(err)
	}
	return c, account.NewMemberActor(c.Member)
}

// node starts a node in this process. It ends with the test, or by stop.
type node struct {
	*server
	url  string
	stop func()
}

func (s *scene) node() *node {
	s.Helper()
	st, err := Open(s.Context(), s.cfg)
	if err != nil {
		s.Fatal(err)
	}
	n, err := newServer(s.cfg.withDefaults(), st, nil)
	if err != nil {
		s.Fatal(err)
	}
	n.start(s.Context())
	srv := httptest.NewServer(n.handler)
	out := &node{server: n, url: srv.URL}
	out.stop = sync.OnceFunc(func() {
		n.drain()
		srv.Close()
		n.stop()
		st.Close()
	})
	s.Cleanup(out.stop)
	return out
}

// one starts a node behind the front, with an active channel on it.
func (s *scene) one() (*node, *channel.Channel, simulator.Account) {
	s.Helper()
	n := s.node()
	s.front.to(n.url)
	c, a := s.channel(n, s.admin, true, nil)
	return n, c, a
}

// channel makes a channel and its number at the provider.
func (s *scene) channel(n *node, who account.Actor, active bool, change func(*simulator.Account)) (*channel.Channel, simulator.Account) {
	s.Helper()
	s.chans++
	k := s.chans
	a := simulator.Account{Type: simulator.TypeWhatsAppCloud, PhoneNumberID: fmt.Sprintf("5200000000%05d", k), WABAID: fmt.Sprintf("41100000%05d", k),
		AppID: fmt.Sprintf("73000000%05d", k), AppSecret: fmt.Sprintf("canary-app-secret-%05d", k), AccessToken: fmt.Sprintf("canary-access-token-%05d", k),
		VerifyToken: fmt.Sprintf("verify-%05d", k), Name: "Acme", DisplayPhoneNumber: fmt.Sprintf("+44 20 555%05d", k), Subscribed: true}
	if change != nil {
		change(&a)
	}
	name, typ := fmt.Sprintf("Channel %d", k), simulator.TypeWhatsAppCloud
	rows, err := n.channels.CreateMany(s.Context(), who, []channel.Draft{{Name: &name, Type: &typ, IsActive: &active,
		Settings: map[string]string{"phone_number_id": a.PhoneNumberID, "waba_id": a.WABAID, "app_id": a.AppID, "app_secret": a.AppSecret,
			"access_token": a.AccessToken, "verify_token": a.VerifyToken}}}, func(_ int, err error) error { return err })
	if err != nil {
		s.Fatal(err)
	}
	a.WebhookURL = s.front.URL + "/webhooks/whatsapp_cloud/" + rows[0].ID.String()
	if a, err = s.sim.Register(a); err != nil {
		s.Fatal(err)
	}
	return rows[0], a
}

func (s *scene) inbound(a simulator.Account, in simulator.Inbound) simulator.Issued {
	s.Helper()
	out, err := s.sim.Inbound(a.ID, in)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

func (s *scene) knobs(a simulator.Account, k simulator.Knobs) {
	s.Helper()
	if err := s.sim.SetKnobs(a.ID, k); err != nil {
		s.Fatal(err)
	}
}

func (s *scene) fail(a simulator.Account, f simulator.Fault) {
	s.Helper()
	if err := s.sim.FailNext(a.ID, f); err != nil {
		s.Fatal(err)
	}
}

// idle waits until the provider has nothing on its way and the server nothing
// unworked.
func (s *scene) idle(limit time.Duration) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), limit)
	defer cancel()
	if err := s.sim.WaitIdle(ctx); err != nil {
		s.Fatalf("the provider still has webhooks on their way: %v, %+v", err, s.sim.Truth(simulator.TruthQuery{Limit: 1}).Summary)
	}
	s.until(limit, "all webhooks worked", func() bool {
		return s.count(`SELECT count(*) FROM webhook_event e JOIN channel c ON c.id = e.channel_id WHERE e.outcome = 'pending' AND c.is_active`) == 0
	})
}

// until waits for a condition.
func (s *scene) until(limit time.Duration, what string, ok func() bool) {
	s.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			s.Fatalf("after %s not yet: %s", limit, what)
		}
		<-tick.C
	}
}

// count runs a query for one number.
func (s *scene) count(q string, args ...any) int {
	s.Helper()
	var n int64
	if err := s.look.DB.System().Read(s.Context(), func(tx *db.Tx) error { return tx.Row(db.Dynamic(q), append([]any{}, args...), &n) }); err != nil {
		s.Fatalf("%v: %s", err, q)
	}
	return int(n)
}

// tally counts rows by a text.
func (s *scene) tally(q string, args ...any) map[string]int {
	s.Helper()
	out := map[string]int{}
	if err := s.look.DB.System().Read(s.Context(), func(tx *db.Tx) error {
		clear(out)
		return tx.Query(db.Dynamic(q), append([]any{}, args...), func(scan func(...any) error) error {
			var k string
			err := scan(db.Null(&k))
			out[k]++
			return err
		})
	}); err != nil {
		s.Fatalf("%v: %s", err, q)
	}
	return out
}

func (s *scene) want(what string, got, want int) {
	s.Helper()
	if got != want {
		s.Errorf("%s: %d, want %d", what, got, want)
	}
}

// settled holds the provider's truth against what was stored: every
// acknowledged message exactly once, and nothing that was never said.
func (s *scene) settled() (messages int) {
	s.Helper()
	stored := s.tally(`SELECT provider_message_id FROM message WHERE direction = 'inbound'`)
	said := map[string]bool{}
	var lost, twice, unacked int
	for _, e := range s.sim.Truth(simulator.TruthQuery{NoBodies: true}).Events {
		for _, it := range e.Items {
			if it.Kind != "message" || it.Type == "edit" || it.Type == "revoke" || it.Type == "system" {
				continue
			}
			said[it.MessageID] = true
			switch n := stored[it.MessageID]; {
			case e.State == simulator.EventAcked && n == 0:
				lost++
			case n > 1:
				twice++
			case e.State == simulator.EventPending:
				unacked++
			}
		}
	}
	for k := range stored {
		if !said[k] {
			s.Errorf("a message nobody sent: %s", k)
		}
	}
	if lost+twice+unacked > 0 {
		s.Errorf("of %d messages: %d lost, %d twice, %d never acknowledged", len(said), lost, twice, unacked)
	}
	return len(said)
}

// oneOfEach holds that no contact, conversation or enquiry was made twice.
func (s *scene) oneOfEach(contacts int) {
	s.Helper()
	s.want("contacts", s.count(`SELECT count(*) FROM contact`), contacts)
	s.want("conversations", s.count(`SELECT count(*) FROM conversation`), contacts)
	s.want("open enquiries", s.count(`SELECT count(*) FROM enquiry WHERE status <> 'closed'`), contacts)
	s.want("enquiries", s.count(`SELECT count(*) FROM enquiry`), contacts)
}

// conversations lists the conversations of the organization, oldest first.
func (s *scene) conversations(n *node) []inbox.Conversation {
	s.Helper()
	spec := &inbox.ConversationSpec
	rows, _, err := n.inbox.Conversations(s.Context(), s.admin, &query.List{Spec: spec, Limit: 10_000, Order: []query.Order{{Field: &spec.Fields[0]}}})
	if err != nil {
		s.Fatal(err)
	}
	return rows
}

// hear has a visitor write and gives the conversation.
func (s *scene) hear(n *node, a simulator.Account, visitor string) inbox.Conversation {
	s.Helper()
	before := len(s.conversations(n))
	s.inbound(a, simulator.Inbound{Visitor: visitor, Text: "Hello"})
	var out []inbox.Conversation
	s.until(20*time.Second, "a conversation", func() bool { out = s.conversations(n); return len(out) > before })
	return out[len(out)-1]
}

func (s *scene) send(n *node, c id.ID, text string) inbox.Message {
	s.Helper()
	m, _, err := n.inbox.Send(s.Context(), s.admin, c, inbox.Draft{Text: text})
	if err != nil {
		s.Fatal(err)
	}
	return m
}

func (s *scene) message(n *node, m id.ID) inbox.Message {
	s.Helper()
	out, err := n.inbox.Message(s.Context(), s.admin, m)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// becomes waits until a message has one of the states.
func (s *scene) becomes(n *node, m id.ID, states ...string) inbox.Message {
	s.Helper()
	var out inbox.Message
	defer func() {
		if !slices.Contains(states, string(out.Status)) {
			s.Logf("the message is %s %+v, of all: %v", out.Status, out.Error, s.tally(`SELECT status FROM message WHERE direction = 'outbound'`))
		}
	}()
	s.until(30*time.Second, fmt.Sprint("the message is ", states), func() bool {
		out = s.message(n, m)
		return slices.Contains(states, string(out.Status))
	})
	return out
}

// sends lists what the provider accepted of a visitor, in order.
func (s *scene) sends(a simulator.Account) (accepted []simulator.Send) {
	for _, d := range s.sim.Truth(simulator.TruthQuery{Account: a.ID}).Sends {
		if d.Accepted {
			accepted = append(accepted, d)
		}
	}
	return accepted
}

// sentOnce holds that the provider accepted no attempt of a message twice.
func (s *scene) sentOnce() {
	s.Helper()
	seen := map[string]int{}
	for _, d := range s.sim.Truth(simulator.TruthQuery{NoBodies: true}).Sends {
		if d.Accepted {
			seen[d.ClientData]++
		}
	}
	for ref, n := range seen {
		if n > 1 {
			s.Errorf("the provider took %s %d times", ref, n)
		}
	}
}

func isCode(err error, code string) bool { return fault.Is(err, code) }
