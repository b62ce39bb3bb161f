package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

var (
	organizationZone = db.SQL(`SELECT time_zone FROM organization WHERE id = $1`)
	nextNumbers      = db.SQL(`INSERT INTO enquiry_counter (organization_id, month, last) VALUES ($1, $2, $3)
		ON CONFLICT (organization_id, month) DO UPDATE SET last = enquiry_counter.last + $3 RETURNING last`)
	insertEnquiry = db.NewInsert("enquiry", nil,
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "number", Type: db.Text}, db.Col{Name: "status", Type: db.Text},
		db.Col{Name: "conversation_id", Type: db.ID}, db.Col{Name: "channel_id", Type: db.ID}, db.Col{Name: "contact_id", Type: db.ID}, db.Col{Name: "owner_id", Type: db.ID},
		db.Col{Name: "team_id", Type: db.ID}, db.Col{Name: "created_at", Type: db.Int}, db.Col{Name: "updated_at", Type: db.Int}, db.Col{Name: "first_reply_at", Type: db.Int})
	insertTimeline = db.NewInsert("enquiry_event", nil,
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "enquiry_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "at", Type: db.Int},
		db.Col{Name: "kind", Type: db.Text}, db.Col{Name: "actor_type", Type: db.Text}, db.Col{Name: "actor_id", Type: db.ID}, db.Col{Name: "data", Type: db.Text})
)

// openEnquiries opens one enquiry for each of the conversations, which the
// caller holds and which have no current one. Numbers of one transaction are
// taken with one statement.
func (s *Service) openEnquiries(tx *db.Tx, org id.ID, ch *channel.Channel, convs []*conv, now time.Time, opener func(*conv) (kind string, who id.ID)) error {
	if len(convs) == 0 {
		return nil
	}
	numbers, err := s.numbers(tx, org, len(convs), now)
	if err != nil {
		return err
	}
	if err := leaveGoneTeams(tx, org, convs); err != nil {
		return err
	}
	var rows, lines [][]any
	for i, c := range convs {
		was := c.place()
		c.enquiry, c.status, c.owner, c.holder, c.touched = id.New(), Open, id.Zero, id.Zero, true
		if !c.fresh {
			moved(tx, org, ch.ID, c, was)
		}
		rows = append(rows, []any{org, c.enquiry, numbers[i], Open, c.id, ch.ID, c.contact, nil, c.team, now, now, nil})
		kind, who := opener(c)
		lines = append(lines, []any{org, c.enquiry, id.New(), now, "opened", kind, who, nil})
		tx.Emit(db.Event{Org: org, Kind: "enquiry.updated", Ref: c.enquiry, Channel: ch.ID})
	}
	if err := tx.InsertMany(insertEnquiry, rows); err != nil {
		return err
	}
	return tx.InsertMany(insertTimeline, lines)
}

// numbers takes n display numbers E-YYYYMM-NNNNNN; the month is the
// organization's own.
func (s *Service) numbers(tx *db.Tx, org id.ID, n int, now time.Time) ([]string, error) {
	var zone string
	if err := tx.Row(organizationZone, []any{org}, &zone); err != nil {
		return nil, err
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	month := now.In(loc).Format("200601")
	var last int64
	if err := tx.Row(nextNumbers, []any{org, month, n}, &last); err != nil {
		return nil, err
	}
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("E-%s-%06d", month, last-int64(n)+int64(i)+1)
	}
	return out, nil
}

var (
	enquiryConv   = db.SQL(`SELECT conversation_id FROM enquiry WHERE organization_id = $1 AND id = $2`)
	lockConv      = db.SQL(`SELECT ` + convColumns + ` FROM conversation WHERE organization_id = $1 AND id = $2 @lock`)
	closeEnquiry  = db.SQL(`UPDATE enquiry SET status = 'closed', closed_at = $3, close_reason = $4, updated_at = $3 WHERE organization_id = $1 AND id = $2 AND status <> 'closed'`)
	noEnquiry     = db.SQL(`UPDATE conversation SET enquiry_id = NULL, enquiry_status = 'none', owner_id = NULL, holder_id = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2`)
	ownEnquiry    = db.SQL(`UPDATE enquiry SET status = $3, owner_id = $4, first_reply_at = COALESCE(first_reply_at, $5), updated_at = $5 WHERE organization_id = $1 AND id = $2`)
	ownConv       = db.SQL(`UPDATE conversation SET enquiry_status = $3, owner_id = $4, holder_id = $4, updated_at = $5 WHERE organization_id = $1 AND id = $2`)
	openOfChannel = db.SQL(`SELECT e.id, e.conversation_id FROM enquiry e WHERE e.organization_id = $1 AND e.channel_id = $2 AND e.status <> 'closed' ORDER BY e.conversation_id`)
)

// Close closes an enquiry for good; closing a closed one changes nothing.
func (s *Service) Close(ctx context.Context, a account.Actor, enquiry id.ID) (Enquiry, error) {
	if err := a.Require(account.EnquiriesEdit); err != nil {
		return Enquiry{}, err
	}
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		c, err := s.convOfEnquiry(tx, a, enquiry)
		if err != nil {
			return err
		}
		return s.closeBy(tx, a, enquiry, c)
	})
	if err != nil {
		return Enquiry{}, err
	}
	return s.enquiry(ctx, a, enquiry, false)
}

// closeBy closes an enquiry for somebody.
func (s *Service) closeBy(tx *db.Tx, a account.Actor, enquiry id.ID, c *conv) error {
	actor, who := author(a)
	if c.holder.IsZero() { // nobody served it, so it is his who ended it
		c.holder = a.Member
	}
	return s.closeIn(tx, a.Organization, enquiry, c, actor, who, "by_"+actor, nil)
}

func (s *Service) convOfEnquiry(tx *db.Tx, a account.Actor, enquiry id.ID) (*conv, error) {
	var c id.ID
	if err := tx.Row(enquiryConv, []any{a.Organization, enquiry}, &c); errors.Is(err, db.ErrNoRows) {
		return nil, fault.Absent("enquiry")
	} else if err != nil {
		return nil, err
	}
	return s.holdFor(tx, a, c, "enquiry")
}

// holdFor locks the conversation of what an actor is about to change, which is
// absent for him unless he sees it.
func (s *Service) holdFor(tx *db.Tx, a account.Actor, conversation id.ID, what string) (*conv, error) {
	c, err := s.hold(tx, a.Organization, conversation)
	if err == nil && (c == nil || !Sees(a, c.place())) {
		err = fault.Absent(what)
	}
	return c, err
}

// hold locks one conversation; nil when it is absent.
func (s *Service) hold(tx *db.Tx, org, conversation id.ID) (*conv, error) {
	var c *conv
	err := tx.Query(lockConv, []any{org, conversation}, func(scan func(...any) error) (err error) {
		c, err = scanConv(scan)
		return err
	})
	return c, err
}

func (s *Service) closeIn(tx *db.Tx, org, enquiry id.ID, c *conv, actor string, who id.ID, reason string, data json.RawMessage) error {
	now := s.clock.Now()
	n, err := tx.Exec(closeEnquiry, org, enquiry, now, reason)
	if err != nil || n == 0 {
		return err
	}
	was := c.place()
	c.status = NoEnquiry
	if _, err := tx.Exec(noEnquiry, org, c.id, c.holder, now); err != nil {
		return err
	}
	tx.Emit(db.Event{Org: org, Kind: "enquiry.updated", Ref: enquiry})
	moved(tx, org, id.Zero, c, was)
	return tx.InsertMany(insertTimeline, [][]any{{org, enquiry, id.New(), now, "closed", actor, who, data}})
}

// CloseOfChannel closes every open enquiry of a channel that is going away, in
// the transaction that deletes it.
func (s *Service) CloseOfChannel(a account.Actor) func(*db.Tx, *channel.Channel) error {
	return func(tx *db.Tx, c *channel.Channel) error { return s.closeOfChannel(tx, a, c) }
}

func (s *Service) closeOfChannel(tx *db.Tx, a account.Actor, c *channel.Channel) error {
	type pair struct{ enquiry, conv id.ID }
	var open []pair
	if err := tx.Query(openOfChannel, []any{c.OrganizationID, c.ID}, func(scan func(...any) error) error {
		var p pair
		err := scan(&p.enquiry, &p.conv)
		open = append(open, p)
		return err
	}); err != nil {
		return err
	}
	for _, p := range open {
		held, err := s.hold(tx, c.OrganizationID, p.conv)
		if err != nil {
			return err
		}
		if err := s.closeIn(tx, c.OrganizationID, p.enquiry, held, "member", a.Member, "channel_deleted", nil); err != nil {
			return err
		}
	}
	return s.cancelOfChannel(tx, c.OrganizationID, c.ID)
}

// answered makes the member who replies the owner: an open enquiry becomes
// ongoing, a missed one followed up. Without a current enquiry the reply starts
// one of his own.
func (s *Service) answered(tx *db.Tx, org id.ID, ch *channel.Channel, c *conv, member id.ID, now time.Time) error {
	if member.IsZero() {
		return nil // a program is nobody who could own a case
	}
	next, was := "", c.place()
	switch c.status {
	case Open:
		next = Ongoing
	case Missed:
		next = FollowedUp
	case NoEnquiry:
		numbers, err := s.numbers(tx, org, 1, now)
		if err != nil {
			return err
		}
		c.enquiry, c.status, c.owner, c.holder = id.New(), Ongoing, member, member
		if err := tx.InsertMany(insertEnquiry, [][]any{{org, c.enquiry, numbers[0], Ongoing, c.id, ch.ID, c.contact, member, c.team, now, now, now}}); err != nil {
			return err
		}
		if _, err := tx.Exec(linkEnquiry, org, c.id, c.enquiry, Ongoing, member, now); err != nil {
			return err
		}
		moved(tx, org, ch.ID, c, was)
		tx.Emit(db.Event{Org: org, Kind: "enquiry.updated", Ref: c.enquiry, Channel: ch.ID, Owner: member})
		return tx.InsertMany(insertTimeline, [][]any{{org, c.enquiry, id.New(), now, "started", "member", member, nil}})
	default:
		return nil
	}
	c.status, c.owner, c.holder = next, member, member
	moved(tx, org, ch.ID, c, was)
	if _, err := tx.Exec(ownEnquiry, org, c.enquiry, next, member, now); err != nil {
		return err
	}
	if _, err := tx.Exec(ownConv, org, c.id, next, member, now); err != nil {
		return err
	}
	tx.Emit(db.Event{Org: org, Kind: "enquiry.updated", Ref: c.enquiry, Channel: ch.ID, Owner: member})
	return tx.InsertMany(insertTimeline, [][]any{{org, c.enquiry, id.New(), now, next, "member", member, nil}})
}

var linkEnquiry = db.SQL(`UPDATE conversation SET enquiry_id = $3, enquiry_status = $4, owner_id = $5, holder_id = $5, updated_at = $6 WHERE organization_id = $1 AND id = $2`)
