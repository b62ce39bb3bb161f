package rest

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (s *Services) enquiries() []api.Route {
	base := api.Route{Path: "/enquiries", Operation: "listEnquiries", Summary: "List enquiries", Tag: "Inbox",
		Permission: account.EnquiriesView, Resource: "enquiries", Rate: rateRead, Query: &inbox.EnquirySpec}
	one := at(base, "/enquiries/{id}", "getEnquiry", "Read one enquiry with its timeline")
	end := writing(at(base, "/enquiries/{id}/close", "closeEnquiry", "Close an enquiry"), account.EnquiriesEdit, "none")
	end.Query = nil
	move := at(end, "/enquiries/{id}/transfer", "transferEnquiry", "Hand an enquiry to a team, where it waits to be picked up")
	create := writing(at(base, "/enquiries", "createEnquiry", "Open an enquiry in a conversation that has none"), account.EnquiriesEdit, "none")
	create.Idempotent = api.ByKey
	create.Description = "A member's is his own at once; a program's waits in the queue. 409 enquiry_current while another is not closed."
	remove := writing(at(base, "/enquiries/{id}", "deleteEnquiry", "Erase an enquiry with its timeline; what was said stays"), account.EnquiriesDelete, "enquiries")
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[inbox.Enquiry], error) {
			rows, total, err := s.Inbox.Enquiries(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (inbox.Enquiry, error) {
			return s.Inbox.Enquiry(ctx, actor(c), v)
		}),
		api.Action(end, func(ctx context.Context, c *api.Call, _ api.None) (inbox.Enquiry, error) {
			return s.Inbox.Close(ctx, actor(c), c.ID("id"))
		}),
		api.Action(move, func(ctx context.Context, c *api.Call, b inbox.Transfer) (inbox.Enquiry, error) {
			return s.Inbox.Transfer(ctx, actor(c), c.ID("id"), b)
		}),
		api.Create(create, func(ctx context.Context, c *api.Call, in []inbox.EnquiryDraft) ([]inbox.Enquiry, error) {
			return s.Inbox.CreateEnquiries(ctx, actor(c), in, c.At)
		}),
		api.Patch(writing(at(base, "/enquiries/{id}", "changeEnquiry", "Close an enquiry by its status"), account.EnquiriesEdit, "none"),
			func(ctx context.Context, c *api.Call, v id.ID, p inbox.EnquiryPatch) (inbox.Enquiry, error) {
				return s.Inbox.UpdateEnquiry(ctx, actor(c), v, p, func(was inbox.Enquiry) error { return matchEnquiry(c, was) })
			}),
		api.Delete(remove, func(ctx context.Context, c *api.Call, v id.ID) error {
			return s.Inbox.DeleteEnquiry(ctx, actor(c), v, func(was inbox.Enquiry) error { return matchEnquiry(c, was) })
		}),
		api.PatchWhere(writing(at(base, "/enquiries", "changeEnquiries", "Change all enquiries a filter selects"), account.EnquiriesEdit, "none"),
			func(ctx context.Context, c *api.Call, l query.List, p inbox.EnquiryPatch) ([]inbox.Enquiry, error) {
				return s.Inbox.UpdateEnquiries(ctx, actor(c), &l, p, c.Rows)
			}),
		api.DeleteWhere(writing(at(base, "/enquiries", "deleteEnquiries", "Erase all enquiries a filter selects"), account.EnquiriesDelete, "enquiries"),
			func(ctx context.Context, c *api.Call, l query.List) ([]inbox.Enquiry, error) {
				return s.Inbox.DeleteEnquiries(ctx, actor(c), &l, c.Rows)
			}),
	}
}

// matchEnquiry takes the ETag of GET …/{id}, which has the timeline, and that of
// a single row of the list, which has not.
func matchEnquiry(c *api.Call, was inbox.Enquiry) error {
	err := c.Match(was)
	if err == nil {
		return nil
	}
	if was.Timeline = nil; c.Match(was) == nil {
		return nil
	}
	return err
}
