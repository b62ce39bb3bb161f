package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) deliveries() []api.Route {
	base := api.Route{Path: "/deliveries", Operation: "listDeliveries", Summary: "List what we post to addresses of others", Tag: "Channels",
		Description: "Every attempt of a delivery carries the same bytes and the same X-Delivery-Id. The body is given for one delivery only.",
		Permission:  account.WebhooksView, Resource: "deliveries", Rate: rateRead, Query: &delivery.Spec}
	one := base
	one.Path, one.Operation, one.Summary = "/deliveries/{id}", "getDelivery", "Read one delivery with its bytes"
	act := func(name, operation, summary, description string) api.Route {
		r := base
		r.Path, r.Operation, r.Summary, r.Description = "/deliveries/{id}/"+name, operation, summary, description
		r.Permission, r.Rate, r.Audit, r.Idempotent, r.Query = account.WebhooksEdit, rateWrite, "deliveries", api.Naturally, nil
		return r
	}
	replay := act("replay", "replayDelivery", "Have a delivery sent again",
		"One that was given up or canceled begins its attempts anew, with the same id and the same bytes; one that waits for its next attempt goes at once.")
	replay.Status = http.StatusAccepted
	cancel := act("cancel", "cancelDelivery", "Take back a delivery that still waits", "Its message is canceled with it.")
	do := func(act func(ctx context.Context, a account.Actor, d id.ID) error) func(context.Context, *api.Call, api.None) (delivery.Outgoing, error) {
		return func(ctx context.Context, c *api.Call, _ api.None) (delivery.Outgoing, error) {
			if err := act(ctx, actor(c), c.ID("id")); err != nil {
				return delivery.Outgoing{}, err
			}
			return s.Deliveries.Read(ctx, actor(c), c.ID("id"))
		}
	}
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[delivery.Outgoing], error) {
			rows, total, err := s.Deliveries.List(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (delivery.Outgoing, error) {
			return s.Deliveries.Get(ctx, actor(c), v)
		}),
		api.Action(replay, do(s.Inbox.Redeliver)),
		api.Action(cancel, do(s.Inbox.CancelDelivery)),
	}
}
