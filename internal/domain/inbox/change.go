package inbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// Ref is what we give a provider to echo: message and attempt.
func Ref(msg id.ID, attempt int) string { return msg.String() + ":" + strconv.Itoa(attempt) }

// ParseRef reads a Ref; ok is false for what is not ours.
func ParseRef(s string) (msg id.ID, attempt int, ok bool) {
	head, tail, found := strings.Cut(s, ":")
	if !found {
		return id.Zero, 0, false
	}
	msg, err := id.Parse(head)
	if err != nil {
		return id.Zero, 0, false
	}
	attempt, err = strconv.Atoi(tail)
	return msg, attempt, err == nil && attempt > 0
}

var convsOfMessages = db.SQL(`SELECT id, conversation_id FROM message WHERE organization_id = $1 AND id IN @ids($2) AND channel_id = $3`)

// refConversations finds the conversations of messages that statuses name by
// our own reference.
func (b *batch) refConversations() (db.IDs, error) {
	var ids, convs db.IDs
	for _, it := range b.items {
		if it.Status != nil && it.Status.ClientRef != "" {
			if msg, _, ok := ParseRef(it.Status.ClientRef); ok {
				ids = append(ids, msg)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	err := b.tx.Query(convsOfMessages, []any{b.org, ids, b.ch.ID}, func(scan func(...any) error) error {
		var m, c id.ID
		err := scan(&m, &c)
		convs = append(convs, c)
		return err
	})
	return convs, err
}

var (
	reactionsOf = db.SQL(`SELECT reactions FROM message WHERE organization_id = $1 AND id = $2`)
	setReaction = db.SQL(`UPDATE message SET reactions = $3 WHERE organization_id = $1 AND id = $2`)
	editMessage = db.SQL(`UPDATE message SET text = $3, payload = $4, edited_at = $5
		WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL AND (edited_at IS NULL OR edited_at <= $5)`)
	deleteMessage = db.SQL(`UPDATE message SET deleted_at = $3 WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL`)
	textOf        = db.SQL(`SELECT text, payload FROM message WHERE organization_id = $1 AND id = $2`)
)

// alteration is something done to an earlier message.
type alteration struct {
	kind    string // reply, reaction, edit, delete, vote, tally
	target  string // provider id of the message
	message id.ID  // what refers to it, for replies and reactions
	author  id.ID
	text    string
	payload json.RawMessage
	at      time.Time
}

// applyChanges carries out what contacts did to earlier messages: quotes,
// reactions, edits, deletions. Platforms promise no order, so one whose target
// is not there yet is parked and carried out when it comes.
func (b *batch) applyChanges() error {
	for i := range b.incoming {
		in := &b.incoming[i]
		if in.content.Kind == message.Reaction {
			if err := b.apply(alteration{kind: "reaction", target: in.target, message: in.id, author: in.sender, text: in.content.Text, at: in.at}); err != nil {
				return err
			}
		} else if in.replyTo != "" && b.targets[in.replyTo].message.IsZero() {
			if err := b.park(alteration{kind: "reply", target: in.replyTo, message: in.id, author: in.sender, at: in.at}); err != nil {
				return err
			}
		}
	}
	for i, it := range b.items {
		if !b.fresh[i] {
			continue
		}
		switch {
		case it.Edit != nil:
			payload, err := it.Edit.Content.Payload()
			if err != nil {
				return err
			}
			if err := b.apply(alteration{kind: "edit", target: it.Edit.Target, text: it.Edit.Content.Text, payload: payload, at: earlier(it.Edit.At, it.ReceivedAt)}); err != nil {
				return err
			}
		case it.Delete != nil:
			if err := b.apply(alteration{kind: "delete", target: it.Delete.Target, at: earlier(it.Delete.At, it.ReceivedAt)}); err != nil {
				return err
			}
		}
	}
	var keys db.Texts
	for i := range b.incoming {
		keys = append(keys, b.key(&b.incoming[i]))
	}
	return b.unpark(keys)
}

func (b *batch) apply(a alteration) error {
	t := b.targets[a.target]
	if t.message.IsZero() {
		return b.park(a)
	}
	switch a.kind {
	case "reaction":
		if err := react(b.tx, b.org, b.ch.ID, t.message, a.author, In, a.text); err != nil {
			return err
		}
		_, err := b.tx.Exec(pointReply, b.org, a.message, t.message)
		return err
	case "reply":
		b.tx.Emit(db.Event{Org: b.org, Kind: "message.updated", Ref: a.message, Channel: b.ch.ID})
		_, err := b.tx.Exec(pointReply, b.org, a.message, t.message)
		return err
	case "vote", "tally":
		return b.count(t.message, a)
	}
	return b.alter(t.message, a)
}

var (
	insertParked = db.SQL(`INSERT INTO parked (organization_id, channel_id, target, id, kind, message_id, author_id, text, payload, at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`)
	selectParked = db.SQL(`SELECT target, kind, message_id, author_id, text, payload, at FROM parked
		WHERE channel_id = $1 AND target IN @list($2) AND organization_id = $3 ORDER BY at, id`)
	deleteParked = db.SQL(`DELETE FROM parked WHERE channel_id = $1 AND target IN @list($2) AND organization_id = $3`)
	// Only within one conversation: a quote from elsewhere points nowhere.
	pointReply = db.SQL(`UPDATE message SET reply_to_id = $3 WHERE organization_id = $1 AND id = $2
		AND conversation_id = (SELECT t.conversation_id FROM message t WHERE t.organization_id = $1 AND t.id = $3)`)
)

func (b *batch) park(a alteration) error {
	_, err := b.tx.Exec(insertParked, b.org, b.ch.ID, a.target, id.New(), a.kind, a.message, a.author, a.text, a.payload, a.at)
	return err
}

// unpark carries out what waited for messages that are known now.
func (b *batch) unpark(keys db.Texts) error {
	if len(keys) == 0 {
		return nil
	}
	var all []alteration
	if err := b.tx.Query(selectParked, []any{b.ch.ID, keys, b.org}, func(scan func(...any) error) error {
		var a alteration
		err := scan(&a.target, &a.kind, &a.message, &a.author, &a.text, db.JSON(&a.payload), db.Time(&a.at))
		all = append(all, a)
		return err
	}); err != nil || len(all) == 0 {
		return err
	}
	for _, a := range all {
		if err := b.apply(a); err != nil {
			return err
		}
	}
	_, err := b.tx.Exec(deleteParked, b.ch.ID, keys, b.org)
	return err
}

// alter edits or deletes a message and keeps what it said before.
func (b *batch) alter(msg id.ID, a alteration) error {
	var old string
	var oldPayload json.RawMessage
	if err := b.tx.Row(textOf, []any{b.org, msg}, &old, db.JSON(&oldPayload)); err != nil {
		return err
	}
	name := "deleted"
	var err error
	if a.kind == "edit" {
		name = "edited"
		_, err = b.tx.Exec(editMessage, b.org, msg, a.text, a.payload, a.at)
	} else {
		_, err = b.tx.Exec(deleteMessage, b.org, msg, a.at)
	}
	if err != nil {
		return err
	}
	data, _ := json.Marshal(map[string]any{"earlier_text": old, "earlier_payload": oldPayload})
	b.tx.Emit(db.Event{Org: b.org, Kind: "message.updated", Ref: msg, Channel: b.ch.ID})
	return addStep(b.tx, b.org, msg, a.at, 0, name, "by the contact", data, 0)
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || a.After(b) {
		return b
	}
	return a
}

type reaction struct {
	Emoji     string    `json:"emoji"`
	Author    id.ID     `json:"author_id"`
	Direction Direction `json:"direction"`
}

// react sets, replaces or (with "") removes one author's reaction.
func react(tx *db.Tx, org, ch, msg, author id.ID, dir Direction, emoji string) error {
	var raw json.RawMessage
	if err := tx.Row(reactionsOf, []any{org, msg}, db.JSON(&raw)); err != nil {
		return err
	}
	var all []reaction
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &all); err != nil {
			return err
		}
	}
	kept := all[:0]
	for _, r := range all {
		// The business has one reaction on a message, whoever of its members
		// gave it; so has each contact.
		if r.Direction != dir || dir == In && r.Author != author {
			kept = append(kept, r)
		}
	}
	if emoji != "" {
		kept = append(kept, reaction{emoji, author, dir})
	}
	var store json.RawMessage
	if len(kept) > 0 {
		store, _ = json.Marshal(kept)
	}
	tx.Emit(db.Event{Org: org, Kind: "message.updated", Ref: msg, Channel: ch})
	_, err := tx.Exec(setReaction, org, msg, store)
	return err
}

var insertStep = db.SQL(`INSERT INTO message_step (organization_id, message_id, id, at, attempt, name, detail, data, duration_us)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`)

// addStep notes a station in the life of a message.
func addStep(tx *db.Tx, org, msg id.ID, at time.Time, attempt int, name, detail string, data json.RawMessage, took time.Duration) error {
	_, err := tx.Exec(insertStep, org, msg, id.New(), at, attempt, name, detail, data, took.Microseconds())
	return err
}
