package inbox

import (
	"context"
	"errors"
	"strings"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/message"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

var laneNow = db.SQL(`UPDATE send_lane SET ready_at = 0 WHERE organization_id = $1 AND conversation_id = $2`)

// Redeliver has a delivery tried again: one that was given up or canceled begins
// its plan anew, one that waits goes at once. Its bytes and its id stay.
func (s *Service) Redeliver(ctx context.Context, a account.Actor, d id.ID) error {
	return s.redo(ctx, a, d, "replay", func(tx *db.Tx, r delivery.Row) error {
		if r.Message.IsZero() {
			return delivery.Again(tx, r, s.clock.Now())
		}
		return s.changeIn(tx, a, r.Message, "delivery", func(tx *db.Tx, c *conv, m outward) error {
			r, err := delivery.Read(tx, a.Organization, d) // as it is now that the conversation is held
			switch {
			case err != nil:
				return err
			case m.attempt != r.Attempt:
				return fault.New(fault.Conflict, "not_replayable", "The message was sent again by a later attempt, which has a delivery of its own.")
			case r.Status == delivery.Failed && m.state == message.Queued:
				_, err := tx.Exec(laneNow, a.Organization, c.id)
				return err
			case r.Status != delivery.Dead && r.Status != delivery.Canceled || m.state != message.Failed && m.state != message.Canceled:
				return fault.New(fault.Conflict, "not_replayable", "This delivery is %s; one that failed, was given up or canceled can be sent again.", r.Status)
			}
			ch, err := s.channels.In(tx, a.Organization, m.channel)
			if err != nil {
				return err
			}
			if err := s.maySend(ch, c, m.content); err != nil {
				return err
			}
			now := s.clock.Now()
			if _, err := tx.Exec(setState, a.Organization, r.Message, string(message.Queued), nil); err != nil {
				return err
			}
			if err := delivery.Settle(tx, a.Organization, r.Message, r.Attempt, delivery.Pending, now); err != nil {
				return err
			}
			if err := addStep(tx, a.Organization, r.Message, now, m.attempt, "replayed", "by "+a.Name, nil, 0); err != nil {
				return err
			}
			return s.enqueue(tx, ch, c, r.Message, m.attempt, now)
		})
	})
}

// CancelDelivery takes back a delivery that has not been taken yet.
func (s *Service) CancelDelivery(ctx context.Context, a account.Actor, d id.ID) error {
	return s.redo(ctx, a, d, "cancel", func(tx *db.Tx, r delivery.Row) error {
		if r.Message.IsZero() {
			return delivery.Cancel(tx, r, s.clock.Now())
		}
		return s.changeIn(tx, a, r.Message, "delivery", func(tx *db.Tx, _ *conv, m outward) error {
			r, err := delivery.Read(tx, a.Organization, d)
			if err != nil {
				return err
			}
			if m.attempt != r.Attempt || m.state != message.Queued || r.Status != delivery.Failed && r.Status != delivery.Pending {
				return fault.New(fault.Conflict, "not_cancelable", "Only a delivery that still waits can be canceled; this one is %s.", r.Status)
			}
			return s.cancelIn(tx, a.Organization, r.Message, m.state)
		})
	})
}

// redo carries out an act on a delivery and writes it down.
func (s *Service) redo(ctx context.Context, a account.Actor, d id.ID, action string, act func(tx *db.Tx, r delivery.Row) error) error {
	if err := a.Require(account.WebhooksEdit); err != nil {
		return err
	}
	return s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		r, err := delivery.Read(tx, a.Organization, d)
		if errors.Is(err, db.ErrNoRows) {
			return fault.Absent("delivery")
		} else if err != nil {
			return err
		}
		if err := act(tx, r); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.bus.Publish(event.Hint{Topic: event.Deliver, Key: r.Channel}) })
		return audit.Record(tx, s.clock.Now(), a.Audit(), audit.Act{Action: "delivery." + action, ObjectType: "delivery", ObjectID: d,
			After: map[string]any{"channel_id": r.Channel, "message_id": r.Message}})
	})
}

var aboutMessage = db.SQL(`SELECT m.author_type, m.author_id, m.occurred_at, ch.display_name_format, b.name, u.first_name, u.last_name, u.display_name, e.id, e.number
	FROM message m JOIN channel ch ON ch.organization_id = m.organization_id AND ch.id = m.channel_id
	LEFT JOIN member b ON b.organization_id = m.organization_id AND b.id = m.author_id
	LEFT JOIN users u ON u.id = b.user_id
	LEFT JOIN enquiry e ON e.organization_id = m.organization_id AND e.id = (SELECT x.id FROM enquiry x
		WHERE x.conversation_id = m.conversation_id AND x.created_at <= m.created_at ORDER BY x.id DESC LIMIT 1)
	WHERE m.organization_id = $1 AND m.id = $2`)

// About tells where an outbound message belongs and who wrote it, as far as the
// contact may know. It runs as the system: people's names are server-wide.
func About(tx *db.Tx, org, conversation, msg id.ID) (*channel.About, error) {
	a := &channel.About{Conversation: conversation.String()}
	var kind, format, name, first, last, display, number string
	var author, enquiry id.ID
	if err := tx.Row(aboutMessage, []any{org, msg}, &kind, &author, db.Time(&a.At), &format, db.Null(&name), db.Null(&first), db.Null(&last), db.Null(&display), &enquiry, db.Null(&number)); err != nil {
		return nil, err
	}
	if !enquiry.IsZero() {
		a.Enquiry, a.Number = enquiry.String(), number
	}
	switch kind {
	case "member":
		a.Sender.Kind = channel.Staff
	case "program":
		a.Sender.Kind = channel.Bot
	default:
		a.Sender.Kind = channel.System
	}
	if !author.IsZero() {
		a.Sender.ID = author.String()
	}
	switch format {
	case "first":
		a.Sender.Name = first
	case "first_last":
		a.Sender.Name = strings.TrimSpace(first + " " + last)
	case "display":
		a.Sender.Name = display
	}
	if format != "none" && a.Sender.Name == "" {
		a.Sender.Name = name
	}
	return a, nil
}
