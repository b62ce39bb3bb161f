package rest

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) organizations() []api.Route {
	base := api.Route{Path: "/organizations", Operation: "listOrganizations", Summary: "The caller's organization", Tag: "Organization",
		Permission: account.SettingsView, Resource: "organizations", Rate: rateRead, Query: &account.OrganizationSpec}
	one := base
	one.Path, one.Operation, one.Summary = "/organizations/{id}", "getOrganization", "Read the caller's organization"
	change := one
	change.Operation, change.Summary = "changeOrganization", "Change name, language or time zone"
	change.Permission, change.Rate, change.Audit = account.SettingsEdit, rateWrite, "organizations"
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[account.Organization], error) {
			rows, total, err := s.Accounts.Organizations(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (account.Organization, error) {
			return s.Accounts.OrganizationOf(ctx, actor(c), v)
		}),
		api.Patch(change, func(ctx context.Context, c *api.Call, v id.ID, p account.OrganizationPatch) (account.Organization, error) {
			return s.Accounts.ChangeOrganization(ctx, actor(c), v, p, func(was account.Organization) error { return c.Match(was) })
		}),
	}
}
