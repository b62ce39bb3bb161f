package thirdparty

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/adaptertest"
	"switchboard/internal/message"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/httpx"
)

const (
	sampleToken  = "tp_at_sample_00000000000000000000000000017"
	sampleSecret = "whsec_c2FtcGxlLS1zdGFuZGFyZC13ZWJob29rLXNlY3JldCE="
)

var issued = map[string]adapter.Credential{accessToken: {Value: sampleToken}, signingSecret: {Value: sampleSecret}}

func suite() adaptertest.Suite {
	status := func(name string, code int, r adapter.Reason) adaptertest.Answer {
		return adaptertest.Answer{Name: name, Status: code, Body: `{"code":1,"message":"no"}`, Reason: r}
	}
	after := status("429 with wait", 429, adapter.Throttled)
	after.Scope, after.Header, after.RetryAfter = adapter.WholeAccount, http.Header{"Retry-After": {"7"}}, 7*time.Second
	long := status("503 with a long wait", 503, adapter.Unreachable)
	long.Header, long.RetryAfter = http.Header{"Retry-After": {"999999"}}, 24*time.Hour
	slow := status("429", 429, adapter.Throttled)
	slow.Scope = adapter.WholeAccount
	moved := status("redirect", 302, adapter.Rejected)
	moved.Header = http.Header{"Location": {"https://elsewhere.example/"}}
	return adaptertest.Suite{
		Type: &Type, Settings: adapter.Settings{sourceName: "Shop", webhookURL: "https://shop.example/hook"},
		Issued: issued, Address: webhookURL, Links: true, Bare: true, Accepted: `{"messageId":"ext-1"}`,
		Answers: []adaptertest.Answer{
			status("400", 400, adapter.Rejected), status("401", 401, adapter.Rejected), status("403", 403, adapter.Rejected), status("404", 404, adapter.Rejected),
			status("410 disables the address", 410, adapter.BadSettings), status("413", 413, adapter.Rejected), status("415", 415, adapter.Rejected),
			status("422", 422, adapter.Rejected), status("418", 418, adapter.Rejected), moved, status("304", 304, adapter.Rejected),
			status("408", 408, adapter.Unreachable), status("425", 425, adapter.Unreachable), slow, after, status("500", 500, adapter.Uncertain),
			status("503", 503, adapter.Unreachable), long, status("599", 599, adapter.Uncertain),
			{Name: "2xx that says no", Status: 200, Body: `{"code":7,"message":"unknown visitor"}`, Reason: adapter.Rejected},
		},
	}
}

// A file is fetched whole, up to 25 MB, and never from where we may not go.
func TestFetch(t *testing.T) {
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			_, _ = w.Write([]byte("0123456789"))
		case "/busy":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/home":
			http.Redirect(w, r, "https://10.0.0.1/x", http.StatusFound)
		case "/large":
			chunk := make([]byte, 1<<20)
			for range 27 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(files.Close)
	client := httpx.New(httpx.Options{Purpose: "test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Redirects: 3})
	c, err := open(adapter.Account{}, adapter.Kit{HTTP: client, Now: clock.System{}.Now})
	if err != nil {
		t.Fatal(err)
	}
	fetch := func(path string) ([]byte, error) {
		d, err := c.(adapter.Fetcher).Fetch(t.Context(), message.Media{URL: path})
		if err != nil {
			return nil, err
		}
		defer d.Body.Close()
		return io.ReadAll(d.Body)
	}
	if b, err := fetch(files.URL + "/ok"); err != nil || string(b) != "0123456789" {
		t.Errorf("%q %v", b, err)
	}
	for path, want := range map[string]string{files.URL + "/gone": "http_404", files.URL + "/busy": "http_503", files.URL + "/home": "address_refused",
		files.URL + "/large": "file_too_large", "https://169.254.169.254/latest": "address_refused"} {
		b, err := fetch(path)
		if e := adapter.AsSendError(err); err == nil || e.Code != want || e.Reason == adapter.Uncertain {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
		}
	}
}

func TestSuite(t *testing.T) { adaptertest.Run(t, suite()) }

func FuzzParse(f *testing.F) { adaptertest.Fuzz(f, suite()) }
