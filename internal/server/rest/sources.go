package rest

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) sources() []api.Route {
	base := api.Route{Path: "/sources", Operation: "listSources", Summary: "List sources, the provider accounts behind channels", Tag: "Channels",
		Permission: account.SourcesView, Resource: "sources", Rate: rateRead, Query: &channel.SourceSpec}
	one := base
	one.Path, one.Operation, one.Summary = "/sources/{id}", "getSource", "Read one source"
	reveal := base
	reveal.Path, reveal.Operation, reveal.Summary = "/sources/{id}/reveal", "revealSource", "Show what we issued for the provider to use"
	reveal.Permission, reveal.Rate, reveal.Audit, reveal.Idempotent, reveal.Query = account.SourcesEdit, rateWrite, "sources", api.Naturally, nil
	remove := one
	remove.Operation, remove.Summary = "deleteSource", "Forget a source; its channel stays, disconnected"
	remove.Permission, remove.Rate, remove.Audit, remove.Idempotent = account.SourcesEdit, rateWrite, "sources", api.Naturally
	remove.Params = []api.Param{{Name: "disconnect", Values: []string{"true", "false"}, Description: "Also when an active channel uses it"}}
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[channel.SourceView], error) {
			rows, total, err := s.Channels.Sources(ctx, actor(c), &l)
			out := make([]channel.SourceView, len(rows))
			for i, src := range rows {
				out[i] = s.Channels.SourceView(src, false)
			}
			return page(out, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (channel.SourceView, error) {
			src, err := s.Channels.Source(ctx, actor(c), v)
			if err != nil {
				return channel.SourceView{}, err
			}
			return s.Channels.SourceView(src, false), nil
		}),
		api.Delete(remove, func(ctx context.Context, c *api.Call, v id.ID) error {
			return s.Channels.DeleteSource(ctx, actor(c), v, c.Param("disconnect") == "true", func(was *channel.Source) error {
				return c.Match(s.Channels.SourceView(was, false))
			})
		}),
		api.Action(reveal, func(ctx context.Context, c *api.Call, _ api.None) (channel.Issued, error) {
			return s.Channels.Reveal(ctx, actor(c), c.ID("id"))
		}),
	}
}
