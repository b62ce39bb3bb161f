package rest

import (
	"context"
	"io"
	"net/http"

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
	verify := at(base, "/audit_log/verify", "verifyAuditLog", "Prove that no entry was changed or removed")
	verify.Method, verify.Query, verify.Rate = http.MethodGet, nil, rateWrite
	export := at(base, "/audit_log/export", "exportAuditLog", "Take the whole record out, the oldest entry first")
	export.Method, export.Query, export.Permission, export.Rate = http.MethodGet, nil, account.AuditExport, rateWrite
	export.Description = "A download, written as it is read; taking it is recorded as its last entry. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe."
	export.Params = []api.Param{{Name: "format", Values: []string{"csv", "json"}, Description: "json when left out"},
		{Name: "organization_id", Description: "Which organization, for links, which cannot send headers"}}
	return []api.Route{
		api.Action(verify, func(ctx context.Context, c *api.Call, _ api.None) (audit.Verified, error) {
			return s.Audit.Prove(ctx, actor(c))
		}),
		api.Plain(export, func(w http.ResponseWriter, c *api.Call) error {
			format, typ := "json", "application/json; charset=utf-8"
			if c.Param("format") == "csv" {
				format, typ = "csv", "text/csv; charset=utf-8; header=present"
			}
			return s.Audit.Export(c.Ctx, actor(c), format, func() io.Writer {
				w.Header().Set("Content-Type", typ)
				w.Header().Set("Content-Disposition", `attachment; filename="audit-log.`+format+`"`)
				return w
			})
		}),
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[audit.View], error) {
			rows, total, err := s.Audit.List(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (audit.View, error) {
			return s.Audit.Get(ctx, actor(c), v)
		}),
	}
}
