package rest

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) teams() []api.Route {
	base := api.Route{Path: "/teams", Operation: "listTeams", Summary: "List teams with their members", Tag: "Organization",
		Permission: account.StaffView, Resource: "teams", Rate: rateRead, Query: &account.TeamSpec}
	at := func(path, op, summary string) api.Route {
		r := base
		r.Path, r.Operation, r.Summary = path, op, summary
		return r
	}
	write := func(path, op, summary string, idem api.Idempotency) api.Route {
		r := at(path, op, summary)
		r.Permission, r.Rate, r.Audit, r.Idempotent = account.StaffEdit, rateWrite, "teams", idem
		return r
	}
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[account.TeamView], error) {
			rows, total, err := s.Accounts.Teams(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(at("/teams/{id}", "getTeam", "Read one team"), func(ctx context.Context, c *api.Call, v id.ID) (account.TeamView, error) {
			return s.Accounts.TeamOf(ctx, actor(c), v)
		}),
		api.Create(write("/teams", "createTeam", "Make a team", api.ByKey), func(ctx context.Context, c *api.Call, in []account.TeamDraft) ([]account.TeamView, error) {
			return s.Accounts.CreateTeams(ctx, actor(c), in, c.At)
		}),
		api.Patch(write("/teams/{id}", "changeTeam", "Rename a team, or say who is in it", api.Naturally),
			func(ctx context.Context, c *api.Call, v id.ID, d account.TeamDraft) (account.TeamView, error) {
				return s.Accounts.ChangeTeam(ctx, actor(c), v, d, func(was account.TeamView) error { return c.Match(was) })
			}),
		api.Delete(write("/teams/{id}", "deleteTeam", "Delete a team that nobody waits in", api.Naturally),
			func(ctx context.Context, c *api.Call, v id.ID) error {
				return s.Accounts.DeleteTeam(ctx, actor(c), v, func(was account.TeamView) error { return c.Match(was) }, s.Inbox.TeamUnused)
			}),
	}
}
