package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

// NewToken is a token to make.
type NewToken struct {
	Name        string      `json:"name" maxLength:"100"`
	Permissions []string    `json:"permissions,omitempty" doc:"A subset of the caller's own; left out, all of them"`
	ExpiresAt   clock.Stamp `json:"expires_at,omitempty" doc:"null for a token that works until it is revoked"`
}

// TokenMade is a fresh token with its text.
type TokenMade struct {
	account.TokenView
	Token string `json:"token" doc:"Shown this once"`
}

func (s *Services) apiTokens() []api.Route {
	base := api.Route{Path: "/api_tokens", Operation: "listApiTokens", Summary: "List API tokens, never their text", Tag: "Organization",
		Permission: account.APITokensView, Resource: "api_tokens", Rate: rateRead, Query: &account.TokenSpec}
	one := base
	one.Path, one.Operation, one.Summary = "/api_tokens/{id}", "getApiToken", "Read one API token, never its text"
	make := base
	make.Operation, make.Summary = "createApiToken", "Make an API token; its text is shown once"
	make.Description = "It may do what is asked for here, never more than who made it may at the moment it is used."
	make.Permission, make.Rate, make.Audit, make.Idempotent, make.Status, make.Query = account.APITokensEdit, rateWrite, "api_tokens", api.ByKey, http.StatusCreated, nil
	end := one
	end.Operation, end.Summary = "revokeApiToken", "Revoke an API token at once"
	end.Permission, end.Rate, end.Audit = account.APITokensEdit, rateWrite, "api_tokens"
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[account.TokenView], error) {
			rows, total, err := s.Accounts.Tokens(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (account.TokenView, error) {
			return s.Accounts.TokenOf(ctx, actor(c), v)
		}),
		api.Action(make, func(ctx context.Context, c *api.Call, b NewToken) (TokenMade, error) {
			a := actor(c)
			t, text, err := s.Accounts.CreateToken(ctx, a, account.NewToken{Name: b.Name, Permissions: b.Permissions, ExpiresAt: b.ExpiresAt.Time})
			if err != nil {
				return TokenMade{}, err
			}
			return TokenMade{account.TokenView{ID: t.ID, OrganizationID: a.Organization, Name: t.Name, Permissions: t.Permissions, MemberID: t.Member,
				MemberName: a.Name, CreatedAt: clock.Stamp{Time: t.CreatedAt}, ExpiresAt: clock.Stamp{Time: t.ExpiresAt}}, text}, nil
		}),
		api.Delete(end, func(ctx context.Context, c *api.Call, v id.ID) error {
			return s.Accounts.RevokeToken(ctx, actor(c), v, func(was account.TokenView) error { return c.Match(was) })
		}),
	}
}
