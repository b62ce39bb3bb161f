package rest

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) enquiries() []api.Route {
	base := api.Route{Path: "/enquiries", Operation: "listEnquiries", Summary: "List enquiries", Tag: "Inbox",
		Permission: account.EnquiriesView, Resource: "enquiries", Rate: rateRead, Query: &inbox.EnquirySpec}
	one := base
	one.Path, one.Operation, one.Summary = "/enquiries/{id}", "getEnquiry", "Read one enquiry with its timeline"
	end := base
	end.Path, end.Operation, end.Summary = "/enquiries/{id}/close", "closeEnquiry", "Close an enquiry"
	end.Permission, end.Rate, end.Audit, end.Idempotent, end.Query = account.EnquiriesEdit, rateWrite, "enquiries", api.Naturally, nil
	move := end
	move.Path, move.Operation, move.Summary = "/enquiries/{id}/transfer", "transferEnquiry", "Hand an enquiry to a team, where it waits to be picked up"
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[inbox.Enquiry], error) {
			rows, total, err := s.Inbox.Enquiries(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (inbox.Enquiry, error) {
			return s.Inbox.Enquiry(ctx, actor(c), v)
		}),
		api.Action(end, func(ctx context.Context, c *api.Call, _ api.None) (inbox.Enquiry, error) {
			return s.Inbox.Close(ctx, actor(c), c.ID("id"))
		}),
		api.Action(move, func(ctx context.Context, c *api.Call, b inbox.Transfer) (inbox.Enquiry, error) {
			return s.Inbox.Transfer(ctx, actor(c), c.ID("id"), b)
		}),
	}
}
