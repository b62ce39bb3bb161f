package telegram

import (
	"errors"
	"fmt"
	"strconv"

	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// pollID is how a poll's own id stands among the ids of its message.
func pollID(id kit.ID) string { return "poll:" + id.String() }

// callback adds a pressed button as the answer to its question. What it carries
// was put there by us, but the person's app may send anything.
func (p *parser) callback(q *wireCallback) error {
	if q.From == nil {
		return errors.New("callback_query: from is missing")
	}
	if err := usable(q.ID); err != nil {
		return fmt.Errorf("callback_query: %w", err)
	}
	from, err := q.From.party()
	if err != nil {
		return err
	}
	if q.Message == nil || q.Message.Chat == nil { // of an inline message, which we never send
		p.out.Ignored++
		return nil
	}
	m := q.Message
	data := message.Truncate(message.Clean(q.Data), callbackMost)
	title := data
	for _, row := range m.Markup.Rows {
		for _, b := range row {
			if b.Data == q.Data && b.Text != "" {
				title = message.Truncate(message.Clean(b.Text), 256)
			}
		}
	}
	r := &message.Received{ProviderID: "callback:" + q.ID.String(), From: from, Ack: q.ID.String(), Content: message.Content{
		Kind: message.Interactive, Text: title, Interactive: &message.InteractiveBody{Type: "button_reply", ID: data, Title: title}}}
	if r.ReplyTo, err = messageID(m.Chat, m.ID); err != nil {
		return err
	}
	if m.Chat.isGroup() {
		r.Group, r.GroupName = m.Chat.ID.String(), message.Clean(m.Chat.Title)
	}
	p.event(message.Inbound{Message: r})
	return nil
}

// vote adds an answer to a poll of ours. It carries no time; update ids rise.
func (p *parser) vote(u *update, a *wirePollAnswer) error {
	if err := errors.Join(usable(u.ID), usable(a.PollID)); err != nil {
		return fmt.Errorf("poll_answer: %w", err)
	}
	v := &message.Vote{ProviderID: pollID(a.PollID) + ":vote:" + u.ID.String(), Target: pollID(a.PollID), Order: number(u.ID), Options: a.Options}
	var err error
	switch {
	case a.User != nil:
		v.From, err = a.User.party()
	case a.VoterChat != nil:
		v.From, err = a.VoterChat.party()
	default:
		err = errors.New("nobody voted")
	}
	if err != nil {
		return fmt.Errorf("poll_answer: %w", err)
	}
	p.event(message.Inbound{Vote: v})
	return nil
}

// tally adds how a poll stands altogether: the only news of anonymous ones.
func (p *parser) tally(u *update, poll *wirePoll) error {
	if err := errors.Join(usable(u.ID), usable(poll.ID)); err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	t := &message.Tally{Target: pollID(poll.ID), Order: number(u.ID), Closed: poll.Closed}
	for _, o := range poll.Options {
		t.Votes = append(t.Votes, count(o.Voters))
	}
	p.event(message.Inbound{Tally: t})
	return nil
}

// number reads an id that is one; 0 when it is not.
func number(id kit.ID) int64 {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func count(n kit.Number) int {
	if n < 0 || n > 1<<31 {
		return 0
	}
	return int(n)
}

// reaction adds the reaction that is on a message now. It carries the complete
// list; an empty one takes the reaction back.
func (p *parser) reaction(u *update, r *wireReactionSet) error {
	target, err := messageID(r.Chat, r.ID)
	if err != nil {
		return fmt.Errorf("message_reaction: %w", err)
	}
	if err := usable(u.ID); err != nil {
		return fmt.Errorf("update_id: %w", err)
	}
	in := &message.Received{ProviderID: target + ":reaction:" + u.ID.String(), At: r.Date.Time, Target: target, Content: message.Content{Kind: message.Reaction}}
	switch {
	case r.User != nil:
		in.From, err = r.User.party()
	case r.ActorChat != nil:
		in.From, err = r.ActorChat.party()
	default:
		in.From, err = r.Chat.party()
	}
	if err != nil {
		return fmt.Errorf("message_reaction: %w", err)
	}
	if len(r.New) > 0 {
		switch in.Content.Text = message.Clean(r.New[0].Emoji); {
		case in.Content.Text != "":
		case r.New[0].Type == "paid":
			in.Content.Text = "⭐"
		default: // a picture of somebody's own, which only Telegram can draw
			in.Content.Text = "✨"
		}
	}
	if r.Chat.isGroup() {
		in.Group, in.GroupName = r.Chat.ID.String(), message.Clean(r.Chat.Title)
	}
	p.event(message.Inbound{Message: in})
	return nil
}

// migration moves a group to its new id. Telegram tells it twice, in the old
// group and in the new one, in no promised order; both say the same.
func (p *parser) migration(m *wireMessage) error {
	if m.Chat == nil {
		return errors.New("chat is missing")
	}
	from, to := m.Chat.ID, m.MigrateTo
	if to == "" {
		from, to = m.MigrateFrom, m.Chat.ID
	}
	if err := errors.Join(usable(from), usable(to)); err != nil {
		return fmt.Errorf("migration: %w", err)
	}
	group := func(id kit.ID) message.Party {
		return message.Party{Addresses: []message.Address{{Kind: message.GroupAddress, Value: id.String()}}, Name: message.Clean(m.Chat.Title)}
	}
	p.event(message.Inbound{Move: &message.Move{ProviderID: "migration:" + from.String() + ":" + to.String(), From: group(from), To: group(to), At: m.Date.Time}})
	return nil
}

// titled follows the new name of a group.
func (p *parser) titled(u *update, m *wireMessage) error {
	id, err := messageID(m.Chat, m.ID)
	if err != nil {
		return err
	}
	who, err := m.Chat.party()
	if err != nil {
		return err
	}
	who.Name = message.Clean(m.NewChatTitle)
	p.event(message.Inbound{Presence: &message.Presence{ProviderID: id, Who: who, At: m.Date.Time, Reachable: true}})
	return nil
}

// member tells whether the bot may write: in a private chat whether the person
// has blocked it, in groups and channels whether it was let in.
func (p *parser) member(u *update, m *wireMember) error {
	if m.Chat == nil {
		return errors.New("my_chat_member: chat is missing")
	}
	if err := usable(u.ID); err != nil {
		return fmt.Errorf("update_id: %w", err)
	}
	who, err := m.Chat.party()
	if err != nil {
		return fmt.Errorf("my_chat_member: %w", err)
	}
	ok := false
	switch m.New.Status {
	case "creator", "administrator", "member":
		ok = true
	case "restricted":
		ok = m.New.IsMember
	}
	p.event(message.Inbound{Presence: &message.Presence{ProviderID: "member:" + m.Chat.ID.String() + ":" + u.ID.String(), Who: who, At: m.Date.Time, Reachable: ok}})
	return nil
}
