package inbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Draft is a message somebody wants to send.
type Draft struct {
	Kind      string          `json:"kind,omitempty" doc:"text when left out"`
	Text      string          `json:"text,omitempty" doc:"Body, question of an interactive message, or emoji of a reaction"`
	Payload   json.RawMessage `json:"payload,omitempty" doc:"What belongs to the kind beside the text"`
	Media     []MediaRef      `json:"media,omitempty" maxItems:"30" doc:"Uploads to send, for kinds image, video, audio, document and sticker; text is their caption"`
	ReplyToID id.ID           `json:"reply_to_id,omitempty" doc:"Message to quote, or the target of a reaction"`
	ClientID  string          `json:"client_id,omitempty" maxLength:"100" doc:"Your own id of the message: sent again, it gives the first one back"`
}

var (
	byClientID    = db.SQL(`SELECT id, kind, text, payload, media FROM message WHERE conversation_id = $1 AND client_id = $2 AND organization_id = $3`)
	channelOf     = db.SQL(`SELECT channel_id FROM conversation WHERE organization_id = $1 AND id = $2`)
	replyTarget   = db.SQL(`SELECT provider_message_id FROM message WHERE organization_id = $1 AND id = $2 AND conversation_id = $3`)
	insertOutward = db.SQL(`INSERT INTO message (organization_id, id, conversation_id, channel_id, direction, kind, text, payload, media, status, attempt,
		reply_to_id, reply_to_provider_id, client_id, author_type, author_id, occurred_at, created_at)
		VALUES ($1,$2,$3,$4,'outbound',$5,$6,$7,$8,'queued',1,$9,$10,$11,$12,$13,$14,$14)`)
	lastMessage = db.SQL(`UPDATE conversation SET last_message_id = $3, last_message_at = $4, updated_at = $5
		WHERE organization_id = $1 AND id = $2 AND last_message_at <= $4`)
)

// Send accepts a message: it checks what the platform allows, commits it as
// queued and leaves the rest to the gateway. The same client id gives the
// message accepted first, with created false.
func (s *Service) Send(ctx context.Context, a account.Actor, conversation id.ID, d Draft) (m Message, created bool, err error) {
	rows, created, err := s.SendMany(ctx, a, []NewMessage{{ConversationID: conversation, Draft: d}}, func(_ int, err error) error {
		if errors.Is(err, errNoConversation) { // the path names it
			return fault.Absent("conversation")
		}
		return err
	})
	if err != nil {
		return Message{}, false, err
	}
	return rows[0], created, nil
}

// understood is the content of a draft.
func understood(d Draft) (message.Content, error) {
	if utf8.RuneCountInString(d.ClientID) > 100 {
		return message.Content{}, fault.InvalidField("/client_id", "too_long", "A client id has at most 100 characters.")
	}
	kind := message.Kind(d.Kind)
	if kind == "" {
		kind = message.Text
	}
	content, err := message.ParseContent(kind, message.Clean(d.Text), d.Payload)
	if err == nil && carries(kind) {
		err = voicePayload(d, &content)
	}
	if err != nil {
		return content, fault.InvalidField("/payload", "bad_payload", "%s.", sentence(err.Error())).
			WithHint("The API description of this call shows the payload of each kind.")
	}
	if content.Poll != nil { // how it stands is for the voters to say
		content.Poll.Closed = false
		for i := range content.Poll.Options {
			content.Poll.Options[i].Votes = 0
		}
	}
	return content, nil
}

var errNoConversation = errors.New("inbox: no such conversation")

// accept is Send inside a transaction that holds the conversation.
func (s *Service) accept(tx *db.Tx, a account.Actor, conversation id.ID, d Draft, content message.Content) (made id.ID, created bool, err error) {
	var ch id.ID
	if err := tx.Row(channelOf, []any{a.Organization, conversation}, &ch); errors.Is(err, db.ErrNoRows) {
		return made, false, errNoConversation
	} else if err != nil {
		return made, false, err
	}
	c, err := s.holdFor(tx, a, conversation, "conversation")
	if fault.Is(err, "not_found") {
		return made, false, errNoConversation
	} else if err != nil {
		return made, false, err
	}
	if d.ClientID != "" {
		var was message.Kind
		var text string
		var payload, files json.RawMessage
		if err := tx.Row(byClientID, []any{conversation, d.ClientID, a.Organization}, &made, &was, &text, db.JSON(&payload), db.JSON(&files)); err == nil {
			if now, err := content.Payload(); err != nil || was != content.Kind || text != content.Text || !bytes.Equal(now, payload) || !sameFiles(files, d) {
				return made, false, fault.InvalidField("/client_id", "client_id_reused", "Another message of this conversation has this client id.").
					WithHint("Make a fresh id for each message; repeat it only with the same content.")
			}
			return made, false, nil
		} else if !errors.Is(err, db.ErrNoRows) {
			return made, false, err
		}
	}
	chn, err := s.channels.In(tx, a.Organization, ch)
	if err != nil {
		return made, false, err
	}
	files, err := s.attachments(tx, a, conversation, d, &content)
	if err != nil {
		return made, false, err
	}
	if err := s.maySend(chn, c, content); err != nil {
		return made, false, err
	}
	if made, err = s.queue(tx, a, chn, c, content, d); err != nil {
		return made, false, err
	}
	for i, f := range files {
		if err := s.media.Attach(tx, f, made, conversation, ch, content.Media[i].Kind); err != nil {
			return made, false, err
		}
	}
	return made, true, nil
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// maySend holds the platform's rules against a message before it is accepted.
func (s *Service) maySend(ch *channel.Channel, c *conv, content message.Content) error {
	if ch == nil {
		return fault.New(fault.Conflict, "channel_deleted", "The channel of this conversation was deleted; it can only be read.")
	}
	switch {
	case !ch.IsActive:
		return fault.New(fault.Conflict, "channel_inactive", "The channel %q is switched off.", ch.Name).WithHint("Activate the channel, then send again.")
	case ch.Validation() == channel.Invalid: // it is disconnected as well; this says why
		return fault.New(fault.Conflict, "channel_invalid", "The credentials of the channel %q are invalid.", ch.Name).WithHint("Replace the credentials and validate them, then send again.")
	case ch.Connection() != channel.Connected:
		return fault.New(fault.Conflict, "channel_disconnected", "The channel %q is disconnected.", ch.Name).WithHint("Reconnect its source, then send again.")
	}
	t := s.channels.Type(ch.Type)
	if r := message.Fit(content, t.Caps, t.Limits); r != nil {
		f := fault.InvalidField(r.Pointer, r.Code, "%s", r.Detail)
		f.Hint = r.Hint
		return f
	}
	if t.Window > 0 && content.Kind != message.Template && !s.clock.Now().Before(c.window) {
		hours := int(t.Window.Hours())
		return fault.New(fault.Invalid, "window_closed",
			"Sorry, your message can no longer send; the %d-hour message window has lapsed. Close this enquiry, or wait until the visitor sends a message again.", hours).
			WithHint("A template may still be sent.")
	}
	return nil
}

// queue writes the message and its place in the outbox.
func (s *Service) queue(tx *db.Tx, a account.Actor, ch *channel.Channel, c *conv, content message.Content, d Draft) (id.ID, error) {
	now := s.clock.Now()
	var replyTo any
	if !d.ReplyToID.IsZero() {
		var provider string
		if err := tx.Row(replyTarget, []any{a.Organization, d.ReplyToID, c.id}, db.Null(&provider)); errors.Is(err, db.ErrNoRows) {
			return id.Zero, fault.InvalidField("/reply_to_id", "not_found", "There is no such message in this conversation.")
		} else if err != nil {
			return id.Zero, err
		}
		if provider == "" {
			return id.Zero, fault.InvalidField("/reply_to_id", "not_sent_yet", "That message has not reached the platform, so nothing can refer to it.").
				WithHint("Wait until it is sent.")
		}
		replyTo = provider
	} else if content.Kind == message.Reaction {
		return id.Zero, fault.InvalidField("/reply_to_id", "required", "A reaction needs the message it belongs to.")
	}
	payload, err := content.Payload()
	if err != nil {
		return id.Zero, err
	}
	files, err := filesJSON(content)
	if err != nil {
		return id.Zero, err
	}
	var client any
	if d.ClientID != "" {
		client = d.ClientID
	}
	writer, who := author(a)
	m := id.New()
	if _, err := tx.Exec(insertOutward, a.Organization, m, c.id, ch.ID, string(content.Kind), content.Text, payload, files,
		d.ReplyToID, replyTo, client, writer, who, now); err != nil {
		return id.Zero, err
	}
	if content.Kind != message.Reaction {
		if _, err := tx.Exec(lastMessage, a.Organization, c.id, m, now.UnixMicro(), now); err != nil {
			return id.Zero, err
		}
		if err := s.answered(tx, a.Organization, ch, c, a.Member, now); err != nil {
			return id.Zero, err
		}
	} else if err := react(tx, a.Organization, ch.ID, d.ReplyToID, a.Member, Out, content.Text); err != nil {
		return id.Zero, err
	}
	if err := s.enqueue(tx, ch, c, m, 1, now); err != nil {
		return id.Zero, err
	}
	tx.Emit(db.Event{Kind: "message.created", Ref: m, Channel: ch.ID, Owner: c.owner})
	return m, nil
}

// author says who acts: a member, or a program with a token.
func author(a account.Actor) (kind string, who id.ID) {
	if a.Member.IsZero() {
		return "program", a.Token
	}
	return "member", a.Member
}

var (
	insertOutbox = db.SQL(`INSERT INTO outbox (organization_id, conversation_id, id, message_id, channel_id, attempt, expires_at) VALUES ($1,$2,$3,$4,$5,$6,$7)`)
	insertLane   = db.SQL(`INSERT INTO send_lane (organization_id, conversation_id, channel_id, priority, ready_at) VALUES ($1,$2,$3,0,0)
		ON CONFLICT (organization_id, conversation_id) DO NOTHING`)
)

// enqueue gives a message its place in the lane of its conversation.
func (s *Service) enqueue(tx *db.Tx, chn *channel.Channel, c *conv, msg id.ID, attempt int, now time.Time) error {
	org, ch := chn.OrganizationID, chn.ID
	until := now.Add(HoldLongest + s.channels.Type(chn.Type).RetrySpan())
	if !c.window.IsZero() && c.window.After(now) && c.window.Before(until) {
		until = c.window
	}
	if _, err := tx.Exec(insertOutbox, org, c.id, id.New(), msg, ch, attempt, until); err != nil {
		return err
	}
	if _, err := tx.Exec(insertLane, org, c.id, ch); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.bus.Publish(event.Hint{Topic: event.Deliver, Key: ch}) })
	return nil
}

var messageState = db.SQL(`SELECT conversation_id, channel_id, status, attempt, kind, text, payload, media FROM message
	WHERE organization_id = $1 AND id = $2 AND direction = 'outbound'`)

type outward struct {
	conversation, channel id.ID
	state                 message.State
	attempt               int
	content               message.Content
}

// change runs fn on a message we sent, with its conversation held.
func (s *Service) change(ctx context.Context, a account.Actor, msg id.ID, fn func(tx *db.Tx, c *conv, m outward) error) (Message, error) {
	if err := a.Require(account.InboxSend); err != nil {
		return Message{}, err
	}
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error { return s.changeIn(tx, a, msg, "message", fn) })
	if err != nil {
		return Message{}, err
	}
	return s.message(ctx, a, msg)
}

// changeIn is change inside the caller's transaction; what is the word for a
// message that is not the actor's to touch.
func (s *Service) changeIn(tx *db.Tx, a account.Actor, msg id.ID, what string, fn func(tx *db.Tx, c *conv, m outward) error) error {
	var m outward
	read := func() error {
		var kind message.Kind
		var text string
		var payload, files json.RawMessage
		err := tx.Row(messageState, []any{a.Organization, msg}, &m.conversation, &m.channel, &m.state, &m.attempt, &kind, &text, db.JSON(&payload), db.JSON(&files))
		if errors.Is(err, db.ErrNoRows) {
			return fault.Absent("message")
		}
		if err == nil {
			m.content, err = storedContent(tx, a.Organization, kind, text, payload, files)
		}
		return err
	}
	if err := read(); err != nil {
		return err
	}
	c, err := s.holdFor(tx, a, m.conversation, what)
	if err != nil {
		return err
	}
	if err := read(); err != nil { // as it is now that nobody else can change it
		return err
	}
	if err := fn(tx, c, m); err != nil {
		return err
	}
	tx.Emit(db.Event{Kind: "message.updated", Ref: msg, Channel: m.channel})
	return nil
}

var (
	retryMessage = db.SQL(`UPDATE message SET status = 'queued', attempt = $3, error = NULL WHERE organization_id = $1 AND id = $2`)
	setState     = db.SQL(`UPDATE message SET status = $3, error = $4 WHERE organization_id = $1 AND id = $2`)
)

// Retry makes a new attempt of a message that failed, was canceled or is
// uncertain, by a member's decision.
func (s *Service) Retry(ctx context.Context, a account.Actor, msg id.ID) (Message, error) {
	return s.change(ctx, a, msg, func(tx *db.Tx, c *conv, m outward) error {
		if m.state != message.Failed && m.state != message.Canceled && m.state != message.Uncertain {
			return fault.New(fault.Conflict, "not_retryable", "Only a message that failed, was canceled or is uncertain can be sent again; this one is %s.", m.state)
		}
		ch, err := s.channels.In(tx, a.Organization, m.channel)
		if err != nil {
			return err
		}
		if err := s.maySend(ch, c, m.content); err != nil {
			return err
		}
		if err := s.settleOutbox(tx, a.Organization, msg); err != nil {
			return err
		}
		now := s.clock.Now()
		if _, err := tx.Exec(retryMessage, a.Organization, msg, m.attempt+1); err != nil {
			return err
		}
		if err := addStep(tx, a.Organization, msg, now, m.attempt+1, "retried", "by "+a.Name, nil, 0); err != nil {
			return err
		}
		return s.enqueue(tx, ch, c, msg, m.attempt+1, now)
	})
}

// Cancel takes back a message that has not gone yet.
func (s *Service) Cancel(ctx context.Context, a account.Actor, msg id.ID) (Message, error) {
	return s.change(ctx, a, msg, func(tx *db.Tx, _ *conv, m outward) error {
		return s.cancelIn(tx, a.Organization, msg, m.state)
	})
}

func (s *Service) cancelIn(tx *db.Tx, org, msg id.ID, state message.State) error {
	if state != message.Queued && state != message.Scheduled {
		return fault.New(fault.Conflict, "not_cancelable", "Only a message that still waits can be canceled; this one is %s.", state)
	}
	if err := s.settleOutbox(tx, org, msg); err != nil {
		return err
	}
	if err := delivery.Drop(tx, org, msg, s.clock.Now()); err != nil {
		return err
	}
	_, err := tx.Exec(setState, org, msg, string(message.Canceled), nil)
	return err
}

// Confirm settles an uncertain message by a member's word: it arrived, or it
// is sent again.
func (s *Service) Confirm(ctx context.Context, a account.Actor, msg id.ID, arrived bool) (Message, error) {
	if !arrived {
		return s.Retry(ctx, a, msg)
	}
	return s.change(ctx, a, msg, func(tx *db.Tx, _ *conv, m outward) error {
		if m.state != message.Uncertain {
			return fault.New(fault.Conflict, "not_uncertain", "This message is %s; only an uncertain one can be confirmed.", m.state)
		}
		if err := s.settleOutbox(tx, a.Organization, msg); err != nil {
			return err
		}
		if _, err := tx.Exec(setState, a.Organization, msg, string(message.Sent), nil); err != nil {
			return err
		}
		return addStep(tx, a.Organization, msg, s.clock.Now(), m.attempt, "confirmed", "by "+a.Name, nil, 0)
	})
}
