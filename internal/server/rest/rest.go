// Package rest declares the resources of the REST interface: for each call who
// may make it, which service answers and in which shape. One file per resource.
// It holds no rule of the product; the package api holds the grammar.
package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/audit"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/platform/id"
	"switchboard/internal/server/api"
	"switchboard/internal/server/session"
)

// Provider is what calls can ask of the gateway, which checks nobody's rights.
type Provider interface {
	Validate(ctx context.Context, ch id.ID) (channel.Checked, error)
	Subscribe(ctx context.Context, ch id.ID, on bool) (*channel.Channel, error)
	Challenge(ctx context.Context, source id.ID) (channel.Checked, error)
	Prove(source id.ID)
	TestMessage(ctx context.Context, ch id.ID, to, text string) (string, error)
	MarkRead(inbox.Receipt)
	Typing(inbox.Target)
}

// Services are what the resources call.
type Services struct {
	Accounts   *account.Service
	Channels   *channel.Service
	Contacts   *contact.Service
	Inbox      *inbox.Service
	Media      *media.Service
	Deliveries *delivery.Service
	Provider   Provider
	Audit      *audit.Service
	Door       *session.Door
	// Events serves the live stream.
	Events func(w http.ResponseWriter, r *http.Request, a account.Actor, recheck func(context.Context) (account.Actor, error)) error
	Server ServerInfo
}

// ServerInfo is what a client may know of the server itself.
type ServerInfo struct {
	Version        string  `json:"version"`
	PublicURL      string  `json:"public_url"`
	Insecure       bool    `json:"insecure"`
	SupportContact *string `json:"support_contact"`
	Demo           *Demo   `json:"demo"`
}

// Demo is what a newcomer needs to try the product.
type Demo struct {
	VisitorPhoneURL string      `json:"visitor_phone_url"`
	Logins          []DemoLogin `json:"logins"`
}

// DemoLogin is one of the sample people.
type DemoLogin struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Name     string `json:"name"`
}

// Rate classes.
const (
	rateRead  = "read"
	rateWrite = "write"
	rateLogin = "login"
)

// Routes declares every call.
func Routes(s *Services) []api.Route {
	var out []api.Route
	for _, part := range [][]api.Route{s.auth(), s.channelTypes(), s.channels(), s.sources(), s.webhookEvents(), s.deliveries(), s.contacts(),
		s.conversations(), s.messages(), s.mediaFiles(), s.enquiries(), s.events(),
		s.password(), s.sessions(), s.organizations(), s.users(), s.teams(), s.invitations(), s.apiTokens(), s.audit()} {
		out = append(out, part...)
	}
	return out
}

// Authenticator lets the core ask the door.
type Authenticator struct{ Door *session.Door }

// Authenticate tells who calls; nobody is no error, routes decide about that.
func (a Authenticator) Authenticate(r *http.Request) (api.Actor, error) {
	actor, err := a.Door.Authenticate(r)
	if err != nil {
		return nil, err
	}
	return actor, nil
}

func actor(c *api.Call) account.Actor {
	a, _ := c.Actor.(account.Actor)
	return a
}

// page wraps rows as lists answer them; a negative total was not asked for.
func page[R any](rows []R, total int64) api.Page[R] {
	p := api.Page[R]{Rows: rows}
	if total >= 0 {
		p.Total = &total
	}
	return p
}

// at is a route declared like another one.
func at(base api.Route, path, op, summary string) api.Route {
	base.Path, base.Operation, base.Summary, base.Params = path, op, summary, nil
	return base
}

// writing makes a declaration one of a change.
func writing(r api.Route, permission, class string) api.Route {
	r.Rate, r.Permission, r.Audit, r.Idempotent = rateWrite, permission, class, api.Naturally
	return r
}
