package rest

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/audit"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) audit() []api.Route {
	base := api.Route{Path: "/audit_log", Operation: "listAuditLog", Summary: "Who changed what, the newest first", Tag: "Organization",
		Permission: account.AuditView, Resource: "audit_log", Rate: rateRead, Query: &audit.Spec}
	one := base
	one.Path, one.Operation, one.Summary = "/audit_log/{id}", "getAuditEntry", "Read one entry"
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[audit.View], error) {
			rows, total, err := s.Audit.List(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (audit.View, error) {
			return s.Audit.Get(ctx, actor(c), v)
		}),
	}
}
