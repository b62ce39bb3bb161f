package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/server/api"
)

// Login is a try to sign in.
type Login struct {
	Email    string `json:"email" maxLength:"320"`
	Password string `json:"password" maxLength:"1024"`
}

// Me is what the web app starts with.
type Me struct {
	account.Me
	Server ServerInfo `json:"server"`
}

// OrganizationChoice is what a session may be used in.
type OrganizationChoice struct {
	Organizations []account.OrganizationRef `json:"organizations"`
}

func (s *Services) auth() []api.Route {
	base := api.Route{Tag: "Sign in", Resource: "session", Rate: rateLogin, Audit: "auth"}
	login := base
	login.Path, login.Operation, login.Summary = "/auth/login", "login", "Sign in with address and password"
	login.Description = "Sets the session cookie. An unknown address and a wrong password look the same."
	login.Permission, login.Idempotent, login.BodyLimit, login.Status = api.Public, api.Naturally, 8<<10, http.StatusOK

	logout := base
	logout.Path, logout.Operation, logout.Summary = "/auth/logout", "logout", "End the session of this browser"
	logout.Permission, logout.Idempotent, logout.Rate = api.Public, api.Naturally, rateWrite

	me := base
	me.Method, me.Path, me.Operation, me.Summary = http.MethodGet, "/auth/me", "me", "Who is signed in, what he may, and about this server"
	me.Permission, me.Rate, me.Audit = api.SignedIn, rateRead, ""

	about := me
	about.Path, about.Operation, about.Summary = "/auth/server", "server", "About this server, for the sign-in page"
	about.Permission = api.Public

	organizations := me
	organizations.Path, organizations.Operation, organizations.Summary = "/auth/organizations", "listOwnOrganizations", "The organizations the signed-in person may choose from"
	organizations.Permission = api.Public // who has not chosen yet is nobody's member

	return []api.Route{
		api.Action(login, func(ctx context.Context, c *api.Call, b Login) (Me, error) {
			if err := s.Door.CheckLogin(c.Request); err != nil {
				return Me{}, err
			}
			ses, who, err := s.Accounts.Login(ctx, account.Credentials{Email: b.Email, Password: b.Password,
				Address: s.Door.ClientAddress(c.Request), Device: c.Request.UserAgent()})
			if err != nil {
				return Me{}, err
			}
			c.Header().Add("Set-Cookie", s.Door.Cookie(ses).String())
			return Me{who, s.Server}, nil
		}),
		api.Action(logout, func(ctx context.Context, c *api.Call, _ api.None) (api.None, error) {
			if err := s.Door.CheckOrigin(c.Request); err != nil {
				return api.None{}, err
			}
			if t := s.Door.Token(c.Request); t != "" {
				if err := s.Accounts.Logout(ctx, t); err != nil {
					return api.None{}, err
				}
			}
			c.Header().Add("Set-Cookie", s.Door.NoCookie().String())
			return api.None{}, nil
		}),
		api.Action(me, func(ctx context.Context, c *api.Call, _ api.None) (Me, error) {
			who, err := s.Accounts.Me(ctx, actor(c))
			return Me{who, s.Server}, err
		}),
		api.Action(organizations, func(ctx context.Context, c *api.Call, _ api.None) (OrganizationChoice, error) {
			list, err := s.Accounts.OrganizationsOf(ctx, s.Door.Token(c.Request))
			return OrganizationChoice{list}, err
		}),
		api.Action(about, func(context.Context, *api.Call, api.None) (ServerInfo, error) { return s.Server, nil }),
	}
}
