package rest

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

// RotateSource says what is to be replaced.
type RotateSource struct {
	Credential string `json:"credential,omitempty" maxLength:"64" doc:"Key of one credential; all when left out"`
}

// tested shows a source after its connection test, where its type has one.
func (s *Services) tested(ctx context.Context, c *api.Call, src *channel.Source) (channel.SourceView, error) {
	if s.Channels.Unproven(src) {
		if _, err := s.Provider.Challenge(audit.With(ctx, actor(c).Audit()), src.ID); err != nil {
			return channel.SourceView{}, err
		}
		var err error
		if src, err = s.Channels.Edited(ctx, actor(c), src.ID); err != nil {
			return channel.SourceView{}, err
		}
	}
	return s.Channels.SourceView(src, false), nil
}

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
	write := func(path, operation, summary string) api.Route {
		r := reveal
		r.Path, r.Operation, r.Summary = path, operation, summary
		return r
	}
	create := write("/sources", "createSource", "Make a source that no channel uses yet")
	create.Description = "Of a type with a connection test it is tested at once: validation tells how that went, the challenge call says more."
	create.Idempotent, create.Query = api.ByKey, &channel.SourceSpec
	change := write("/sources/{id}", "changeSource", "Change a source's name and credentials")
	change.Query = &channel.SourceSpec
	challenge := write("/sources/{id}/challenge", "challengeSource", "Test the connection of a source")
	challenge.Description = "The answer tells what was sent and what came back. A source that passes for the first time is issued its credentials, see reveal."
	rotate := write("/sources/{id}/rotate", "rotateSource", "Replace what we issued for a source")
	rotate.Description = "Old and new values both count for 24 hours. The answer shows the new ones."
	return []api.Route{
		api.Create(create, func(ctx context.Context, c *api.Call, in []channel.SourceDraft) ([]channel.SourceView, error) {
			rows, err := s.Channels.CreateSources(ctx, actor(c), in, c.At)
			if err != nil {
				return nil, err
			}
			out := make([]channel.SourceView, 0, len(in))
			for _, src := range rows {
				v, err := s.tested(ctx, c, src)
				if err != nil {
					return nil, err
				}
				out = append(out, v)
			}
			return out, nil
		}),
		api.Patch(change, func(ctx context.Context, c *api.Call, v id.ID, d channel.SourceDraft) (channel.SourceView, error) {
			src, err := s.Channels.UpdateSource(ctx, actor(c), v, d, func(was *channel.Source) error {
				return c.Match(s.Channels.SourceView(was, false))
			})
			if err != nil {
				return channel.SourceView{}, err
			}
			return s.tested(ctx, c, src)
		}),
		api.Action(challenge, func(ctx context.Context, c *api.Call, _ api.None) (channel.Checked, error) {
			if err := s.Channels.SourceEditable(ctx, actor(c), c.ID("id")); err != nil {
				return channel.Checked{}, err
			}
			return s.Provider.Challenge(audit.With(ctx, actor(c).Audit()), c.ID("id"))
		}),
		api.Action(rotate, func(ctx context.Context, c *api.Call, b RotateSource) (channel.Issued, error) {
			return s.Channels.Rotate(ctx, actor(c), c.ID("id"), b.Credential)
		}),
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
