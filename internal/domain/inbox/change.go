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

// applyChanges carries out what contacts did to earlier messages: reactions,
// edits, deletions. One whose target is unknown is kept as a step of nothing:
// its key is taken, and the raw delivery stays.
func (b *batch) applyChanges() error {
	for i := range b.incoming {
		in := &b.incoming[i]
		if in.content.Kind != message.Reaction {
			continue
		}
		if t := b.targets[in.target]; t.conv == in.conv.id {
			if err := b.react(t.message, in.sender, In, in.content.Text); err != nil {
				return err
			}
		}
	}
	for i, it := range b.items {
		if !b.fresh[i] || it.Edit == nil && it.Delete == nil {
			continue
		}
		var t target
		if it.Edit != nil {
			t = b.targets[it.Edit.Target]
		} else {
			t = b.targets[it.Delete.Target]
		}
		if t.message.IsZero() {
			continue
		}
		if err := b.alter(t, it); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) alter(t target, it Item) error {
	var old string
	var oldPayload json.RawMessage
	if err := b.tx.Row(textOf, []any{b.org, t.message}, &old, db.JSON(&oldPayload)); err != nil {
		return err
	}
	name, at := "deleted", time.Time{}
	if it.Edit != nil {
		name, at = "edited", earlier(it.Edit.At, it.ReceivedAt)
		payload, err := it.Edit.Content.Payload()
		if err != nil {
			return err
		}
		if _, err := b.tx.Exec(editMessage, b.org, t.message, it.Edit.Content.Text, payload, at); err != nil {
			return err
		}
	} else {
		at = earlier(it.Delete.At, it.ReceivedAt)
		if _, err := b.tx.Exec(deleteMessage, b.org, t.message, at); err != nil {
			return err
		}
	}
	data, _ := json.Marshal(map[string]any{"earlier_text": old, "earlier_payload": oldPayload})
	b.tx.Emit(db.Event{Org: b.org, Kind: "message.updated", Ref: t.message, Channel: b.ch.ID})
	return addStep(b.tx, b.org, t.message, at, 0, name, "by the contact", data, 0)
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || a.After(b) {
		return b
	}
	return a
}

// react sets, replaces or (with "") removes one author's reaction.
func (b *batch) react(msg, author id.ID, dir Direction, emoji string) error {
	return react(b.tx, b.org, b.ch.ID, msg, author, dir, emoji)
}

type reaction struct {
	Emoji     string    `json:"emoji"`
	Author    id.ID     `json:"author_id"`
	Direction Direction `json:"direction"`
}

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
