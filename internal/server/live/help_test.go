package live

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

// testKeys is one keyring for all nodes of a test run, so that what one sealed
// another opens.
var testKeys = func() *secret.Keyring {
	master, err := secret.ParseMasterKey(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	if err != nil {
		panic(err)
	}
	k, err := secret.NewKeyring(master, nil)
	if err == nil {
		err = k.Add(k.NewKey())
	}
	if err != nil {
		panic(err)
	}
	return k
}()

var fakeType = &adapter.Type{ID: "FAKE", Name: "Fake",
	Fields:  []adapter.Field{{Key: "account", Label: "Account", Required: true}, {Key: "token", Label: "Token", Required: true, Secret: true}},
	Caps:    message.Caps{Kinds: map[message.Kind]message.Support{message.Text: message.Supported}},
	Account: func(s adapter.Settings) string { return s["account"] }, App: func(adapter.Settings) string { return "" }}

// node is one process: a hub, its services and a server for it.
type node struct {
	t        testing.TB
	db       *db.DB
	hub      *Hub
	bus      *event.Bus
	channels *channel.Service
	inbox    *inbox.Service
	server   *httptest.Server

	mu     sync.Mutex
	actors map[string]account.Actor // who comes with which name
	fails  map[string]error         // who may no longer
}

// newNode starts a hub whose ticks never come, so that nothing in a test is
// found by chance; tune may change that.
func newNode(t testing.TB, d *db.DB, tune func(*tuning)) *node {
	t.Helper()
	leaks := goleak.IgnoreCurrent() // the database's own
	n := &node{t: t, db: d, bus: event.NewBus(slog.New(slog.DiscardHandler)), actors: map[string]account.Actor{}, fails: map[string]error{}}
	clk, log := clock.System{}, slog.New(slog.DiscardHandler)
	n.channels = channel.New(d, testKeys, []*adapter.Type{fakeType}, clk, n.bus, log, "https://example.com")
	n.inbox = inbox.New(d, n.channels, contact.New(d, clk), nil, clk, n.bus, log)
	n.hub = New(d, n.channels, n.bus, clk, log)
	n.hub.tuning.tick = time.Hour
	if tune != nil {
		tune(&n.hub.tuning)
	}
	n.hub.Start(context.Background())
	n.server = httptest.NewServer(http.HandlerFunc(n.serve))
	t.Cleanup(func() {
		n.hub.Stop()
		n.server.Close()
		goleak.VerifyNone(t, leaks)
	})
	return n
}

func (n *node) serve(w http.ResponseWriter, r *http.Request) {
	who := r.Header.Get("X-Who")
	again := func(context.Context) (account.Actor, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.actors[who], n.fails[who]
	}
	a, err := again(r.Context())
	if err == nil {
		err = n.hub.Serve(w, r, a, again)
	}
	if err != nil {
		status := map[fault.Kind]int{fault.TooMany: 429, fault.Unavailable: 503, fault.Forbidden: 403}[fault.As(err).Kind]
		http.Error(w, err.Error(), max(status, 400))
	}
}

func (n *node) set(who string, a account.Actor, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.actors[who], n.fails[who] = a, err
}

// member lets somebody in and gives his name.
func (n *node) member(org id.ID, permissions ...string) string {
	a := account.NewActor(account.Actor{Organization: org, Member: id.New(), User: id.New(), Name: "Ada"}, permissions...)
	n.set(a.Member.String(), a, nil)
	return a.Member.String()
}

func (n *node) actor(who string) account.Actor {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.actors[who]
}

// emit commits events about channels that are not there, one transaction each.
func emit(t testing.TB, d *db.DB, org id.ID, refs ...id.ID) {
	t.Helper()
	for _, ref := range refs {
		emitKind(t, d, org, channelUpdated, ref)
	}
}

func emitKind(t testing.TB, d *db.DB, org id.ID, kind string, ref id.ID) {
	t.Helper()
	if err := d.Tenant(org).Write(context.Background(), func(tx *db.Tx) error {
		tx.Emit(db.Event{Kind: kind, Ref: ref})
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func ids(n int) []id.ID {
	out := make([]id.ID, n)
	for i := range out {
		out[i] = id.New()
	}
	return out
}

// sse is one event as a browser sees it.
type sse struct {
	id, kind, data string
}

func (e sse) seq(t testing.TB) int64 {
	t.Helper()
	n, err := strconv.ParseInt(e.id, 10, 64)
	if err != nil {
		t.Fatalf("event %+v has no sequence", e)
	}
	return n
}

// reader is an EventSource.
type reader struct {
	t      testing.TB
	body   io.ReadCloser
	lines  *bufio.Reader
	cancel context.CancelFunc
	header http.Header
	status int
	lastID string
	ready  int64
}

func (n *node) connect(who, lastID string) *reader {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	req, err := http.NewRequestWithContext(ctx, "GET", n.server.URL, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("X-Who", who)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := n.server.Client().Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	r := &reader{t: n.t, body: res.Body, lines: bufio.NewReaderSize(res.Body, 1<<16), cancel: cancel, header: res.Header, status: res.StatusCode, lastID: lastID}
	n.t.Cleanup(r.close)
	return r
}

// open connects and reads the first event.
func (n *node) open(who, lastID string) *reader {
	n.t.Helper()
	r := n.connect(who, lastID)
	e := r.next()
	var d struct{ Seq int64 }
	if e.kind != "ready" || json.Unmarshal([]byte(e.data), &d) != nil {
		n.t.Fatalf("first %+v, want ready", e)
	}
	r.ready = d.Seq
	return r
}

func (r *reader) close() {
	r.cancel()
	r.body.Close()
}

func (r *reader) try() (e sse, err error) {
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			return e, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			e.id, r.lastID = value, value
		case "event":
			e.kind = value
		case "data":
			e.data = value
		case "":
			if e.kind != "" {
				return e, nil
			}
		case "retry":
		default:
			return e, fmt.Errorf("line %q", line)
		}
	}
}

func (r *reader) next() sse {
	r.t.Helper()
	e, err := r.try()
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// want reads the next event and checks its kind.
func (r *reader) want(kind string) sse {
	r.t.Helper()
	e := r.next()
	if e.kind != kind {
		r.t.Fatalf("got %+v, want %s", e, kind)
	}
	return e
}

// ends reads until the stream ends and gives what still came.
func (r *reader) ends() (rest []sse) {
	for {
		e, err := r.try()
		if err != nil {
			return rest
		}
		rest = append(rest, e)
	}
}

// until waits for a condition that no channel tells about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// organization makes one with a connected channel.
func (n *node) organization() (id.ID, *channel.Channel) {
	n.t.Helper()
	ctx := context.Background()
	accounts := account.New(n.db, clock.System{}, slog.New(slog.DiscardHandler), nil)
	c, err := accounts.CreateAdministrator(ctx, account.NewOrganization{Name: "Org " + id.New().String()},
		account.NewMember{Email: id.New().String() + "@example.com", Password: "violet teapot orbit"})
	if err != nil {
		n.t.Fatal(err)
	}
	a := account.NewMemberActor(c.Member)
	name, kind, on := "Sales", fakeType.ID, true
	made, err := n.channels.CreateMany(ctx, a, []channel.Draft{{Name: &name, Type: &kind, IsActive: &on,
		Settings: map[string]string{"account": id.New().String(), "token": "hush-hush"}}}, func(_ int, err error) error { return err })
	if err != nil {
		n.t.Fatal(err)
	}
	return c.Organization.ID, made[0]
}

// receive has a contact write.
func (n *node) receive(ch *channel.Channel, from, text string) {
	n.t.Helper()
	now := clock.System{}.Now()
	if err := n.db.Tenant(ch.OrganizationID).Write(context.Background(), func(tx *db.Tx) error {
		_, err := n.inbox.Receive(tx, ch, []inbox.Item{{ReceivedAt: now, Inbound: message.Inbound{Message: &message.Received{
			ProviderID: id.New().String(), At: now, Content: message.Content{Kind: message.Text, Text: text},
			From: message.Party{Name: "Bo", Addresses: []message.Address{{Kind: message.Phone, Value: from}}}}}}})
		return err
	}); err != nil {
		n.t.Fatal(err)
	}
}
