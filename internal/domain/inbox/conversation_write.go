package inbox

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// ConversationDraft is a conversation somebody begins.
type ConversationDraft struct {
	OrganizationID *id.ID  `json:"organization_id,omitempty" doc:"The caller's own organization; may be left out"`
	ChannelID      id.ID   `json:"channel_id"`
	ContactID      id.ID   `json:"contact_id" doc:"Somebody with an address on the channel's type"`
	Subject        *string `json:"subject,omitempty" maxLength:"255"`
	ChatbotEnabled *bool   `json:"chatbot_enabled,omitempty"`
}

// ConversationPatch is what may be changed of a conversation. Nil members stay
// as they are; the owner belongs to the enquiry and follows its actions.
type ConversationPatch struct {
	Subject        *string `json:"subject,omitempty" maxLength:"255" doc:"Empty or null: none"`
	ChatbotEnabled *bool   `json:"chatbot_enabled,omitempty"`
}

var (
	threadOf     = db.SQL(`SELECT id FROM conversation WHERE organization_id = $1 AND channel_id = $2 AND thread_key = $3`)
	contactKind  = db.SQL(`SELECT kind FROM contact WHERE organization_id = $1 AND id = $2`)
	changeConv   = db.SQL(`UPDATE conversation SET subject = $3, chatbot_enabled = $4, updated_at = $5 WHERE organization_id = $1 AND id = $2`)
	subjectOf    = db.SQL(`SELECT subject, chatbot_enabled FROM conversation WHERE organization_id = $1 AND id = $2`)
	holdConv     = db.SQL(`UPDATE conversation SET holder_id = $3 WHERE organization_id = $1 AND id = $2`)
	deleteConv   = db.SQL(`DELETE FROM conversation WHERE organization_id = $1 AND id = $2`)
	deleteMarks  = db.SQL(`DELETE FROM read_mark WHERE organization_id = $1 AND conversation_id = $2`)
	enquiriesOf  = db.SQL(`SELECT id FROM enquiry WHERE organization_id = $1 AND conversation_id = $2 ORDER BY id`)
	messagesLeft = db.SQL(`SELECT id FROM message WHERE organization_id = $1 AND conversation_id = $2 LIMIT $3`)
)

// CreateConversations begins conversations with known contacts, all or none, so
// that a program or a member can write first. at says which of them an error is
// about.
func (s *Service) CreateConversations(ctx context.Context, a account.Actor, ds []ConversationDraft, at func(i int, err error) error) ([]Conversation, error) {
	if err := a.Require(account.InboxSend); err != nil {
		return nil, err
	}
	out := make([]Conversation, len(ds))
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		for i, d := range ds {
			c, err := s.begin(tx, a, d)
			if err != nil {
				return at(i, err)
			}
			if out[i], err = conversationIn(tx, a.Organization, c); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (s *Service) begin(tx *db.Tx, a account.Actor, d ConversationDraft) (id.ID, error) {
	org := a.Organization
	if d.OrganizationID != nil && *d.OrganizationID != org {
		return id.Zero, fault.InvalidField("/organization_id", "not_found", "There is no such organization.")
	}
	ch, err := s.channels.In(tx, org, d.ChannelID)
	if err != nil {
		return id.Zero, err
	}
	if ch == nil {
		return id.Zero, fault.InvalidField("/channel_id", "not_found", "There is no such channel.")
	}
	var kind string
	if err := tx.Row(contactKind, []any{org, d.ContactID}, &kind); errors.Is(err, db.ErrNoRows) {
		return id.Zero, fault.InvalidField("/contact_id", "not_found", "There is no such contact.")
	} else if err != nil {
		return id.Zero, err
	}
	party, err := s.contacts.Reach(tx, org, ch.Type, d.ContactID)
	if err != nil {
		return id.Zero, err
	}
	if len(party.Addresses) == 0 {
		return id.Zero, fault.InvalidField("/contact_id", "not_reachable", "The contact has no address on %s.", s.channels.Type(ch.Type).Name).
			WithHint("Choose a channel he can be reached on, or add a contact with an address of that type.")
	}
	c, key, now := id.New(), d.ContactID.String(), s.clock.Now()
	if kind != "group" {
		kind = "direct"
	}
	fresh, err := tx.InsertNew(insertConv, [][]any{{org, c, ch.ID, d.ContactID, key, kind, now, now}})
	if err != nil {
		return id.Zero, err
	}
	if !fresh[0] {
		if err := tx.Row(threadOf, []any{org, ch.ID, key}, &c); err != nil {
			return id.Zero, err
		}
		exists := fault.New(fault.Conflict, "conversation_exists", "There is a conversation with this contact on this channel already.")
		if ok, err := MaySee(tx, a, c); err != nil {
			return id.Zero, err
		} else if !ok {
			return id.Zero, exists.WithHint("It is with colleagues; ask a supervisor.")
		}
		return id.Zero, exists.WithDetails("/contact_id: conversation %s", c).WithHint("Write into that one: GET /rest/v1/conversations/%s.", c)
	}
	if !a.Member.IsZero() { // who began it sees it
		if _, err := tx.Exec(holdConv, org, c, a.Member); err != nil {
			return id.Zero, err
		}
	}
	if err := s.setConversation(tx, org, c, ConversationPatch{Subject: d.Subject, ChatbotEnabled: d.ChatbotEnabled}); err != nil {
		return id.Zero, err
	}
	tx.Emit(db.Event{Kind: "conversation.updated", Ref: c, Channel: ch.ID})
	return c, nil
}

func conversationIn(tx *db.Tx, org, c id.ID) (Conversation, error) {
	rows, err := ConversationsByID(tx, org, db.IDs{c})
	if err == nil && len(rows) == 0 {
		err = fault.Absent("conversation")
	}
	if err != nil {
		return Conversation{}, err
	}
	return rows[0], nil
}

func (s *Service) setConversation(tx *db.Tx, org, c id.ID, p ConversationPatch) error {
	if p == (ConversationPatch{}) {
		return nil
	}
	var subject string
	var chatbot bool
	if err := tx.Row(subjectOf, []any{org, c}, &subject, &chatbot); err != nil {
		return err
	}
	if p.Subject != nil {
		if subject = strings.TrimSpace(*p.Subject); utf8.RuneCountInString(subject) > 255 || strings.ContainsFunc(subject, unicode.IsControl) {
			return fault.InvalidField("/subject", "bad_format", "A subject is one line of at most 255 characters.")
		}
	}
	if p.ChatbotEnabled != nil {
		chatbot = *p.ChatbotEnabled
	}
	_, err := tx.Exec(changeConv, org, c, subject, chatbot, s.clock.Now())
	return err
}

// UpdateConversation changes one conversation; check sees it as it was.
func (s *Service) UpdateConversation(ctx context.Context, a account.Actor, conversation id.ID, p ConversationPatch, check func(Conversation) error) (out Conversation, err error) {
	if err := a.Require(account.InboxSend); err != nil {
		return Conversation{}, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) (err error) {
		out, err = s.patchConversation(tx, a, conversation, p, check)
		return err
	})
	return out, err
}

func (s *Service) patchConversation(tx *db.Tx, a account.Actor, conversation id.ID, p ConversationPatch, check func(Conversation) error) (Conversation, error) {
	if _, err := s.holdFor(tx, a, conversation, "conversation"); err != nil {
		return Conversation{}, err
	}
	was, err := s.conversationOf(tx, a, conversation)
	if err != nil {
		return Conversation{}, err
	}
	if check != nil {
		if err := check(was); err != nil {
			return Conversation{}, err
		}
	}
	if err := s.setConversation(tx, a.Organization, conversation, p); err != nil {
		return Conversation{}, err
	}
	tx.Emit(db.Event{Kind: "conversation.updated", Ref: conversation, Channel: was.ChannelID, Owner: was.OwnerID})
	return s.conversationOf(tx, a, conversation)
}

// conversationOf reads a conversation as its reader sees it.
func (s *Service) conversationOf(tx *db.Tx, a account.Actor, conversation id.ID) (Conversation, error) {
	c, err := conversationIn(tx, a.Organization, conversation)
	if err != nil {
		return c, err
	}
	rows := []Conversation{c}
	err = marks(tx, a, rows)
	return rows[0], err
}

// UpdateConversations changes every conversation a list selects, all or none.
// check is told how many there are before anything is committed.
func (s *Service) UpdateConversations(ctx context.Context, a account.Actor, l *query.List, p ConversationPatch, check func(n int) error) (out []Conversation, err error) {
	if err := a.Require(account.InboxSend); err != nil {
		return nil, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if out, err = s.selected(tx, a, l, check); err != nil {
			return err
		}
		for i := range out {
			if out[i], err = s.patchConversation(tx, a, out[i].ID, p, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// selected reads what a change by filter concerns, in the order of locks.
func (s *Service) selected(tx *db.Tx, a account.Actor, l *query.List, check func(n int) error) ([]Conversation, error) {
	l.Within = visible(a, "t")
	out, _, err := s.conversationsIn(tx, a, l)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Conversation) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return out, check(len(out))
}

// DeleteConversation erases a conversation with all that was said in it; check
// sees it as it was.
func (s *Service) DeleteConversation(ctx context.Context, a account.Actor, conversation id.ID, check func(Conversation) error) error {
	if err := a.Require(account.InboxDelete); err != nil {
		return err
	}
	return s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if _, err := s.holdFor(tx, a, conversation, "conversation"); err != nil {
			return err
		}
		was, err := s.conversationOf(tx, a, conversation)
		if err != nil {
			return err
		}
		if err := check(was); err != nil {
			return err
		}
		act, _, err := s.eraseConversation(tx, was, eraseMost)
		if err != nil {
			return err
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), act)
	})
}

// DeleteConversations erases every conversation a list selects, all or none.
func (s *Service) DeleteConversations(ctx context.Context, a account.Actor, l *query.List, check func(n int) error) (out []Conversation, err error) {
	if err := a.Require(account.InboxDelete); err != nil {
		return nil, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if out, err = s.selected(tx, a, l, check); err != nil {
			return err
		}
		var acts []audit.Act
		left := eraseMost
		for _, c := range out {
			act, n, err := s.eraseConversation(tx, c, left)
			if err != nil {
				return err
			}
			left -= n
			acts = append(acts, act)
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), acts...)
	})
	return out, err
}

// eraseMost bounds the messages one call erases: the writer is not held longer.
const eraseMost = 10_000

// eraseConversation removes a conversation, its messages and its enquiries, and
// tells how many messages that were. The provider's ids stay known, so that a
// repeated delivery does not bring anything back.
func (s *Service) eraseConversation(tx *db.Tx, c Conversation, most int) (audit.Act, int, error) {
	org := c.OrganizationID
	no := func(err error) (audit.Act, int, error) { return audit.Act{}, 0, err }
	held, err := s.hold(tx, org, c.ID)
	if err != nil {
		return no(err)
	} else if held == nil { // somebody else erased it just now
		return no(fault.Absent("conversation"))
	}
	var msgs, enquiries db.IDs
	if err := collect(tx, &msgs, messagesLeft, org, c.ID, most+1); err != nil {
		return no(err)
	}
	if len(msgs) > most {
		return no(fault.New(fault.Conflict, "too_much_to_erase", "One call erases at most %d messages.", eraseMost).
			WithHint("Delete older messages first: DELETE /rest/v1/messages?conversation_id=eq.%s&created_at=lt.<time>.", c.ID))
	}
	if err := s.eraseMessages(tx, org, c.ID, msgs); err != nil {
		return no(err)
	}
	if err := collect(tx, &enquiries, enquiriesOf, org, c.ID); err != nil {
		return no(err)
	}
	for _, e := range enquiries {
		if err := eraseEnquiry(tx, org, e); err != nil {
			return no(err)
		}
		erased(tx, tx.Org, "enquiry.updated", e, c.ChannelID, held.place())
	}
	for _, stmt := range []*db.Stmt{deleteMarks, deleteConv} {
		if _, err := tx.Exec(stmt, org, c.ID); err != nil {
			return no(err)
		}
	}
	erased(tx, tx.Org, "conversation.updated", c.ID, c.ChannelID, held.place())
	return audit.Act{Action: "conversation.delete", ObjectType: "conversation", ObjectID: c.ID,
		Before: map[string]any{"channel_id": c.ChannelID, "contact_id": c.ContactID, "messages": len(msgs), "enquiries": len(enquiries)}}, len(msgs), nil
}

// collect reads a column of ids.
func collect(tx *db.Tx, out *db.IDs, stmt *db.Stmt, args ...any) error {
	return tx.Query(stmt, args, func(scan func(...any) error) error {
		var v id.ID
		err := scan(&v)
		*out = append(*out, v)
		return err
	})
}
