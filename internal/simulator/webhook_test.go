package simulator

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Meta documentation: §1.2, the known vector.
func TestSignatureVector(t *testing.T) {
	got := Signature("meta-demo-secret", []byte(`{"object":"page","entry":[]}`))
	if got != "sha256=8660648a19371b900a5a2cf3ef4d770e9181f2585a7cf70b81d7fe040a529de9" {
		t.Error(got)
	}
	if got := AppSecretProof("s", "T"); got != "a4aa509829cd0f1e08df20e26030260a755e2d56a2e9da2e640eb4876f31f0b4" {
		t.Error(got)
	}
}

// Every inbound kind keeps its wire shape (Meta documentation: §2.6–2.8).
func TestInboundShapes(t *testing.T) {
	lat, lon := 0.0, -9.14
	voice := false
	cases := map[string]Inbound{
		"text":          {Text: "Grüße, see https://x.example/a\\b \"👋\""},
		"text_reply":    {Text: "Yes", ReplyTo: "wamid.UNKNOWN"},
		"forwarded":     {Text: "Look", Forwarded: "many"},
		"referral":      {Text: "Hi", Referral: true},
		"image":         {Kind: "image", Text: "Blue one", Data: []byte("jpeg"), MIME: "image/jpeg"},
		"image_lost":    {Kind: "image", MediaError: true, MIME: "image/jpeg"},
		"video":         {Kind: "video", Data: []byte("mp4"), MIME: "video/mp4"},
		"voice":         {Kind: "audio", Data: []byte("ogg"), MIME: "audio/ogg; codecs=opus"},
		"audio":         {Kind: "audio", Data: []byte("ogg"), MIME: "audio/mpeg", Voice: &voice},
		"document":      {Kind: "document", Data: []byte("pdf"), MIME: "application/pdf", Filename: "Réf 12.pdf"},
		"sticker":       {Kind: "sticker", Data: []byte("webp"), MIME: "image/webp"},
		"location":      {Kind: "location", Latitude: &lat, Longitude: &lon},
		"contacts":      {Kind: "contacts"},
		"button_reply":  {Kind: "button_reply", ReplyID: "keep:991", Title: "Keep", ReplyTo: "wamid.UNKNOWN"},
		"list_reply":    {Kind: "list_reply", ReplyID: "ex", Title: "Express", Description: "Tomorrow"},
		"flow_reply":    {Kind: "flow_reply"},
		"button":        {Kind: "button", ReplyID: "confirm:991", Title: "Confirm"},
		"reaction":      {Kind: "reaction", Target: "wamid.X", Emoji: "❤️"},
		"reaction_gone": {Kind: "reaction", Target: "wamid.X"},
		"order":         {Kind: "order"},
		"number_change": {Kind: "number_change", NewNumber: "12025550199"},
		"unsupported":   {Kind: "unsupported"},
		"edit":          {Kind: "edit", Target: "wamid.X", Text: "new"},
		"revoke":        {Kind: "revoke", Target: "wamid.X"},
		"opt_out":       {Kind: "opt_out"},
		"unknown_type":  {Kind: "custom", Message: json.RawMessage(`{"type":"hologram","hologram":{"depth":1e3,"href":"a/b"}}`)},
		"account_field": {Kind: "field", Field: "account_update", Value: json.RawMessage(`{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE"}}`)},
		"batch":         {Text: "n", Count: 4, Batch: 2, Entries: 2},
	}
	for name, in := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.ana()
			in.Visitor = visitorAna
			b.say(in)
			b.settle()
			posts := b.prod.all()
			if len(posts) != 1 {
				t.Fatalf("%d posts", len(posts))
			}
			if posts[0].signature != Signature("s3cret", posts[0].body) {
				t.Error("wrong signature")
			}
			golden(t, "inbound_"+name, posts[0].body)
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, append(bytes.Clone(got), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSuffix(want, []byte("\n")), got) {
		t.Errorf("%s differs:\n got %s\nwant %s", name, got, want)
	}
	if i := bytes.IndexFunc(got, func(r rune) bool { return r > 0x7e }); i >= 0 {
		t.Error("not pure ASCII")
	}
}

// Statuses have the shape of Meta documentation: §2.9.
func TestStatusShapes(t *testing.T) {
	b := newBench(t)
	b.ana()
	b.say(Inbound{Visitor: visitorAna})
	b.settle()
	b.send(`"type":"text","text":{"body":"Hi"},"biz_opaque_callback_data":"msg_01J"`)
	b.settle()
	if err := b.Read(b.acct.PhoneNumberID, visitorAna); err != nil {
		t.Fatal(err)
	}
	b.settle()
	b.send(`"type":"reaction","reaction":{"message_id":"wamid.GONE","emoji":"👍"}`)
	b.settle()
	for i, name := range []string{"", "sent", "delivered", "read", "failed"} {
		if i > 0 {
			golden(t, "status_"+name, b.prod.all()[i].body)
		}
	}
}

func TestUserWithoutNumber(t *testing.T) {
	b := newBench(t)
	if _, err := b.AddVisitor(b.acct.PhoneNumberID, Visitor{WaID: visitorAna, Name: "Ana", UserID: "US.91", Username: "@ana.d", HideNumber: true}); err != nil {
		t.Fatal(err)
	}
	b.say(Inbound{Visitor: "US.91"})
	b.settle()
	body := b.prod.all()[0].body
	if bytes.Contains(body, []byte(visitorAna)) || !bytes.Contains(body, []byte(`"from_user_id":"US.91"`)) || !bytes.Contains(body, []byte(`"username":"ana.d"`)) {
		t.Errorf("%s", body)
	}
	status, v := b.graph("POST", messagesPath, `{"messaging_product":"whatsapp","recipient":"US.91","type":"text","text":{"body":"Hi"}}`)
	if status != 200 {
		t.Fatal(status, v)
	}
	b.settle()
	for _, p := range b.prod.all()[1:] {
		if bytes.Contains(p.body, []byte(`recipient_id"`)) || !bytes.Contains(p.body, []byte(`"recipient_user_id":"US.91"`)) {
			t.Errorf("%s", p.body)
		}
	}
}

func TestRetryUntil200(t *testing.T) {
	b := newBench(t)
	b.prod.answer = func(n int) int {
		if n < 5 {
			return 500
		}
		return 200
	}
	out := b.say(Inbound{Text: "Hi"})
	b.settle()
	posts := b.prod.all()
	if len(posts) != 5 {
		t.Fatalf("%d posts", len(posts))
	}
	for _, p := range posts {
		if !bytes.Equal(p.body, posts[0].body) {
			t.Error("a retry changed the body")
		}
	}
	e := b.Truth(TruthQuery{}).Events[0]
	if e.State != EventAcked || len(e.Attempts) != 5 || e.Attempts[3].Status != 500 || e.Attempts[4].Status != 200 || e.Items[0].MessageID != out.MessageIDs[0] {
		t.Errorf("%+v", e)
	}
}

func TestGivesUpAtLast(t *testing.T) {
	b := newBench(t, func(o *Options) { o.RetryFor = time.Nanosecond })
	b.prod.answer = func(int) int { return 302 }
	b.say(Inbound{})
	b.settle()
	if s := b.Truth(TruthQuery{}).Summary; s.Dropped != 1 || s.Acked != 0 {
		t.Errorf("%+v", s)
	}
}

func TestDuplicates(t *testing.T) {
	b := newBench(t)
	if err := b.SetKnobs("", Knobs{Duplicate: 3}); err != nil {
		t.Fatal(err)
	}
	b.say(Inbound{Count: 4, Text: "m"})
	b.settle()
	seen := map[string]int{}
	for _, p := range b.prod.all() {
		seen[string(p.body)]++
	}
	if len(seen) != 4 {
		t.Fatalf("%d bodies", len(seen))
	}
	for _, n := range seen {
		if n != 3 {
			t.Errorf("a body came %d times", n)
		}
	}
	for _, e := range b.Truth(TruthQuery{}).Events {
		if e.Acks != 3 || e.Copies != 3 {
			t.Errorf("%+v", e)
		}
	}
}

func bodies(posts []posted) []string {
	var out []string
	for _, p := range posts {
		_, rest, _ := strings.Cut(string(p.body), `"body":"`)
		text, _, _ := strings.Cut(rest, `"`)
		out = append(out, text)
	}
	return out
}

func TestOrderAndReorder(t *testing.T) {
	b := newBench(t)
	b.ana()
	b.say(Inbound{Visitor: visitorAna, Text: "m", Count: 30})
	b.settle()
	straight := bodies(b.prod.all())
	for i, v := range straight {
		if v != fmt.Sprintf("m %d", i+1) {
			t.Fatalf("without trouble the order is kept, got %v", straight)
		}
	}
	if err := b.SetKnobs(b.acct.PhoneNumberID, Knobs{ReorderMS: 20}); err != nil {
		t.Fatal(err)
	}
	b.say(Inbound{Visitor: visitorAna, Text: "m", Count: 30})
	b.settle()
	mixed := bodies(b.prod.all()[30:])
	if slices.Equal(mixed, straight) {
		t.Error("not shuffled")
	}
	slices.Sort(mixed)
	slices.Sort(straight)
	if !slices.Equal(mixed, straight) {
		t.Error("shuffling lost or doubled something")
	}
}

func TestVerificationHandshake(t *testing.T) {
	b := newBench(t)
	waba := "/whatsapp/v26.0/411000000000021/subscribed_apps"
	b.graph("DELETE", waba, "")
	if out := b.say(Inbound{}); !out.Undeliverable {
		t.Error("a webhook went out although nobody is subscribed")
	}
	status, v := b.graph("POST", waba, `{"override_callback_uri":"`+b.prod.URL+`/o","verify_token":"wrong"}`)
	if status != 400 || code(v) != "2200" {
		t.Errorf("wrong token: %d %v", status, v)
	}
	if out := b.say(Inbound{}); !out.Undeliverable {
		t.Error("a failed handshake subscribed")
	}
	status, v = b.graph("POST", waba, `{"override_callback_uri":"`+b.prod.URL+`/o","verify_token":"verify-me"}`)
	if status != 200 || v["success"] != true {
		t.Fatalf("%d %v", status, v)
	}
	_, v = b.graph("GET", waba, "")
	if fmt.Sprint(v["data"].([]any)[0].(map[string]any)["override_callback_uri"]) != b.prod.URL+"/o" {
		t.Error(v)
	}
	if out := b.say(Inbound{}); out.Undeliverable {
		t.Error("not delivered after the handshake")
	}
	b.settle()
	// The number's own callback comes before the WABA's.
	other := newProduct(t)
	status, v = b.graph("POST", "/v26.0/520000000000031", `{"webhook_configuration":{"override_callback_uri":"`+other.URL+`/n","verify_token":"verify-me"}}`)
	if status != 200 {
		t.Fatal(v)
	}
	b.say(Inbound{})
	b.settle()
	if len(other.all()) != 1 {
		t.Error("the number's callback was not used")
	}
	_, v = b.graph("GET", "/v26.0/520000000000031?fields=webhook_configuration", "")
	if c := v["webhook_configuration"].(map[string]any); c["phone_number"] != other.URL+"/n" || c["whatsapp_business_account"] != b.prod.URL+"/o" || len(v) != 2 {
		t.Error(v)
	}
	// Without an override the app's callback is verified and used.
	b.graph("POST", "/v26.0/520000000000031", `{"webhook_configuration":{"override_callback_uri":""}}`)
	if status, v = b.graph("POST", waba, ""); status != 200 {
		t.Error(v)
	}
}

func TestHeldStatuses(t *testing.T) {
	b := newBench(t)
	b.ana()
	b.say(Inbound{Visitor: visitorAna})
	b.settle()
	if err := b.SetKnobs("", Knobs{HoldStatuses: true}); err != nil {
		t.Fatal(err)
	}
	b.send(`"type":"text","text":{"body":"Hi"}`)
	b.settle()
	if n := len(b.prod.all()); n != 1 {
		t.Fatalf("%d posts while held", n)
	}
	if err := b.SetKnobs("", Knobs{}); err != nil {
		t.Fatal(err)
	}
	b.settle()
	if n := len(b.prod.all()); n != 3 {
		t.Errorf("%d posts after release", n)
	}
}

func TestForgedAndRaw(t *testing.T) {
	b := newBench(t)
	b.say(Inbound{Kind: "raw", RawBody: `{"object":`, Signature: "sha256=00"})
	b.settle()
	p := b.prod.all()[0]
	if string(p.body) != `{"object":` || p.signature != "sha256=00" {
		t.Errorf("%+v", p)
	}
}

func TestRevokedApp(t *testing.T) {
	b := newBench(t)
	if err := b.SetKnobs(b.acct.PhoneNumberID, Knobs{AppRevoked: true}); err != nil {
		t.Fatal(err)
	}
	b.settle()
	if p := b.prod.all(); len(p) != 1 || !bytes.Contains(p[0].body, []byte("PARTNER_REMOVED")) {
		t.Errorf("%v", p)
	}
	if status, v := b.graph("GET", "/v26.0/520000000000031", ""); status != 403 || code(v) != "10" {
		t.Error(status, v)
	}
	if out := b.say(Inbound{}); !out.Undeliverable {
		t.Error("messages still arrive")
	}
}

func TestTruthIsBounded(t *testing.T) {
	b := newBench(t, func(o *Options) { o.MaxEvents = 5; o.MaxSends = 1; o.MaxBodyBytes = 1 })
	b.ana()
	b.say(Inbound{Visitor: visitorAna, Count: 2})
	b.settle()
	if _, err := b.Inbound(b.acct.PhoneNumberID, Inbound{Count: 4}); err == nil || !strings.Contains(err.Error(), "truth holds 2 of 5") {
		t.Error(err)
	}
	b.send(`"type":"text","text":{"body":"1"}`)
	if status, v := b.send(`"type":"text","text":{"body":"2"}`); status != 503 || code(v) != "2" {
		t.Error(status, v)
	}
	b.settle()
	if e := b.Truth(TruthQuery{}).Events[0]; !e.BodyForgotten || e.Body != nil {
		t.Errorf("%+v", e)
	}
}

func TestResetAndClose(t *testing.T) {
	b := newBench(t)
	b.prod.answer = func(int) int { return 500 }
	b.say(Inbound{Count: 10})
	b.Reset(true)
	b.settle()
	if tr := b.Truth(TruthQuery{}); tr.Summary.Events != 0 || len(b.Accounts()) != 1 {
		t.Errorf("%+v", tr.Summary)
	}
	b.Simulator.Close()
	if _, err := b.Inbound(b.acct.PhoneNumberID, Inbound{}); err == nil {
		t.Error("closed simulator takes messages")
	}
}

func TestControlAPI(t *testing.T) {
	b := newBench(t)
	call := func(method, path, body, origin string) (int, string) {
		req, _ := http.NewRequestWithContext(t.Context(), method, b.srv.URL+path, strings.NewReader(body))
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(raw)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"GET", "/control/accounts", "", 200, `"phone_number_id":"520000000000031"`},
		{"POST", "/control/accounts", `{"type":"WHATSAPP_CLOUD","name":"Second"}`, 200, `"access_token":"EAASim`},
		{"POST", "/control/accounts", `{"type":"LINE"}`, 422, "not simulated"},
		{"POST", "/control/accounts", `{"phone":"1"}`, 422, "unknown field"},
		{"POST", "/control/accounts/520000000000031/visitors", `{"wa_id":"+1 202-555-0177","name":"Ana"}`, 200, `"wa_id":"12025550177"`},
		{"POST", "/control/accounts/520000000000031/inbound", `{"visitor":"12025550177","text":"Hi","count":3}`, 200, `"message_ids":["wamid.`},
		{"POST", "/control/accounts/520000000000031/inbound", `{"kind":"smell"}`, 422, "kind must be"},
		{"POST", "/control/accounts/1/inbound", `{}`, 404, "not found"},
		{"GET", "/control/wait-idle?timeout_ms=5000", "", 200, `"acked":3`},
		{"GET", "/control/truth?limit=1&bodies=true", "", 200, `"next_event":2`},
		{"GET", "/control/truth?limit=x", "", 422, "limit must be"},
		{"PATCH", "/control/knobs", `{"rate_429":0.5}`, 200, `"rate_429":0.5`},
		{"PATCH", "/control/knobs", `{"duplicate":2}`, 200, `"rate_429":0.5`},
		{"PUT", "/control/knobs", `{"duplicate":2}`, 200, `"rate_429":0`},
		{"PUT", "/control/knobs", `{"rate_429":2}`, 422, "between 0 and 1"},
		{"PUT", "/control/knobs", `{"rate_492":1}`, 422, "unknown field"},
		{"POST", "/control/accounts/520000000000031/fail-next", `{"fault":"190"}`, 200, `"fault":"190"`},
		{"POST", "/control/accounts/520000000000031/fail-next", `{"fault":"12"}`, 422, "known error code"},
		{"GET", "/control/accounts/520000000000031/visitors/12025550177", "", 200, `"status":"delivered"`},
		{"GET", "/control/wire?limit=2", "", 200, `"dir":"to"`},
		{"GET", "/control/wire/1", "", 200, `"request":"{`},
		{"GET", "/control/accounts/520000000000031/templates", "", 200, "visit_reminder"},
		{"POST", "/control/truth/events/ev_1/redeliver", "", 204, ""},
		{"POST", "/control/truth/events/ev_99/redeliver", "", 404, "event"},
		{"GET", "/control/nothing", "", 404, "not_found"},
		{"POST", "/control/reset", `{"keep_accounts":true}`, 204, ""},
	} {
		status, body := call(c.method, c.path, c.body, "")
		if status != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
	if status, _ := call("POST", "/control/reset", "{}", "https://evil.example"); status != 403 {
		t.Errorf("another site may drive the simulator: %d", status)
	}
	// The phone needs nothing from elsewhere and no inline code.
	for _, path := range []string{"/phone", "/phone/phone.js", "/phone/handset.js", "/phone/phone.css", "/phone/logo.svg"} {
		status, body := call("GET", path, "", "")
		if status != 200 || strings.Contains(body, "style=\"") || strings.Contains(body, "innerHTML") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// A load generator that is slower than what it loads proves nothing.
func BenchmarkDelivery(b *testing.B) {
	s := New(Options{MaxEvents: b.N + 10_000, MaxBodyBytes: 1 << 20})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer srv.Close()
	defer s.Close()
	a, err := s.Register(Account{WebhookURL: srv.URL, Subscribed: true})
	if err != nil {
		b.Fatal(err)
	}
	for left := b.N; left > 0; left -= 1000 {
		if _, err := s.Inbound(a.PhoneNumberID, Inbound{Count: min(left, 1000), Strangers: true}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.WaitIdle(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "webhooks/s")
}
