package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// product plays the side that the simulator talks to.
type product struct {
	*httptest.Server
	mu     sync.Mutex
	token  string
	answer func(n int) int // status for the n-th POST, from 1
	posts  []posted
	gets   int
}

type posted struct {
	body      []byte
	signature string
	status    int
}

func newProduct(t *testing.T) *product {
	t.Helper()
	p := &product{token: "verify-me"}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			p.mu.Lock()
			p.gets++
			p.mu.Unlock()
			if r.URL.Query().Get("hub.verify_token") != p.token || r.URL.Query().Get("hub.mode") != "subscribe" {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
			return
		}
		b, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		status := http.StatusOK
		if p.answer != nil {
			status = p.answer(len(p.posts) + 1)
		}
		p.posts = append(p.posts, posted{b, r.Header.Get("X-Hub-Signature-256"), status})
		w.WriteHeader(status)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *product) all() []posted {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]posted(nil), p.posts...)
}

var noon = time.Date(2026, 9, 21, 12, 0, 0, 0, time.UTC)

type bench struct {
	*Simulator
	t     *testing.T
	srv   *httptest.Server
	prod  *product
	acct  Account
	mu    sync.Mutex
	clock time.Time
}

// newBench is a simulator on a port with one subscribed account, a fixed seed
// and a clock that moves only by advance.
func newBench(t *testing.T, change ...func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, clock: noon, prod: newProduct(t)}
	o := Options{Seed: 7, Clock: func() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.clock },
		RetrySchedule: []time.Duration{time.Millisecond}, StatusDelays: StatusDelays{Sent: -1, Delivered: -1, Read: -1}}
	for _, f := range change {
		f(&o)
	}
	b.Simulator = New(o)
	b.srv = httptest.NewServer(b.Handler())
	t.Cleanup(func() { b.Simulator.Close(); b.srv.Close() })
	a, err := b.Register(Account{PhoneNumberID: "520000000000031", WABAID: "411000000000021", AppID: "730000000000011", AppSecret: "s3cret",
		AccessToken: "EAAInvented", VerifyToken: "verify-me", WebhookURL: b.prod.URL + "/webhooks/whatsapp_cloud/ch1", Name: "Nordlicht",
		DisplayPhoneNumber: "+1 202-555-0131", Subscribed: true})
	if err != nil {
		t.Fatal(err)
	}
	b.acct = a
	return b
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

func (b *bench) settle() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	if err := b.WaitIdle(ctx); err != nil {
		b.t.Fatalf("not idle: %v; %+v", err, b.Truth(TruthQuery{}).Summary)
	}
}

func (b *bench) say(in Inbound) Issued {
	b.t.Helper()
	out, err := b.Inbound(b.acct.PhoneNumberID, in)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// graph calls the fake Graph API as the account.
func (b *bench) graph(method, path, body string) (int, map[string]any) {
	b.t.Helper()
	status, raw, err := b.try(method, path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		b.t.Fatalf("%s %s: %d %q", method, path, status, raw)
	}
	return status, v
}

func (b *bench) try(method, path, body string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.srv.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer EAAInvented")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, raw, err
}

const messagesPath = "/whatsapp/v26.0/520000000000031/messages"

func (b *bench) send(body string) (int, map[string]any) {
	b.t.Helper()
	return b.graph("POST", messagesPath, `{"messaging_product":"whatsapp","to":"+12025550177",`+body+`}`)
}

func code(v map[string]any) string {
	e, _ := v["error"].(map[string]any)
	return fmt.Sprint(e["code"])
}

func sentID(v map[string]any) string {
	l, _ := v["messages"].([]any)
	if len(l) == 0 {
		return ""
	}
	return l[0].(map[string]any)["id"].(string)
}

const visitorAna = "12025550177"

func (b *bench) ana() {
	b.t.Helper()
	if _, err := b.AddVisitor(b.acct.PhoneNumberID, Visitor{WaID: visitorAna, Name: "Ana Duarte", UserID: "US.9120000000000001", Username: "ana.duarte"}); err != nil {
		b.t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	b := newBench(t)
	b.ana()
	b.say(Inbound{Visitor: visitorAna, Text: "Grüße / 👋"})
	b.settle()
	got := b.prod.all()
	if len(got) != 1 {
		t.Fatalf("%d posts", len(got))
	}
	if got[0].signature != Signature("s3cret", got[0].body) {
		t.Error("signature does not fit the body")
	}
	if !bytes.Contains(got[0].body, []byte(`Gr\u00fc\u00dfe \/ \ud83d\udc4b`)) {
		t.Errorf("body is not escaped as Meta's: %s", got[0].body)
	}
	status, v := b.send(`"type":"text","text":{"body":"Hello Ana"},"biz_opaque_callback_data":"msg_01J"`)
	if status != 200 || sentID(v) == "" {
		t.Fatalf("send: %d %v", status, v)
	}
	b.settle()
	if err := b.Read(b.acct.PhoneNumberID, visitorAna); err != nil {
		t.Fatal(err)
	}
	b.settle()
	var ranks []string
	for _, e := range b.Truth(TruthQuery{}).Events {
		for _, it := range e.Items {
			if it.Kind == "status" && it.MessageID == sentID(v) && it.ClientData == "msg_01J" && e.State == EventAcked {
				ranks = append(ranks, it.Status)
			}
		}
	}
	if fmt.Sprint(ranks) != "[sent delivered read]" {
		t.Errorf("statuses %v", ranks)
	}
}

func decodeBody(t *testing.T, raw []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatal(err)
	}
}
