package inbox

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/contact"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// EnquirySpec is what lists of enquiries may be asked.
var EnquirySpec = query.Spec{Resource: "enquiries", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "number", Column: "t.number", Type: query.Text, Filterable: true, Sortable: true},
	{Name: "status", Column: "t.status", Type: query.Enum, Values: []string{Open, Ongoing, Missed, FollowedUp, Closed}, Filterable: true},
	{Name: "conversation_id", Column: "t.conversation_id", Type: query.UUID, Filterable: true},
	{Name: "channel_id", Column: "t.channel_id", Type: query.UUID, Filterable: true},
	{Name: "contact_id", Column: "t.contact_id", Type: query.UUID, Filterable: true},
	{Name: "owner_id", Column: "t.owner_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "team_id", Column: "t.team_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "updated_at", Column: "t.updated_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "first_reply_at", Column: "t.first_reply_at", Type: query.Time, Filterable: true, Sortable: true, Nullable: true},
	{Name: "closed_at", Column: "t.closed_at", Type: query.Time, Filterable: true, Sortable: true, Nullable: true},
}, Members: []string{"waiting_reason", "destination_id", "close_reason", "contact", "channel", "owner"}, Scoped: true}

const enquiryColumns = `t.id, t.organization_id, t.number, t.status, t.waiting_reason, t.conversation_id, t.channel_id, t.contact_id, t.destination_id,
	t.owner_id, t.team_id, t.created_at, t.updated_at, t.first_reply_at, t.closed_at, t.close_reason, p.name, p.kind, ch.name, ch.type, ch.is_active, s.connection, o.name`

const enquiryFrom = `enquiry t
	JOIN contact p ON p.organization_id = t.organization_id AND p.id = t.contact_id
	JOIN channel ch ON ch.organization_id = t.organization_id AND ch.id = t.channel_id
	LEFT JOIN source s ON s.organization_id = ch.organization_id AND s.id = ch.source_id
	LEFT JOIN member o ON o.organization_id = t.organization_id AND o.id = t.owner_id`

var (
	enquiriesByID  = db.SQL(`SELECT ` + enquiryColumns + ` FROM ` + enquiryFrom + ` WHERE t.organization_id = $1 AND t.id IN @ids($2) ORDER BY t.id`)
	selectTimeline = db.SQL(`SELECT at, kind, actor_type, actor_id, data FROM enquiry_event WHERE organization_id = $1 AND enquiry_id = $2 ORDER BY id`)
)

// Enquiries lists enquiries.
func (s *Service) Enquiries(ctx context.Context, a account.Actor, l *query.List) ([]Enquiry, int64, error) {
	if err := a.Require(account.EnquiriesView); err != nil {
		return nil, 0, err
	}
	var out []Enquiry
	total := int64(-1)
	l.Within = Through(a, "t.conversation_id")
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out, total, err = s.enquiriesIn(tx, l)
		return err
	})
	return out, total, err
}

func (s *Service) enquiriesIn(tx *db.Tx, l *query.List) ([]Enquiry, int64, error) {
	out := []Enquiry{}
	total, err := db.List(tx, l, enquiryColumns, enquiryFrom, func(scan func(...any) error) error {
		e, err := scanEnquiry(scan)
		out = append(out, e)
		return err
	})
	return out, total, err
}

// Enquiry reads one enquiry with its timeline.
func (s *Service) Enquiry(ctx context.Context, a account.Actor, enquiry id.ID) (Enquiry, error) {
	if err := a.Require(account.EnquiriesView); err != nil {
		return Enquiry{}, err
	}
	return s.enquiry(ctx, a, enquiry, true)
}

// enquiry reads one enquiry; who has just changed it is told of it in any case.
func (s *Service) enquiry(ctx context.Context, a account.Actor, enquiry id.ID, mustBeSeen bool) (e Enquiry, err error) {
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		if e, err = s.enquiryWhole(tx, a, enquiry); err == nil && mustBeSeen {
			err = mustSee(tx, a, e.ConversationID, "enquiry")
		}
		return err
	})
	return e, err
}

// enquiryWhole reads an enquiry with its timeline.
func (s *Service) enquiryWhole(tx *db.Tx, a account.Actor, enquiry id.ID) (Enquiry, error) {
	e, err := enquiryIn(tx, a.Organization, enquiry)
	if err != nil {
		return e, err
	}
	e.Timeline = []TimelineEntry{}
	members, programs := map[id.ID]bool{}, map[id.ID]bool{}
	if err := tx.Query(selectTimeline, []any{a.Organization, enquiry}, func(scan func(...any) error) error {
		var t TimelineEntry
		var who Author
		if err := scan(db.Time(&t.At.Time), &t.Kind, &who.Type, &who.ID, db.JSON(&t.Data)); err != nil {
			return err
		}
		if who.Type != "system" {
			t.Actor = &who
		}
		switch who.Type {
		case "member":
			members[who.ID] = true
		case "program":
			programs[who.ID] = true
		}
		e.Timeline = append(e.Timeline, t)
		return nil
	}); err != nil {
		return e, err
	}
	mn, err := names(tx, memberNames, a.Organization, members)
	if err != nil {
		return e, err
	}
	pn, err := names(tx, tokenNames, a.Organization, programs)
	for _, t := range e.Timeline {
		switch {
		case t.Actor == nil:
		case t.Actor.Type == "member":
			t.Actor.Name = mn[t.Actor.ID]
		case t.Actor.Type == "program":
			t.Actor.Name = pn[t.Actor.ID]
		default:
			t.Actor.Name = e.Contact.DisplayName
		}
	}
	return e, err
}

// EnquiriesByID reads enquiries as they are shown, for live events.
func EnquiriesByID(tx *db.Tx, org id.ID, ids db.IDs) ([]Enquiry, error) {
	out := []Enquiry{}
	return out, tx.Query(enquiriesByID, []any{org, ids}, func(scan func(...any) error) error {
		e, err := scanEnquiry(scan)
		out = append(out, e)
		return err
	})
}

func scanEnquiry(scan func(...any) error) (Enquiry, error) {
	var e Enquiry
	var waiting, reason, name, connection, owner string
	err := scan(&e.ID, &e.OrganizationID, &e.Number, &e.Status, &waiting, &e.ConversationID, &e.ChannelID, &e.ContactID, &e.DestinationID,
		&e.OwnerID, &e.TeamID, db.Time(&e.CreatedAt.Time), db.Time(&e.UpdatedAt.Time), db.Time(&e.FirstReplyAt.Time), db.Time(&e.ClosedAt.Time), &reason,
		&name, &e.Contact.Kind, &e.Channel.Name, &e.Channel.Type, &e.Channel.IsActive, db.Null(&connection), db.Null(&owner))
	if err != nil {
		return e, err
	}
	if waiting != "" {
		e.WaitingReason = &waiting
	}
	if reason != "" {
		e.CloseReason = &reason
	}
	e.Contact.ID, e.Contact.Name, e.Contact.DisplayName = e.ContactID, name, contact.DisplayName(name, e.ContactID)
	if e.Channel.ID, e.Channel.Connection = e.ChannelID, connection; connection == "" {
		e.Channel.Connection = "disconnected"
	}
	if !e.OwnerID.IsZero() {
		e.Owner = &MemberBrief{e.OwnerID, owner}
	}
	return e, nil
}
