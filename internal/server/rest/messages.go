package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

// Confirmation settles an uncertain message.
type Confirmation struct {
	Arrived bool `json:"arrived" doc:"true: it arrived; false: send it again"`
}

// Starring sets a star, or takes it away.
type Starring struct {
	Starred *bool `json:"starred,omitempty" doc:"true when left out"`
}

func (s *Services) messages() []api.Route {
	base := api.Route{Path: "/messages", Operation: "listMessages", Summary: "List messages", Tag: "Inbox",
		Permission: account.InboxView, Resource: "messages", Rate: rateRead, Query: &inbox.MessageSpec}
	write := func(path, op, summary string) api.Route {
		r := writing(at(base, path, op, summary), account.InboxSend, "none")
		r.Idempotent, r.Query = api.ByKey, nil
		return r
	}
	send := write("/conversations/{id}/messages", "sendMessage", "Send a message")
	send.Status = http.StatusCreated
	send.Description = "The platform's rules (kind, lengths, window) are checked before the message is accepted; 422 names the limit. " +
		"Payloads: location {latitude, longitude, name, address}; contacts {contacts: [{name: {formatted_name}, phones: [{phone, type}]}]}; " +
		"interactive {type: button, header, footer, buttons: [{id, title}]} or {type: list, header, footer, button, sections: [{title, rows: [{id, title, description}]}]} with the question in text; " +
		"template {name, language, components}; reaction {emoji} with reply_to_id, an empty emoji removes it. The same client_id again answers 200 with the message accepted first."
	send.BodyLimit = 256 << 10
	provenance := at(base, "/messages/{id}/provenance", "getProvenance", "Tell the life of a message")
	provenance.Method, provenance.Query = http.MethodGet, nil
	retry := write("/messages/{id}/retry", "retryMessage", "Send a failed, canceled or uncertain message again")
	cancel := write("/messages/{id}/cancel", "cancelMessage", "Take back a message that has not gone yet")
	cancel.Idempotent = api.Naturally
	star := write("/messages/{id}/star", "starMessage", "Set or take away the caller's own star")
	star.Permission, star.Idempotent = account.InboxView, api.Naturally
	create := writing(at(base, "/messages", "createMessage", "Send a message, or several, all or none"), account.InboxSend, "none")
	create.Idempotent, create.BodyLimit = api.ByKey, send.BodyLimit
	create.Description = "As sendMessage, with the conversation named in the body."
	remove := writing(at(base, "/messages/{id}", "deleteMessage", "Erase our copy of a message"), account.InboxDelete, "messages")
	remove.Description = "Nothing is taken back at the contact's. What the provider delivered is kept raw for the retention time."
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[inbox.Message], error) {
			rows, total, err := s.Inbox.Messages(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(at(base, "/messages/{id}", "getMessage", "Read one message"),
			func(ctx context.Context, c *api.Call, v id.ID) (inbox.Message, error) {
				return s.Inbox.Message(ctx, actor(c), v)
			}),
		api.Action(send, func(ctx context.Context, c *api.Call, d inbox.Draft) (inbox.Message, error) {
			m, created, err := s.Inbox.Send(ctx, actor(c), c.ID("id"), d)
			switch {
			case err != nil:
				return m, err
			case created:
				c.Header().Set("Location", api.Base+"/messages/"+m.ID.String())
			default:
				c.SetStatus(http.StatusOK)
			}
			return m, nil
		}),
		api.Action(provenance, func(ctx context.Context, c *api.Call, _ api.None) (inbox.Provenance, error) {
			return s.Inbox.Provenance(ctx, actor(c), c.ID("id"))
		}),
		api.Action(retry, func(ctx context.Context, c *api.Call, _ api.None) (inbox.Message, error) {
			return s.Inbox.Retry(ctx, actor(c), c.ID("id"))
		}),
		api.Action(cancel, func(ctx context.Context, c *api.Call, _ api.None) (inbox.Message, error) {
			return s.Inbox.Cancel(ctx, actor(c), c.ID("id"))
		}),
		api.Action(write("/messages/{id}/confirm", "confirmMessage", "Settle an uncertain message by a member's word"),
			func(ctx context.Context, c *api.Call, b Confirmation) (inbox.Message, error) {
				if actor(c).Member.IsZero() {
					return inbox.Message{}, fault.New(fault.Forbidden, "members_only", "Only a member can say whether a message arrived.").WithHint("Sign in to the web app.")
				}
				return s.Inbox.Confirm(ctx, actor(c), c.ID("id"), b.Arrived)
			}),
		api.Action(star, func(ctx context.Context, c *api.Call, b Starring) (inbox.Message, error) {
			return s.Inbox.Star(ctx, actor(c), c.ID("id"), b.Starred == nil || *b.Starred)
		}),
		api.Create(create, func(ctx context.Context, c *api.Call, in []inbox.NewMessage) ([]inbox.Message, error) {
			rows, created, err := s.Inbox.SendMany(ctx, actor(c), in, c.At)
			if err == nil && !created {
				c.SetStatus(http.StatusOK)
			}
			return rows, err
		}),
		api.Patch(writing(at(base, "/messages/{id}", "changeMessage", "Star a message, or take back one that has not gone"), account.InboxSend, "none"),
			func(ctx context.Context, c *api.Call, v id.ID, p inbox.MessagePatch) (inbox.Message, error) {
				return s.Inbox.UpdateMessage(ctx, actor(c), v, p, func(was inbox.Message) error { return c.Match(was) })
			}),
		api.Delete(remove, func(ctx context.Context, c *api.Call, v id.ID) error {
			return s.Inbox.DeleteMessage(ctx, actor(c), v, func(was inbox.Message) error { return c.Match(was) })
		}),
		api.PatchWhere(writing(at(base, "/messages", "changeMessages", "Change all messages a filter selects"), account.InboxSend, "none"),
			func(ctx context.Context, c *api.Call, l query.List, p inbox.MessagePatch) ([]inbox.Message, error) {
				return s.Inbox.UpdateMessages(ctx, actor(c), &l, p, c.Rows)
			}),
		api.DeleteWhere(writing(at(base, "/messages", "deleteMessages", "Erase our copies of all messages a filter selects"), account.InboxDelete, "messages"),
			func(ctx context.Context, c *api.Call, l query.List) ([]inbox.Message, error) {
				return s.Inbox.DeleteMessages(ctx, actor(c), &l, c.Rows)
			}),
	}
}
