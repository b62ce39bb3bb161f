package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/server/api"
)

// SessionList is where somebody is signed in.
type SessionList struct {
	Sessions []account.SessionView `json:"sessions"`
}

// LoginList is a login history.
type LoginList struct {
	Logins []account.LoginView `json:"logins"`
}

func (s *Services) sessions() []api.Route {
	base := api.Route{Path: "/auth/sessions", Operation: "listSessions", Summary: "Where the caller is signed in", Tag: "Sign in", Resource: "sessions",
		Rate: rateRead, Permission: api.SignedIn, Method: http.MethodGet}
	logins := base
	logins.Path, logins.Operation, logins.Summary = "/auth/login_history", "listLogins", "The caller's own sign-ins of the last 90 days, at most 50"
	write := base
	write.Method, write.Rate, write.Audit, write.Idempotent = "", rateWrite, "sessions", api.Naturally
	end := write
	end.Path, end.Operation, end.Summary = "/auth/sessions/{id}", "endSession", "End one of the caller's sessions"
	others := write
	others.Path, others.Operation, others.Summary = "/auth/sessions/revoke_others", "endOtherSessions", "End all of the caller's sessions but this one"
	return []api.Route{
		api.Action(base, func(ctx context.Context, c *api.Call, _ api.None) (SessionList, error) {
			list, err := s.Accounts.Sessions(ctx, actor(c))
			return SessionList{list}, err
		}),
		api.Action(logins, func(ctx context.Context, c *api.Call, _ api.None) (LoginList, error) {
			list, err := s.Accounts.Logins(ctx, actor(c))
			return LoginList{list}, err
		}),
		api.Delete(end, func(ctx context.Context, c *api.Call, v id.ID) error {
			if err := noMatch(c); err != nil {
				return err
			}
			return s.Accounts.EndSession(ctx, actor(c), v)
		}),
		api.Action(others, func(ctx context.Context, c *api.Call, _ api.None) (api.None, error) {
			return api.None{}, s.Accounts.EndOtherSessions(ctx, actor(c))
		}),
	}
}

// noMatch refuses If-Match on rows that are made, used and ended, but never
// changed: there is nothing it could protect.
func noMatch(c *api.Call) error {
	if c.Request.Header.Get("If-Match") == "" {
		return nil
	}
	return fault.New(fault.BadRequest, "bad_value", "If-Match has no meaning here.").WithDetails("If-Match: this row never changes").WithHint("Leave it out.")
}
