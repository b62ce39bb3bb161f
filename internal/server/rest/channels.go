package rest

import (
	"context"
	"net/http"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

// TestMessage is a text to try a channel with.
type TestMessage struct {
	To   string `json:"to" maxLength:"64" doc:"Number with country code"`
	Text string `json:"text,omitempty" maxLength:"4096"`
}

// TestSent is the provider's word about a test message.
type TestSent struct {
	ProviderMessageID string `json:"provider_message_id"`
}

func (s *Services) channels() []api.Route {
	spec := s.Channels.NewSpec()
	base := api.Route{Path: "/channel_accounts", Tag: "Channels", Resource: "channels", Rate: rateRead, Query: spec, Permission: account.ChannelsView}
	at := func(path, op, summary string) api.Route {
		r := base
		r.Path, r.Operation, r.Summary = path, op, summary
		return r
	}
	write := func(path, op, summary string, idem api.Idempotency) api.Route {
		r := at(path, op, summary)
		r.Rate, r.Permission, r.Audit, r.Idempotent = rateWrite, account.ChannelsEdit, "channels", idem
		return r
	}
	action := func(path, op, summary string) api.Route {
		r := write(path, op, summary, api.Naturally)
		r.Query = nil
		return r
	}
	read := func(path, op, summary string) api.Route {
		r := at(path, op, summary)
		r.Method, r.Query = http.MethodGet, nil
		return r
	}
	statistics := read("/channel_accounts/{id}/statistics", "getChannelStatistics", "Count a channel's messages by hour or day")
	statistics.Params = []api.Param{{Name: "from", Description: "RFC 3339; 7 days before to when left out"}, {Name: "to", Description: "RFC 3339; now when left out"},
		{Name: "bucket", Values: []string{"hour", "day"}, Description: "day when left out; of UTC, at most 1,000"}}
	return []api.Route{
		api.Action(statistics, s.channelStatistics),
		api.Action(read("/channel_accounts/{id}/health", "getChannelHealth", "Tell whether a channel can send and receive, and why not"),
			func(ctx context.Context, c *api.Call, _ api.None) (channel.Health, error) {
				ch, err := s.Channels.Get(ctx, actor(c), c.ID("id"))
				if err != nil {
					return channel.Health{}, err
				}
				return s.Channels.Health(ch), nil
			}),
		api.List(at("/channel_accounts", "listChannels", "List channels"), func(ctx context.Context, c *api.Call, l query.List) (api.Page[channel.View], error) {
			rows, total, err := s.Channels.List(ctx, actor(c), &l)
			return page(s.channelViews(c, rows), total), err
		}),
		api.One(at("/channel_accounts/{id}", "getChannel", "Read one channel"), func(ctx context.Context, c *api.Call, v id.ID) (channel.View, error) {
			ch, err := s.Channels.Get(ctx, actor(c), v)
			if err != nil {
				return channel.View{}, err
			}
			return s.channelView(c, ch), nil
		}),
		api.Create(write("/channel_accounts", "createChannel", "Create a channel, with its source when credentials come along", api.ByKey),
			func(ctx context.Context, c *api.Call, in []channel.Draft) ([]channel.View, error) {
				rows, err := s.Channels.CreateMany(ctx, actor(c), in, c.At)
				s.prove(rows...)
				return s.channelViews(c, rows), err
			}),
		api.Patch(write("/channel_accounts/{id}", "changeChannel", "Change a channel and its credentials", api.Naturally),
			func(ctx context.Context, c *api.Call, v id.ID, d channel.Draft) (channel.View, error) {
				ch, err := s.Channels.Update(ctx, actor(c), v, d, func(was *channel.Channel) error { return c.Match(s.channelView(c, was)) })
				if err != nil {
					return channel.View{}, err
				}
				s.prove(ch)
				return s.channelView(c, ch), nil
			}),
		api.Delete(write("/channel_accounts/{id}", "deleteChannel", "Delete a channel; its conversations stay readable", api.Naturally),
			func(ctx context.Context, c *api.Call, v id.ID) error {
				return s.Channels.Delete(ctx, actor(c), v, func(was *channel.Channel) error { return c.Match(s.channelView(c, was)) }, s.Inbox.CloseOfChannel(actor(c)))
			}),
		api.PatchWhere(write("/channel_accounts", "changeChannels", "Change all channels a filter selects", api.Naturally),
			func(ctx context.Context, c *api.Call, l query.List, d channel.Draft) ([]channel.View, error) {
				rows, err := s.Channels.UpdateWhere(ctx, actor(c), &l, d, c.Rows)
				s.prove(rows...)
				return s.channelViews(c, rows), err
			}),
		api.DeleteWhere(write("/channel_accounts", "deleteChannels", "Delete all channels a filter selects", api.Naturally),
			func(ctx context.Context, c *api.Call, l query.List) ([]channel.View, error) {
				rows, err := s.Channels.DeleteWhere(ctx, actor(c), &l, c.Rows, s.Inbox.CloseOfChannel(actor(c)))
				return s.channelViews(c, rows), err
			}),
		api.Action(action("/channel_accounts/{id}/validate", "validateChannel", "Ask the provider whether the credentials work"),
			func(ctx context.Context, c *api.Call, _ api.None) (channel.Checked, error) {
				if err := s.Channels.Editable(ctx, actor(c), c.ID("id")); err != nil {
					return channel.Checked{}, err
				}
				return s.Provider.Validate(audit.With(ctx, actor(c).Audit()), c.ID("id"))
			}),
		api.Action(action("/channel_accounts/{id}/subscribe", "subscribeChannel", "Have the provider send its webhooks here"),
			func(ctx context.Context, c *api.Call, _ api.None) (channel.View, error) {
				return s.subscribe(ctx, c, true)
			}),
		api.Action(action("/channel_accounts/{id}/unsubscribe", "unsubscribeChannel", "Have the provider stop sending webhooks"),
			func(ctx context.Context, c *api.Call, _ api.None) (channel.View, error) {
				return s.subscribe(ctx, c, false)
			}),
		api.Action(func() api.Route {
			r := action("/channel_accounts/{id}/test_message", "testChannel", "Send a test message")
			r.Idempotent = api.ByKey
			return r
		}(), func(ctx context.Context, c *api.Call, b TestMessage) (TestSent, error) {
			if b.Text == "" {
				b.Text = "This is a test message from Switchboard."
			}
			if err := s.Channels.Tested(ctx, actor(c), c.ID("id")); err != nil {
				return TestSent{}, err
			}
			v, err := s.Provider.TestMessage(ctx, c.ID("id"), b.To, b.Text)
			return TestSent{v}, err
		}),
	}
}

func (s *Services) subscribe(ctx context.Context, c *api.Call, on bool) (channel.View, error) {
	if err := s.Channels.Editable(ctx, actor(c), c.ID("id")); err != nil {
		return channel.View{}, err
	}
	ch, err := s.Provider.Subscribe(audit.With(ctx, actor(c).Audit()), c.ID("id"), on)
	if err != nil {
		return channel.View{}, err
	}
	return s.channelView(c, ch), nil
}

// prove has sources tested that wait for that; nobody waits for how it goes.
func (s *Services) prove(rows ...*channel.Channel) {
	for _, ch := range rows {
		if ch.Source != nil && s.Channels.Unproven(ch.Source) {
			s.Provider.Prove(ch.Source.ID)
		}
	}
}

func (s *Services) channelStatistics(ctx context.Context, c *api.Call, _ api.None) (inbox.Statistics, error) {
	if _, err := s.Channels.Get(ctx, actor(c), c.ID("id")); err != nil {
		return inbox.Statistics{}, err
	}
	var at [2]time.Time
	for i, name := range []string{"from", "to"} {
		if text := c.Param(name); text != "" {
			var err error
			if at[i], err = time.Parse(time.RFC3339, text); err != nil {
				return inbox.Statistics{}, fault.New(fault.BadRequest, "bad_value", "The query was not understood.").
					WithDetails("%s: not an RFC 3339 time", name).WithHint("Write it as 2026-01-02T03:04:05Z.")
			}
		}
	}
	return s.Inbox.ChannelStatistics(ctx, actor(c), c.ID("id"), at[0], at[1], c.Param("bucket"))
}

// channelView shows what we issued only to who may edit the source.
func (s *Services) channelView(c *api.Call, ch *channel.Channel) channel.View {
	return s.Channels.View(ch, actor(c).May(account.SourcesEdit))
}

func (s *Services) channelViews(c *api.Call, rows []*channel.Channel) []channel.View {
	out := make([]channel.View, len(rows))
	for i, ch := range rows {
		out[i] = s.channelView(c, ch)
	}
	return out
}
