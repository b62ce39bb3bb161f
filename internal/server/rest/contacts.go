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
	one := at(base, "/contacts/{id}", "getContact", "Read one contact")
	create := writing(at(base, "/contacts", "createContact", "Add a contact, or several at once"), account.ContactsEdit, "none")
	create.Idempotent = api.ByKey
	remove := writing(at(base, "/contacts/{id}", "deleteContact", "Delete a contact nobody talked to"), account.ContactsDelete, "contacts")
	remove.Description = "409 contact_in_use while there are conversations with him; delete those first."
	types := func(name string) string {
		if t := s.Channels.TypeNamed(name); t != nil {
			return t.ID
		}
		return ""
	}
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[contact.View], error) {
			rows, total, err := s.Contacts.List(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (contact.View, error) {
			return s.Contacts.Get(ctx, actor(c), v)
		}),
		api.Create(create, func(ctx context.Context, c *api.Call, in []contact.Draft) ([]contact.View, error) {
			return s.Contacts.CreateMany(ctx, actor(c), in, types, c.At)
		}),
		api.Patch(writing(at(base, "/contacts/{id}", "changeContact", "Change a contact"), account.ContactsEdit, "none"),
			func(ctx context.Context, c *api.Call, v id.ID, p contact.Patch) (contact.View, error) {
				return s.Contacts.Update(ctx, actor(c), v, p, func(was contact.View) error { return c.Match(was) })
			}),
		api.Delete(remove, func(ctx context.Context, c *api.Call, v id.ID) error {
			return s.Contacts.Delete(ctx, actor(c), v, func(was contact.View) error { return c.Match(was) })
		}),
		api.PatchWhere(writing(at(base, "/contacts", "changeContacts", "Change all contacts a filter selects"), account.ContactsEdit, "none"),
			func(ctx context.Context, c *api.Call, l query.List, p contact.Patch) ([]contact.View, error) {
				return s.Contacts.UpdateWhere(ctx, actor(c), &l, p, c.Rows)
			}),
		api.DeleteWhere(writing(at(base, "/contacts", "deleteContacts", "Delete all contacts a filter selects"), account.ContactsDelete, "contacts"),
			func(ctx context.Context, c *api.Call, l query.List) ([]contact.View, error) {
				return s.Contacts.DeleteWhere(ctx, actor(c), &l, c.Rows)
			}),
	}
}
