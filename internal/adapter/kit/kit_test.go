package kit

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"switchboard/internal/adapter"
)

func TestVerifyVector(t *testing.T) {
	body := []byte(`{"object":"page","entry":[]}`)
	const good = "sha256=8660648a19371b900a5a2cf3ef4d770e9181f2585a7cf70b81d7fe040a529de9"
	h := func(v ...string) http.Header { return http.Header{"X-Hub-Signature-256": v} }
	for name, c := range map[string]struct {
		header  http.Header
		secrets []string
		want    error
	}{
		"good":               {h(good), []string{"meta-demo-secret"}, nil},
		"while rotating":     {h(good), []string{"new", "meta-demo-secret"}, nil},
		"beside an empty":    {h(good), []string{"", "meta-demo-secret"}, nil},
		"no secret":          {h(good), nil, ErrNoSecret},
		"empty secret":       {h(good), []string{""}, ErrNoSecret},
		"signed by empty":    {h("sha256=" + HMACSHA256Hex("", body)), []string{""}, ErrNoSecret},
		"empty beside other": {h("sha256=" + HMACSHA256Hex("", body)), []string{"", "x"}, ErrBadSignature},
		"missing":            {http.Header{}, []string{"meta-demo-secret"}, ErrNoSignature},
		"upper case":         {h("sha256=" + strings.ToUpper(good[7:])), []string{"meta-demo-secret"}, ErrBadSignature},
		"no prefix":          {h(good[7:]), []string{"meta-demo-secret"}, ErrBadSignature},
		"prefix only":        {h("sha256="), []string{"meta-demo-secret"}, ErrBadSignature},
		"twice":              {h(good, good), []string{"meta-demo-secret"}, ErrBadSignature},
		"other secret":       {h(good), []string{"other"}, ErrBadSignature},
	} {
		if err := VerifyHMACSHA256(c.header, "X-Hub-Signature-256", "sha256=", body, c.secrets...); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if HMACSHA256Hex("s", []byte("T")) != "a4aa509829cd0f1e08df20e26030260a755e2d56a2e9da2e640eb4876f31f0b4" {
		t.Error("appsecret_proof vector differs")
	}
}

func TestSameSecret(t *testing.T) {
	if SameSecret("", "") || SameSecret("", "a") || SameSecret("a", "") || SameSecret("a", "b") || !SameSecret("a", "a") {
		t.Error("only equal tokens that are not empty may match")
	}
}

func TestTolerantTypes(t *testing.T) {
	for in, want := range map[string]string{
		`"a"`: "a", `""`: "", `null`: "", `9007199254740993`: "9007199254740993", `-5`: "-5", `"a\u0000b"`: "ab",
		`1.5`: "!", `1e3`: "!", `true`: "!", `{}`: "!", `[]`: "!",
	} {
		var id ID
		err := json.Unmarshal([]byte(in), &id)
		if (err != nil) != (want == "!") || err == nil && id.String() != want {
			t.Errorf("ID %s: %q, %v", in, id, err)
		}
	}
	day := time.Date(2026, 9, 21, 14, 13, 20, 0, time.UTC)
	for in, want := range map[string]time.Time{
		`1790000000`: day, `"1790000000"`: day, `1790000000123`: day.Add(123 * time.Millisecond), `"1790000000.5"`: day,
		`0`: {}, `"0"`: {}, `""`: {}, `null`: {},
	} {
		ts := Timestamp{time.Unix(1, 0)}
		if err := json.Unmarshal([]byte(in), &ts); in != `null` && (err != nil || !ts.Equal(want)) {
			t.Errorf("Timestamp %s: %v, %v", in, ts, err)
		}
	}
	for _, in := range []string{`-1`, `"x"`, `1e9`, `"1.x"`, `99999999999999999`, `true`, `{}`} {
		var ts Timestamp
		if json.Unmarshal([]byte(in), &ts) == nil {
			t.Errorf("Timestamp %s is accepted", in)
		}
	}
	for _, in := range []string{`"NaN"`, `"Inf"`, `1e999`, `"x"`, `[]`} {
		var n Number
		if json.Unmarshal([]byte(in), &n) == nil {
			t.Errorf("Number %s is accepted", in)
		}
	}
}

// TestJSONErrorTellsNoValue: errors end up in logs.
func TestJSONErrorTellsNoValue(t *testing.T) {
	var v struct{ Name string }
	for _, in := range []string{`{"Name":12025550177}`, `{"Name":{"x":"secret"}}`, `{"Name":"secret`, `[5]`} {
		if err := JSONError(json.Unmarshal([]byte(in), &v)); err == nil || strings.Contains(err.Error(), "1202") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "soon": 0, "1.2.3": 0, "-": 0, "7": 7 * time.Second, "1.5": 1500 * time.Millisecond, "0": time.Second, "-5": time.Second,
		"999999999": 24 * time.Hour, "99999999999999999999999": 24 * time.Hour,
		now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Hour).Format(http.TimeFormat): time.Second,
		now.AddDate(9, 0, 0).Format(http.TimeFormat): 24 * time.Hour,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {in}}, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
	if RetryAfter(http.Header{}, now) != 0 {
		t.Error("absent must be 0")
	}
}

func TestCleanJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1,"b":[true,null]}`: `{"a":1,"b":[true,null]}`,
		`{"a":"x\u0000y"}`:        `{"a":"xy"}`,
		`{"a\u0000":1,"a":2}`:     `{"a":1}`, // in order of the keys as sent
		`"\ud800"`:                "\"\uFFFD\"",
		`"\ud83d\udc4b"`:          `"👋"`,
		`"\\u0000"`:               `"\\u0000"`,
		`1e400`:                   `"1e400"`,
		"\"\xff\"":                "\"\uFFFD\"",
		``:                        ``,
	} {
		if got := string(CleanJSON([]byte(in))); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	if got := CleanJSON([]byte(deep)); got[0] != '"' {
		t.Error("deep nesting must become a string")
	}
	if got := CleanJSON([]byte(`"` + strings.Repeat("x", 1<<20) + `"`)); len(got) > 2048 {
		t.Error("large values must be cut")
	}
}

// TestCleanJSONProperty: whatever JSON comes in, valid JSON without NUL comes
// out, and cleaning twice is cleaning once.
func TestCleanJSONProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(map[string]any{rapid.String().Draw(t, "k"): rapid.String().Draw(t, "v"), "n": rapid.Float64().Draw(t, "n")})
		if err != nil {
			t.Skip()
		}
		got := CleanJSON(raw)
		if !json.Valid(got) || !utf8.Valid(got) || strings.Contains(string(got), `\u0000`) && !strings.Contains(string(raw), `\\u0000`) {
			t.Fatalf("%s became %s", raw, got)
		}
		if again := CleanJSON(got); string(again) != string(got) {
			t.Fatalf("not stable: %s, %s", got, again)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTransportErrors: only what surely never left may be tried again.
func TestTransportErrors(t *testing.T) {
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	fails := func(err error) *http.Client {
		return &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })}
	}
	dialFails := func(err error) *http.Client {
		return &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}}
	}
	for name, c := range map[string]struct {
		client *http.Client
		url    string
		want   adapter.Reason
	}{
		"unknown authority":     {&http.Client{}, tls.URL, adapter.Unreachable},
		"plain answer to TLS":   {&http.Client{}, "https" + strings.TrimPrefix(plain.URL, "http"), adapter.Unreachable},
		"dial refused by guard": {dialFails(errors.New("address is not allowed")), plain.URL, adapter.Unreachable},
		"dial times out":        {dialFails(context.DeadlineExceeded), plain.URL, adapter.Unreachable},
		"mute, name unknown":    {fails(&net.DNSError{Err: "no such host"}), plain.URL, adapter.Unreachable},
		"mute, dial":            {fails(&net.OpError{Op: "dial", Err: errors.New("x")}), plain.URL, adapter.Unreachable},
		"mute, read":            {fails(&net.OpError{Op: "read", Err: errors.New("x")}), plain.URL, adapter.Uncertain},
		"mute, anything":        {fails(errors.New("x")), plain.URL, adapter.Uncertain},
		"bad URL":               {&http.Client{}, "http://a b/?token=secret", adapter.Rejected},
	} {
		_, err := Do(context.Background(), c.client, Call{Method: "POST", URL: c.url + "?token=secret", Body: "x"})
		var se *adapter.SendError
		if !errors.As(err, &se) || se.Reason != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the query: %v", name, err)
		}
	}
}

// TestDoAsksOnce: no redirect is followed, no credential goes elsewhere.
func TestDoAsksOnce(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	srv := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	a, err := Do(context.Background(), srv.Client(), Call{Method: "POST", URL: srv.URL, Body: map[string]string{"a": "<&>"}})
	if err != nil || a.Status != http.StatusTemporaryRedirect || elsewhere != 0 {
		t.Errorf("status %d, %d calls elsewhere, %v", a.Status, elsewhere, err)
	}
}
