package session

import (
	"net/http"
	"strings"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/fault"
)

func (d *Door) cookieName() string {
	if d.Secure() {
		return secureCookie
	}
	return plainCookie
}

// Cookie is what a fresh session puts into the browser.
func (d *Door) Cookie(s account.Session) *http.Cookie {
	c := d.bare()
	c.Value = s.Token
	c.Expires = s.Expires
	c.MaxAge = int(account.SessionLifetime / time.Second)
	return c
}

// NoCookie takes the cookie away again.
func (d *Door) NoCookie() *http.Cookie {
	c := d.bare()
	c.MaxAge = -1
	return c
}

func (d *Door) bare() *http.Cookie {
	return &http.Cookie{Name: d.cookieName(), Path: "/", HttpOnly: true, Secure: d.Secure(), SameSite: http.SameSiteLaxMode}
}

// CheckLogin refuses to sign in over http while the public URL is https: the
// browser would not keep the cookie, and the password has no business there.
// Whether the client spoke https is known from the connection, or from what its
// browser or the proxy says. Who lies here locks himself out only, so proxies
// need not be trusted for it.
func (d *Door) CheckLogin(r *http.Request) error {
	if !d.Secure() || r.TLS != nil {
		return nil
	}
	origin := r.Header.Get("Origin")
	proto, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	if !strings.HasPrefix(origin, "http://") &&
		(strings.HasPrefix(origin, "https://") || strings.EqualFold(strings.TrimSpace(proto), "https")) {
		return nil
	}
	at := d.public.Scheme + "://" + d.public.Host
	return fault.New(fault.Forbidden, "https_required", "Signing in needs an encrypted connection: open %s", at).
		WithHint("Open %s. Behind a proxy, have it send X-Forwarded-Proto.", at)
}

// CheckOrigin refuses what another site makes a browser do.
func (d *Door) CheckOrigin(r *http.Request) error {
	if err := d.origins.Check(r); err != nil {
		return fault.New(fault.Forbidden, "cross_origin", "The request comes from another site.").
			WithHint("Programs use an API token. If this is our own page, --public-url must be the address it was opened at.").Because(err)
	}
	return nil
}

// Protect puts CheckOrigin before routes that work with cookies but do not
// authenticate, such as signing in. refuse writes the answer.
func (d *Door) Protect(next http.Handler, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.CheckOrigin(r); err != nil {
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}
