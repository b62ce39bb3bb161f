package session_test

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/server/session"
)

const password = "violet teapot orbit"

type fixture struct {
	*testing.T
	accounts *account.Service
	made     account.Created
	cookie   account.Session
	token    string
}

func setUp(t *testing.T) *fixture {
	clk := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	f := &fixture{T: t, accounts: account.New(dbtest.SQLite(t, clk), clk, slog.New(slog.DiscardHandler), nil)}
	var err error
	ctx := t.Context()
	if f.made, err = f.accounts.CreateAdministrator(ctx, account.NewOrganization{Name: "Acme"}, account.NewMember{Email: "ada@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
	if f.cookie, _, err = f.accounts.Login(ctx, account.Credentials{Email: "ada@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
	if _, f.token, err = f.accounts.CreateMachineToken(ctx, f.made.Organization.ID, account.NewToken{Name: "t"}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) door(public string, trusted ...string) *session.Door {
	f.Helper()
	o := session.Options{PublicURL: public}
	for _, p := range trusted {
		o.TrustedProxies = append(o.TrustedProxies, netip.MustParsePrefix(p))
	}
	d, err := session.New(f.accounts, o)
	if err != nil {
		f.Fatal(err)
	}
	return d
}

func request(method, target string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestWhoMakesARequest(t *testing.T) {
	f := setUp(t)
	d := f.door("http://chat.example.com")
	cookie := "sb_session=" + f.cookie.Token
	org, foreign := f.made.Organization.ID.String(), id.New().String()
	for name, c := range map[string]struct {
		r    *http.Request
		code string // "" = let in
	}{
		"nobody":                {request("GET", "/"), "unauthenticated"},
		"cookie":                {request("GET", "/", "Cookie", cookie), ""},
		"cookie of https":       {request("GET", "/", "Cookie", "__Host-"+cookie), "unauthenticated"},
		"bearer":                {request("POST", "/", "Authorization", "Bearer "+f.token), ""},
		"bearer, lower case":    {request("POST", "/", "Authorization", "bearer "+f.token), ""},
		"apikey":                {request("POST", "/", "apikey", f.token), ""},
		"X-API-Key":             {request("POST", "/", "X-API-Key", f.token), ""},
		"both":                  {request("POST", "/", "apikey", f.token, "Authorization", "Bearer "+f.token), ""},
		"wrong token":           {request("GET", "/", "Authorization", "Bearer sb_x", "Cookie", cookie), "unauthenticated"},
		"session as token":      {request("GET", "/", "Authorization", "Bearer "+f.cookie.Token), "unauthenticated"},
		"token as session":      {request("GET", "/", "Cookie", "sb_session="+f.token), "unauthenticated"},
		"proxy's own scheme":    {request("GET", "/", "Authorization", "Basic eDp5", "Cookie", cookie), ""},
		"own organization":      {request("GET", "/", "Cookie", cookie, "X-Organization-Id", org), ""},
		"foreign organization":  {request("GET", "/", "Cookie", cookie, "X-Organization-Id", foreign), "not_found"},
		"token, foreign":        {request("GET", "/", "apikey", f.token, "X-Organization-Id", foreign), "not_found"},
		"no id":                 {request("GET", "/", "Cookie", cookie, "X-Organization-Id", "x"), "organization_invalid"},
		"query of events":       {request("GET", "/rest/v1/events?organization_id="+foreign, "Cookie", cookie), "not_found"},
		"query elsewhere":       {request("GET", "/rest/v1/contacts?organization_id="+foreign, "Cookie", cookie), ""},
		"query of a POST":       {request("POST", "/rest/v1/events?organization_id="+foreign, "Cookie", cookie), ""},
		"own page":              {request("POST", "http://chat.example.com/", "Cookie", cookie, "Sec-Fetch-Site", "same-origin"), ""},
		"own page, Host hidden": {request("POST", "http://10.0.0.1/", "Cookie", cookie, "Origin", "http://chat.example.com"), ""},
		"another site":          {request("POST", "/", "Cookie", cookie, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"), "cross_origin"},
		"another site, old":     {request("DELETE", "/", "Cookie", cookie, "Origin", "https://evil.example"), "cross_origin"},
		"another site, token":   {request("POST", "/", "apikey", f.token, "Origin", "https://evil.example"), ""},
		"following a link":      {request("GET", "/", "Cookie", cookie, "Sec-Fetch-Site", "cross-site"), ""},
	} {
		a, err := d.Authenticate(c.r)
		if c.code == "" && (err != nil || a.Organization != f.made.Organization.ID) || c.code != "" && !fault.Is(err, c.code) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
		if c.code != "" && a.May(account.InboxView) {
			t.Errorf("%s: refused and let in", name)
		}
	}
}

func TestCookies(t *testing.T) {
	f := setUp(t)
	for public, want := range map[string]string{
		"https://chat.example.com": "__Host-sb_session=" + f.cookie.Token + "; Path=/; Expires=Tue, 31 Mar 2026 09:00:00 GMT; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax",
		"http://127.0.0.1:8080":    "sb_session=" + f.cookie.Token + "; Path=/; Expires=Tue, 31 Mar 2026 09:00:00 GMT; Max-Age=2592000; HttpOnly; SameSite=Lax",
	} {
		d := f.door(public)
		if got := d.Cookie(f.cookie).String(); got != want {
			t.Errorf("%s sets %s", public, got)
		}
		name, _, _ := strings.Cut(want, "=")
		if c := d.NoCookie(); c.Name != name || c.MaxAge >= 0 || c.Value != "" {
			t.Errorf("%+v", c)
		}
	}
}

func TestLoginNeedsHTTPS(t *testing.T) {
	f := setUp(t)
	secure := f.door("https://chat.example.com")
	encrypted := request("POST", "/")
	encrypted.TLS = &tls.ConnectionState{}
	for name, c := range map[string]struct {
		r  *http.Request
		ok bool
	}{
		"plain":               {request("POST", "/"), false},
		"plain page":          {request("POST", "/", "Origin", "http://chat.example.com"), false},
		"plain page, proxy":   {request("POST", "/", "Origin", "http://chat.example.com", "X-Forwarded-Proto", "https"), false},
		"encrypted":           {encrypted, true},
		"encrypted at proxy":  {request("POST", "/", "X-Forwarded-Proto", "https"), true},
		"page over https":     {request("POST", "/", "Origin", "https://chat.example.com"), true},
		"two proxies":         {request("POST", "/", "X-Forwarded-Proto", "https, http"), true},
		"proxy without https": {request("POST", "/", "X-Forwarded-Proto", "http"), false},
	} {
		err := secure.CheckLogin(c.r)
		if (err == nil) != c.ok || err != nil && (!fault.Is(err, "https_required") || !strings.Contains(err.Error(), "open https://chat.example.com")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.door("http://chat.example.com").CheckLogin(request("POST", "/")); err != nil {
		t.Error("the public URL decides:", err)
	}
}

func TestProtect(t *testing.T) {
	f := setUp(t)
	h := f.door("https://chat.example.com").Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, fault.As(err).Code, http.StatusForbidden)
		})
	for origin, want := range map[string]int{"https://chat.example.com": 200, "https://evil.example": 403, "null": 403} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request("POST", "/", "Origin", origin))
		if w.Code != want {
			t.Errorf("%s: %d", origin, w.Code)
		}
	}
}

func TestClientAddress(t *testing.T) {
	f := setUp(t)
	for _, c := range []struct {
		remote, forwarded, want string
		trusted                 []string
	}{
		{"192.0.2.1:99", "203.0.113.1", "192.0.2.1", nil},
		{"10.0.0.1:99", "203.0.113.1", "203.0.113.1", []string{"10.0.0.0/8"}},
		{"10.0.0.1:99", "1.1.1.1, 203.0.113.1", "203.0.113.1", []string{"10.0.0.0/8"}},
		{"10.0.0.1:99", "1.1.1.1, 203.0.113.1, 10.0.0.2", "203.0.113.1", []string{"10.0.0.0/8"}},
		{"10.0.0.1:99", "1.1.1.1, nonsense, 10.0.0.2", "10.0.0.2", []string{"10.0.0.0/8"}},
		{"10.0.0.1:99", "", "10.0.0.1", []string{"10.0.0.0/8"}},
		{"10.0.0.1:99", "10.0.0.3", "10.0.0.3", []string{"10.0.0.0/8"}},
		{"192.0.2.1:99", "203.0.113.1", "192.0.2.1", []string{"10.0.0.0/8"}},
		{"[::ffff:10.0.0.1]:99", "[2001:db8::1]:443", "2001:db8::1", []string{"10.0.0.0/8"}},
	} {
		r := request("GET", "/")
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := f.door("http://x.example.com", c.trusted...).ClientAddress(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
