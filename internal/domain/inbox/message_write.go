package inbox

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"switchboard/internal/domain/account"
	"switchboard/internal/message"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// NewMessage is a Draft that names its conversation.
type NewMessage struct {
	ConversationID id.ID `json:"conversation_id"`
	Draft
}

// MessagePatch is what may be changed of a message. What was said stays as it
// was said.
type MessagePatch struct {
	Starred *bool   `json:"starred,omitempty" doc:"A star of the caller's own"`
	Status  *string `json:"status,omitempty" enum:"canceled" doc:"canceled takes back a message that has not gone yet"`
}

// SendMany accepts messages, all or none, in the order given; at says which of
// them an error is about. created tells whether any of them is new.
func (s *Service) SendMany(ctx context.Context, a account.Actor, ds []NewMessage, at func(i int, err error) error) (out []Message, created bool, err error) {
	if err := a.Require(account.InboxSend); err != nil {
		return nil, false, err
	}
	contents, convs := make([]message.Content, len(ds)), make(db.IDs, len(ds))
	for i, d := range ds {
		if contents[i], err = understood(d.Draft); err != nil {
			return nil, false, at(i, err)
		}
		convs[i] = d.ConversationID
	}
	out = make([]Message, len(ds))
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		created = false
		if err := s.lockAll(tx, a.Organization, convs); err != nil {
			return err
		}
		for i, d := range ds {
			made, fresh, err := s.accept(tx, a, d.ConversationID, d.Draft, contents[i])
			if errors.Is(err, errNoConversation) {
				err = fault.InvalidField("/conversation_id", "not_found", "There is no such conversation.").Because(err)
			}
			if err != nil {
				return at(i, err)
			}
			if out[i], err = messageIn(tx, a, made); err != nil {
				return err
			}
			created = created || fresh
		}
		return nil
	})
	return out, created, err
}

var (
	starsOf = db.SQL(`SELECT message_id FROM message_star WHERE organization_id = $1 AND actor_id = $2 AND message_id IN @ids($3)`)
	setStar = db.NewInsert("message_star", []string{"organization_id", "actor_id", "message_id"}, db.Col{Name: "organization_id", Type: db.ID},
		db.Col{Name: "actor_id", Type: db.ID}, db.Col{Name: "message_id", Type: db.ID}, db.Col{Name: "at", Type: db.Int})
	unsetStar = db.SQL(`DELETE FROM message_star WHERE organization_id = $1 AND actor_id = $2 AND message_id = $3`)
)

// stars marks which messages the caller starred.
func stars(tx *db.Tx, a account.Actor, out []Message) error {
	_, who := author(a)
	ids, starred := make(db.IDs, len(out)), map[id.ID]bool{}
	for i, m := range out {
		ids[i] = m.ID
	}
	if len(ids) > 0 && !who.IsZero() {
		if err := tx.Query(starsOf, []any{a.Organization, who, ids}, func(scan func(...any) error) error {
			var m id.ID
			err := scan(&m)
			starred[m] = true
			return err
		}); err != nil {
			return err
		}
	}
	for i := range out {
		on := starred[out[i].ID]
		out[i].Starred = &on
	}
	return nil
}

// Star sets or takes away the caller's own star.
func (s *Service) Star(ctx context.Context, a account.Actor, msg id.ID, on bool) (Message, error) {
	if err := a.Require(account.InboxView); err != nil {
		return Message{}, err
	}
	var out Message
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) (err error) {
		if out, err = seenMessage(tx, a, msg); err != nil {
			return err
		}
		return s.star(tx, a, &out, on)
	})
	return out, err
}

func (s *Service) star(tx *db.Tx, a account.Actor, m *Message, on bool) (err error) {
	_, who := author(a)
	if m.Starred = &on; on {
		_, err = tx.InsertNew(setStar, [][]any{{a.Organization, who, m.ID, s.clock.Now()}})
	} else {
		_, err = tx.Exec(unsetStar, a.Organization, who, m.ID)
	}
	return err
}

// UpdateMessage changes one message; check sees it as it was.
func (s *Service) UpdateMessage(ctx context.Context, a account.Actor, msg id.ID, p MessagePatch, check func(Message) error) (out Message, err error) {
	if err := a.Require(account.InboxSend); err != nil {
		return Message{}, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if out, err = messageIn(tx, a, msg); err != nil {
			return err
		}
		if _, err := s.holdFor(tx, a, out.ConversationID, "message"); err != nil {
			return err
		}
		if out, err = messageIn(tx, a, msg); err != nil { // as it is now that nobody else can change it
			return err
		}
		if err := check(out); err != nil {
			return err
		}
		out, err = s.patchMessage(tx, a, out, p)
		return err
	})
	return out, err
}

func (s *Service) patchMessage(tx *db.Tx, a account.Actor, m Message, p MessagePatch) (Message, error) {
	if p.Status != nil {
		if *p.Status != string(message.Canceled) {
			return m, fault.InvalidField("/status", "not_one_of", "A status can only be changed to canceled.").
				WithHint("To send again: POST /rest/v1/messages/%s/retry.", m.ID)
		}
		if m.Status != message.Canceled {
			if err := s.cancelIn(tx, a.Organization, m.ID, m.Status); err != nil {
				return m, err
			}
			tx.Emit(db.Event{Kind: "message.updated", Ref: m.ID, Channel: m.ChannelID})
		}
	}
	if p.Starred != nil {
		if err := s.star(tx, a, &m, *p.Starred); err != nil {
			return m, err
		}
	}
	return messageIn(tx, a, m.ID)
}

// UpdateMessages changes every message a list selects, all or none. check is
// told how many there are before anything is committed.
func (s *Service) UpdateMessages(ctx context.Context, a account.Actor, l *query.List, p MessagePatch, check func(n int) error) (out []Message, err error) {
	if err := a.Require(account.InboxSend); err != nil {
		return nil, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if out, _, err = s.chosen(tx, a, l, check); err != nil {
			return err
		}
		for i := range out {
			if out[i], err = s.patchMessage(tx, a, out[i], p); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// chosen reads the messages a change by filter concerns and holds their
// conversations.
func (s *Service) chosen(tx *db.Tx, a account.Actor, l *query.List, check func(n int) error) (out []Message, convs db.IDs, err error) {
	l.Within = Through(a, "t.conversation_id")
	if out, _, err = s.messagesIn(tx, a, l); err != nil {
		return nil, nil, err
	}
	if err := check(len(out)); err != nil {
		return nil, nil, err
	}
	var ids db.IDs
	for _, m := range out {
		ids, convs = append(ids, m.ID), append(convs, m.ConversationID)
	}
	slices.SortFunc(convs, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	convs = slices.Compact(convs)
	if err := s.lockAll(tx, a.Organization, convs); err != nil {
		return nil, nil, err
	}
	if out, err = MessagesByID(tx, a.Organization, ids); err != nil { // as they are now that nobody else can change them
		return nil, nil, err
	}
	if err := stars(tx, a, out); err != nil {
		return nil, nil, err
	}
	return out, convs, check(len(out))
}

// DeleteMessage erases our copy of one message; check sees it as it was.
// Nothing is taken back at the contact's.
func (s *Service) DeleteMessage(ctx context.Context, a account.Actor, msg id.ID, check func(Message) error) error {
	if err := a.Require(account.InboxDelete); err != nil {
		return err
	}
	return s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		was, err := messageIn(tx, a, msg)
		if err != nil {
			return err
		}
		if _, err := s.holdFor(tx, a, was.ConversationID, "message"); err != nil {
			return err
		}
		if was, err = messageIn(tx, a, msg); err != nil {
			return err
		}
		if err := check(was); err != nil {
			return err
		}
		return s.erase(tx, a, []Message{was}, db.IDs{was.ConversationID})
	})
}

// DeleteMessages erases our copies of all messages a list selects, all or none.
func (s *Service) DeleteMessages(ctx context.Context, a account.Actor, l *query.List, check func(n int) error) (out []Message, err error) {
	if err := a.Require(account.InboxDelete); err != nil {
		return nil, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		var convs db.IDs
		if out, convs, err = s.chosen(tx, a, l, check); err != nil {
			return err
		}
		return s.erase(tx, a, out, convs)
	})
	return out, err
}

func (s *Service) erase(tx *db.Tx, a account.Actor, msgs []Message, convs db.IDs) error {
	of, channels := map[id.ID]db.IDs{}, map[id.ID]id.ID{}
	var acts []audit.Act
	for _, m := range msgs {
		of[m.ConversationID], channels[m.ConversationID] = append(of[m.ConversationID], m.ID), m.ChannelID
		acts = append(acts, audit.Act{Action: "message.delete", ObjectType: "message", ObjectID: m.ID, Before: map[string]any{
			"conversation_id": m.ConversationID, "direction": m.Direction, "kind": m.Kind, "status": m.Status, "occurred_at": m.OccurredAt}})
	}
	for _, v := range convs {
		c, err := s.hold(tx, a.Organization, v)
		if err != nil {
			return err
		}
		if c == nil {
			continue // somebody else erased all of it just now
		}
		if err := s.eraseMessages(tx, a.Organization, v, of[v]); err != nil {
			return err
		}
		if err := s.showWhatIsLeft(tx, a.Organization, c); err != nil {
			return err
		}
		for _, m := range of[v] {
			erased(tx, tx.Org, "message.updated", m, channels[v], c.place())
		}
		tx.Emit(db.Event{Kind: "conversation.updated", Ref: v, Channel: channels[v], Owner: c.owner})
	}
	return audit.Record(tx, s.clock.Now(), a.Audit(), acts...)
}
