package inbox

import (
	"bytes"
	"context"
	"slices"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// EnquiryDraft is an enquiry somebody opens by hand.
type EnquiryDraft struct {
	OrganizationID *id.ID `json:"organization_id,omitempty" doc:"The caller's own organization; may be left out"`
	ConversationID id.ID  `json:"conversation_id" doc:"One without a current enquiry"`
}

// EnquiryPatch is what may be changed of an enquiry; the rest has actions.
type EnquiryPatch struct {
	Status *string `json:"status,omitempty" enum:"closed" doc:"closed closes it for good"`
}

var (
	deleteTimeline = db.SQL(`DELETE FROM enquiry_event WHERE organization_id = $1 AND enquiry_id = $2`)
	deleteEnquiry  = db.SQL(`DELETE FROM enquiry WHERE organization_id = $1 AND id = $2`)
)

// CreateEnquiries opens enquiries in conversations that have no current one,
// all or none: a member's is his own at once, a program's waits in the queue. at
// says which of them an error is about.
func (s *Service) CreateEnquiries(ctx context.Context, a account.Actor, ds []EnquiryDraft, at func(i int, err error) error) ([]Enquiry, error) {
	if err := a.Require(account.EnquiriesEdit); err != nil {
		return nil, err
	}
	out, convs := make([]Enquiry, len(ds)), make(db.IDs, len(ds))
	for i, d := range ds {
		convs[i] = d.ConversationID
	}
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if err := s.lockAll(tx, a.Organization, convs); err != nil {
			return err
		}
		for i, d := range ds {
			e, err := s.openByHand(tx, a, d)
			if err != nil {
				return at(i, err)
			}
			if out[i], err = enquiryIn(tx, a.Organization, e); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (s *Service) openByHand(tx *db.Tx, a account.Actor, d EnquiryDraft) (id.ID, error) {
	org := a.Organization
	if d.OrganizationID != nil && *d.OrganizationID != org {
		return id.Zero, fault.InvalidField("/organization_id", "not_found", "There is no such organization.")
	}
	c, err := s.holdFor(tx, a, d.ConversationID, "conversation")
	if fault.Is(err, "not_found") {
		return id.Zero, fault.InvalidField("/conversation_id", "not_found", "There is no such conversation.")
	} else if err != nil {
		return id.Zero, err
	}
	var channelID id.ID
	if err := tx.Row(channelOf, []any{org, c.id}, &channelID); err != nil {
		return id.Zero, err
	}
	ch, err := s.channels.In(tx, org, channelID)
	switch {
	case err != nil:
		return id.Zero, err
	case ch == nil:
		return id.Zero, fault.New(fault.Conflict, "channel_deleted", "The channel of this conversation was deleted; it can only be read.")
	case c.status != NoEnquiry:
		return id.Zero, fault.New(fault.Conflict, "enquiry_current", "The conversation has an enquiry that is not closed.").
			WithDetails("/conversation_id: enquiry %s is %s", c.enquiry, c.status).WithHint("Go on in that one, or close it first.")
	}
	now := s.clock.Now()
	if !a.Member.IsZero() {
		err := s.answered(tx, org, ch, c, a.Member, now)
		return c.enquiry, err
	}
	if err := s.openEnquiries(tx, org, ch, []*conv{c}, now, func(*conv) (string, id.ID) { return author(a) }); err != nil {
		return id.Zero, err
	}
	_, err = tx.Exec(linkEnquiry, org, c.id, c.enquiry, Open, nil, now)
	return c.enquiry, err
}

// enquiryIn reads an enquiry without its timeline.
func enquiryIn(tx *db.Tx, org, e id.ID) (Enquiry, error) {
	rows, err := EnquiriesByID(tx, org, db.IDs{e})
	if err == nil && len(rows) == 0 {
		err = fault.Absent("enquiry")
	}
	if err != nil {
		return Enquiry{}, err
	}
	return rows[0], nil
}

// UpdateEnquiry changes one enquiry; check sees it as it was.
func (s *Service) UpdateEnquiry(ctx context.Context, a account.Actor, enquiry id.ID, p EnquiryPatch, check func(Enquiry) error) (Enquiry, error) {
	if err := a.Require(account.EnquiriesEdit); err != nil {
		return Enquiry{}, err
	}
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		c, err := s.convOfEnquiry(tx, a, enquiry)
		if err != nil {
			return err
		}
		was, err := s.enquiryWhole(tx, a, enquiry)
		if err != nil {
			return err
		}
		if err := check(was); err != nil {
			return err
		}
		return s.patchEnquiry(tx, a, c, was, p)
	})
	if err != nil {
		return Enquiry{}, err
	}
	return s.enquiry(ctx, a, enquiry, false)
}

func (s *Service) patchEnquiry(tx *db.Tx, a account.Actor, c *conv, e Enquiry, p EnquiryPatch) error {
	if p.Status == nil {
		return nil
	}
	if *p.Status != Closed {
		return fault.InvalidField("/status", "not_one_of", "A status can only be changed to closed.").WithHint("The other steps have actions of their own.")
	}
	return s.closeBy(tx, a, e.ID, c)
}

// UpdateEnquiries changes every enquiry a list selects, all or none. check is
// told how many there are before anything is committed.
func (s *Service) UpdateEnquiries(ctx context.Context, a account.Actor, l *query.List, p EnquiryPatch, check func(n int) error) (out []Enquiry, err error) {
	if err := a.Require(account.EnquiriesEdit); err != nil {
		return nil, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if out, err = s.concerned(tx, a, l, check); err != nil {
			return err
		}
		for i := range out {
			c, err := s.hold(tx, a.Organization, out[i].ConversationID)
			if err != nil {
				return err
			}
			if err := s.patchEnquiry(tx, a, c, out[i], p); err != nil {
				return err
			}
			if out[i], err = enquiryIn(tx, a.Organization, out[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// concerned reads the enquiries a change by filter is about and holds their
// conversations.
func (s *Service) concerned(tx *db.Tx, a account.Actor, l *query.List, check func(n int) error) ([]Enquiry, error) {
	l.Within = Through(a, "t.conversation_id")
	out, _, err := s.enquiriesIn(tx, l)
	if err != nil {
		return nil, err
	}
	if err := check(len(out)); err != nil {
		return nil, err
	}
	var ids, convs db.IDs
	for _, e := range out {
		ids, convs = append(ids, e.ID), append(convs, e.ConversationID)
	}
	slices.SortFunc(convs, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	if err := s.lockAll(tx, a.Organization, slices.Compact(convs)); err != nil {
		return nil, err
	}
	if out, err = EnquiriesByID(tx, a.Organization, ids); err != nil { // as they are now that nobody else can change them
		return nil, err
	}
	return out, check(len(out))
}

// DeleteEnquiry erases one enquiry with its timeline; what was said stays. check
// sees it as it was.
func (s *Service) DeleteEnquiry(ctx context.Context, a account.Actor, enquiry id.ID, check func(Enquiry) error) error {
	if err := a.Require(account.EnquiriesDelete); err != nil {
		return err
	}
	return s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if _, err := s.convOfEnquiry(tx, a, enquiry); err != nil {
			return err
		}
		was, err := s.enquiryWhole(tx, a, enquiry)
		if err != nil {
			return err
		}
		if err := check(was); err != nil {
			return err
		}
		return s.eraseEnquiries(tx, a, []Enquiry{was})
	})
}

// DeleteEnquiries erases every enquiry a list selects, all or none.
func (s *Service) DeleteEnquiries(ctx context.Context, a account.Actor, l *query.List, check func(n int) error) (out []Enquiry, err error) {
	if err := a.Require(account.EnquiriesDelete); err != nil {
		return nil, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if out, err = s.concerned(tx, a, l, check); err != nil {
			return err
		}
		return s.eraseEnquiries(tx, a, out)
	})
	return out, err
}

func (s *Service) eraseEnquiries(tx *db.Tx, a account.Actor, rows []Enquiry) error {
	var acts []audit.Act
	for _, e := range rows {
		c, err := s.hold(tx, a.Organization, e.ConversationID)
		if err != nil {
			return err
		}
		if e.Status != Closed { // the conversation has none now
			was := c.place()
			c.status = NoEnquiry
			if _, err := tx.Exec(noEnquiry, a.Organization, c.id, c.holder, s.clock.Now()); err != nil {
				return err
			}
			moved(tx, a.Organization, e.ChannelID, c, was)
		}
		if err := eraseEnquiry(tx, a.Organization, e.ID); err != nil {
			return err
		}
		erased(tx, tx.Org, "enquiry.updated", e.ID, e.ChannelID, c.place())
		acts = append(acts, audit.Act{Action: "enquiry.delete", ObjectType: "enquiry", ObjectID: e.ID,
			Before: map[string]any{"number": e.Number, "status": e.Status, "conversation_id": e.ConversationID}})
	}
	return audit.Record(tx, s.clock.Now(), a.Audit(), acts...)
}

func eraseEnquiry(tx *db.Tx, org, enquiry id.ID) error {
	for _, stmt := range []*db.Stmt{deleteTimeline, deleteEnquiry} {
		if _, err := tx.Exec(stmt, org, enquiry); err != nil {
			return err
		}
	}
	return nil
}
