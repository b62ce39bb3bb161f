package webhook

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"switchboard/internal/platform/httpx"
	"switchboard/internal/platform/httpx/httpxtest"
)

const secret = "whsec_c2FtcGxlLS1zdGFuZGFyZC13ZWJob29rLXNlY3JldCE="

// The worked examples of the specification.
func TestSignVectors(t *testing.T) {
	at := time.Unix(1790000000, 0)
	body := `{"type":"message.created","timestamp":"2026-09-21T14:13:20Z","data":{"messageID":"m_01","text":"تم الشحن ✅"}}`
	h, err := Sign(Keys{Secrets: []string{secret}}, "msg_2sample00000000000000001", 3, at, []byte(body))
	if err != nil || h.Get(StandardSignature) != "v1,WbHnyV+Z63ajco1XJ9X/l5ZHB2zn/Od1MuHfrU1msMU=" || h.Get(StandardTime) != "1790000000" || h.Get(Attempt) != "3" {
		t.Errorf("%v %v", h, err)
	}
	body = `{"type":"message","serviceId":"svc_01","sourceId":"src_09","channelId":"ch_09","roomId":"r_31","enquiryId":"e_77","displayCaseNumber":"E-202609-000017","user":{"id":"cust-77"},"sender":{"kind":"staff","id":"u_5","displayName":"Omar"},"message":{"id":"m_02","type":"text","text":"خرج للتوصيل ✅"},"timestamp":"2026-09-21T14:13:20.000Z"}`
	h, err = Sign(Keys{Tokens: []string{"tp_at_sample_00000000000000000000000000017"}}, "d", 1, at, []byte(body))
	if err != nil || h.Get(Signature) != "t=1790000000,v1=269e545ee319943320df98c7cd35aa318885cc506258e71f28eac31f7d626cb4" {
		t.Errorf("%v %v", h, err)
	}
}

// An independent library verifies what we sign, with the old secret and the new.
func TestSignIsStandard(t *testing.T) {
	old, fresh := NewSecret(), NewSecret()
	body := []byte(`{"text":"ä"}`)
	h, err := Sign(Keys{Tokens: []string{"new", "old"}, Secrets: []string{fresh, old}}, "msg_1", 1, time.Now(), body)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{old, fresh} {
		w, err := standard.NewWebhook(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Verify(body, h); err != nil {
			t.Error(err)
		}
		if w.Verify([]byte(`{"text":"b"}`), h) == nil {
			t.Error("another body is accepted")
		}
	}
	if stranger, _ := standard.NewWebhook(NewSecret()); stranger.Verify(body, h) == nil {
		t.Error("another secret is accepted")
	}
	if !regexp.MustCompile(`^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$`).MatchString(h.Get(Signature)) {
		t.Error(h.Get(Signature))
	}
}

func client() *http.Client {
	return httpx.New(httpx.Options{Purpose: "test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Redirects: 3})
}

func TestChallenge(t *testing.T) {
	echo := func(form string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var in struct{ Type, Challenge string }
			b, _ := io.ReadAll(r.Body)
			if json.Unmarshal(b, &in) != nil || in.Type != "challenge" || len(in.Challenge) != 43 || r.UserAgent() != Agent || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %v", b, r.Header)
			}
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, strings.ReplaceAll(form, "VALUE", in.Challenge))
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
		}
	}
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   string
	}{
		"object":         {echo(`{"challenge":"VALUE"}`), Passed},
		"object, spaced": {echo(" \n{\"challenge\" : \"VALUE\", \"more\": 1}\n"), Passed},
		"result":         {echo(`{"code":0,"result":{"challenge":"VALUE"}}`), Passed},
		"result as text": {echo(`{"code":0,"result":"{\"challenge\":\"VALUE\"}"}`), Passed},
		"bare":           {echo("VALUE"), Passed},
		"bare, spaced":   {echo(" \r\n VALUE\n"), Passed},
		"bare, quoted":   {echo(`"VALUE"`), Passed},
		"code not 0":     {echo(`{"code":1,"result":{"challenge":"VALUE"}}`), WrongValue},
		"other value":    {echo(`{"challenge":"VALUEx"}`), WrongValue},
		"lower case":     {echo(`{"challenge":"abc"}`), WrongValue},
		"no member":      {echo(`{"result":{}}`), WrongValue},
		"null":           {echo(`{"challenge":null}`), WrongValue},
		"number":         {echo(`{"challenge":1}`), WrongValue},
		"broken JSON":    {echo(`{"challenge":"VALUE"`), WrongValue},
		"empty":          {echo(""), WrongValue},
		"a page":         {echo("<html>VALUE</html>"), WrongValue},
		"5 KB":           {echo(`{"challenge":"VALUE","x":"` + strings.Repeat("x", 5<<10) + `"}`), WrongValue},
		"5 KB of spaces": {echo("VALUE" + strings.Repeat(" ", 5<<10)), WrongValue},
		"201":            {status(201), BadStatus},
		"204":            {status(204), BadStatus},
		"404":            {status(404), BadStatus},
		"500":            {status(500), BadStatus},
		"301":            {status(301), Redirected},
		"307":            {status(307), Redirected},
		"6 s":            {func(_ http.ResponseWriter, r *http.Request) { wait(r, release) }, TimedOut},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999")
			_, _ = io.WriteString(w, "{")
		}, Broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { calls++; c.answer(w, r) }))
			defer s.Close()
			ctx := t.Context()
			if c.code == TimedOut { // its own bound is 5 s
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
				defer cancel()
			}
			h := Challenge(ctx, client(), s.URL, nil)
			if h.Code != c.code || calls != 1 || (h.Detail == "") != (c.code == Passed) {
				t.Errorf("%+v after %d calls, want %q", h, calls, c.code)
			}
			if !strings.Contains(h.Sent, `"challenge"`) || len(h.Received) > 1<<10 {
				t.Errorf("%+v", h)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		s := httptest.NewServer(nil)
		s.Close()
		if h := Challenge(t.Context(), client(), s.URL, nil); h.Code != Unreachable {
			t.Errorf("%+v", h)
		}
	})
	t.Run("no such name", func(t *testing.T) {
		if h := Challenge(t.Context(), httpx.New(httpx.Options{}), "https://nobody.invalid/", nil); h.Code != DNS {
			t.Errorf("%+v", h)
		}
	})
	t.Run("certificate", func(t *testing.T) {
		s := httptest.NewTLSServer(echo("VALUE"))
		s.Config.ErrorLog = nil
		defer s.Close()
		if h := Challenge(t.Context(), client(), s.URL, nil); h.Code != TLS {
			t.Errorf("%+v", h)
		}
	})
}

func wait(r *http.Request, release <-chan struct{}) {
	_, _ = io.Copy(io.Discard, r.Body) // only then is a caller's going noticed
	select {
	case <-r.Context().Done():
	case <-release:
	}
}

// No way of writing an address that is not public gets anywhere: it is refused
// when it is typed in, or when it is dialled.
func TestNoChallengeGoesInside(t *testing.T) {
	c := httpx.New(httpx.Options{Purpose: "test", Timeout: 4 * time.Second, ConnectTimeout: 2 * time.Second})
	httpxtest.Refused(t, httpxtest.Sink{Name: "the handshake", Try: func(t *testing.T, address string) error {
		clean, err := Clean(address)
		if err != nil {
			return &httpx.Refused{Reason: err.Error()}
		}
		h := Challenge(t.Context(), c, clean, nil)
		if h.Code == AddressRefused && h.Status == 0 {
			return &httpx.Refused{Reason: h.Detail}
		}
		return errors.New(h.Code + " " + h.Detail)
	}})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"https://shop.example/hook?a=1": "https://shop.example/hook?a=1", " https://shop.example ": "https://shop.example",
		"https://bücher.example:8443/ä": "https://xn--bcher-kva.example:8443/%C3%A4", "http://shop.example/": "http://shop.example/", "https://192.0.2.7/x": "https://192.0.2.7/x",
		"shop.example": "", "ftp://shop.example": "", "https://": "", "https:///x": "", "https://u@shop.example/": "", "https://shop.example/#x": "", "https://shop.example/#": "",
		"javascript:alert(1)": "", "https://2130706433/": "", "https://0x7f.0.0.1": "", "https://a b/": "", "": "", "https://shop.example/" + strings.Repeat("x", 2048): "",
		"https://[fe80::1%25eth0]/": "",
	} {
		if got, err := Clean(in); got != want || (err == nil) == (want == "") {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
}

func TestNewSecret(t *testing.T) {
	if key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(NewSecret(), "whsec_")); err != nil || len(key) != 32 {
		t.Error(key, err)
	}
}
