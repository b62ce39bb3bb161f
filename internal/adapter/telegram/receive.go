package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// secretHeader carries the secret of setWebhook with every update.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// Verify compares the secret; Telegram signs no body (Bot API › setWebhook).
func (c *conn) Verify(r adapter.Request) error {
	return kit.VerifySecret(r.Header, secretHeader, c.secret)
}

// Parse understands one update. Where a part has another shape than the one we
// know, the message is still placed and what it says is kept raw.
func (c *conn) Parse(body []byte) adapter.Parsed {
	p := parser{conn: c, body: body}
	var u update
	if err := json.Unmarshal(body, &u); err != nil {
		p.careful(err)
		return p.out
	}
	if err := p.update(&u); err != nil {
		p.broken(err)
	}
	return p.out
}

// parser collects what one update holds.
type parser struct {
	conn *conn
	body []byte
	out  adapter.Parsed
}

func (p *parser) event(e message.Inbound) { p.out.Events = append(p.out.Events, e) }

func (p *parser) broken(err error) {
	p.out = adapter.Parsed{Broken: []adapter.Broken{{Body: p.body, Err: err}}}
}

func (p *parser) update(u *update) error {
	switch {
	case u.Message != nil:
		return p.message(u, u.Message, "message", false)
	case u.ChannelPost != nil:
		return p.message(u, u.ChannelPost, "channel_post", false)
	case u.EditedMessage != nil:
		return p.message(u, u.EditedMessage, "edited_message", true)
	case u.EditedChannelPost != nil:
		return p.message(u, u.EditedChannelPost, "edited_channel_post", true)
	case u.CallbackQuery != nil:
		return p.callback(u.CallbackQuery)
	case u.Poll != nil:
		return p.tally(u, u.Poll)
	case u.PollAnswer != nil:
		return p.vote(u, u.PollAnswer)
	case u.MyChatMember != nil:
		return p.member(u, u.MyChatMember)
	case u.MessageReaction != nil:
		return p.reaction(u, u.MessageReaction)
	}
	p.other()
	return nil
}

// uninteresting are updates we know and have no use for.
var uninteresting = map[string]bool{"chat_member": true, "message_reaction_count": true, "inline_query": true, "chosen_inline_result": true,
	"shipping_query": true, "pre_checkout_query": true, "purchased_paid_media": true, "chat_join_request": true, "chat_boost": true,
	"removed_chat_boost": true, "managed_bot": true}

// other counts what is no event for us; new kinds appear several times a year.
func (p *parser) other() {
	for key := range members(p.body) {
		if uninteresting[key] {
			p.out.Ignored++
			return
		}
	}
	p.out.Unsupported++
}

func members(raw []byte) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	return all
}

// careful is for an update whose shape is not what we know.
func (p *parser) careful(why error) {
	all := members(p.body)
	for _, key := range []string{"message", "channel_post", "edited_message", "edited_channel_post"} {
		raw := all[key]
		if len(raw) == 0 {
			continue
		}
		var u update
		var m wireMessage
		if json.Unmarshal(all["update_id"], &u.ID) == nil && json.Unmarshal(raw, &m.wireHead) == nil &&
			p.place(&u, &m, unsupported(raw), strings.HasPrefix(key, "edited")) == nil {
			return
		}
		break
	}
	p.broken(kit.JSONError(why))
}

// message adds a message, a post or the new form of one.
func (p *parser) message(u *update, m *wireMessage, key string, edited bool) error {
	if m.MigrateTo != "" || m.MigrateFrom != "" {
		return p.migration(m)
	}
	if m.NewChatTitle != "" && m.Chat != nil {
		return p.titled(u, m)
	}
	c, known := m.content()
	if !known {
		raw := members(p.body)[key]
		if isService(members(raw)) {
			p.out.Ignored++
			return nil
		}
		c = unsupported(raw)
	}
	return p.place(u, m, c, edited)
}

// place says who said it where.
func (p *parser) place(u *update, m *wireMessage, c message.Content, edited bool) error {
	id, err := messageID(m.Chat, m.ID)
	if err != nil {
		return err
	}
	from, err := p.sender(&m.wireHead)
	if err != nil {
		return err
	}
	if m.From != nil && m.SenderChat == nil && m.From.ID == kit.ID(p.conn.bot) { // our own, seen from outside
		p.out.Ignored++
		return nil
	}
	r := &message.Received{ProviderID: id, From: from, At: m.Date.Time, Content: c, Broadcast: m.Chat.Type == "channel"}
	if m.Chat.isGroup() {
		r.Group, r.GroupName = m.Chat.ID.String(), message.Clean(m.Chat.Title)
	}
	if m.ReplyTo != nil && m.ReplyTo.ID != "" {
		r.ReplyTo, err = messageID(m.Chat, m.ReplyTo.ID)
		if err != nil {
			return fmt.Errorf("reply_to_message: %w", err)
		}
	}
	if m.MediaGroup != "" {
		if err := usable(m.MediaGroup); err != nil {
			return fmt.Errorf("media_group_id: %w", err)
		}
		r.Album = m.MediaGroup.String()
	}
	p.event(message.Inbound{Message: r})
	if !edited {
		return nil
	}
	// The whole message comes again: one we never heard of is made, one we know
	// is changed.
	if err := usable(u.ID); err != nil {
		return fmt.Errorf("update_id: %w", err)
	}
	p.event(message.Inbound{Edit: &message.Edit{ProviderID: id + ":edit:" + u.ID.String(), Target: id, At: m.EditDate.Time, From: from, Content: c}})
	return nil
}

// isGroup tells whether a chat is more than one person: groups, supergroups
// and channels, whose ids are below zero.
func (c *wireChat) isGroup() bool {
	return c.Type != "private" && (c.Type != "" || strings.HasPrefix(c.ID.String(), "-"))
}

// sender is who said it. Channels, anonymous administrators and people who
// write as a channel are chats; "from" is a filler then.
func (p *parser) sender(h *wireHead) (message.Party, error) {
	switch {
	case h.Chat == nil:
		return message.Party{}, errors.New("chat is missing")
	case h.SenderChat != nil:
		return h.SenderChat.party()
	case h.From != nil:
		return h.From.party()
	}
	return h.Chat.party()
}

func (u *wireUser) party() (message.Party, error) {
	if err := usable(u.ID); err != nil {
		return message.Party{}, fmt.Errorf("user: %w", err)
	}
	return message.Party{Addresses: []message.Address{{Kind: message.ScopedID, Value: u.ID.String()}},
		Name: fullName(u.FirstName, u.LastName), Username: message.Clean(u.Username)}, nil
}

func (c *wireChat) party() (message.Party, error) {
	if err := usable(c.ID); err != nil {
		return message.Party{}, fmt.Errorf("chat: %w", err)
	}
	a := message.Address{Kind: message.ScopedID, Value: c.ID.String()}
	name := fullName(c.FirstName, c.LastName)
	if c.isGroup() {
		a.Kind, name = message.GroupAddress, message.Clean(c.Title)
	}
	return message.Party{Addresses: []message.Address{a}, Name: name, Username: message.Clean(c.Username)}, nil
}

func fullName(first, last string) string {
	return strings.TrimSpace(message.Clean(first) + " " + message.Clean(last))
}

// messageID names a message on the whole bot: Telegram's numbers are unique in
// their chat only.
func messageID(c *wireChat, id kit.ID) (string, error) {
	if c == nil {
		return "", errors.New("chat is missing")
	}
	if err := usable(c.ID); err != nil {
		return "", fmt.Errorf("chat: %w", err)
	}
	if err := usable(id); err != nil {
		return "", fmt.Errorf("message_id: %w", err)
	}
	return c.ID.String() + ":" + id.String(), nil
}

// idMost bounds ids in bytes; Telegram's have at most 20.
const idMost = 64

func usable(id kit.ID) error {
	switch {
	case id == "":
		return errors.New("the id is missing")
	case len(id) > idMost || strings.Contains(string(id), ":"):
		return errors.New("not an id")
	}
	return nil
}
