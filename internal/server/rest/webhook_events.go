package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) webhookEvents() []api.Route {
	base := api.Route{Path: "/webhook_events", Operation: "listWebhookEvents", Summary: "List what providers delivered", Tag: "Channels",
		Description: "Payload is given for one event only, as long as its bytes are kept (30 days by default).",
		Permission:  account.WebhooksView, Resource: "webhook events", Rate: rateRead, Query: &channel.DeliverySpec}
	one := base
	one.Path, one.Operation, one.Summary = "/webhook_events/{id}", "getWebhookEvent", "Read one delivery with its bytes"
	replay := base
	replay.Path, replay.Operation, replay.Summary = "/webhook_events/{id}/replay", "replayWebhookEvent", "Have a delivery worked again"
	replay.Description = "What it already brought about is not repeated: every effect is keyed by the provider's ids."
	replay.Permission, replay.Rate, replay.Audit, replay.Idempotent, replay.Query = account.WebhooksEdit, rateWrite, "webhook_events", api.Naturally, nil
	replay.Status = http.StatusAccepted
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[channel.DeliveryView], error) {
			rows, total, err := s.Channels.Deliveries(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (channel.DeliveryView, error) {
			return s.Channels.Delivery(ctx, actor(c), v)
		}),
		api.Action(replay, func(ctx context.Context, c *api.Call, _ api.None) (channel.DeliveryView, error) {
			return s.Channels.Replay(ctx, actor(c), c.ID("id"))
		}),
	}
}
