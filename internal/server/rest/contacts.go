package rest

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/contact"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) contacts() []api.Route {
	base := api.Route{Path: "/contacts", Operation: "listContacts", Summary: "List contacts", Tag: "Contacts",
		Permission: account.ContactsView, Resource: "contacts", Rate: rateRead, Query: &contact.Spec}
	one := base
	one.Path, one.Operation, one.Summary = "/contacts/{id}", "getContact", "Read one contact"
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[contact.View], error) {
			rows, total, err := s.Contacts.List(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (contact.View, error) {
			return s.Contacts.Get(ctx, actor(c), v)
		}),
	}
}
