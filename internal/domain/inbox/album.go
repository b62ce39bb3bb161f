package inbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// An album comes as several messages that share a word of the provider's. They
// become one message: a row of provider_message under the album's own key names
// it, whoever of the parts comes first, and each part's id leads to it.

// album is the message that parts of the batch belong to.
type album struct {
	message id.ID
	begun   bool // it exists, or an earlier part of the batch makes it
}

// part is a file on its way into a message that exists already.
type part struct {
	message id.ID
	content message.Content
}

// albumKey is unlike any provider's id: it holds a control character.
func albumKey(m *message.Received) string {
	if m.Album == "" || len(m.Content.Media) == 0 {
		return ""
	}
	where := m.Group
	if where == "" && len(m.From.Addresses) > 0 {
		where = m.From.Addresses[0].Value
	}
	return "album\x1f" + where + "\x1f" + m.Album
}

var messagesOfKeys = db.SQL(`SELECT provider_message_id, message_id FROM provider_message
	WHERE channel_id = $1 AND provider_message_id IN @list($2) AND organization_id = $3`)

// findAlbums gives each album of the batch its message.
func (b *batch) findAlbums() error {
	var keys db.Texts
	var rows [][]any
	b.albums = map[string]*album{}
	for _, it := range b.items {
		if it.Message == nil {
			continue
		}
		key := albumKey(it.Message)
		if key == "" || b.albums[key] != nil {
			continue
		}
		b.albums[key] = &album{message: id.New()}
		keys = append(keys, key)
		rows = append(rows, []any{b.org, b.ch.ID, key, b.albums[key].message, 0, string(message.GotIn), nil})
	}
	if len(keys) == 0 {
		return nil
	}
	fresh, err := b.tx.InsertNew(insertKey, rows)
	if err != nil {
		return err
	}
	var known db.Texts
	for i, ok := range fresh {
		if !ok {
			known = append(known, keys[i])
		}
	}
	if len(known) == 0 {
		return nil
	}
	return b.tx.Query(messagesOfKeys, []any{b.ch.ID, known, b.org}, func(scan func(...any) error) error {
		var key string
		var m id.ID
		err := scan(&key, &m)
		if a := b.albums[key]; a != nil {
			a.message, a.begun = m, true
		}
		return err
	})
}

// joins tells whether a new message is a further part of an album, and takes it
// in if so.
func (b *batch) joins(in *incoming) bool {
	m := b.items[in.item].Message
	if m == nil {
		return false
	}
	a := b.albums[albumKey(m)]
	if a == nil {
		return false
	}
	if !a.begun {
		a.begun = true
		return false
	}
	b.parts = append(b.parts, part{a.message, in.content})
	return true
}

var (
	convOfMessage = db.SQL(`SELECT conversation_id FROM message WHERE organization_id = $1 AND id = $2`)
	albumOf       = db.SQL(`SELECT conversation_id, text, media FROM message WHERE organization_id = $1 AND id = $2`)
	extendAlbum   = db.SQL(`UPDATE message SET kind = $3, text = $4, media = $5 WHERE organization_id = $1 AND id = $2`)
)

// partConversations are the conversations that parts of the batch belong to.
func (b *batch) partConversations() (ids db.IDs, err error) {
	for _, p := range b.parts {
		var c id.ID
		switch err := b.tx.Row(convOfMessage, []any{b.org, p.message}, &c); err {
		case nil:
			ids = append(ids, c)
		case db.ErrNoRows: // its first part is in this very batch
		default:
			return nil, err
		}
	}
	return ids, nil
}

// addParts brings further parts of albums into their messages. Parts come in any
// order; they are shown in the sender's.
func (b *batch) addParts() error {
	for _, p := range b.parts {
		var whole message.Content
		var raw json.RawMessage
		var conversation id.ID
		if err := b.tx.Row(albumOf, []any{b.org, p.message}, &conversation, &whole.Text, db.JSON(&raw)); errors.Is(err, db.ErrNoRows) {
			continue // it was erased meanwhile; so is what belongs to it
		} else if err != nil {
			return err
		}
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &whole.Media); err != nil {
				return err
			}
		}
		if err := b.announce(files(p.message, conversation, &p.content)); err != nil {
			return err
		}
		whole.Media = append(whole.Media, p.content.Media...)
		slices.SortStableFunc(whole.Media, func(x, y message.Media) int { return cmp.Compare(x.Part, y.Part) })
		if whole.Text == "" {
			whole.Text = message.Truncate(p.content.Text, textMost)
		} else if p.content.Text != "" {
			whole.Text = message.Truncate(whole.Text+"\n"+p.content.Text, textMost)
		}
		media, err := json.Marshal(whole.Media)
		if err != nil {
			return err
		}
		if _, err := b.tx.Exec(extendAlbum, b.org, p.message, string(whole.Media[0].Kind), whole.Text, json.RawMessage(media)); err != nil {
			return err
		}
		b.tx.Emit(db.Event{Org: b.org, Kind: "message.updated", Ref: p.message, Channel: b.ch.ID})
	}
	return nil
}
