package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

// ReadUpTo says how far a conversation was read.
type ReadUpTo struct {
	MessageID id.ID `json:"message_id,omitzero" doc:"Up to this message; to the newest when left out"`
}

func (s *Services) conversations() []api.Route {
	base := api.Route{Path: "/conversations", Operation: "listConversations", Summary: "List conversations", Tag: "Inbox",
		Permission: account.InboxView, Resource: "conversations", Rate: rateRead, Query: &inbox.ConversationSpec,
		Params: []api.Param{{Name: "tab", Values: inbox.Tabs, Description: "A tab of the inbox, beside other filters"}}}
	at := func(path, op, summary string) api.Route {
		r := base
		r.Path, r.Operation, r.Summary, r.Params = path, op, summary, nil
		return r
	}
	act := func(path, op, summary, permission string) api.Route {
		r := at(path, op, summary)
		r.Query, r.Rate, r.Audit, r.Idempotent, r.Permission = nil, rateWrite, "none", api.Naturally, permission
		return r
	}
	counts := at("/conversations/counts", "countConversations", "Figures of the inbox tabs")
	counts.Method, counts.Query = http.MethodGet, nil
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[inbox.Conversation], error) {
			l.Where = append(l.Where, inbox.Tab(c.Param("tab"), actor(c))...)
			rows, total, err := s.Inbox.Conversations(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.Action(counts, func(ctx context.Context, c *api.Call, _ api.None) (inbox.Counts, error) {
			return s.Inbox.Counts(ctx, actor(c))
		}),
		api.One(at("/conversations/{id}", "getConversation", "Read one conversation"),
			func(ctx context.Context, c *api.Call, v id.ID) (inbox.Conversation, error) {
				return s.Inbox.Conversation(ctx, actor(c), v)
			}),
		api.Action(act("/conversations/{id}/read", "readConversation", "Mark a conversation as read", account.InboxView),
			func(ctx context.Context, c *api.Call, b ReadUpTo) (api.None, error) {
				r, err := s.Inbox.Read(ctx, actor(c), c.ID("id"), b.MessageID)
				if err == nil {
					s.Provider.MarkRead(r)
				}
				return api.None{}, err
			}),
		api.Action(act("/conversations/{id}/typing", "typeInConversation", "Show that the caller is writing", account.InboxSend),
			func(ctx context.Context, c *api.Call, _ api.None) (api.None, error) {
				t, err := s.Inbox.Typing(ctx, actor(c), c.ID("id"))
				if err == nil {
					s.Provider.Typing(t)
				}
				return api.None{}, err
			}),
	}
}
