package whatsappcloud

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/adaptertest"
)

func testConn(tb testing.TB) *conn {
	tb.Helper()
	c, err := open(adapter.Account{Settings: settings}, adapter.Kit{BaseURL: "http://127.0.0.1:9", HTTP: http.DefaultClient})
	if err != nil {
		tb.Fatal(err)
	}
	return c.(*conn)
}

func seeds(f *testing.F) {
	paths, err := filepath.Glob("testdata/receive/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		if strings.Contains(p, ".golden.") {
			continue
		}
		body, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
}

// FuzzParse: no panic, no loss, nothing out of proportion; the quick and the
// careful pass agree; broken elements come back as broken elements.
func FuzzParse(f *testing.F) {
	seeds(f)
	c := testConn(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		began := time.Now()
		got := c.Parse(body)
		if took := time.Since(began); took > time.Second+time.Duration(len(body)/1024)*100*time.Millisecond {
			t.Errorf("%d bytes took %v", len(body), took)
		}
		if len(got.Events)+len(got.Broken)+got.Ignored+got.Unsupported == 0 {
			t.Error("a body left no trace")
		}
		size := 0
		for _, b := range got.Broken {
			size += len(b.Body)
			if again := c.Parse(b.Body); len(again.Events) > 0 || len(again.Broken) == 0 {
				t.Errorf("a broken element parses to %d events and %d broken", len(again.Events), len(again.Broken))
			}
		}
		if size > 64*len(body)+maxApart*4*maxHead {
			t.Errorf("%d bytes became %d broken bytes", len(body), size)
		}
		text := view(t, got)
		if text != view(t, c.Parse(body)) {
			t.Error("parsing twice differs")
		}
		if !plainKeys(body) {
			return // which of two equal keys wins is nobody's promise
		}
		if q, ok := c.parseQuick(body); ok && view(t, q) != view(t, c.parseCareful(body)) {
			t.Errorf("quick and careful pass differ:\n%s\n%s", view(t, q), view(t, c.parseCareful(body)))
		}
	})
}

// FuzzSplit: the parts hold the events of the whole, each once, and each part
// is for one account.
func FuzzSplit(f *testing.F) {
	seeds(f)
	c := testConn(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if !plainKeys(body) {
			return
		}
		parts, err := c.Split(body)
		if err != nil || len(parts) == 0 {
			t.Fatalf("split lost the body: %v", err)
		}
		whole := eventsOf(t, c.Parse(body))
		var split []string
		seen := map[string]bool{}
		for _, p := range parts {
			if seen[p.Account] {
				t.Errorf("account %q has two parts", p.Account)
			}
			seen[p.Account] = true
			split = append(split, eventsOf(t, c.Parse(p.Body))...)
			if again, err := c.Split(p.Body); err != nil || len(again) != 1 || again[0].Account != p.Account {
				t.Errorf("the part of %q splits again", p.Account)
			}
		}
		slices.Sort(whole)
		slices.Sort(split)
		if !slices.Equal(whole, split) {
			t.Errorf("parts and whole differ:\n%q\n%q", split, whole)
		}
	})
}

// FuzzVerify compares Verify with a naive second version.
func FuzzVerify(f *testing.F) {
	body := []byte(`{"object":"page","entry":[]}`)
	f.Add(body, "sha256=8660648a19371b900a5a2cf3ef4d770e9181f2585a7cf70b81d7fe040a529de9", "meta-demo-secret")
	f.Add(body, "SHA256=8660648A19371B900A5A2CF3EF4D770E9181F2585A7CF70B81D7FE040A529DE9", "meta-demo-secret")
	f.Add(body, "sha256=", "")
	f.Add([]byte{}, "", "x")
	f.Fuzz(func(t *testing.T, body []byte, header, secret string) {
		for _, h := range []string{header, sign(adapter.Settings{"app_secret": secret}, body).Get("X-Hub-Signature-256")} {
			c := &conn{appSecret: secret}
			got := c.Verify(adapter.Request{Method: http.MethodPost, Header: http.Header{"X-Hub-Signature-256": {h}}, Body: body}) == nil
			if want := naiveVerify(secret, h, body); got != want {
				t.Errorf("Verify(%q) = %v, the naive version says %v", h, got, want)
			}
		}
	})
}

func naiveVerify(secret, header string, body []byte) bool {
	if secret == "" {
		return false
	}
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return "sha256="+hex.EncodeToString(m.Sum(nil)) == header
}

func view(t *testing.T, p adapter.Parsed) string {
	t.Helper()
	out, err := adaptertest.Render(p)
	if err != nil {
		t.Fatalf("result cannot be rendered: %v", err)
	}
	return string(out)
}

func eventsOf(t *testing.T, p adapter.Parsed) []string {
	t.Helper()
	var out []string
	for _, e := range p.Events {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(raw))
	}
	return out
}

// plainKeys tells whether no object of a body names a member twice, upper and
// lower case alike, as encoding/json matches them.
func plainKeys(body []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(body))
	type level struct {
		keys map[string]bool // nil for an array
		key  bool            // a key comes next
	}
	var stack []level
	for {
		tok, err := dec.Token()
		if err != nil {
			return len(stack) == 0
		}
		if d, ok := tok.(json.Delim); ok && (d == '}' || d == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if n := len(stack); n > 0 && stack[n-1].keys != nil {
			if stack[n-1].key {
				k := strings.ToLower(strings.ToUpper(tok.(string)))
				if stack[n-1].keys[k] || k != strings.ToLower(tok.(string)) {
					return false
				}
				stack[n-1].keys[k], stack[n-1].key = true, false
				continue
			}
			stack[n-1].key = true
		}
		if d, ok := tok.(json.Delim); ok {
			l := level{}
			if d == '{' {
				l = level{keys: map[string]bool{}, key: true}
			}
			stack = append(stack, l)
		}
	}
}
