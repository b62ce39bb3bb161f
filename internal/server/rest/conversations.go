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
	act := func(path, op, summary, permission string) api.Route {
		r := writing(at(base, path, op, summary), permission, "none")
		r.Query = nil
		return r
	}
	counts := at(base, "/conversations/counts", "countConversations", "Figures of the inbox tabs")
	counts.Method, counts.Query = http.MethodGet, nil
	create := writing(at(base, "/conversations", "createConversation", "Begin a conversation with a known contact"), account.InboxSend, "none")
	create.Idempotent = api.ByKey
	create.Description = "The contact needs an address on the channel's type. There is one conversation with a contact on a channel: 409 conversation_exists names it."
	remove := writing(at(base, "/conversations/{id}", "deleteConversation", "Erase a conversation with its messages and enquiries"), account.InboxDelete, "conversations")
	remove.Description = "Our copy is erased; nothing is taken back at the contact's. What the provider delivered is kept raw for the retention time."
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[inbox.Conversation], error) {
			l.Where = append(l.Where, inbox.Tab(c.Param("tab"), actor(c))...)
			rows, total, err := s.Inbox.Conversations(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.Action(counts, func(ctx context.Context, c *api.Call, _ api.None) (inbox.Counts, error) {
			return s.Inbox.Counts(ctx, actor(c))
		}),
		api.One(at(base, "/conversations/{id}", "getConversation", "Read one conversation"),
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
		api.Create(create, func(ctx context.Context, c *api.Call, in []inbox.ConversationDraft) ([]inbox.Conversation, error) {
			return s.Inbox.CreateConversations(ctx, actor(c), in, c.At)
		}),
		api.Patch(writing(at(base, "/conversations/{id}", "changeConversation", "Change a conversation's subject or chatbot switch"), account.InboxSend, "none"),
			func(ctx context.Context, c *api.Call, v id.ID, p inbox.ConversationPatch) (inbox.Conversation, error) {
				return s.Inbox.UpdateConversation(ctx, actor(c), v, p, func(was inbox.Conversation) error { return c.Match(was) })
			}),
		api.Delete(remove, func(ctx context.Context, c *api.Call, v id.ID) error {
			return s.Inbox.DeleteConversation(ctx, actor(c), v, func(was inbox.Conversation) error { return c.Match(was) })
		}),
		api.PatchWhere(writing(at(base, "/conversations", "changeConversations", "Change all conversations a filter selects"), account.InboxSend, "none"),
			func(ctx context.Context, c *api.Call, l query.List, p inbox.ConversationPatch) ([]inbox.Conversation, error) {
				return s.Inbox.UpdateConversations(ctx, actor(c), &l, p, c.Rows)
			}),
		api.DeleteWhere(writing(at(base, "/conversations", "deleteConversations", "Erase all conversations a filter selects"), account.InboxDelete, "conversations"),
			func(ctx context.Context, c *api.Call, l query.List) ([]inbox.Conversation, error) {
				return s.Inbox.DeleteConversations(ctx, actor(c), &l, c.Rows)
			}),
	}
}
