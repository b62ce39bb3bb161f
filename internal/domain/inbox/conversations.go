package inbox

import (
	"context"
	"encoding/json"
	"errors"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/contact"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// ConversationSpec is what lists of conversations may be asked.
var ConversationSpec = query.Spec{Resource: "conversations", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "channel_id", Column: "t.channel_id", Type: query.UUID, Filterable: true},
	{Name: "contact_id", Column: "t.contact_id", Type: query.UUID, Filterable: true},
	{Name: "thread_key", Column: "t.thread_key", Type: query.Text, Filterable: true},
	{Name: "kind", Column: "t.kind", Type: query.Enum, Values: []string{"direct", "group", "mail"}, Filterable: true},
	{Name: "status", Column: "t.enquiry_status", Type: query.Enum, Values: []string{Open, Ongoing, Missed, FollowedUp, NoEnquiry}, Filterable: true},
	{Name: "owner_id", Column: "t.owner_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "team_id", Column: "t.team_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "unread_count", Column: "t.unread_count", Type: query.Int, Filterable: true},
	{Name: "last_message_at", Column: "t.last_message_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "window_expires_at", Column: "t.window_expires_at", Type: query.Time, Filterable: true, Sortable: true, Nullable: true},
	{Name: "chatbot_enabled", Column: "t.chatbot_enabled", Type: query.Bool, Filterable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "updated_at", Column: "t.updated_at", Type: query.Time, Filterable: true, Sortable: true},
}, Members: []string{"subject", "contact", "channel", "owner", "last_message", "enquiry", "read_mark"}, Scoped: true}

const conversationColumns = `t.id, t.organization_id, t.channel_id, t.contact_id, t.thread_key, t.kind, t.subject, t.owner_id, t.team_id, t.holder_id, t.enquiry_status,
	t.unread_count, t.last_message_at, t.window_expires_at, t.chatbot_enabled, t.created_at, t.updated_at,
	p.name, p.kind, ch.name, ch.type, ch.is_active, s.connection, o.name,
	m.id, m.kind, m.direction, m.text, m.status, m.occurred_at, m.payload, m.media,
	e.id, e.number, e.status, e.owner_id, e.created_at`

const conversationFrom = `conversation t
	JOIN contact p ON p.organization_id = t.organization_id AND p.id = t.contact_id
	JOIN channel ch ON ch.organization_id = t.organization_id AND ch.id = t.channel_id
	LEFT JOIN source s ON s.organization_id = ch.organization_id AND s.id = ch.source_id
	LEFT JOIN member o ON o.organization_id = t.organization_id AND o.id = t.owner_id
	LEFT JOIN message m ON m.organization_id = t.organization_id AND m.id = t.last_message_id
	LEFT JOIN enquiry e ON e.organization_id = t.organization_id AND e.id = t.enquiry_id`

var (
	conversationsByID = db.SQL(`SELECT ` + conversationColumns + ` FROM ` + conversationFrom + ` WHERE t.organization_id = $1 AND t.id IN @ids($2) ORDER BY t.id`)
	marksOf           = db.SQL(`SELECT conversation_id, message_id, message_at FROM read_mark WHERE organization_id = $1 AND member_id = $2 AND conversation_id IN @ids($3)`)
)

// Conversations lists conversations.
func (s *Service) Conversations(ctx context.Context, a account.Actor, l *query.List) ([]Conversation, int64, error) {
	if err := a.Require(account.InboxView); err != nil {
		return nil, 0, err
	}
	var out []Conversation
	total := int64(-1)
	l.Within = visible(a, "t")
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out, total, err = s.conversationsIn(tx, a, l)
		return err
	})
	return out, total, err
}

func (s *Service) conversationsIn(tx *db.Tx, a account.Actor, l *query.List) ([]Conversation, int64, error) {
	out := []Conversation{}
	total, err := db.List(tx, l, conversationColumns, conversationFrom, func(scan func(...any) error) error {
		c, err := scanConversation(scan)
		out = append(out, c)
		return err
	})
	if err == nil {
		err = marks(tx, a, out)
	}
	return out, total, err
}

// Conversation reads one conversation.
func (s *Service) Conversation(ctx context.Context, a account.Actor, c id.ID) (Conversation, error) {
	if err := a.Require(account.InboxView); err != nil {
		return Conversation{}, err
	}
	var out []Conversation
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		if out, err = ConversationsByID(tx, a.Organization, db.IDs{c}); err != nil {
			return err
		}
		return marks(tx, a, out)
	})
	if err == nil && (len(out) == 0 || !Sees(a, out[0].Place())) {
		err = fault.Absent("conversation")
	}
	if err != nil {
		return Conversation{}, err
	}
	return out[0], nil
}

// ConversationsByID reads conversations as they are shown, for live events.
func ConversationsByID(tx *db.Tx, org id.ID, ids db.IDs) ([]Conversation, error) {
	out := []Conversation{}
	return out, tx.Query(conversationsByID, []any{org, ids}, func(scan func(...any) error) error {
		c, err := scanConversation(scan)
		out = append(out, c)
		return err
	})
}

func scanConversation(scan func(...any) error) (Conversation, error) {
	var c Conversation
	var subject, contactName, connection, ownerName string
	var last LastMessage
	var payload, media json.RawMessage
	var kind, direction, state, text string
	var e EnquiryBrief
	err := scan(&c.ID, &c.OrganizationID, &c.ChannelID, &c.ContactID, &c.ThreadKey, &c.Kind, &subject, &c.OwnerID, &c.TeamID, &c.holder, &c.Status,
		&c.UnreadCount, db.Time(&c.LastMessageAt.Time), db.Time(&c.WindowExpiresAt.Time), &c.ChatbotEnabled, db.Time(&c.CreatedAt.Time), db.Time(&c.UpdatedAt.Time),
		&contactName, &c.Contact.Kind, &c.Channel.Name, &c.Channel.Type, &c.Channel.IsActive, db.Null(&connection), db.Null(&ownerName),
		&last.ID, db.Null(&kind), db.Null(&direction), db.Null(&text), db.Null(&state), db.Time(&last.OccurredAt.Time), db.JSON(&payload), db.JSON(&media),
		&e.ID, db.Null(&e.Number), db.Null(&e.Status), &e.OwnerID, db.Time(&e.CreatedAt.Time))
	if err != nil {
		return c, err
	}
	if subject != "" {
		c.Subject = &subject
	}
	if c.LastMessageAt.UnixMicro() == 0 {
		c.LastMessageAt = c.CreatedAt
	}
	c.Contact.ID, c.Contact.Name, c.Contact.DisplayName = c.ContactID, contactName, contact.DisplayName(contactName, c.ContactID)
	if c.Channel.ID, c.Channel.Connection = c.ChannelID, connection; connection == "" {
		c.Channel.Connection = "disconnected"
	}
	if !c.OwnerID.IsZero() {
		c.Owner = &MemberBrief{c.OwnerID, ownerName}
	}
	if !last.ID.IsZero() {
		last.Kind, last.Direction, last.Status = message.Kind(kind), Direction(direction), message.State(state)
		last.Text, last.Voice = preview(last.Kind, text, payload, media)
		c.LastMessage = &last
	}
	if !e.ID.IsZero() {
		c.Enquiry = &e
	}
	return c, nil
}

func preview(kind message.Kind, text string, payload, media json.RawMessage) (words string, voice bool) {
	content, err := message.ParseContent(kind, text, payload)
	if err != nil {
		content = message.Content{Kind: kind, Text: text} // inbound payloads may hold more than we send
	}
	if len(media) > 0 {
		_ = json.Unmarshal(media, &content.Media) // our own rendering; a preview does without it
	}
	return content.Summary(), len(content.Media) > 0 && content.Media[0].Voice
}

func marks(tx *db.Tx, a account.Actor, out []Conversation) error {
	if a.Member.IsZero() || len(out) == 0 {
		return nil
	}
	at := map[id.ID]int{}
	var ids db.IDs
	for i, c := range out {
		at[c.ID], ids = i, append(ids, c.ID)
	}
	return tx.Query(marksOf, []any{a.Organization, a.Member, ids}, func(scan func(...any) error) error {
		var c id.ID
		m := &ReadMark{}
		err := scan(&c, &m.MessageID, db.Time(&m.OccurredAt.Time))
		out[at[c]].ReadMark = m
		return err
	})
}

var (
	newestIn = db.SQL(`SELECT id, occurred_at, provider_message_id FROM message WHERE organization_id = $1 AND conversation_id = $2
		AND direction = 'inbound' ORDER BY occurred_at DESC, id DESC LIMIT 1`)
	oneIn = db.SQL(`SELECT id, occurred_at, provider_message_id FROM message WHERE organization_id = $1 AND conversation_id = $2 AND id = $3`)
	mark  = db.SQL(`INSERT INTO read_mark (organization_id, conversation_id, member_id, message_id, message_at, read_at) VALUES ($1,$2,$3,$4,$5,$6)
		ON CONFLICT (organization_id, conversation_id, member_id) DO UPDATE SET message_id = $4, message_at = $5, read_at = $6
		WHERE read_mark.message_at <= $5`)
	recount = db.SQL(`UPDATE conversation SET unread_count = (SELECT count(*) FROM message m WHERE m.conversation_id = $2 AND m.organization_id = $1
		AND m.direction = 'inbound' AND m.kind <> 'reaction' AND (m.occurred_at, m.id) > ($3, $4)), updated_at = $5
		WHERE organization_id = $1 AND id = $2 AND unread_count > 0`)
)

// Receipt says what to tell the provider after a conversation was read.
type Receipt struct {
	Channel  id.ID
	Provider string // latest message read, "" = nothing new
}

// Read marks a conversation as read up to a message, or to the newest. Without
// an owner any member's reading counts for the unread figure, with one only the
// owner's.
func (s *Service) Read(ctx context.Context, a account.Actor, conversation, upTo id.ID) (Receipt, error) {
	if err := a.Require(account.InboxView); err != nil {
		return Receipt{}, err
	}
	var out Receipt
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		out = Receipt{}
		c, err := s.holdFor(tx, a, conversation, "conversation")
		if err != nil {
			return err
		}
		if err := tx.Row(channelOf, []any{a.Organization, conversation}, &out.Channel); err != nil {
			return err
		}
		var msg id.ID
		var at int64
		var provider string
		if upTo.IsZero() {
			err = tx.Row(newestIn, []any{a.Organization, conversation}, &msg, &at, db.Null(&provider))
		} else if err = tx.Row(oneIn, []any{a.Organization, conversation, upTo}, &msg, &at, db.Null(&provider)); errors.Is(err, db.ErrNoRows) {
			return fault.InvalidField("/message_id", "not_found", "There is no such message in this conversation.")
		}
		if errors.Is(err, db.ErrNoRows) {
			return nil // nothing was said yet
		} else if err != nil {
			return err
		}
		now := s.clock.Now()
		if !a.Member.IsZero() {
			if _, err := tx.Exec(mark, a.Organization, conversation, a.Member, msg, at, now); err != nil {
				return err
			}
		}
		if !c.owner.IsZero() && c.owner != a.Member {
			return nil
		}
		n, err := tx.Exec(recount, a.Organization, conversation, at, msg, now)
		if err != nil || n == 0 {
			return err
		}
		out.Provider = provider
		tx.Emit(db.Event{Kind: "conversation.updated", Ref: conversation, Channel: out.Channel, Owner: c.owner})
		return nil
	})
	return out, err
}

// Target says where a hint for the contact goes.
type Target struct {
	Channel  id.ID
	To       message.Party
	Provider string // the contact's latest message
}

// Typing tells colleagues that the member is writing, and says where to tell
// the contact.
func (s *Service) Typing(ctx context.Context, a account.Actor, conversation id.ID) (Target, error) {
	if err := a.Require(account.InboxSend); err != nil {
		return Target{}, err
	}
	var t Target
	var place Place
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		t = Target{}
		cs, err := ConversationsByID(tx, a.Organization, db.IDs{conversation})
		if err != nil {
			return err
		}
		if len(cs) == 0 || !Sees(a, cs[0].Place()) {
			return fault.Absent("conversation")
		}
		t.Channel, place = cs[0].ChannelID, cs[0].Place()
		if t.To, err = s.contacts.Reach(tx, a.Organization, cs[0].Channel.Type, cs[0].ContactID); err != nil {
			return err
		}
		var msg id.ID
		var at int64
		if err := tx.Row(newestIn, []any{a.Organization, conversation}, &msg, &at, db.Null(&t.Provider)); err != nil && !errors.Is(err, db.ErrNoRows) {
			return err
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	data, _ := json.Marshal(TypingSignal{Conversation: conversation, Channel: t.Channel, Place: place, Member: &MemberBrief{a.Member, a.Name}})
	s.bus.Publish(event.Hint{Topic: event.Typing, Key: a.Organization, Text: string(data)})
	return t, nil
}

// TypingSignal is what live streams tell about a member or the contact who
// writes.
type TypingSignal struct {
	Conversation id.ID        `json:"conversation_id"`
	Channel      id.ID        `json:"channel_id"`
	Place        Place        `json:"place"`
	Member       *MemberBrief `json:"member"`
	Contact      *MemberBrief `json:"contact,omitempty"`
}
