package inbox

import (
	"encoding/json"
	"errors"

	"switchboard/internal/domain/channel"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

// Placed is where something a caller named by an id of his landed.
type Placed struct {
	WebhookEvent, Conversation, Enquiry id.ID // the first delivery, for messages to us
	Number                              string
	Digest                              string
}

// The enquiry is the one that was current when the message came: a repetition
// months later hears the same.
var placed = db.SQL(`SELECT p.provider_message_id, p.digest, m.webhook_event_id, m.conversation_id, e.id, e.number FROM provider_message p
	JOIN message m ON m.organization_id = p.organization_id AND m.id = p.message_id
	LEFT JOIN enquiry e ON e.organization_id = m.organization_id AND e.id = (SELECT x.id FROM enquiry x
		WHERE x.conversation_id = m.conversation_id AND x.created_at <= m.created_at ORDER BY x.id DESC LIMIT 1)
	WHERE p.channel_id = $1 AND p.provider_message_id IN @list($2) AND p.organization_id = $3`)

// Placed finds messages of a channel by provider ids; what is absent was never
// received or sent.
func (s *Service) Placed(tx *db.Tx, ch *channel.Channel, ids []string) (map[string]Placed, error) {
	out := make(map[string]Placed, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	if err := tx.Query(placed, []any{ch.ID, db.Texts(ids), ch.OrganizationID}, func(scan func(...any) error) error {
		var key string
		var p Placed
		err := scan(&key, db.Null(&p.Digest), &p.WebhookEvent, &p.Conversation, &p.Enquiry, db.Null(&p.Number))
		out[key] = p
		return err
	}); err != nil {
		return nil, err
	}
	var own db.IDs // a caller may name our messages by our own ids
	for _, key := range ids {
		if _, ok := out[key]; !ok {
			if msg, err := id.Parse(key); err == nil {
				own = append(own, msg)
			}
		}
	}
	if len(own) == 0 {
		return out, nil
	}
	return out, tx.Query(attemptsOf, []any{ch.OrganizationID, own, ch.ID}, func(scan func(...any) error) error {
		var msg id.ID
		var attempt int
		var p Placed
		err := scan(&msg, &attempt, &p.Conversation)
		out[msg.String()] = p
		return err
	})
}

var attemptsOf = db.SQL(`SELECT id, attempt, conversation_id FROM message WHERE organization_id = $1 AND id IN @ids($2) AND channel_id = $3 AND direction = 'outbound'`)

// resolveReports finds what a report is about that names our message itself: its
// latest attempt. One about nothing of ours is left without effect.
func (b *batch) resolveReports() error {
	ids := map[id.ID][]int{}
	var want db.IDs
	for i, it := range b.items {
		if it.Status == nil || it.Status.ProviderID != "" {
			continue
		}
		msg, err := id.Parse(it.Status.ClientRef)
		if err == nil {
			ids[msg], want = append(ids[msg], i), append(want, msg)
		}
		b.items[i].Status = nil
		if err == nil { // put back below when it is found
			s := *it.Status
			b.items[i].Status = &s
		}
	}
	if len(want) == 0 {
		return nil
	}
	if err := b.tx.Query(attemptsOf, []any{b.org, want, b.ch.ID}, func(scan func(...any) error) error {
		var msg, conv id.ID
		var attempt int
		err := scan(&msg, &attempt, &conv)
		for _, i := range ids[msg] {
			b.items[i].Status.ProviderID = Ref(msg, attempt)
			b.items[i].Status.ClientRef = Ref(msg, attempt)
		}
		return err
	}); err != nil {
		return err
	}
	for _, all := range ids {
		for _, i := range all {
			if b.items[i].Status.ProviderID == "" {
				b.items[i].Status = nil
			}
		}
	}
	return nil
}

// ownTargets finds what is referred to by our own ids.
func (b *batch) ownTargets(want db.Texts) error {
	var ids db.IDs
	for _, key := range want {
		if b.targets[key].message.IsZero() {
			if msg, err := id.Parse(key); err == nil {
				ids = append(ids, msg)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return b.tx.Query(attemptsOf, []any{b.org, ids, b.ch.ID}, func(scan func(...any) error) error {
		var t target
		var attempt int
		err := scan(&t.message, &attempt, &t.conv)
		b.targets[t.message.String()] = t
		return err
	})
}

var conversationOf = db.SQL(`SELECT id FROM conversation WHERE channel_id = $1 AND thread_key = $2 AND organization_id = $3`)

// applyTyping passes on who is writing. Somebody we never heard of is not heard
// now.
func (b *batch) applyTyping() error {
	for _, it := range b.items {
		if it.Typing == nil {
			continue
		}
		who := it.Typing.From
		talk, contact, err := b.talkOf(who)
		if err != nil {
			return err
		}
		if talk.IsZero() {
			continue
		}
		name := who.Name
		if name == "" {
			name = who.Username
		}
		data, _ := json.Marshal(TypingSignal{Conversation: talk, Channel: b.ch.ID, Contact: &MemberBrief{contact, name}})
		hint := event.Hint{Topic: event.Typing, Key: b.org, Text: string(data)}
		b.tx.AfterCommit(func() { b.s.bus.Publish(hint) })
	}
	return nil
}

// talkOf finds the direct conversation with a party, zero when there is none.
func (b *batch) talkOf(who message.Party) (talk, contact id.ID, err error) {
	contact, err = b.s.contacts.Known(b.tx, b.org, b.ch.Type, who)
	if err != nil || contact.IsZero() {
		return talk, contact, err
	}
	err = b.tx.Row(conversationOf, []any{b.ch.ID, contact.String(), b.org}, &talk)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return talk, contact, err
}

// leave closes the current enquiry of a contact because he says so.
func (b *batch) leave(who message.Party) error {
	talk, contact, err := b.talkOf(who)
	if err != nil || talk.IsZero() {
		return err
	}
	c, err := b.s.hold(b.tx, b.org, talk)
	if err != nil || c.status == NoEnquiry {
		return err
	}
	return b.s.closeIn(b.tx, b.org, c.enquiry, c, "contact", contact, "by_contact", nil)
}
