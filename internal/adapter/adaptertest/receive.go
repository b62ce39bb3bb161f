package adaptertest

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
)

// receive compares testdata/receive/*.json with their golden files and checks
// that Parse and Split are functions of their input alone.
func (s Suite) receive(t *testing.T, w adapter.Webhook) {
	for _, path := range sources(t, "testdata/receive/*.json") {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".json"), func(t *testing.T) {
			got := s.parse(t, w, body)
			golden(t, strings.TrimSuffix(path, ".json")+".golden.json", got)
			// A duplicate, a second connection and a copy give the same.
			if again := s.parse(t, w, body); !bytes.Equal(got, again) {
				t.Error("parsing twice differs")
			}
			if other := s.parse(t, s.open(t, nil).(adapter.Webhook), bytes.Clone(body)); !bytes.Equal(got, other) {
				t.Error("another connection parses differently")
			}
			s.brokenAgain(t, w, body)
			s.split(t, w, body)
		})
	}
}

func (s Suite) parse(t *testing.T, w adapter.Webhook, body []byte) []byte {
	t.Helper()
	before := bytes.Clone(body)
	out, err := Render(w.Parse(body))
	if err != nil {
		t.Fatalf("result cannot be rendered: %v", err)
	}
	if !bytes.Equal(before, body) {
		t.Fatal("Parse changed its input")
	}
	return out
}

// brokenAgain checks that a broken element comes back alone: as one broken
// element, hiding nothing.
func (s Suite) brokenAgain(t *testing.T, w adapter.Webhook, body []byte) {
	for _, b := range w.Parse(body).Broken {
		p := w.Parse(b.Body)
		if len(p.Broken) != 1 || len(p.Events) != 0 {
			t.Errorf("a broken element parses to %d broken and %d events, want 1 and 0", len(p.Broken), len(p.Events))
		}
	}
}

// split checks that the parts hold exactly the events of the whole, each part
// for one account.
func (s Suite) split(t *testing.T, w adapter.Webhook, body []byte) {
	sp, ok := w.(adapter.Splitter)
	if !ok {
		return
	}
	parts, err := sp.Split(body)
	if err != nil {
		t.Fatalf("split: %v", err)
	}
	whole := w.Parse(body)
	events, seen := 0, map[string]bool{}
	for _, p := range parts {
		if seen[p.Account] {
			t.Errorf("two parts are for account %q", p.Account)
		}
		seen[p.Account] = true
		events += len(w.Parse(p.Body).Events)
	}
	if events != len(whole.Events) {
		t.Errorf("parts hold %d events, the whole %d", events, len(whole.Events))
	}
}

// damaged feeds bodies no provider should send. Nothing may panic, take long or
// disappear: what is not understood is counted or returned.
func (s Suite) damaged(t *testing.T, w adapter.Webhook) {
	bodies := map[string][]byte{
		"empty": {}, "nul": {0}, "text": []byte("hello"), "null": []byte("null"), "array": []byte("[]"),
		"number": []byte("1e999999"), "string": []byte(`"\ud800"`), "object": []byte("{}"), "utf8": []byte("{\"a\":\"\xff\xfe\"}"),
		"unknown": []byte(`{"object":"never_heard_of","kind":"x","entry":[{"id":"1","changes":[{"field":"y","value":{}}]}]}`),
		"arrays":  bytes.Repeat([]byte("["), 200_000), "objects": bytes.Repeat([]byte(`{"a":`), 200_000),
	}
	for _, path := range sources(t, "testdata/receive/*.json") {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		step := max(1, len(body)/40)
		for cut := 0; cut < len(body); cut += step {
			s.survive(t, w, name, body[:cut])
			flipped := bytes.Clone(body)
			flipped[cut] ^= 1 << (cut % 8)
			s.survive(t, w, name, flipped)
		}
	}
	for name, body := range bodies {
		s.survive(t, w, name, body)
	}
	limit := s.Type.WebhookLimit
	if limit == 0 {
		limit = 5 << 20
	}
	s.survive(t, w, "oversized", append(bytes.Repeat([]byte(" "), int(limit)), "{}"...))
}

func (s Suite) survive(t *testing.T, w adapter.Webhook, name string, body []byte) {
	t.Helper()
	began := time.Now()
	p := w.Parse(body)
	if took, most := time.Since(began), time.Second+time.Duration(len(body)/1024)*100*time.Millisecond; took > most {
		t.Errorf("%s: parsing %d bytes took %v", name, len(body), took)
	}
	if len(p.Events)+len(p.Broken)+p.Ignored+p.Unsupported == 0 {
		t.Errorf("%s: a body of %d bytes left no trace", name, len(body))
	}
	for _, b := range p.Broken {
		if b.Err == nil {
			t.Errorf("%s: a broken element has no reason", name)
		}
	}
	if sp, ok := w.(adapter.Splitter); ok {
		if parts, err := sp.Split(body); err == nil && len(parts) == 0 {
			t.Errorf("%s: split lost the body", name)
		}
	}
}

// signature forges what can be forged (promise M-58): each forgery must be
// refused, and without a secret everything.
func (s Suite) signature(t *testing.T) {
	w := s.open(t, nil).(adapter.Webhook)
	body := []byte(`{"object":"x","text":"\u00e4\/","entry":[]}`)
	request := func(h http.Header, b []byte) adapter.Request {
		return adapter.Request{Method: http.MethodPost, Header: h, Body: b}
	}
	header := s.Sign(s.Settings, body)
	if err := w.Verify(request(header, body)); err != nil {
		t.Fatalf("an authentic body is refused: %v", err)
	}
	refuse := func(name string, h http.Header, b []byte) {
		t.Helper()
		if w.Verify(request(h, b)) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	refuse("no header", http.Header{}, body)
	if !s.BodyUnsigned {
		refuse("a longer body", header, append(bytes.Clone(body), ' '))
		refuse("a shorter body", header, body[:len(body)-1])
		refuse("a re-serialised body", header, []byte(`{"object":"x","text":"ä/","entry":[]}`))
		for i := range body {
			b := bytes.Clone(body)
			b[i] ^= 1
			refuse("a changed body", header, b)
		}
	}
	for key, values := range header {
		for i := range values[0] {
			refuse("a truncated signature", replaced(header, key, values[0][:i]), body)
			b := []byte(values[0])
			b[i] ^= 1
			refuse("a changed signature", replaced(header, key, string(b)), body)
		}
		refuse("a longer signature", replaced(header, key, values[0]+"0"), body)
		if up := strings.ToUpper(values[0]); up != values[0] {
			refuse("an upper-case signature", replaced(header, key, up), body)
		}
		twice := header.Clone()
		twice[key] = []string{values[0], values[0]}
		refuse("a signature given twice", twice, body)
	}
	for _, key := range s.Secrets {
		other := s.without(key)
		other[key] = s.Settings[key] + "x"
		refuse("the signature of another secret", s.Sign(other, body), body)
		bare := s.openWith(t, nil, s.without(key)).(adapter.Webhook)
		for name, h := range map[string]http.Header{"any": header, "an empty key's": s.Sign(s.without(key), body), "no": {}} {
			if bare.Verify(request(h, body)) == nil {
				t.Errorf("without %s, %s signature is accepted", key, name)
			}
		}
	}
}

func replaced(h http.Header, key, value string) http.Header {
	h = h.Clone()
	h[key] = []string{value}
	return h
}
