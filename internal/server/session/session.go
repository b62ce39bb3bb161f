// Package session finds out who makes a request: the browser's cookie, an API
// token, the organization named, the client's address behind proxies that are
// trusted. It decides nothing about what he may do and writes no answers; that
// is for account.Actor and for the routes.
package session

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Names of the session cookie. A browser accepts the first only over https,
// without a Domain and for the whole host, so no other host can set it.
const (
	secureCookie = "__Host-sb_session"
	plainCookie  = "sb_session"
)

// Options say how the server is reached.
type Options struct {
	PublicURL      string // decides the cookie, not the request
	TrustedProxies []netip.Prefix
}

// Door tells who comes in.
type Door struct {
	accounts *account.Service
	public   *url.URL
	trusted  []netip.Prefix
	origins  *http.CrossOriginProtection
}

// New makes a door.
func New(accounts *account.Service, o Options) (*Door, error) {
	u, err := url.Parse(o.PublicURL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the public URL %q has no host", o.PublicURL)
	}
	d := &Door{accounts: accounts, public: u, trusted: o.TrustedProxies, origins: http.NewCrossOriginProtection()}
	// Behind a proxy that rewrites Host, our own pages would look foreign.
	if err := d.origins.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
		return nil, err
	}
	return d, nil
}

// Secure tells whether the public URL is https.
func (d *Door) Secure() bool { return d.public.Scheme == "https" }

// Authenticate tells who makes the request, and from where. A token wins over a
// cookie; a cookie counts only on requests our own pages made.
func (d *Door) Authenticate(r *http.Request) (account.Actor, error) {
	actor, err := d.authenticate(r)
	if err == nil {
		actor.Address = d.ClientAddress(r)
	}
	return actor, err
}

func (d *Door) authenticate(r *http.Request) (account.Actor, error) {
	organization, err := organizationOf(r)
	if err != nil {
		return account.Actor{}, err
	}
	if token := tokenOf(r); token != "" {
		actor, err := d.accounts.FromToken(r.Context(), token)
		if err == nil && !organization.IsZero() && organization != actor.Organization {
			return account.Actor{}, fault.Absent("organization")
		}
		return actor, err
	}
	token := d.Token(r)
	if token == "" {
		return account.Actor{}, fault.New(fault.Unauthenticated, "unauthenticated", "You are not signed in.").
			WithHint("Sign in, or send an API token as Authorization: Bearer sb_…")
	}
	if err := d.CheckOrigin(r); err != nil {
		return account.Actor{}, err
	}
	return d.accounts.FromSession(r.Context(), token, organization)
}

// Token is the session token of the request's cookie; "" when there is none.
func (d *Door) Token(r *http.Request) string {
	c, err := r.Cookie(d.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}

// tokenOf is the API token of a request. Other schemes of Authorization are a
// proxy's business.
func tokenOf(r *http.Request) string {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		if value = strings.TrimSpace(value); value != "" {
			return value
		}
	}
	for _, name := range []string{"apikey", "X-API-Key"} {
		if v := strings.TrimSpace(r.Header.Get(name)); v != "" {
			return v
		}
	}
	return ""
}

// OrganizationHeader names the organization a session acts in.
const OrganizationHeader = "X-Organization-Id"

// inQuery are the paths whose clients cannot send headers (EventSource, links).
var inQuery = map[string]bool{"/rest/v1/events": true, "/rest/v1/audit_log/export": true}

func organizationOf(r *http.Request) (id.ID, error) {
	text, where := strings.TrimSpace(r.Header.Get(OrganizationHeader)), OrganizationHeader
	if text == "" && r.Method == http.MethodGet && inQuery[r.URL.Path] {
		text, where = r.URL.Query().Get("organization_id"), "organization_id"
	}
	if text == "" {
		return id.Zero, nil
	}
	v, err := id.Parse(text)
	if err != nil {
		return id.Zero, fault.New(fault.BadRequest, "organization_invalid", "%s is not an organization's id.", where).
			WithHint("GET /rest/v1/auth/me lists the organizations you belong to.").Because(err)
	}
	return v, nil
}
